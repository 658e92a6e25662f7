import { createSignal, For } from 'solid-js'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createYArray } from '../../../src/documents/create-y-array.ts'
import type { YMapValue } from '../../../src/documents/y-value.ts'
import { items, show, texts } from '../../support/room.tsx'
import { listOf, observersOf, watch } from '../../support/solid-values.ts'

interface Row {
  readonly title: string
}
const rowOf = (title: string): Y.Map<unknown> => new Y.Map([['title', title]])

/** A page with a list of rows, and how often a row was made and how often one was shown. */
function pageOf(list: Y.Array<unknown>) {
  const rows = createYArray<YMapValue<Row>>(list)
  const counts = { made: 0, shown: 0 }
  const shown = (title: string | undefined): string | undefined => {
    counts.shown++
    return title
  }
  const page = show(() => (
    <ul>
      <For each={rows.items}>
        {(row) => {
          counts.made++
          return <li>{shown(row.get('title'))}</li>
        }}
      </For>
    </ul>
  ))
  return { page, counts }
}

test('one row of a thousand comes, goes or changes, and no other is made or shown anew', () => {
  const list = listOf(Array.from({ length: 1000 }, (_, index) => rowOf(`${index}`)))
  const { page, counts } = pageOf(list)
  expect(counts).toEqual({ made: 1000, shown: 1000 })
  const before = items(page)
  list.insert(500, [rowOf('new')])
  expect(counts).toEqual({ made: 1001, shown: 1001 })
  const between = items(page)
  expect(between.toSpliced(500, 1)).toEqual(before)
  expect(between[500]!.textContent).toBe('new')
  list.delete(0)
  expect(items(page)).toEqual(between.slice(1))
  expect(counts).toEqual({ made: 1001, shown: 1001 })
  ;(list.get(7) as Y.Map<unknown>).set('title', 'changed')
  expect(counts).toEqual({ made: 1001, shown: 1002 })
  expect(items(page)).toEqual(between.slice(1))
  expect(texts(page)[7]).toBe('changed')
})

test('the array is the same one until an element comes or goes', () => {
  const list = listOf([rowOf('a'), { json: 1 }, 'text', 1])
  const value = createYArray(list)
  const { seen } = watch(() => value.items)
  expect(value.items).toBe(seen[0])
  ;(list.get(0) as Y.Map<unknown>).set('title', 'b')
  list.doc!.transact(() => {
    list.insert(1, ['gone'])
    list.delete(1)
  })
  expect(seen).toHaveLength(1)
  list.insert(2, ['more'])
  expect(seen).toHaveLength(2)
  expect(seen[1]!.toSpliced(2, 1)).toEqual(seen[0])
  expect(seen[1]![0]).toBe(seen[0]![0])
  expect(seen[1]![1]).toBe(seen[0]![1])
  expect(value.items).toBe(seen[1])
  expect(Object.isFrozen(value.items)).toBe(true)
  expect(value.items[5]).toBeUndefined()
})

test('JSON elements and text that is moved keep their places on the page', () => {
  const list = listOf([{ name: 'a' }, { name: 'b' }, 'c', 'd'])
  const value = createYArray<{ name: string } | string>(list)
  const page = show(() => (
    <For each={value.items}>{(each) => <li>{typeof each === 'string' ? each : each.name}</li>}</For>
  ))
  const before = items(page)
  list.doc!.transact(() => {
    list.delete(3)
    list.insert(0, ['d'])
  })
  expect(texts(page)).toEqual(['d', 'a', 'b', 'c'])
  expect(items(page)).toEqual([before[3], before[0], before[1], before[2]])
})

test('an accessor may give another list, or none', async () => {
  const [list, setList] = createSignal<Y.Array<unknown>>()
  const value = createYArray(list)
  const { seen } = watch(() => value.items)
  const one = listOf([1])
  setList(one)
  one.push([2])
  setList(listOf([3]))
  expect(await observersOf(one.doc!)).toBe(0)
  setList(undefined)
  expect(seen).toEqual([[], [1], [1, 2], [3], []])
})

test('a list that is deleted reads as empty, and who reads it is told', () => {
  const inner = Y.Array.from([1, 2])
  const list = listOf([inner])
  const value = createYArray(inner)
  const { seen } = watch(() => value.items)
  list.delete(0)
  expect(seen).toEqual([[1, 2], []])
  expect(value.items).toEqual([])
})

test('what undo brings back is there again', () => {
  const list = listOf([])
  const undo = new Y.UndoManager(list)
  list.push([rowOf('a'), rowOf('b')])
  undo.stopCapturing()
  const { page } = pageOf(list)
  list.delete(0, 2)
  expect(texts(page)).toEqual([])
  undo.undo()
  expect(texts(page)).toEqual(['a', 'b'])
})
