import { createSignal, For } from 'solid-js'
import { expect, expectTypeOf, test } from 'vitest'
import * as Y from 'yjs'
import { createYArray } from '../../../src/documents/create-y-array.ts'
import { createYMap } from '../../../src/documents/create-y-map.ts'
import type { YArrayValue, YMapValue, YTextValue } from '../../../src/documents/y-value.ts'
import { show, texts } from '../../support/room.tsx'
import { mapWith, observersOf, watch } from '../../support/solid-values.ts'

test('a change of one key runs who reads that key, and nobody else', () => {
  const map = mapWith({ a: 1, b: 1 })
  const value = createYMap(map)
  const a = watch(() => value.get('a'))
  const b = watch(() => value.get('b'))
  const missing = watch(() => value.has('c'))
  const keys = watch(() => value.keys())
  map.set('a', 2)
  expect(a.seen).toEqual([1, 2])
  map.set('a', 2)
  map.set('b', 1)
  expect(a.seen).toEqual([1, 2])
  map.set('c', undefined)
  expect(missing.seen).toEqual([false, true])
  map.delete('c')
  expect(missing.seen).toEqual([false, true, false])
  expect(b.seen).toEqual([1])
  expect(keys.seen).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['a', 'b'],
  ])
})

test('a transaction of many changes runs a reader once', () => {
  const inner = new Y.Map<unknown>()
  const map = mapWith({ a: 1, inner })
  const value = createYMap<{ a: number; b: number; inner: YMapValue<{ c: number }> }>(map)
  const sum = watch(() => [value.get('a'), value.get('b'), value.get('inner')?.get('c'), value.size])
  map.doc!.transact(() => {
    map.set('a', 2)
    map.set('b', 3)
    inner.set('c', 4)
  })
  expect(sum.seen).toEqual([
    [1, undefined, undefined, 2],
    [2, 3, 4, 3],
  ])
})

test('what comes from another document is told like what is written here', () => {
  const map = mapWith({ a: 1 })
  const other = new Y.Doc()
  Y.applyUpdate(other, Y.encodeStateAsUpdate(map.doc!))
  const a = watch(() => createYMap(map).get('a'))
  other.getMap('map').set('a', 2)
  Y.applyUpdate(map.doc!, Y.encodeStateAsUpdate(other))
  expect(a.seen).toEqual([1, 2])
})

test('a nested type is the same value wherever it is read', () => {
  const inner = new Y.Map()
  const map = mapWith({ inner, text: new Y.Text('t'), list: new Y.Array() })
  const value = createYMap(map)
  const first = value.get('inner')
  expect(value.get('inner')).toBe(first)
  expect(createYMap(inner)).toBe(first)
  expect(createYMap(() => map).get('inner')).toBe(first)
  expect(createYMap(map)).toBe(value)
  expect((first as YMapValue).type).toBe(inner)
  expect((value.get('text') as YTextValue).value).toBe('t')
  const list = map.get('list') as Y.Array<unknown>
  expect(createYArray(list)).toBe(value.get('list'))
})

test('JSON is given as Yjs holds it', () => {
  const map = mapWith({ json: { deep: [1] }, bytes: new Uint8Array([1]), list: [1, 2] })
  const value = createYMap(map)
  for (const key of ['json', 'bytes', 'list']) expect(value.get(key)).toBe(map.get(key))
  const list = watch(() => value.get('list'))
  map.set('list', [1, 2])
  expect(list.seen).toHaveLength(2)
  expect(list.seen[1]).toBe(map.get('list'))
})

test('any key can be read, whatever its name', () => {
  const names = ['type', 'get', 'keys', 'then', 'constructor', '__proto__', 'toString', '']
  const map = mapWith(Object.fromEntries(names.map((name) => [name, 'x'])))
  map.set('__proto__', 'x')
  const value = createYMap(map)
  for (const name of names) expect(value.get(name)).toBe('x')
  for (const name of ['valueOf', 'hasOwnProperty']) {
    expect(value.get(name)).toBeUndefined()
    expect(value.has(name)).toBe(false)
  }
  expect(value.type).toBe(map)
})

test('what is deleted reads as empty, and who reads it is told', () => {
  const deeper = new Y.Map<unknown>([['a', 1]])
  const inner = new Y.Map<unknown>([['deeper', deeper]])
  const map = mapWith({ inner })
  const value = createYMap<{ a: number }>(deeper)
  const a = watch(() => value.get('a'))
  const keys = watch(() => value.keys())
  const size = watch(() => createYMap(inner).size)
  map.delete('inner')
  expect(a.seen).toEqual([1, undefined])
  expect(keys.seen).toEqual([['a'], []])
  expect(size.seen).toEqual([1, 0])
  expect([value.get('a'), value.has('a'), value.keys(), value.size]).toEqual([undefined, false, [], 0])
})

test('a map that is deleted and replaced leaves the page without a word of its emptiness', () => {
  const map = mapWith({ inner: new Y.Map([['a', 'old']]) })
  const value = createYMap<{ inner: YMapValue<{ a: string }> }>(map)
  const seen: unknown[] = []
  const Inner = (props: { of: YMapValue<{ a: string }> }) => {
    watch(() => seen.push(props.of.get('a')))
    return <li>{props.of.get('a')}</li>
  }
  const page = show(() => <For each={[value.get('inner')!]}>{(inner) => <Inner of={inner} />}</For>)
  expect(texts(page)).toEqual(['old'])
  map.set('inner', new Y.Map([['a', 'new']]))
  expect(texts(page)).toEqual(['new'])
})

test('an accessor may give another map, or none', async () => {
  const [map, setMap] = createSignal<Y.Map<unknown>>()
  const value = createYMap(map)
  const seen = watch(() => [value.get('a'), value.has('a'), value.size, value.keys().length])
  const [one, two] = [mapWith({ a: 1 }), mapWith({ a: 2, b: 2 })]
  expect(value.type).toBeUndefined()
  setMap(one)
  setMap(two)
  expect(await observersOf(one.doc!)).toBe(0)
  two.set('a', 3)
  one.set('a', 4)
  setMap(undefined)
  expect(seen.seen).toEqual([
    [undefined, false, 0, 0],
    [1, true, 1, 1],
    [2, true, 2, 2],
    [3, true, 2, 2],
    [undefined, false, 0, 0],
  ])
  expect(await observersOf(two.doc!)).toBe(0)
  expect(createYMap(undefined).get('a')).toBeUndefined()
})

test('a map that is in no document yet reads as empty, without a warning', () => {
  const warnings: unknown[] = []
  const { warn } = console
  console.warn = (...said: unknown[]) => warnings.push(said)
  const inner = new Y.Map<unknown>([['a', 1]])
  const value = createYMap(inner)
  expect([value.get('a'), value.has('a'), value.keys(), value.size]).toEqual([undefined, false, [], 0])
  console.warn = warn
  expect(warnings).toEqual([])
  mapWith({ inner })
  expect(value.get('a')).toBe(1)
})

test('the types say what is read', () => {
  interface Todo {
    readonly title: string
    readonly at: { x: number; ys: number[] }
    readonly tags: YArrayValue<string>
    readonly body: Y.Text
  }
  const todo = createYMap<Todo>(mapWith())
  expectTypeOf(todo.get('title')).toEqualTypeOf<string | undefined>()
  expectTypeOf(todo.get('at')).toEqualTypeOf<{ readonly x: number; readonly ys: readonly number[] } | undefined>()
  expectTypeOf(todo.get('tags')).toEqualTypeOf<YArrayValue<string> | undefined>()
  expectTypeOf(todo.get('body')).toEqualTypeOf<YTextValue | undefined>()
  expectTypeOf(todo.keys()).toEqualTypeOf<readonly (keyof Todo)[]>()
  expectTypeOf(todo.type).toEqualTypeOf<Y.Map<unknown>>()
  // @ts-expect-error: there is no such key
  todo.get('done')
  // @ts-expect-error: nothing is assigned to
  expect(() => (todo.size = 1)).toThrow(TypeError)

  const doc = new Y.Doc()
  expectTypeOf(createYMap(doc.getMap<number>('n')).get('a')).toEqualTypeOf<number | undefined>()
  expectTypeOf(createYMap(doc.getMap<Y.Map<string>>('m')).get('a')).toEqualTypeOf<
    YMapValue<Record<string, string>> | undefined
  >()
  expectTypeOf(createYMap(doc.getMap<string | boolean>('u')).get('a')).toEqualTypeOf<string | boolean | undefined>()
  expectTypeOf(createYMap(() => doc.getMap('n')).type).toEqualTypeOf<Y.Map<unknown> | undefined>()
  expectTypeOf(createYMap<Todo>(doc.getMap<string | boolean>('u')).get('title')).toEqualTypeOf<string | undefined>()
  expectTypeOf(createYArray<YMapValue<Todo>>(doc.getArray<Y.Map<string>>('l')).items).toEqualTypeOf<
    readonly YMapValue<Todo>[]
  >()
  expectTypeOf(createYArray(doc.getArray<string>('s')).items).toEqualTypeOf<readonly string[]>()
  expectTypeOf(createYArray(doc.getArray('a')).items).toEqualTypeOf<readonly unknown[]>()
})
