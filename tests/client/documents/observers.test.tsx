import { createEffect, createMemo, createRoot, createSignal, For, Show, sharedConfig, untrack } from 'solid-js'
import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { createYArray } from '../../../src/documents/create-y-array.ts'
import { createYMap } from '../../../src/documents/create-y-map.ts'
import { createYText } from '../../../src/documents/create-y-text.ts'
import type { YMapValue } from '../../../src/documents/y-value.ts'
import { show, texts } from '../../support/room.tsx'
import { listOf, mapWith, observersOf, plain, textOf, watch } from '../../support/solid-values.ts'

/** What reaches the window as an error until the test ends. */
function errorsHere(): string[] {
  const errors: string[] = []
  const hear = (event: ErrorEvent): void => {
    event.preventDefault()
    errors.push(event.error.message)
  }
  window.addEventListener('error', hear)
  onTestFinished(() => window.removeEventListener('error', hear))
  return errors
}

test('nothing is observed where nobody reads under tracking', async () => {
  const doc = new Y.Doc()
  const [map, list, text] = [mapWith({ a: new Y.Map() }, doc), listOf([1], doc), textOf('a', doc)]
  const values = [createYMap(map), createYArray(() => list), createYText(text)]
  expect(values.map(plain)).toEqual([{ a: {} }, [1], 'a'])
  const { seen } = watch(() => untrack(() => values.map(plain)))
  map.set('a', 2)
  list.push([2])
  text.insert(1, 'b')
  expect(seen).toHaveLength(1)
  expect(values.map(plain)).toEqual([{ a: 2 }, [1, 2], 'ab'])
  expect(await observersOf(doc, map, list, text)).toBe(0)
})

test('what is observed goes with its last reader', async () => {
  const list = listOf(Array.from({ length: 3 }, (_, index) => new Y.Map([['title', `${index}`]])))
  const doc = list.doc!
  const rows = createYArray<YMapValue<{ title: string }>>(list)
  const [isShown, setShown] = createSignal(false)
  const page = show(() => (
    <Show when={isShown()}>
      <For each={rows.items}>{(row) => <li>{row.get('title')}</li>}</For>
    </Show>
  ))
  const types = [list, ...list.toArray()]
  expect(await observersOf(doc, ...types)).toBe(0)
  setShown(true)
  const first = await observersOf(doc, ...types)
  expect(first).toBeGreaterThan(0)
  const { stop } = watch(() => rows.items)
  setShown(false)
  expect(await observersOf(doc, ...types)).toBe(first)
  setShown(true)
  stop()
  list.delete(0)
  expect(texts(page)).toEqual(['1', '2'])
  expect(await observersOf(doc, ...types)).toBe(first)
  page.unmount()
  expect(await observersOf(doc, ...types)).toBe(0)
})

test('who reads something else when it runs again leaves what it has read before', async () => {
  const [one, two] = [mapWith({ a: 1 }), mapWith({ a: 2 })]
  const [isFirst, setFirst] = createSignal(true)
  const { seen } = watch(() => (isFirst() ? createYMap(one).get('a') : createYMap(two).get('a')))
  one.set('a', 10)
  setFirst(false)
  expect([await observersOf(one.doc!), (await observersOf(two.doc!)) > 0]).toEqual([0, true])
  one.set('a', 11)
  two.set('a', 20)
  expect(seen).toEqual([1, 10, 2, 20])
})

test('a reader that reads a part many times is forgotten with the rest', async () => {
  const map = mapWith({ a: 1, b: 1 })
  const value = createYMap(map)
  const inner = watch(() => [value.get('a'), value.get('b'), value.get('a'), createMemo(() => value.get('a'))()])
  const outer = watch(() => [value.get('a'), value.get('b')])
  map.set('a', 2)
  map.set('b', 2)
  inner.stop()
  map.set('a', 3)
  expect(outer.seen.at(-1)).toEqual([3, 2])
  outer.stop()
  expect(await observersOf(map.doc!)).toBe(0)
})

test('an effect that throws stops neither Yjs nor its other observers, and the next change is told', () => {
  const errors = errorsHere()
  const map = mapWith({ a: 1, b: 1 })
  const value = createYMap<{ a: number; b: number }>(map)
  const told: unknown[] = []
  const effects: unknown[] = []
  createRoot((dispose) => {
    onTestFinished(dispose)
    createEffect(() => effects.push(value.get('b')))
    createEffect(() => {
      if (value.get('a') === 2) throw new Error('mine')
    })
  })
  for (const event of ['afterTransaction', 'afterTransactionCleanup', 'update'] as const) {
    map.doc!.on(event, () => told.push(event))
  }
  map.observe(() => told.push('observe'))
  map.observeDeep(() => told.push('observeDeep'))
  map.set('a', 2)
  expect(errors).toEqual(['mine'])
  expect(told).toEqual(['observe', 'observeDeep', 'afterTransaction', 'afterTransactionCleanup', 'update'])
  map.set('b', 2)
  expect(effects).toEqual([1, 2])
})

test('an observer of somebody else that throws keeps nobody from being told', () => {
  const map = mapWith({ a: 1, inner: new Y.Map([['b', 1]]) })
  const inner = map.get('inner') as Y.Map<unknown>
  for (const event of ['afterTransaction'] as const) {
    map.doc!.on(event, () => {
      throw new Error('theirs')
    })
  }
  const { seen } = watch(() => [createYMap(map).get('a'), createYMap(inner).get('b')])
  map.observe(() => {
    throw new Error('theirs')
  })
  expect(() => map.set('a', 2)).toThrow('theirs')
  expect(() => map.delete('inner')).toThrow('theirs')
  expect(seen).toEqual([
    [1, 1],
    [2, 1],
    [2, undefined],
  ])
})

test('an effect may write while it is told', () => {
  const map = mapWith({ count: 0, double: 0 })
  const value = createYMap<{ count: number; double: number }>(map)
  createRoot((dispose) => {
    onTestFinished(dispose)
    createEffect(() => map.set('double', value.get('count')! * 2))
  })
  const { seen } = watch(() => [value.get('count'), value.get('double')])
  map.set('count', 1)
  map.set('count', 2)
  expect(seen.at(-1)).toEqual([2, 4])
  expect(map.toJSON()).toEqual({ count: 2, double: 4 })
})

test('in the middle of a transaction the document is read as it is, and told at its end', () => {
  const list = listOf([])
  const doc = list.doc!
  const rows = createYArray<YMapValue<{ title: string }>>(list)
  const [selected, select] = createSignal<Y.Map<unknown>>()
  const title = watch(() => createYMap<{ title: string }>(selected).get('title'))
  const length = watch(() => rows.items.length)
  const again = createSignal(0)
  const late = watch(() => [again[0](), rows.items.length])
  doc.transact(() => {
    const row = new Y.Map<unknown>()
    list.push([row])
    expect(rows.items).toHaveLength(1)
    select(row)
    row.set('title', 'a')
    again[1](1)
    list.push(['x'])
    expect(rows.items).toHaveLength(2)
    list.delete(1)
    row.set('title', 'b')
  })
  expect(title.seen).toEqual([undefined, undefined, 'b'])
  expect(length.seen).toEqual([0, 1])
  expect(late.seen).toEqual([
    [0, 0],
    [1, 1],
    [1, 1],
  ])
})

test('who was shown in a transaction what it takes back is told', () => {
  const inner = new Y.Map([['b', 1]])
  const map = mapWith({ a: 1, inner })
  const [tick, setTick] = createSignal(0)
  const others = watch(() => [createYMap(map).get('a'), createYMap(inner).get('b')])
  const { seen } = watch(() => [tick(), createYMap(map).get('a')])
  map.doc!.transact(() => {
    map.set('a', 2)
    setTick(1)
    map.set('a', 1)
    map.delete('inner')
    expect(createYMap(inner).get('b')).toBeUndefined()
  })
  expect(seen).toEqual([
    [0, 1],
    [1, 2],
    [1, 1],
  ])
  expect(others.seen.at(-1)).toEqual([1, undefined])
})

test('who has run again goes on being told, in later turns too', async () => {
  const map = mapWith({ a: 0 })
  const value = createYMap(map)
  const { seen } = watch(() => value.get('a'))
  for (const a of [1, 2, 3]) {
    map.set('a', a)
    await Promise.resolve()
  }
  expect(seen).toEqual([0, 1, 2, 3])
})

test('while a part of the page is hydrated nobody is told; then everybody is', async () => {
  const text = textOf('a')
  const value = createYText(text)
  const { seen } = watch(() => value.value)
  const told: string[] = []
  const stop = value.onDelta(() => told.push(value.value))
  sharedConfig.context = { id: '', count: 0 }
  text.insert(1, 'b')
  text.insert(2, 'c')
  sharedConfig.context = undefined
  expect([seen, told, value.value]).toEqual([['a'], [], 'abc'])
  await Promise.resolve()
  expect([seen, told]).toEqual([
    ['a', 'abc'],
    ['abc', 'abc'],
  ])
  stop()
})

test('an observer of Yjs reads what is new', () => {
  const list = listOf([1])
  const { items } = createYArray(list)
  const value = createYArray(list)
  const { seen } = watch(() => value.items)
  const read: unknown[] = []
  list.observe(() => read.push(value.items))
  list.push([2])
  expect(items).toEqual([1])
  expect(read).toEqual([[1, 2]])
  expect(seen).toEqual([[1], [1, 2]])
})

test('what observers write is told with what they were told of', () => {
  const map = mapWith({ a: 1, b: 1 })
  map.observe(({ keysChanged }) => keysChanged.has('a') && map.set('b', map.get('a')))
  const value = createYMap(map)
  const { seen } = watch(() => [value.get('a'), value.get('b')])
  map.set('a', 2)
  expect(seen).toEqual([
    [1, 1],
    [2, 2],
  ])
})
