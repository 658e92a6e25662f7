import { expect, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const rooms = createOwnRooms()
const { sleep } = rooms

/** A connection that is told a number, and what it has been told since it last looked. */
async function counting(room: string, user: string | undefined, query: object) {
  const wire = await Wire.open(rooms.base, room, user, 'v=1')
  wire.send('core.subscribe', { subscriptionId: 'n', query, count: true })
  const told = async (): Promise<number[]> => {
    const frames = await wire.drain()
    // Nothing but numbers: no record, no id.
    expect(frames.filter(({ type }) => type !== 'core.query_result' && type !== 'user.info')).toEqual([])
    return frames
      .filter(({ type }) => type === 'core.query_result')
      .map(({ payload: { records, count } }) => {
        expect(records).toEqual([])
        return count
      })
  }
  return { wire, told }
}

test('Q12: a count is told at first and whenever it changes, and no record with it', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(rooms.base, room, 'bob')
  await bob.put('samples', 'a', { flag: true })
  const { wire, told } = await counting(room, 'alice', { collection: 'samples', where: { flag: true } })
  expect(await told()).toEqual([1])
  for (const [write, numbers] of [
    [() => bob.put('samples', 'b', { flag: true }), [2]],
    [() => bob.put('samples', 'c', { flag: false }), []],
    [() => bob.put('samples', 'b', { number: 1 }), []],
    [() => bob.put('samples', 'c', { flag: true }), [3]],
    [() => bob.put('samples', 'a', { flag: null }), [2]],
    [() => bob.remove('samples', 'a'), []],
    [() => bob.remove('samples', 'b'), [1]],
    [() => bob.put('tasks', 'a', { title: 'of another collection' }), []],
  ] as const) {
    await write()
    expect(await told()).toEqual(numbers)
  }
  await wire.request('core.unsubscribe', { subscriptionId: 'n' })
  await wire.drain()
  await bob.remove('samples', 'c')
  expect(await told()).toEqual([])
})

test('Q12: only what one may read counts, and what comes into sight or goes from it', async () => {
  const room = crypto.randomUUID()
  const root = await Wire.open(rooms.base, room, 'root')
  const all = { collection: 'read_team' }
  const [eve, bob, visitor] = await Promise.all([
    counting(room, 'eve', all),
    counting(room, 'bob', all),
    counting(room, undefined, { collection: 'tasks' }),
  ])
  const numbers = () => Promise.all([eve, bob, visitor].map(({ told }) => told()))
  expect(await numbers()).toEqual([[0], [0], [0]])
  for (const [write, expected] of [
    [() => root.put('read_team', 'r1', { title: 'x', team: 't' }), [[], [], []]],
    [() => root.put('read_team', 'r2', { title: 'x', team: 't', owner: 'bob' }), [[], [1], []]],
    [() => root.put('team_members', 'm', { teamId: 't', userId: 'eve' }), [[2], [], []]],
    [() => root.put('team_members', 'm', { status: 'paused' }), [[0], [], []]],
    [() => root.put('read_team', 'r1', { people: ['eve', 'bob'] }), [[1], [2], []]],
    [() => root.put('tasks', 't1', { title: 'x' }), [[], [], []]],
    [() => root.put('tasks', 't1', { visibility: 'public' }), [[], [], [1]]],
    [() => root.put('tasks', 't1', { visibility: 'private' }), [[], [], [0]]],
    [() => root.request('user.set_role', { userId: 'eve', role: 'admin' }), [[2], [], []]],
    [() => root.request('user.set_role', { userId: 'eve', role: 'member' }), [[1], [], []]],
  ] as const) {
    await write()
    expect(await numbers()).toEqual(expected)
  }
})

test('Q12, Q5: a refused count is an error, and a role that may no longer ask sees none', async () => {
  const room = crypto.randomUUID()
  const root = await Wire.open(rooms.base, room, 'root')
  const visitor = await Wire.open(rooms.base, room, undefined, 'v=1')
  await visitor.drain()
  visitor.send('core.subscribe', { subscriptionId: 'n', query: { collection: 'secrets' }, count: true })
  visitor.send('core.subscribe', { subscriptionId: 'm', query: { collection: 'tasks', where: { x: 1 } }, count: true })
  expect((await visitor.drain()).map(({ payload: { subscriptionId, code } }) => [subscriptionId, code])).toEqual([
    ['n', 'denied'],
    ['m', 'invalid-query'],
  ])
  await root.put('secrets', 's', { text: 'x' })
  const eve = await Wire.open(rooms.base, room, 'eve', 'v=1')
  await root.request('user.set_role', { userId: 'eve', role: 'admin' })
  eve.send('core.subscribe', { subscriptionId: 'n', query: { collection: 'secrets' }, count: true })
  expect((await eve.drain()).at(-1)!.payload).toMatchObject({ subscriptionId: 'n', count: 1 })
  await root.request('user.set_role', { userId: 'eve', role: 'member' })
  const frames = await eve.drain()
  expect(frames.map(({ payload }) => payload.count ?? payload.role)).toEqual(['member', 0])
  await root.put('secrets', 's2', { text: 'x' })
  expect(await eve.drain()).toEqual([])

  // What has been refused is over, even when access is counted anew.
  eve.send('core.subscribe', { subscriptionId: 'n', query: { collection: 'secrets' }, count: true })
  expect((await eve.drain()).map(({ type }) => type)).toEqual(['core.error'])
  await sleep(room)
  await root.put('team_members', 'm', { teamId: 't', userId: 'eve' })
  expect(await eve.drain()).toEqual([])
})

test('Q12, H1: a count goes on after the room has slept', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(rooms.base, room, 'bob')
  const { told } = await counting(room, 'alice', { collection: 'samples', where: { number: { gt: 1 } } })
  await bob.put('samples', 'a', { number: 2 })
  expect(await told()).toEqual([0, 1])
  await sleep(room)
  await bob.put('samples', 'b', { number: 1 })
  expect(await told()).toEqual([])
  await bob.put('samples', 'c', { number: 3 })
  expect(await told()).toEqual([2])
  await sleep(room)
  await bob.remove('samples', 'a')
  expect(await told()).toEqual([1])
  await sleep(room)
  const writes = ['d', 'e', 'f'].map((recordId) => ({
    type: 'put',
    collection: 'samples',
    recordId,
    data: { number: recordId === 'f' ? 0 : 4 },
  }))
  await callRoom(rooms.base, room, 'batch', [writes, 'system'])
  expect(await told()).toEqual([3])
})

test('A9, H1: what a connection has asked survives sleep; where it is too much to keep, it is asked for again', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(rooms.base, room, 'bob')
  const alice = await Wire.open(rooms.base, room, 'alice', 'v=1')
  await alice.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  await alice.drain()
  await sleep(room)
  await bob.put('samples', 'a', {})
  expect(await alice.changes()).toHaveLength(1)

  const where = { text: { in: Array.from({ length: 150 }, (_, i) => `a long value to look for, number ${i}`) } }
  for (const subscriptionId of ['n', 'm', 'o']) {
    await alice.request('core.subscribe', { subscriptionId, query: { collection: 'samples', where }, count: true })
  }
  await alice.drain()
  await bob.put('samples', 'a', { number: 1 })
  expect(await alice.changes()).toHaveLength(1)
  await sleep(room)
  await bob.put('samples', 'a', { number: 2 })
  expect((await alice.drain()).map(({ type }) => type)).toEqual(['records.resubscribe'])
})
