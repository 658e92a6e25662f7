import { createConnection, createQuery } from 'deepspace-solid'
import { createEffect, For } from 'solid-js'
import { expect, test } from 'vitest'
import type { QueryResult } from '../../../src/protocol/records/messages.ts'
import { samples, tasks } from '../../support/collections.ts'
import { base, cutLine, inRoom, items, lineIsBack, until, visit } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { caughtUp, loseOnNext, sentTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** A room with so many samples, in order of their numbers. */
async function roomOf(count: number) {
  const room = crypto.randomUUID()
  const operations = Array.from({ length: count }, (_, number) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${number}`,
    data: { number, text: `the text of sample ${number}` },
  }))
  for (let start = 0; start < count; start += 1000) {
    await callRoom(base, room, 'batch', [operations.slice(start, start + 1000), 'system'])
  }
  return room
}

/** The answers on the present connection, and the bytes of all that came on it. */
function received(room: string) {
  const frames = socketTo(room).received
  const answers = frames.flatMap((frame): QueryResult[] =>
    frame !== 'pong' && frame.type === 'core.query_result' ? [frame.payload] : [],
  )
  return { answers, bytes: JSON.stringify(frames).length }
}

test('V6: a reconnect to 5,000 rows that did not change costs less than 1 kB, and runs nothing', async () => {
  const room = await roomOf(5000)
  let runs = 0
  const { made: query } = inRoom(room, () => {
    const query = createQuery(samples, { orderBy: 'number', orderDir: 'asc' })
    createEffect(() => {
      runs++
      return [query.status, query.records.length, query.records[0]?.data.text, query.hasMore]
    })
    return query
  })
  await until(() => query.status === 'ready')
  const whole = received(room).bytes
  runs = 0
  await cutLine(room)
  await lineIsBack(room)
  expect(received(room).answers).toMatchObject([{ records: [], removed: [] }])
  expect(received(room).bytes).toBeLessThan(1000)
  expect(whole).toBeGreaterThan(500_000)
  expect(runs).toBe(0)
  expect(query.records).toHaveLength(5000)
})

test('V6: a reconnect brings what was written meanwhile, and touches only that', async () => {
  const room = await roomOf(300)
  const bob = await Wire.open(base, room, 'bob')
  const ran: string[] = []
  const page = visit(room, () => {
    const query = createQuery(samples, { orderBy: 'number', orderDir: 'asc' })
    return (
      <For each={query.records}>
        {(row) => {
          createEffect(() => ran.push(`${row.recordId} ${row.data.text}`))
          return <li>{row.recordId}</li>
        }}
      </For>
    )
  })
  await until(() => items(page).length === 300)
  const nodes = items(page)
  ran.length = 0
  await cutLine(room)
  await bob.put('samples', 's7', { text: 'changed' })
  await bob.put('samples', 's8', { number: 299.5 })
  await bob.remove('samples', 's9')
  await bob.put('samples', 'new', { number: -1, text: 'new' })
  await lineIsBack(room)
  expect(received(room).answers).toMatchObject([{ removed: ['s9'] }])
  expect(received(room).answers[0]!.records).toHaveLength(3)
  expect(ran.toSorted()).toEqual(['new new', 's7 changed'])
  expect(items(page).slice(1, 8)).toEqual(nodes.slice(0, 7))
  expect(items(page).at(-1)).toBe(nodes[8])
  expect(items(page)).toHaveLength(300)
})

test('V6, Q7: a window that has become short meanwhile is filled again', async () => {
  const room = await roomOf(60)
  const bob = await Wire.open(base, room, 'bob')
  const { made: query } = inRoom(room, () => createQuery(samples, { orderBy: 'number', orderDir: 'asc', limit: 4 }))
  await until(() => query.status === 'ready')
  await cutLine(room)
  // In one go: the client comes back by itself within the second.
  const gone = Array.from({ length: 30 }, (_, n) => ({ type: 'remove', collection: 'samples', recordId: `s${n}` }))
  await callRoom(base, room, 'batch', [gone, 'system'])
  await bob.put('samples', 'early', { number: 1 })
  await lineIsBack(room)
  await caughtUp(room)
  expect(query.records.map(({ recordId }) => recordId)).toEqual(['early', 's30', 's31', 's32'])
  expect(query.hasMore).toBe(true)
})

test('V6: a connection that drops before it has its answers goes on from where the rows stood', async () => {
  const room = await roomOf(50)
  const bob = await Wire.open(base, room, 'bob')
  const { made } = inRoom(room, () => ({
    connection: createConnection(),
    some: createQuery(samples, { where: { number: { lt: 10 } } }),
    other: createQuery(samples, { where: { number: { gte: 10 } } }),
  }))
  await until(() => made.some.status === 'ready' && made.other.status === 'ready')
  for (let round = 0; round < 5; round++) {
    await cutLine(room)
    await bob.put('samples', 's1', { number: round % 2 ? 1 : 20 })
    await bob.put('samples', `new${round}`, { number: round })
    await until(() => {
      window.dispatchEvent(new Event('online'))
      return made.connection.status === 'connected'
    })
    // The answer to one of the two, and to the other not.
    if (round < 4) await until(() => received(room).answers.length > 0)
  }
  await caughtUp(room)
  const ids = (where: object) => bob.query('samples', { where }) as Promise<{ recordId: string }[]>
  expect(made.some.records.map(({ recordId }) => recordId)).toEqual(
    (await ids({ number: { lt: 10 } })).map(({ recordId }) => recordId),
  )
  expect(made.other.records.map(({ recordId }) => recordId)).toEqual(
    (await ids({ number: { gte: 10 } })).map(({ recordId }) => recordId),
  )
})

test('V6: a connection that drops before it has heard anything costs no whole answer', async () => {
  const room = await roomOf(20)
  const { made: query } = inRoom(room, () => createQuery(samples))
  await until(() => query.status === 'ready')
  await cutLine(room)
  loseOnNext(room, (frame) => frame !== 'ping')
  await lineIsBack(room)
  expect(received(room).answers).toEqual([])
  await cutLine(room)
  await callRoom(base, room, 'remove', ['samples', 's1', 'system'])
  await lineIsBack(room)
  expect(received(room).answers).toMatchObject([{ since: expect.any(Number), records: [], removed: ['s1'] }])
  expect(query.records).toHaveLength(19)
})

test('V6: what came for other queries meanwhile does not stay in one that has had no answer', async () => {
  const room = await roomOf(3)
  const bob = await Wire.open(base, room, 'bob')
  const { made } = inRoom(room, () => [
    createQuery(samples, { where: { number: { gte: 0 } } }),
    createQuery(samples, { where: { number: { lt: 100 } } }),
  ])
  await until(() => made.every(({ status }) => status === 'ready'))
  const { subscriptionId } = sentTo(room, 'core.subscribe').at(-1)!.payload
  const lengths = () => made.map(({ records }) => records.length)
  for (const isChange of [false, true]) {
    await cutLine(room)
    if (!isChange) await bob.put('samples', 'passing', { number: 5 })
    loseOnNext(
      room,
      (frame) => frame !== 'ping' && frame.type === 'core.subscribe' && frame.payload.subscriptionId === subscriptionId,
    )
    await lineIsBack(room)
    if (isChange) await bob.put('samples', 'passing', { number: 5 })
    await caughtUp(room)
    expect(lengths()[0]).toBe(4)
    await cutLine(room)
    await bob.remove('samples', 'passing')
    await lineIsBack(room)
    expect(lengths()).toEqual([3, 3])
  }
  await bob.put('samples', 'last', { number: 7 })
  await caughtUp(room)
  expect(lengths()).toEqual([4, 4])
})

test.for([
  ['visibility', { visibility: 'public' }, { visibility: 'private' }],
  ['owner', { owner: 'alice' }, { owner: 'root' }],
  ['collaborators', { people: ['alice'] }, { people: [] }],
  ['team field', { team: 't' }, { team: 'u' }],
  ['membership', { team: 't' }, 'membership'],
  ['role', {}, 'role'],
  ['delete', { visibility: 'public' }, 'delete'],
] as const)('V3, V6: a record that was lost while offline, by %s, is gone on return', async ([way, gain, lose]) => {
  const room = crypto.randomUUID()
  const root = await Wire.open(base, room, 'root')
  const collection =
    {
      owner: 'read_own',
      collaborators: 'read_collaborator',
      'team field': 'read_team',
      membership: 'read_team',
      role: 'tasks',
    }[way as string] ?? 'read_published'
  await root.put('team_members', 'm', { teamId: 't', userId: 'alice' })
  await root.put(
    collection,
    'kept',
    collection === 'tasks' ? { title: 'x', visibility: 'public' } : { title: 'x', owner: 'alice' },
  )
  await root.put(collection, 'r', { title: 'secret', ...gain })
  const first = await Wire.open(base, room, 'alice')
  await first.close()
  if (lose === 'role') await root.request('user.set_role', { userId: 'alice', role: 'admin' })
  const { made: query } = inRoom(room, () => createQuery(collection), { user: 'alice' })
  await until(() => query.records.length === 2)
  await cutLine(room)
  if (lose === 'membership') await root.remove('team_members', 'm')
  else if (lose === 'role') await root.request('user.set_role', { userId: 'alice', role: 'member' })
  else if (lose === 'delete') await root.remove(collection, 'r')
  else await root.put(collection, 'r', lose)
  await lineIsBack(room)
  expect(query.status).toBe('ready')
  expect(query.records.map(({ recordId }) => recordId)).toEqual(['kept'])
})

test('V6: a room that knows part A alone is asked for the whole', async () => {
  const room = `part-a:${crypto.randomUUID()}`
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('tasks', 'a', { title: 'a', visibility: 'public' })
  await bob.put('tasks', 'b', { title: 'b', visibility: 'public' })
  const { made: query } = inRoom(room, () => createQuery(tasks))
  await until(() => query.records.length === 2)
  await cutLine(room)
  await bob.remove('tasks', 'a')
  await lineIsBack(room)
  expect(query.records.map(({ recordId }) => recordId)).toEqual(['b'])
  expect(sentTo(room, 'core.subscribe').every(({ payload }) => payload.since === undefined)).toBe(true)
})

test('V7: of a commit that was cut off in the middle nothing is left behind', async () => {
  const room = crypto.randomUUID()
  const { made: query } = inRoom(room, () => createQuery(samples, { orderBy: 'recordId', orderDir: 'asc' }))
  await until(() => query.status === 'ready')
  await caughtUp(room)
  const { socket } = socketTo(room)
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  socket.addEventListener('message', ({ data }) => {
    if (String(data).includes('"partial":true')) WebSocket.prototype.close.call(socket)
  })
  const text = 'x'.repeat(100_000)
  const operations = ['p1', 'p2', 'p3', 'p4'].map((recordId) => ({
    type: 'put',
    collection: 'samples',
    recordId,
    data: { text },
  }))
  await callRoom(base, room, 'batch', [operations, 'system'])
  await closed
  // The first of its frames has come.
  expect(socketTo(room).received.at(-1)).toMatchObject({ payload: { changes: [{ record: { recordId: 'p1' } }, {}] } })
  expect(query.records).toHaveLength(0)
  await callRoom(base, room, 'remove', ['samples', 'p1', 'system'])
  await lineIsBack(room)
  expect(query.records.map(({ recordId }) => recordId)).toEqual(['p2', 'p3', 'p4'])
})
