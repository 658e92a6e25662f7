import { type Cursor, createQuery, type QueryOptions, type RecordEnvelope } from 'deepspace-solid'
import { createEffect, createSignal, For } from 'solid-js'
import { expect, test } from 'vitest'
import type { QueryResult } from '../../../src/protocol/records/messages.ts'
import { samples } from '../../support/collections.ts'
import { base, inRoom, items, texts, until, visit } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { caughtUp, sentTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** The samples with the lowest numbers. */
function lowest(limit: number): QueryOptions<typeof samples> {
  return { orderBy: 'number', orderDir: 'asc', limit }
}

/** A room with samples 0 to `count` - 1, and a page that shows the lowest three. */
async function openWindow(count: number, limit = 3, prefix = '') {
  const room = `${prefix}${crypto.randomUUID()}`
  const bob = await Wire.open(base, room, 'bob')
  await Promise.all(Array.from({ length: count }, (_, number) => bob.put('samples', `s${number}`, { number })))
  const { made: query } = inRoom(room, () => createQuery(samples, lowest(limit)), { user: 'alice' })
  await until(() => query.status === 'ready')
  return {
    room,
    bob,
    query,
    numbers: () => query.records.map(({ data }) => data.number),
    asked: () => sentTo(room, 'core.subscribe').length,
    /** Twice: what comes may make the client ask again. */
    async caughtUp() {
      await caughtUp(room)
      await caughtUp(room)
    },
  }
}

test('Q7: a limited query shows the first records of its order, and whether there are more', async () => {
  const { numbers, query } = await openWindow(20)
  expect(numbers()).toEqual([0, 1, 2])
  expect(query.hasMore).toBe(true)
})

test('Q7: with fewer records than the limit it shows all of them, and there are no more', async () => {
  const { numbers, query } = await openWindow(2)
  expect(numbers()).toEqual([0, 1])
  expect(query.hasMore).toBe(false)
})

test('Q7: inserts, moves and deletes keep the window exact without another request', async () => {
  const { bob, numbers, asked, caughtUp } = await openWindow(20)
  const steps: [() => Promise<unknown>, number[]][] = [
    [() => bob.put('samples', 'first', { number: -1 }), [-1, 0, 1]],
    [() => bob.put('samples', 'between', { number: 0.5 }), [-1, 0, 0.5]],
    [() => bob.put('samples', 'far', { number: 100 }), [-1, 0, 0.5]],
    [() => bob.remove('samples', 's0'), [-1, 0.5, 1]],
    [() => bob.put('samples', 'first', { number: 50 }), [0.5, 1, 2]],
    [() => bob.put('samples', 's19', { number: 0 }), [0, 0.5, 1]],
    [() => bob.put('samples', 's1', { number: 0.25 }), [0, 0.25, 0.5]],
  ]
  for (const [step, expected] of steps) {
    await step()
    await caughtUp()
    expect(numbers()).toEqual(expected)
  }
  expect(asked()).toBe(1)
})

test('Q7: it asks again only when it runs short of records, and once', async () => {
  const { bob, numbers, asked, caughtUp, query } = await openWindow(30)
  for (const number of [0, 1, 2, 3]) await bob.remove('samples', `s${number}`)
  await caughtUp()
  expect(numbers()).toEqual([4, 5, 6])
  expect(asked()).toBe(1)

  await Promise.all([4, 5, 6, 7, 8].map((number) => bob.remove('samples', `s${number}`)))
  await caughtUp()
  expect(numbers()).toEqual([9, 10, 11])
  expect(query.hasMore).toBe(true)
  expect(asked()).toBe(2)
})

test('Q7, Q10: it asks only for what lies behind the records that it knows', async () => {
  const { room, bob, numbers, query, caughtUp } = await openWindow(40)
  for (let number = 0; number < 6; number++) await bob.remove('samples', `s${number}`)
  await caughtUp()
  expect(numbers()).toEqual([6, 7, 8])
  query.loadMore()
  await until(() => query.status === 'ready')
  expect(numbers()).toEqual([6, 7, 8, 9, 10, 11])
  const records = answers(room).map(({ records }) => records.map(({ recordId }) => recordId))
  expect(records.map(({ length }) => length)).toEqual([8, 5, 4])
  expect(records.flat()).toEqual(Array.from({ length: 17 }, (_, number) => `s${number}`))
})

test('Q10: a limit that is raised keeps the rows and asks for the rest; one that is lowered asks anew', async () => {
  const { room } = await openWindow(40)
  const [limit, setLimit] = createSignal(10)
  const { made: query } = inRoom(room, () => createQuery(samples, () => lowest(limit())))
  await until(() => query.status === 'ready')
  const rows = [...query.records]
  setLimit(20)
  expect([query.records.length, query.status]).toEqual([10, 'loading'])
  await until(() => query.status === 'ready')
  expect(query.records.slice(0, 10)).toEqual(rows)
  expect(query.records).toHaveLength(20)
  expect(answers(room).map(({ records, page }) => [records.length, page?.number])).toEqual([
    [15, undefined],
    [10, 14],
  ])
  setLimit(5)
  await until(() => query.status === 'ready')
  expect(query.records).toHaveLength(5)
  expect(query.records[0]).toBe(rows[0])
})

test('Q10: changes while a page is on its way are in it, or come behind it', async () => {
  const { room, bob, query, numbers, caughtUp } = await openWindow(40)
  const { socket } = socketTo(room)
  // The page is asked for before the writes, and after them.
  for (const late of [false, true]) {
    if (!late) query.loadMore()
    await Promise.all([
      bob.remove('samples', late ? 's20' : 's4'),
      bob.put('samples', `new${late}`, { number: late ? 9.5 : 4.5 }),
    ])
    if (late) query.loadMore()
    await until(() => query.status === 'ready')
    await caughtUp()
    const truth = (await bob.query('samples', { orderBy: 'number', orderDir: 'asc' })) as RecordEnvelope[]
    expect(numbers()).toEqual(truth.slice(0, numbers().length).map(({ data }) => data.number))
  }
  expect(numbers()).toHaveLength(9)
  expect(socketTo(room).socket).toBe(socket)
})

test('Q10: a page that comes too late to be of use leaves a window that changes have filled meanwhile', async () => {
  const { room, query, numbers } = await openWindow(20)
  const { socket } = socketTo(room)
  for (let number = -30; number < 0; number++) {
    const payload = { collection: 'samples', recordId: `n${number}`, data: { number } }
    socket.send(JSON.stringify({ type: 'core.put', payload }))
  }
  query.loadMore()
  await until(() => query.status === 'ready' && numbers().length === 6)
  expect(numbers()).toEqual([-30, -29, -28, -27, -26, -25])
  expect(query.hasMore).toBe(true)
})

test('Q8: `cursor` is the place of the last record, and `after` goes on behind it', async () => {
  const { room, bob } = await openWindow(10)
  const [after, setAfter] = createSignal<Cursor | undefined>()
  const { made: page } = inRoom(room, () => createQuery(samples, () => ({ ...lowest(4), after: after() })))
  const numbers = () => page.records.map(({ data }) => data.number)
  expect(page.cursor).toBeUndefined()
  await until(() => page.status === 'ready')
  expect(page.cursor).toEqual({ number: 3, recordId: 's3' })
  setAfter(page.cursor)
  await until(() => page.status === 'ready')
  expect(numbers()).toEqual([4, 5, 6, 7])
  // It stays exact: what is before the place does not belong to it.
  await bob.put('samples', 's0', { number: 4.5 })
  await bob.put('samples', 's5', { number: 1 })
  await bob.put('samples', 'new', { number: 3 })
  await caughtUp(room)
  expect(numbers()).toEqual([4, 4.5, 6, 7])
  page.loadMore()
  await until(() => page.status === 'ready')
  expect(numbers()).toEqual([4, 4.5, 6, 7, 8, 9])
  expect(page.hasMore).toBe(false)
  await bob.put('samples', 's9', { number: 10 })
  await caughtUp(room)
  expect(page.cursor).toEqual({ number: 10, recordId: 's9' })
})

test('Q7, Q13: in a room that knows part A alone a window stays exact, and pages come whole', async () => {
  const { room, bob, query, numbers, caughtUp } = await openWindow(40, 3, 'part-a:')
  for (let number = 0; number < 6; number++) await bob.remove('samples', `s${number}`)
  await caughtUp()
  expect(numbers()).toEqual([6, 7, 8])
  query.loadMore()
  await until(() => query.status === 'ready')
  expect(numbers()).toEqual([6, 7, 8, 9, 10, 11])
  expect(query.hasMore).toBe(true)
  await bob.put('samples', 's8', { number: 6.5 })
  await caughtUp()
  expect(numbers()).toEqual([6, 6.5, 7, 9, 10, 11])
  expect(answers(room).every((answer) => answer.hasMore === undefined && answer.page === undefined)).toBe(true)
})

test('Q7: while it asks again the records stay shown and `ready`', async () => {
  const { room, bob, caughtUp, asked } = await openWindow(30)
  const seen = new Set<string>()
  const { made: query } = inRoom(
    room,
    () => {
      const query = createQuery(samples, lowest(3))
      createEffect(() => seen.add(`${query.status} ${query.records.length > 0}`))
      return query
    },
    { user: 'carol' },
  )
  await until(() => query.status === 'ready')
  seen.clear()
  for (let number = 0; number < 12; number++) {
    await bob.remove('samples', `s${number}`)
    // More than the window holds ready at once would leave nothing to show for a moment.
    await caughtUp()
  }
  expect(asked()).toBeGreaterThan(2)
  expect([...seen]).toEqual(['ready true'])
  expect(query.records.map(({ data }) => data.number)).toEqual([12, 13, 14])
})

test('Q7: `hasMore` tells the truth after deletes, down to the last record', async () => {
  const { bob, query, caughtUp } = await openWindow(9)
  for (let left = 8; left >= 0; left--) {
    await bob.remove('samples', `s${left}`)
    await caughtUp()
    expect([left, query.records.length, query.hasMore]).toEqual([left, Math.min(left, 3), left > 3])
  }
})

test('Q7: `hasMore` tells the truth after inserts, and only then runs what reads it', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  const told: boolean[] = []
  const { made: query } = inRoom(room, () => {
    const query = createQuery(samples, lowest(2))
    createEffect(() => query.status === 'ready' && told.push(query.hasMore))
    return query
  })
  await until(() => query.status === 'ready')
  for (const number of [1, 2, 3, 4]) await bob.put('samples', `s${number}`, { number })
  await caughtUp(room)
  expect(query.hasMore).toBe(true)
  expect(told.at(-1)).toBe(true)
  expect(told.lastIndexOf(false)).toBe(told.indexOf(true) - 1)
})

test('R3, Q7: a change beyond the window runs nothing that reads the list', async () => {
  const { room, bob, caughtUp } = await openWindow(20)
  let runs = 0
  const { made: query } = inRoom(
    room,
    () => {
      const query = createQuery(samples, lowest(3))
      createEffect(() => {
        runs++
        return query.records.length
      })
      return query
    },
    { user: 'carol' },
  )
  await until(() => query.status === 'ready')
  runs = 0
  await bob.put('samples', 's5', { number: 4.5 })
  await bob.put('samples', 's15', { number: 200 })
  await bob.put('samples', 'new', { number: 5.5 })
  await bob.remove('samples', 's6')
  await caughtUp()
  expect(runs).toBe(0)
})

test('Q7: `loadMore` shows as many again, and the rows that were there stay', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  await Promise.all(Array.from({ length: 7 }, (_, number) => bob.put('samples', `s${number}`, { number })))
  let loadMore = (): void => {}
  const Numbers = () => {
    const query = createQuery(samples, lowest(3))
    loadMore = () => query.loadMore()
    return (
      <>
        <For each={query.records}>{(row) => <li>{row.data.number}</li>}</For>
        <output>{`${query.status} ${query.hasMore}`}</output>
      </>
    )
  }
  const page = visit(room, () => <Numbers />)
  await until(() => items(page).length === 3)
  const nodes = items(page)

  loadMore()
  expect(items(page)).toEqual(nodes)
  await until(() => items(page).length === 6)
  expect(texts(page)).toEqual(['0', '1', '2', '3', '4', '5'])
  expect(items(page).slice(0, 3)).toEqual(nodes)
  expect(texts(page, 'output')).toEqual(['ready true'])

  loadMore()
  await until(() => items(page).length === 7)
  expect(texts(page, 'output')).toEqual(['ready false'])
  const asked = sentTo(room, 'core.subscribe').length
  loadMore()
  await caughtUp(room)
  expect(sentTo(room, 'core.subscribe')).toHaveLength(asked)
})

test('Q7: `loadMore` that is called twice before the answer adds one page', async () => {
  const { query } = await openWindow(20)
  query.loadMore()
  query.loadMore()
  await until(() => query.status === 'ready')
  expect(query.records).toHaveLength(6)
})

test('Q7: without a limit there is no more to load', async () => {
  const { room } = await openWindow(20)
  const { made: query } = inRoom(room, () => createQuery(samples))
  await until(() => query.status === 'ready')
  expect(query.hasMore).toBe(false)
  query.loadMore()
  expect(query.status).toBe('ready')
  expect(query.records).toHaveLength(20)
})

test('Q7: 50 foreign changes cost an ordered query no request, and a limited one none while its window holds', async () => {
  const { room, bob, query, numbers, asked, caughtUp } = await openWindow(40, 20)
  const { made: all } = inRoom(room, () => createQuery(samples, { orderBy: 'number' }), { user: 'alice' })
  await until(() => all.status === 'ready')
  const before = asked()
  for (let n = 0; n < 50; n++) {
    const writes = [
      () => bob.put('samples', `new${n}`, { number: n / 2 }),
      () => bob.put('samples', `s${n % 40}`, { number: 39 - (n % 40) }),
      () => bob.put('samples', `s${(n * 7) % 40}`, { text: `${n}` }),
      () => bob.remove('samples', `new${n - 3}`),
    ]
    await writes[n % 4]!()
  }
  await caughtUp()
  const truth = (await bob.query('samples', { orderBy: 'number' })) as RecordEnvelope[]
  expect(all.records.map(({ recordId }) => recordId)).toEqual(truth.map(({ recordId }) => recordId))
  const lowestFirst = (await bob.query('samples', lowest(20))) as RecordEnvelope[]
  expect(numbers()).toEqual(lowestFirst.map(({ data }) => data.number))
  expect(query.hasMore).toBe(true)
  expect(asked()).toBe(before)
})

test('Q7: after any changes it shows what a fresh query would, with few requests', async () => {
  const { room, bob, query, caughtUp, asked } = await openWindow(15)
  const random = generator(20261123)
  let truth = await bob.query('samples', lowest(3))
  for (let round = 0; round < 25; round++) {
    const writes = Array.from({ length: 4 }, () => {
      const recordId = `s${Math.floor(random() * 25)}`
      if (random() < 0.4) return bob.remove('samples', recordId)
      return bob.put('samples', recordId, { number: Math.floor(random() * 30) })
    })
    await Promise.all(writes)
    await caughtUp()
    truth = await bob.query('samples', lowest(3))
    expect(query.records.map(({ recordId }) => recordId)).toEqual(
      (truth as { recordId: string }[]).map((r) => r.recordId),
    )
    const all = await bob.query('samples')
    expect(query.hasMore).toBe(all.length > 3)
  }
  expect(asked()).toBeLessThan(15)
  expect(sentTo(room, 'core.unsubscribe')).toEqual([])
})

test('R10: a query that was refused for now is asked again, also where a part of it was answered meanwhile', async () => {
  const { room, query } = await openWindow(20)
  const says = (type: string, payload: object): void => {
    socketTo(room).socket.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ type, payload }) }))
  }
  const asked = sentTo(room, 'core.subscribe').length
  const { subscriptionId } = sentTo(room, 'core.subscribe').at(-1)!.payload
  says('core.error', { error: 'Too many frames: wait 1 s', code: 'rate-limited', subscriptionId })
  // The answer to a page that was asked before.
  says('core.query_result', {
    subscriptionId,
    records: [],
    hasMore: false,
    page: { number: -1, recordId: 'none' },
    version: 1,
  })
  await until(() => sentTo(room, 'core.subscribe').length > asked)
  expect(query.status).toBe('ready')
})

/** The answers that the client has been given. */
function answers(room: string): QueryResult[] {
  return socketTo(room).received.flatMap((frame) =>
    frame !== 'pong' && frame.type === 'core.query_result' ? [frame.payload] : [],
  )
}

/** Random numbers that are the same in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

test('L10: a window on show while much before it goes is filled again without a refusal, however little its user may cause', async () => {
  const room = `busy:${crypto.randomUUID()}`
  const all = Array.from({ length: 120 }, (_, number) => number)
  const puts = all.map((number) => ({ type: 'put', collection: 'samples', recordId: `s${number}`, data: { number } }))
  await callRoom(base, room, 'batch', [puts, 'system'])
  const { made: query } = inRoom(room, () => createQuery(samples, lowest(20)), { user: 'alice' })
  await until(() => query.status === 'ready')
  for (const number of all.slice(0, 70)) await callRoom(base, room, 'remove', ['samples', `s${number}`, 'system'])
  await until(() => query.records.length === 20 && query.records[0]!.data.number === 70)
  expect(query.records.map(({ data }) => data.number)).toEqual(all.slice(70, 90))
  expect(query.status).toBe('ready')
  const received = socketTo(room).received.filter((frame) => frame !== 'pong')
  expect(received.filter(({ type }) => type === 'core.error')).toEqual([])
  // It was more than they might ask at once.
  expect(sentTo(room, 'core.subscribe').length).toBeGreaterThan(5)
})
