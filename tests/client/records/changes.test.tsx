import { createQuery, type QueryOptions } from 'deepspace-solid'
import { createEffect, For, mapArray } from 'solid-js'
import { beforeEach, describe, expect, test } from 'vitest'
import { samples, tasks } from '../../support/collections.ts'
import { base, inRoom, items, type Page, texts, until, visit } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { caughtUp } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** What ran since it was last emptied: `list`, or a record and its field. */
let ran: string[] = []
beforeEach(() => {
  ran = []
})

function note<T>(what: string, value: T): T {
  ran.push(what)
  return value
}

/** Every field of every row has an effect of its own, and so has the list. */
function Table(props: { options: QueryOptions<typeof samples> }) {
  const query = createQuery(samples, () => props.options)
  createEffect(() => note('list', query.records.length))
  return (
    <For each={query.records}>
      {(row) => (
        <li id={row.recordId}>
          <b>{note(`${row.recordId}.text`, row.data.text)}</b>
          <i>{note(`${row.recordId}.number`, row.data.number)}</i>
          <u>{note(`${row.recordId}.flag`, String(row.data.flag))}</u>
          <s>{note(`${row.recordId}.json`, JSON.stringify(row.data.json))}</s>
        </li>
      )}
    </For>
  )
}

const flagged: QueryOptions<typeof samples> = { where: { flag: true }, orderBy: 'number', orderDir: 'asc' }

/** A page of alice that shows the flagged samples a, b and c; `absent` is not flagged. Bob does the writing. */
async function openTable() {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  for (const [number, recordId] of ['a', 'b', 'c'].entries()) {
    await bob.put('samples', recordId, { text: recordId.toUpperCase(), number, flag: true, json: { of: [recordId] } })
  }
  await bob.put('samples', 'absent', { text: 'absent', number: 1.5, flag: false })
  const page = visit(room, () => <Table options={flagged} />, { user: 'alice' })
  await until(() => items(page).length === 3)
  ran = []
  return { room, bob, page, nodes: items(page), caughtUp: () => caughtUp(room) }
}

function shown(page: Page): string[] {
  return items(page).map(({ id }) => id)
}

describe('Q6: the effect of a change on a live query', () => {
  test('Q6, R3: a create that matches adds its row where it belongs, and runs no effect of another', async () => {
    const { bob, page, nodes, caughtUp } = await openTable()
    await bob.put('samples', 'new', { text: 'New', number: 0.5, flag: true })
    await caughtUp()
    expect(shown(page)).toEqual(['a', 'new', 'b', 'c'])
    expect(items(page).filter(({ id }) => id !== 'new')).toEqual(nodes)
    expect(ran.toSorted()).toEqual(['list', 'new.flag', 'new.json', 'new.number', 'new.text'])
  })

  test('Q6: a create that does not match runs nothing', async () => {
    const { bob, page, caughtUp } = await openTable()
    await bob.put('samples', 'new', { text: 'New', number: 0.5, flag: false })
    await caughtUp()
    expect(shown(page)).toEqual(['a', 'b', 'c'])
    expect(ran).toEqual([])
  })

  test('Q6, R2: an update of one field runs exactly the effect that reads it', async () => {
    const { bob, page, nodes, caughtUp } = await openTable()
    await bob.put('samples', 'b', { text: 'changed' })
    await caughtUp()
    expect(texts(page, 'b')).toEqual(['A', 'changed', 'C'])
    expect(items(page)).toEqual(nodes)
    expect(ran).toEqual(['b.text'])
  })

  test('Q6: an update that makes a record match adds it', async () => {
    const { bob, page, nodes, caughtUp } = await openTable()
    await bob.put('samples', 'absent', { flag: true })
    await caughtUp()
    expect(shown(page)).toEqual(['a', 'b', 'absent', 'c'])
    expect(items(page).filter(({ id }) => id !== 'absent')).toEqual(nodes)
    expect(ran.toSorted()).toEqual(['absent.flag', 'absent.json', 'absent.number', 'absent.text', 'list'])
  })

  test('Q6, R3: an update after which a record no longer matches removes its row and no other', async () => {
    const { bob, page, nodes, caughtUp } = await openTable()
    await bob.put('samples', 'b', { flag: false })
    await caughtUp()
    expect(items(page)).toEqual([nodes[0], nodes[2]])
    expect(ran).toEqual(['list'])
  })

  test('Q6: an update of a record that matches neither before nor after runs nothing', async () => {
    const { bob, caughtUp } = await openTable()
    await bob.put('samples', 'absent', { text: 'still absent' })
    await caughtUp()
    expect(ran).toEqual([])
  })

  test('Q6, R3: a delete removes its row and no other', async () => {
    const { bob, page, nodes, caughtUp } = await openTable()
    await bob.remove('samples', 'a')
    await caughtUp()
    expect(items(page)).toEqual([nodes[1], nodes[2]])
    expect(ran).toEqual(['list'])
  })

  test('Q6: a delete of a record that is not there runs nothing', async () => {
    const { bob, caughtUp } = await openTable()
    await bob.remove('samples', 'absent')
    await caughtUp()
    expect(ran).toEqual([])
  })
})

describe('rows', () => {
  test('R3: a row that moves keeps its DOM node, and runs the list and its own field', async () => {
    const { bob, page, nodes, caughtUp } = await openTable()
    await bob.put('samples', 'a', { number: 10 })
    await caughtUp()
    expect(items(page)).toEqual([nodes[1], nodes[2], nodes[0]])
    expect(ran.toSorted()).toEqual(['a.number', 'list'])
  })

  test('R3: a change of the order field that moves nothing leaves the list alone', async () => {
    const { bob, caughtUp } = await openTable()
    await bob.put('samples', 'a', { number: 0.5 })
    await caughtUp()
    expect(ran).toEqual(['a.number'])
  })

  test('R2: JSON that comes again as it was keeps its identity', async () => {
    const { room, bob } = await openTable()
    const { made: query } = inRoom(room, () => createQuery(samples, flagged), { user: 'carol' })
    await until(() => query.status === 'ready')
    const json = query.records[0]!.data.json
    await bob.put('samples', 'a', { text: 'changed' })
    await caughtUp(room)
    expect(query.records[0]!.data.text).toBe('changed')
    expect(query.records[0]!.data.json).toBe(json)
    await bob.put('samples', 'a', { json: { of: ['another'] } })
    await caughtUp(room)
    expect(query.records[0]!.data.json).toEqual({ of: ['another'] })
  })

  test('R2: a field that comes or goes runs what reads it and what lists the fields', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    await bob.put('samples', 'a', {})
    const { made: query } = inRoom(
      room,
      () => {
        const query = createQuery(samples)
        createEffect(() => query.records[0] && note('text', query.records[0].data.text))
        createEffect(() => query.records[0] && note('fields', Object.keys(query.records[0].data)))
        createEffect(() => query.records[0] && note('number', 'number' in query.records[0].data))
        return query
      },
      { user: 'alice' },
    )
    await until(() => query.status === 'ready')
    ran = []
    await bob.put('samples', 'a', { text: 'come' })
    await caughtUp(room)
    expect(ran).toEqual(['text', 'fields'])
    expect(Object.keys(query.records[0]!.data).toSorted()).toEqual(['required', 'text'])
  })

  test('R1: a record is one object in every query that shows it, whatever happens to it', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    await bob.put('samples', 'a', { text: 'first', number: 1 })
    await bob.put('samples', 'b', { text: 'second', number: 2 })
    const { made } = inRoom(
      room,
      () => ({ up: createQuery(samples, { orderBy: 'number', orderDir: 'asc' }), down: createQuery(samples) }),
      { user: 'alice' },
    )
    await until(() => made.up.status === 'ready' && made.down.status === 'ready')
    const row = made.up.records[0]!
    expect(made.down.records).toContain(row)
    await bob.put('samples', 'a', { text: 'changed', number: 3 })
    await caughtUp(room)
    expect(made.up.records[1]).toBe(row)
    expect(made.down.records).toContain(row)
    expect(row.data).toEqual({ text: 'changed', number: 3, required: '' })
  })

  test('R1: a record that goes from one query to another is still one row there when it changes again', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    await bob.put('samples', 'a', { text: 'moving', flag: false })
    const { made } = inRoom(
      room,
      () => ({
        open: createQuery(samples, { where: { flag: false } }),
        done: createQuery(samples, { where: { flag: true } }),
      }),
      { user: 'alice' },
    )
    await until(() => made.open.status === 'ready' && made.done.status === 'ready')
    const row = made.open.records[0]!
    await bob.put('samples', 'a', { flag: true })
    await bob.put('samples', 'a', { text: 'moved' })
    await caughtUp(room)
    expect(made.open.records).toHaveLength(0)
    expect([...made.done.records]).toEqual([row])
    expect(row.data.text).toBe('moved')
  })

  test('R2: `updatedAt` is a field like any other', async () => {
    const { room, bob } = await openTable()
    const { made: query } = inRoom(
      room,
      () => {
        const query = createQuery(samples, flagged)
        createEffect(() => query.records[0] && note('updatedAt', query.records[0].updatedAt))
        return query
      },
      { user: 'carol' },
    )
    await until(() => query.status === 'ready')
    const before = query.records[0]!.updatedAt
    await until(() => Date.now() > Date.parse(before))
    ran = []
    await bob.put('samples', 'a', { text: 'changed' })
    await caughtUp(room)
    expect(ran.filter((what) => what === 'updatedAt')).toEqual(['updatedAt'])
    expect(query.records[0]!.updatedAt > before).toBe(true)
  })
})

describe('access', () => {
  test('A3: a record that turns private leaves the page of whom it is hidden from, and comes back when shown', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    for (const recordId of ['a', 'b', 'c']) await bob.put('tasks', recordId, { title: recordId, visibility: 'public' })
    const Titles = () => {
      const query = createQuery(tasks, { orderBy: 'title', orderDir: 'asc' })
      return <For each={query.records}>{(task) => <li>{note(`${task.recordId}.title`, task.data.title)}</li>}</For>
    }
    const page = visit(room, () => <Titles />, { user: 'alice' })
    await until(() => items(page).length === 3)
    const nodes = items(page)
    ran = []

    await bob.put('tasks', 'b', { visibility: 'private' })
    await caughtUp(room)
    expect(items(page)).toEqual([nodes[0], nodes[2]])
    expect(ran).toEqual([])

    await bob.put('tasks', 'b', { visibility: 'public', title: 'b again' })
    await caughtUp(room)
    expect(texts(page)).toEqual(['a', 'b again', 'c'])
    expect([items(page)[0], items(page)[2]]).toEqual([nodes[0], nodes[2]])
    expect(ran).toEqual(['b.title'])
  })
})

test('R2, R3: of 10,000 rows in order, one that moves runs its own effect and the list, and no other row', async () => {
  const room = crypto.randomUUID()
  const rows = Array.from({ length: 10_000 }, (_, number) => number)
  const puts = rows.map((number) => ({ type: 'put', collection: 'samples', recordId: `r${number}`, data: { number } }))
  expect(await callRoom(base, room, 'batch', [puts, 'system'])).toEqual({ result: null })

  const { made } = inRoom(room, () => {
    const query = createQuery(samples, { orderBy: 'number', orderDir: 'asc' })
    const drawn = mapArray(
      () => query.records,
      (row) => {
        note('drawn', row)
        createEffect(() => note(row.recordId, row.data.number))
        return row.recordId
      },
    )
    createEffect(() => note('list', drawn().length))
    return { query, drawn }
  })
  await until(() => made.query.records.length === 10_000)
  expect(ran.filter((what) => what === 'drawn')).toHaveLength(10_000)
  ran = []

  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', 'r9000', { number: 10.5 })
  await caughtUp(room)
  expect(ran.toSorted()).toEqual(['list', 'r9000'])
  expect(made.query.records.slice(9, 13).map(({ recordId }) => recordId)).toEqual(['r9', 'r10', 'r9000', 'r11'])
  ran = []
  await bob.put('samples', 'r9000', { text: 'nobody reads this' })
  await caughtUp(room)
  expect(ran).toEqual([])
}, 60_000)
