import { createCount, createQuery } from 'deepspace-solid'
import { createEffect, createSignal, Suspense } from 'solid-js'
import { expect, test } from 'vitest'
import { samples, tasks } from '../../support/collections.ts'
import { base, cutLine, inRoom, lineIsBack, until, visit } from '../../support/room.tsx'
import { caughtUp, sentTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

async function roomWith(count: number, prefix = '') {
  const room = `${prefix}${crypto.randomUUID()}`
  const bob = await Wire.open(base, room, 'bob')
  await Promise.all(Array.from({ length: count }, (_, number) => bob.put('samples', `s${number}`, { number })))
  return { room, bob }
}

test.for(['', 'part-a:'])(
  'Q12, Q13: a count follows what is created, changed and deleted (room %s...)',
  async (prefix) => {
    const { room, bob } = await roomWith(4, prefix)
    const { made: few } = inRoom(room, () => createCount(samples, { number: { lt: 3 } }), { user: 'alice' })
    expect([few.count, few.status]).toEqual([0, 'loading'])
    await until(() => few.status === 'ready')
    expect(few.count).toBe(3)
    for (const [write, count] of [
      [() => bob.put('samples', 'new', { number: 0 }), 4],
      [() => bob.put('samples', 'new', { text: 'the same number' }), 4],
      [() => bob.put('samples', 's3', { number: 1 }), 5],
      [() => bob.put('samples', 's0', { number: 9 }), 4],
      [() => bob.remove('samples', 's1'), 3],
    ] as const) {
      await write()
      await caughtUp(room)
      expect(few.count).toBe(count)
    }
  },
)

test('Q12: it brings no records, and runs what reads it only when it changes', async () => {
  const { room, bob } = await roomWith(4)
  const seen: number[] = []
  const { made: all } = inRoom(room, () => {
    const all = createCount(samples)
    createEffect(() => seen.push(all.count))
    return all
  })
  await until(() => all.status === 'ready')
  await bob.put('samples', 's0', { number: 7 })
  await bob.put('samples', 's9', {})
  await caughtUp(room)
  expect(seen).toEqual([0, 4, 5])
  const records = socketTo(room).received.flatMap((frame) =>
    frame !== 'pong' && frame.type === 'core.query_result' ? frame.payload.records : [],
  )
  expect(records).toEqual([])
  expect(socketTo(room).received.filter((frame) => frame !== 'pong' && frame.type === 'core.record_change')).toEqual([])
})

test('Q12, R5, R7, R8: shared, switched off by a falsy value, and changed without a flash', async () => {
  const { room } = await roomWith(4)
  const [least, setLeast] = createSignal<number | undefined>()
  const { made } = inRoom(room, () => ({
    one: createCount(samples, () => least() !== undefined && { number: { gte: least()! } }),
    other: createCount('samples', () => least() !== undefined && { number: { gte: least() } }),
    records: createQuery(samples, () => least() !== undefined && { where: { number: { gte: least()! } } }),
  }))
  expect(made.one.status).toBe('off')
  setLeast(1)
  await until(() => made.one.status === 'ready' && made.records.status === 'ready')
  expect([made.one.count, made.other.count, made.records.records.length]).toEqual([3, 3, 3])
  expect(sentTo(room, 'core.subscribe')).toHaveLength(2)
  setLeast(3)
  expect([made.one.count, made.one.status]).toEqual([3, 'loading'])
  await until(() => made.one.status === 'ready')
  expect(made.one.count).toBe(1)
  setLeast(undefined)
  expect([made.one.count, made.one.status]).toEqual([0, 'off'])
})

test('Q12, R10: a refused count is an error', async () => {
  const { room } = await roomWith(1)
  const { made } = inRoom(room, () => ({
    wrong: createCount(samples, { number: 'one' as unknown as number }),
    denied: createCount('secrets'),
  }))
  expect(made.wrong.error?.message).toBe(
    'Invalid message: query.where.number: expected number or null, received string',
  )
  await until(() => made.denied.status === 'error')
  expect(made.denied.error).toMatchObject({ code: 'denied', collection: 'secrets' })
  expect(made.denied.count).toBe(0)
})

test('Q12, R11: reading it suspends until the first answer', async () => {
  const { room } = await roomWith(2)
  const Total = () => {
    const all = createCount(samples)
    return <output>{all.count}</output>
  }
  const page = visit(room, () => (
    <Suspense fallback={<i>wait</i>}>
      <Total />
    </Suspense>
  ))
  expect(page.root.textContent).toBe('wait')
  await until(() => page.root.textContent === '2')
})

test('Q12, R4: a reconnect asks again, and meanwhile the number stays', async () => {
  const { room, bob } = await roomWith(2)
  const seen: [string, number][] = []
  const { made: all } = inRoom(room, () => {
    const all = createCount(samples)
    createEffect(() => seen.push([all.status, all.count]))
    return all
  })
  await until(() => all.status === 'ready')
  seen.length = 0
  await cutLine(room)
  await bob.remove('samples', 's0')
  await lineIsBack(room)
  await until(() => all.count === 1)
  expect(seen).toEqual([['ready', 1]])
})

test('Q12: what one may not read does not count', async () => {
  const { room, bob } = await roomWith(0)
  await bob.put('tasks', 'a', { title: 'a' })
  await bob.put('tasks', 'b', { title: 'b', visibility: 'public' })
  const { made: all } = inRoom(room, () => createCount(tasks), { user: 'alice' })
  await until(() => all.status === 'ready')
  expect(all.count).toBe(1)
  await bob.put('tasks', 'a', { visibility: 'public' })
  await caughtUp(room)
  expect(all.count).toBe(2)
})
