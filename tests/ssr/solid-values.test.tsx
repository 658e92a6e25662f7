import { For } from 'solid-js'
import { isServer, renderToString } from 'solid-js/web'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createYArray } from '../../src/documents/create-y-array.ts'
import { createYMap } from '../../src/documents/create-y-map.ts'
import { createYText } from '../../src/documents/create-y-text.ts'
import type { YMapValue } from '../../src/documents/y-value.ts'
import { listOf, mapWith, observersOf, plain, textOf } from '../support/solid-values.ts'

test('on the server a document is rendered as it is, and not observed', async () => {
  expect(isServer).toBe(true)
  const doc = new Y.Doc()
  const text = textOf('body', doc)
  const list = listOf([new Y.Map([['title', 'one']]), new Y.Map([['title', 'two']])], doc)
  const map = mapWith({ title: 'all', list: Y.Array.from(['tag']) }, doc)
  const told: unknown[] = []
  const Page = () => {
    const body = createYText(text)
    const rows = createYArray<YMapValue<{ title: string }>>(() => list)
    const all = createYMap(() => map)
    body.onDelta((delta) => told.push(delta))
    return (
      <main>
        {body.value}
        <For each={rows.items}>{(row) => <b>{row.get('title')}</b>}</For>
        {String(all.get('title'))} {all.keys().join()} {all.size}
      </main>
    )
  }
  const rendered = (): string => renderToString(() => <Page />).replace(/<!--.*?-->|<[^>]*>/g, ' ')
  expect(rendered().split(/\s+/).join(' ').trim()).toBe('body one two all title,list 2')
  expect(await observersOf(doc, text, list, map, ...list.toArray())).toBe(0)
  text.insert(0, 'my ')
  list.delete(0)
  map.set('title', 'rest')
  expect(rendered().split(/\s+/).join(' ').trim()).toBe('my body two rest title,list 2')
  expect(told).toEqual([])
  expect(plain(createYMap(map))).toEqual(map.toJSON())
})

test('on the server, too, what is not there is empty, and a nested type is the same value each time', () => {
  const map = mapWith({ inner: new Y.Map() })
  expect(createYMap(map).get('inner')).toBe(createYMap(() => map).get('inner'))
  expect([createYMap(() => undefined), createYArray(undefined), createYText(undefined)].map(plain)).toEqual([
    {},
    [],
    '',
  ])
})
