import { expect, test } from 'vitest'
import type { PageQuestion, Snapshot } from '../../../src/protocol/records/snapshot.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const rooms = createOwnRooms()

function identity(userId: string, anonymous = false) {
  return { userId, name: userId, email: `${userId}@example.com`, anonymous }
}

/** What a room says to a page of somebody. */
async function snapshot(
  room: string,
  questions: readonly PageQuestion[],
  as = identity('bob'),
  held?: object,
): Promise<Snapshot> {
  const { result, error } = await callRoom(rooms.base, room, 'snapshot', [questions, as, held])
  expect(error).toBeUndefined()
  return result as Snapshot
}

/** The ids of the records in an answer. */
function ids(answer: object | undefined): string[] {
  return (JSON.parse((answer as { records: string }).records) as { recordId: string }[]).map(({ recordId }) => recordId)
}

/** Goes on from a version on a socket; gives the answer. */
async function resumed(room: string, user: string, query: object, since: number) {
  const wire = await Wire.open(rooms.base, room, user, 'v=1')
  wire.send('core.subscribe', { subscriptionId: 'q', query, since })
  const { payload } = await wire.until(({ type }) => type === 'core.query_result')
  await wire.close()
  return payload
}

const samples = { collection: 'samples', orderBy: 'text', orderDir: 'asc' } as const

test('N1: a page is answered of one commit: one record more than a limit, a number, its user, and each refusal on its own', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(rooms.base, room, 'bob')
  for (const text of ['a', 'b', 'c']) await bob.put('samples', text, { text, flag: text !== 'a' })
  const { user, version, answers } = await snapshot(room, [
    { query: { ...samples, limit: 1 } },
    { query: { ...samples, limit: 2 } },
    { query: samples },
    { query: { collection: 'samples', where: { flag: true } }, count: true },
    { query: { collection: 'samples', where: { missing: 1 } } },
    { query: { collection: 'nowhere' } },
    { query: { ...samples, limit: -1 } },
  ])
  expect(user).toMatchObject({ id: 'bob', email: 'bob@example.com', role: 'member' })
  expect(answers.slice(0, 3).map(ids)).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
  expect(answers.slice(0, 3).map((answer) => (answer as { hasMore: boolean }).hasMore)).toEqual([true, false, false])
  expect(answers[3]).toEqual({ count: 2 })
  expect(answers.slice(4)).toMatchObject([
    { error: { code: 'invalid-query' } },
    { error: { code: 'unknown-collection' } },
    { error: { code: 'invalid-query' } },
  ])
  // Whoever was told this goes on from there.
  expect(await resumed(room, 'bob', samples, version)).toMatchObject({ since: version, records: [], removed: [] })
  await bob.put('samples', 'b', { text: 'bb' })
  expect(await resumed(room, 'bob', samples, version)).toMatchObject({ since: version, records: [{ recordId: 'b' }] })
})

test('N5, V4: who has never been here goes on from their page; who has another role since does not', async () => {
  const room = crypto.randomUUID()
  const { version, user } = await snapshot(room, [{ query: samples }], identity('newcomer'))
  expect(user.role).toBe('member')
  expect(await resumed(room, 'newcomer', samples, version)).toMatchObject({ since: version })
  await callRoom(rooms.base, room, 'setRole', ['newcomer', 'viewer'])
  expect(await resumed(room, 'newcomer', samples, version)).not.toHaveProperty('since')
})

test('N8: a page is told what a connection of the same user is told, and not a record more', async () => {
  const room = crypto.randomUUID()
  const alice = await Wire.open(rooms.base, room, 'alice')
  await alice.put('tasks', 'public', { title: 'all may read it', visibility: 'public' })
  await alice.put('tasks', 'private', { title: 'canary' })
  const query = { collection: 'tasks', orderBy: 'recordId' as const }
  for (const [who, sees] of [
    [identity('alice'), ['public', 'private']],
    [identity('bob'), ['public']],
    [identity('root'), ['public', 'private']],
    [identity(`anon-${crypto.randomUUID()}`, true), ['public']],
  ] as const) {
    const { answers } = await snapshot(room, [{ query }, { query, count: true }], who)
    expect(ids(answers[0]).sort()).toEqual([...sees].sort())
    expect(answers[1]).toEqual({ count: sees.length })
  }
  // Nor is anybody on the roster who has only looked at a page.
  const { result } = await callRoom(rooms.base, room, 'users', [])
  expect((result as { id: string }[]).map(({ id }) => id)).toEqual(['alice'])
})

test('N1: what a page holds of another commit is answered anew, and of the same one it is not', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(rooms.base, room, 'bob')
  await bob.put('samples', 'a', { text: 'a' })
  const question = { query: samples }
  const { version } = await snapshot(room, [question])
  const counted = { query: { collection: 'samples' }, count: true }
  const held = { version, questions: [question] }
  expect((await snapshot(room, [counted], identity('bob'), held)).answers).toEqual([{ count: 1 }])
  await bob.put('samples', 'b', { text: 'b' })
  const later = await snapshot(room, [counted], identity('bob'), held)
  expect(later.answers[0]).toEqual({ count: 2 })
  expect(ids(later.answers[1])).toEqual(['a', 'b'])
  expect(later.version).toBe(version + 1)
})

test('N11: nobody is answered who is no identity', async () => {
  for (const as of [null, undefined, 'system', {}, { ...identity('system') }, { ...identity('anon-1') }]) {
    const { result, details } = await callRoom(rooms.base, crypto.randomUUID(), 'snapshot', [[], as])
    expect(result).toBeUndefined()
    expect(details).toMatchObject({ code: 'unauthorized' })
  }
})
