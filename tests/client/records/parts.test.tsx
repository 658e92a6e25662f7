import { createQuery } from 'deepspace-solid'
import { createEffect } from 'solid-js'
import { expect, test } from 'vitest'
import { samples } from '../../support/collections.ts'
import { base, cutLine, inRoom, lineIsBack, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { caughtUp, loseOnNext, sentTo, socketTo } from '../../support/sockets.ts'

/** A room with more samples than fit into one frame. */
async function largeRoom() {
  const room = crypto.randomUUID()
  const text = 'x'.repeat(1000)
  const operations = Array.from({ length: 1200 }, (_, number) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${number}`,
    data: { number, text },
  }))
  expect(await callRoom(base, room, 'batch', [operations, 'system'])).toEqual({ result: null })
  return room
}

/** What a page in the room sees of the query, from effect to effect. */
function watch(room: string) {
  const seen: { status: string; count: number; last: number | null | undefined }[] = []
  const { made: query } = inRoom(room, () => {
    const query = createQuery(samples, { orderBy: 'number', orderDir: 'asc' })
    createEffect(() => {
      const { status, records } = query
      seen.push({ status, count: records.length, last: records.at(-1)?.data.number })
    })
    return query
  })
  return { query, seen }
}

test('Q11: a large first result is shown as it comes, `loading` until all of it is there', async () => {
  const room = await largeRoom()
  const { query, seen } = watch(room)
  await until(() => query.status === 'ready')
  const parts = socketTo(room).received.filter((frame) => frame !== 'pong' && frame.type === 'core.query_result')
  expect(parts.length).toBeGreaterThan(3)
  expect(seen).toHaveLength(parts.length + 1)
  expect(seen.map(({ status }) => status)).toEqual([...parts.map(() => 'loading'), 'ready'])
  expect(seen.map(({ count }) => count)).toEqual(seen.map(({ count }) => count).toSorted((a, b) => a - b))
  for (const { count, last } of seen.slice(1)) expect(last).toBe(count - 1)
  expect(query.records.map(({ data }) => data.number)).toEqual(Array.from({ length: 1200 }, (_, number) => number))
  expect(query.hasMore).toBe(false)
})

test('Q11, R4: after a reconnect a large result takes the place of the old one at once, and only what changed runs', async () => {
  const room = await largeRoom()
  const { query, seen } = watch(room)
  await until(() => query.status === 'ready')
  const first = query.records[0]!
  seen.length = 0
  await cutLine(room)
  await callRoom(base, room, 'remove', ['samples', 's1', 'system'])
  await callRoom(base, room, 'put', ['samples', 'new', { number: 5000 }, 'system'])
  await lineIsBack(room)
  await until(() => seen.length > 0)
  expect(seen).toEqual([{ status: 'ready', count: 1200, last: 5000 }])
  expect(query.records[0]).toBe(first)
  expect(query.records[1]!.recordId).toBe('s2')
})

test('Q11: a connection that drops between two parts begins again', async () => {
  const room = await largeRoom()
  const { query, seen } = watch(room)
  await until(() => seen.length > 1)
  expect(query.status).toBe('loading')
  await cutLine(room)
  await lineIsBack(room)
  await until(() => query.status === 'ready')
  expect(query.records).toHaveLength(1200)
  expect(new Set(query.records.map(({ recordId }) => recordId)).size).toBe(1200)
})

test('Q11, Q7: what goes before it has begun again makes it ask for nothing', async () => {
  const room = await largeRoom()
  const { made } = inRoom(room, () => ({
    low: createQuery(samples, { where: { number: { lt: 5 } } }),
    all: createQuery(samples, { orderBy: 'number', orderDir: 'asc' }),
  }))
  await until(() => made.all.records.length > 0)
  expect(made.all.status).toBe('loading')
  const { subscriptionId } = sentTo(room, 'core.subscribe').at(-1)!.payload
  await cutLine(room)
  loseOnNext(
    room,
    (frame) => frame !== 'ping' && frame.type === 'core.subscribe' && frame.payload.subscriptionId === subscriptionId,
  )
  await lineIsBack(room)
  await callRoom(base, room, 'remove', ['samples', 's1', 'system'])
  await caughtUp(room)
  expect(made.low.records).toHaveLength(4)
  expect(socketTo(room).sent.filter((frame) => frame !== 'ping' && frame.type === 'core.subscribe')).toHaveLength(2)
  await cutLine(room)
  await lineIsBack(room)
  await until(() => made.all.status === 'ready')
  expect(made.all.records).toHaveLength(1199)
})
