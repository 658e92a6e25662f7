import { createResource, createSignal, For, Suspense, useTransition } from 'solid-js'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createYArray } from '../../../src/documents/create-y-array.ts'
import { createYMap } from '../../../src/documents/create-y-map.ts'
import { createYText } from '../../../src/documents/create-y-text.ts'
import { show, until } from '../../support/room.tsx'
import { observersOf } from '../../support/solid-values.ts'

function documentOf(name: string): Y.Doc {
  const doc = new Y.Doc()
  doc.getMap('map').set('title', name)
  doc.getArray('list').push([name])
  doc.getText('text').insert(0, name)
  return doc
}

test('while a page moves on to another document both are read, and then only the one', async () => {
  const documents: Record<string, Y.Doc> = { a: documentOf('a'), b: documentOf('b') }
  const [at, setAt] = createSignal('a')
  let arrive: (() => void) | undefined
  const told: string[] = []
  let move: (place: string) => void
  const Content = (props: { doc: Y.Doc }) => {
    const map = createYMap<{ title: string }>(() => props.doc.getMap('map'))
    const list = createYArray(() => props.doc.getArray<string>('list'))
    const text = createYText(() => props.doc.getText('text'))
    text.onDelta((delta) => told.push(JSON.stringify(delta)))
    const [neighbour] = createResource(
      () => props.doc.getMap<string>('map').get('title'),
      async (title) => {
        await new Promise<void>((resolve) => {
          arrive = resolve
        })
        return title
      },
    )
    return (
      <p>
        {map.get('title')} <For each={list.items}>{(each) => <b>{each}</b>}</For> {text.value} {neighbour()}
      </p>
    )
  }
  const page = show(() => {
    const [, start] = useTransition()
    move = (place) => void start(() => setAt(place))
    return (
      <Suspense fallback="waiting">
        <Content doc={documents[at()]!} />
      </Suspense>
    )
  })
  await until(() => arrive)
  arrive!()
  await until(() => page.root.textContent === 'a a a a')
  arrive = undefined
  move!('b')
  await until(() => arrive)
  // The page that is shown goes on.
  documents.a!.getMap('map').set('title', 'A')
  documents.a!.getText('text').insert(1, '!')
  await until(() => page.root.textContent === 'A a a! a')
  expect(told).toEqual([JSON.stringify([{ retain: 1 }, { insert: '!' }])])
  documents.b!.getArray('list').push(['c'])
  documents.b!.getText('text').insert(1, '?')
  expect(page.root.textContent).toBe('A a a! a')
  arrive!()
  await until(() => page.root.textContent === 'b bc b? b')
  documents.b!.getText('text').insert(0, '!')
  // What Solid has computed for both pages reads of both until it runs again.
  documents.b!.getArray('list').push(['d'])
  expect(page.root.textContent).toBe('b bcd !b? b')
  expect(await observersOf(documents.a!, documents.a!.getText('text'))).toBe(0)
  expect(told.slice(1)).toEqual([JSON.stringify([{ insert: '!' }])])
  page.unmount()
  expect(await observersOf(documents.b!, documents.b!.getText('text'))).toBe(0)
})
