import { createQuery, createRecord } from 'deepspace-solid'
import { cloneDeep } from 'lodash-es'
import { createEffect, createRoot, For, type JSX, mergeProps, splitProps } from 'solid-js'
import { createStore, unwrap } from 'solid-js/store'
import { describe, expect, test } from 'vitest'
import { samples } from '../../support/collections.ts'
import { base, inRoom, texts, until, visit } from '../../support/room.tsx'
import { caughtUp } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

const names = ['createdAt', 'createdBy', 'data', 'recordId', 'updatedAt']

/** A room with one sample in it, and a page that has it. */
async function withRecord() {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', 'a', { text: 'A', number: 1, json: { items: [{ id: 1 }, { id: 2 }], deep: { x: [1] } } })
  const { made: query } = inRoom(room, () => createQuery(samples))
  await until(() => query.status === 'ready')
  const truth = {
    recordId: 'a',
    createdBy: 'bob',
    createdAt: query.records[0]!.createdAt,
    updatedAt: query.records[0]!.updatedAt,
    data: { text: 'A', number: 1, json: { items: [{ id: 1 }, { id: 2 }], deep: { x: [1] } }, required: '' },
  }
  return { room, bob, query, truth }
}

// biome-ignore lint/suspicious/noExplicitAny: what is done to a record here no type allows.
type Anything = Record<string, any>

describe('R12: a record is an object of its fields', () => {
  test.for<[how: string, copy: (row: Anything) => Anything]>([
    ['spread', (row) => ({ ...row })],
    ['Object.assign', (row) => Object.assign({}, row)],
    ['Object.fromEntries', (row) => Object.fromEntries(Object.entries(row))],
    ['structuredClone', (row) => structuredClone(row)],
    ['structuredClone in an array', (row) => structuredClone([row])[0]!],
    ['cloneDeep of lodash', (row) => cloneDeep(row)],
    ['JSON', (row) => JSON.parse(JSON.stringify(row))],
    ['unwrap', (row) => unwrap(row)],
    ['mergeProps', (row) => mergeProps(row)],
    ['mergeProps with more', (row) => mergeProps({ a: 1 }, row)],
    ['splitProps', (row) => splitProps(row, ['data'])[0]],
    ['the rest of splitProps', (row) => splitProps(row, ['data'])[1]],
    ['a store', (row) => createStore<Anything>({ row: { ...row } })[0].row],
    [
      'the props of a component',
      (row) => {
        let got!: Anything
        const Card = (props: Anything): JSX.Element => {
          got = props
          return null
        }
        createRoot((dispose) => {
          ;(<Card {...row} />) as unknown
          dispose()
        })
        return got
      },
    ],
  ])('R12: %s gives the five fields, as the row itself has them', async ([how, copy]) => {
    const { query, truth } = await withRecord()
    const row = query.records[0]!
    expect(Object.keys(row).toSorted()).toEqual(names)
    const copied = copy(row)
    if (how === 'splitProps') expect(copied).toEqual({ data: truth.data })
    else if (how === 'the rest of splitProps') expect({ ...copied, data: truth.data }).toEqual(truth)
    else expect(copied).toMatchObject(truth)
  })

  test.for<[how: string, copy: (row: Anything) => Anything]>([
    ['structuredClone', (row) => structuredClone(row)],
    ['cloneDeep of lodash', (row) => cloneDeep(row)],
    ['JSON', (row) => JSON.parse(JSON.stringify(row))],
    ['unwrap of the fields', (row) => ({ data: unwrap(row.data) })],
    ['unwrap', (row) => unwrap(row)],
    ['unwrap of the list', (row) => unwrap([row])[0]!],
  ])('R12: %s gives a copy of its own, which can be written', async ([, copy]) => {
    const { query, truth } = await withRecord()
    const copied = copy(query.records[0]!)
    copied.data.text = 'mine'
    copied.data.json.items = []
    expect(copied.data.text).toBe('mine')
    expect(query.records[0]).toEqual(truth)
  })

  test('R12: a store takes a record, its fields or the list in as a draft', async () => {
    const { query, truth } = await withRecord()
    const [store, setStore] = createStore<Anything>({})
    setStore('draft', query.records[0]!.data)
    setStore('record', query.records[0]!)
    setStore('list', query.records)
    setStore('draft', 'text', 'mine')
    setStore('draft', 'json', 'items', 0, 'id', 7)
    setStore('record', 'data', 'text', 'mine')
    setStore('list', 0, 'data', 'text', 'mine')
    expect([store.draft.text, store.draft.json.items[0].id, store.record.data.text]).toEqual(['mine', 7, 'mine'])
    expect(store.list[0].data.text).toBe('mine')
    expect(query.records[0]).toEqual(truth)
  })

  test.for<[what: string, write: (row: Anything, records: Anything[]) => void]>([
    ['a field', (row) => (row.data.text = 'x')],
    ['a field that is not there', (row) => (row.data.other = 'x')],
    ['the envelope', (row) => (row.recordId = 'x')],
    ['the data', (row) => (row.data = {})],
    ['a part of the record', (row) => delete row.data],
    ['what is inside', (row) => (row.data.json.items[0].id = 7)],
    ['an array inside', (row) => row.data.json.items.push(1)],
    ['a spread', (row) => ({ ...row }.data.text = 'x')],
    ['props', (row) => (mergeProps(row).data.text = 'x')],
    ['split props', (row) => (splitProps(row, ['data'])[0].data.text = 'x')],
    ['a definition', (row) => Object.defineProperty(row.data, 'text', { value: 'x' })],
    ['a frozen field', (row) => Object.freeze(row.data)],
    ['the list', (_, records) => records.push({})],
    ['a place of the list', (_, records) => (records[0] = {})],
    ['the array of a callback', (_, records) => records.forEach((_row, _index, all) => void all.pop())],
    ['the array of map', (_, records) => records.map((_row, _index, all) => (all[0] = {}))],
    ['the array of find', (_, records) => records.find((_row, _index, all) => all.splice(0) as never)],
    ['the array of sort', (_, records) => records.sort()],
  ])('R12: a write to %s throws, and changes nothing for anybody', async ([, write]) => {
    const { query, truth } = await withRecord()
    expect(() => write(query.records[0]!, query.records as unknown as Anything[])).toThrow(TypeError)
    expect(query.records).toHaveLength(1)
    expect(query.records[0]).toEqual(truth)
  })

  test('R12: a library that freezes what it is given breaks nothing', async () => {
    const { room, bob, query } = await withRecord()
    const deepFreeze = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
      Object.freeze(value)
      Object.values(value).forEach(deepFreeze)
    }
    Object.freeze(query.records[0]!)
    Object.values(query.records[0]!).forEach(deepFreeze)
    Object.freeze([...query.records])
    await bob.put('samples', 'a', { text: 'B', flag: true })
    await caughtUp(room)
    expect(query.records[0]!.data).toMatchObject({ text: 'B', flag: true })
  })

  test('R2, R12: a copy depends on all of it, also on fields that come later; props stay live field by field', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    await bob.put('samples', 'a', { text: 'A' })
    const copies: Anything[] = []
    let texts = 0
    const { made } = inRoom(room, () => {
      const task = createRecord(samples, 'a')
      createEffect(() => task.record && copies.push({ ...task.record }))
      const Text = (props: Anything): JSX.Element => {
        createEffect(() => {
          props.data?.text
          texts++
        })
        return null
      }
      const query = createQuery(samples)
      ;(<For each={query.records}>{(row) => <Text {...row} class="x" />}</For>) as unknown
      return { task, query }
    })
    await until(() => copies.length === 1 && texts === 1)
    const before = texts
    await bob.put('samples', 'a', { number: 1 })
    await until(() => copies.length === 2)
    expect(copies.map(({ data }) => data.number)).toEqual([undefined, 1])
    expect(texts).toBe(before)
    expect(made.query.records).toHaveLength(1)
  })
})

describe('R2: JSON that has changed in part', () => {
  /** A record with a list of JSON objects, each an element; and how often an element was made. */
  async function withItems(items: unknown[]) {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    await bob.put('samples', 'a', { json: items })
    let made = 0
    const page = visit(room, () => {
      const task = createRecord(samples, 'a')
      return (
        <For each={task.record?.data.json as { id: number; text: string }[]}>
          {(item) => {
            made++
            return <li>{item.text}</li>
          }}
        </For>
      )
    })
    await until(() => texts(page).length === items.length)
    return { room, bob, page, made: () => made }
  }
  const item = (id: number, text = `${id}`) => ({ id, text, more: { tags: ['x', { y: id }] } })
  const items = [item(1), item(2), item(3), item(4)]

  test.for<[what: string, next: unknown[], made: number]>([
    ['one is edited', [item(1), item(2, 'new'), item(3), item(4)], 1],
    ['one comes at the front', [item(0), ...items], 1],
    ['one comes at the end', [...items, item(5)], 1],
    ['one goes', [item(1), item(3), item(4)], 0],
    ['they move', [item(4), item(3), item(1), item(2)], 0],
    ['one is edited and one goes', [item(2), item(3, 'new'), item(4)], 1],
    ['all are others', [item(5), item(6)], 2],
    ['none is left', [], 0],
  ])('R2: where %s, the equal ones keep their elements', async ([, next, made]) => {
    const before = await withItems(items)
    await before.bob.put('samples', 'a', { json: next })
    await until(() => texts(before.page).join() === next.map((each) => (each as { text: string }).text).join())
    expect(before.made()).toBe(items.length + made)
  })
})
