import { describe, expect, inject, test } from 'vitest'
import type { QueryResult } from '../../../src/protocol/records/messages.ts'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

/** Somebody who looks, goes away with a version in hand, and comes back. */
async function visitor(room: string, user: string | undefined, query: object) {
  const ask = async (since?: number): Promise<QueryResult & { bytes: number }> => {
    const wire = await Wire.open(base, room, user, 'v=1')
    let bytes = 0
    wire.socket.addEventListener('message', ({ data }) => {
      bytes += (data as string).length
    })
    wire.send('core.subscribe', { subscriptionId: 's', query, ...(since !== undefined && { since }) })
    const { payload } = await wire.until(({ payload }) => payload.subscriptionId === 's')
    await wire.close()
    return { ...payload, bytes }
  }
  const { version } = await ask()
  return { version: version!, back: (since = version!) => ask(since), whole: () => ask() }
}

/** The difference between then and now, sorted. */
function difference({ since, records, removed }: QueryResult) {
  return { since, records: records.map(({ recordId }) => recordId).toSorted(), removed: removed?.toSorted() }
}

const samples = { collection: 'samples', where: { flag: true }, orderBy: 'number' }

describe('V2: a client that returns', () => {
  test('V1, V2: to an unchanged query is told that nothing has changed, in a few bytes', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    await Promise.all(Array.from({ length: 200 }, (_, i) => bob.put('samples', `s${i}`, { flag: true, number: i })))
    const alice = await visitor(room, 'alice', samples)
    const answer = await alice.back()
    expect(difference(answer)).toEqual({ since: alice.version, records: [], removed: [] })
    expect(answer.version).toBe(alice.version)
    expect(answer.bytes).toBeLessThan(300)
    expect((await alice.whole()).records).toHaveLength(200)
  })

  test('V2: gets what was written and is in the query, and the ids of what is not any more', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    for (const id of ['same', 'changed', 'left', 'deleted', 'again']) await bob.put('samples', id, { flag: true })
    await bob.put('samples', 'other', { flag: false })
    const alice = await visitor(room, 'alice', samples)
    await bob.put('samples', 'changed', { number: 1 })
    await bob.put('samples', 'left', { flag: false })
    await bob.put('samples', 'new', { flag: true })
    await bob.put('samples', 'other', { flag: true })
    await bob.put('samples', 'passing', { flag: true })
    await bob.remove('samples', 'passing')
    await bob.remove('samples', 'deleted')
    await bob.remove('samples', 'again')
    await bob.put('samples', 'again', { flag: true })
    await bob.put('tasks', 'of another collection', { title: 'x', visibility: 'public' })
    const answer = await alice.back()
    expect(difference(answer)).toEqual({
      since: alice.version,
      records: ['again', 'changed', 'new', 'other'],
      removed: ['deleted', 'left'],
    })
    expect(answer.version).toBeGreaterThan(alice.version)
    expect(difference(await alice.back(answer.version))).toMatchObject({ records: [], removed: [] })
  })

  test('V2: gets a difference that is large in parts, as any large answer', async () => {
    const room = crypto.randomUUID()
    const alice = await visitor(room, 'alice', samples)
    const bob = await Wire.open(base, room, 'bob')
    for (let i = 0; i < 10; i++) await bob.put('samples', `s${i}`, { flag: true, text: 'x'.repeat(100_000) })
    const wire = await Wire.open(base, room, 'alice', 'v=1')
    await wire.drain()
    wire.send('core.subscribe', { subscriptionId: 's', query: samples, since: alice.version })
    const parts = (await wire.drain()).map(({ payload }) => payload)
    expect(parts.length).toBeGreaterThan(3)
    expect(parts.every(({ since }) => since === alice.version)).toBe(true)
    expect(parts.flatMap(({ records }) => records)).toHaveLength(10)
    expect(parts.map(({ version, removed }) => [version !== undefined, removed !== undefined])).toEqual([
      ...parts.slice(1).map(() => [false, false]),
      [true, true],
    ])
  })
})

describe('V3: what is named', () => {
  /** Eve could read it and cannot any more; bob never could. */
  test.for([
    ['read_own', { owner: 'eve' }, { owner: 'root' }],
    ['read_unclaimed_or_own', {}, { owner: 'root' }],
    ['read_collaborator', { people: ['eve'] }, { people: [] }],
    ['read_team', { people: ['eve'] }, { people: ['ann'] }],
    ['read_published', { visibility: 'public' }, { visibility: 'private' }],
    ['read_shared', { people: ['eve'] }, { people: [] }],
  ] as const)(
    'V3: %s: who lost a record while away is told its id, and nobody else',
    async ([collection, gain, lose]) => {
      const room = crypto.randomUUID()
      const root = await Wire.open(base, room, 'root')
      await root.put(collection, 'r', { title: 'secret', ...gain })
      await root.put(collection, 'never', { title: 'secret', owner: 'root' })
      const eve = await visitor(room, 'eve', { collection })
      const bob = await visitor(room, 'bob', { collection })
      const bobsToo = (await bob.whole()).records.length > 0
      await root.put(collection, 'r', { title: 'changed' })
      await root.put(collection, 'r', lose)
      await root.put(collection, 'never', { title: 'changed' })
      await root.remove(collection, 'never')
      await root.put(collection, 'passing', { title: 'x', owner: 'root' })
      await root.remove(collection, 'passing')
      expect(difference(await eve.back())).toMatchObject({ since: eve.version, records: [], removed: ['r'] })
      expect(difference(await bob.back())).toMatchObject({
        since: bob.version,
        records: [],
        removed: bobsToo ? ['r'] : [],
      })
    },
  )

  test('V3: of a record that was seen only while one was away nothing is said', async () => {
    const room = crypto.randomUUID()
    const root = await Wire.open(base, room, 'root')
    await root.put('tasks', 't', { title: 'secret' })
    const eve = await visitor(room, 'eve', { collection: 'tasks' })
    await root.put('tasks', 't', { visibility: 'public' })
    await root.put('tasks', 't', { visibility: 'private' })
    expect(difference(await eve.back())).toMatchObject({ since: eve.version, records: [], removed: [] })
  })
})

describe('V4: the whole is answered', () => {
  test('V4: where a membership of theirs has begun or ended', async () => {
    const room = crypto.randomUUID()
    const root = await Wire.open(base, room, 'root')
    await root.put('read_team', 'r', { title: 'x', team: 't' })
    await root.put('team_members', 'm', { teamId: 't', userId: 'eve' })
    const [eve, bob] = [
      await visitor(room, 'eve', { collection: 'read_team' }),
      await visitor(room, 'bob', { collection: 'read_team' }),
    ]
    await root.remove('team_members', 'm')
    const answer = await eve.back()
    expect(answer.since).toBeUndefined()
    expect(answer.records).toEqual([])
    // Nobody else is concerned, and neither is eve from then on.
    expect((await bob.back()).since).toBe(bob.version)
    expect((await eve.back(answer.version)).since).toBe(answer.version)
  })

  test('V4: where their role is another', async () => {
    const room = crypto.randomUUID()
    const root = await Wire.open(base, room, 'root')
    await root.put('tasks', 't', { title: 'x' })
    const eve = await visitor(room, 'eve', { collection: 'tasks' })
    await root.request('user.set_role', { userId: 'eve', role: 'admin' })
    const answer = await eve.back()
    expect(answer).toMatchObject({ records: [{ recordId: 't' }] })
    expect(answer.since).toBeUndefined()
    await root.request('user.set_role', { userId: 'eve', role: 'member' })
    const after = await eve.back(answer.version)
    expect(after).toMatchObject({ records: [] })
    expect(after.since).toBeUndefined()
    // To and fro while they are away is no change: nothing was sent to them meanwhile.
    await root.request('user.set_role', { userId: 'eve', role: 'admin' })
    await root.request('user.set_role', { userId: 'eve', role: 'member' })
    expect((await eve.back(after.version)).since).toBe(after.version)
  })

  test('V4: where the version is not one of this room', async () => {
    const room = crypto.randomUUID()
    const alice = await visitor(room, 'alice', samples)
    for (const since of [0, -1, 1, 1.5, alice.version + 1, Number.MAX_SAFE_INTEGER]) {
      expect((await alice.back(since)).since).toBeUndefined()
    }
  })

  test('V4: where the declarations say something else of who may read, or of the fields', async () => {
    const room = `evolving:${crypto.randomUUID()}`
    const notes = { collection: 'notes' }
    const alice = await visitor(room, 'alice', notes)
    expect((await alice.back()).since).toBe(alice.version)
    await callRoom(base, room, 'deploy', [0])
    expect((await alice.back()).since).toBe(alice.version)
    await callRoom(base, room, 'deploy', [1])
    const answer = await alice.back()
    expect(answer.since).toBeUndefined()
    expect(answer.records).toMatchObject([{ data: { done: false } }])
  })

  test('V4: to a visitor without a name, unless all of them read the same', async () => {
    const room = crypto.randomUUID()
    const root = await Wire.open(base, room, 'root')
    const known = await visitor(room, undefined, { collection: 'tasks' })
    const owned = await visitor(room, undefined, { collection: 'read_published' })
    await root.put('tasks', 't', { title: 'x', visibility: 'public' })
    expect(difference(await known.back())).toMatchObject({ since: known.version, records: ['t'] })
    expect((await owned.back()).since).toBeUndefined()
  })

  test('V4, Q5: a query that is refused is refused, whatever it goes on from', async () => {
    const room = crypto.randomUUID()
    const wire = await Wire.open(base, room, 'bob', 'v=1')
    const { version } = await visitor(room, 'bob', samples)
    wire.send('core.subscribe', { subscriptionId: 's', query: { collection: 'secrets' }, since: version })
    wire.send('core.subscribe', {
      subscriptionId: 't',
      query: { collection: 'samples', where: { x: 1 } },
      since: version,
    })
    wire.send('core.subscribe', { subscriptionId: 'u', query: samples, since: 'yesterday' })
    const codes = (await wire.drain()).filter(({ type }) => type === 'core.error').map(({ payload }) => payload.code)
    expect(codes).toEqual(['denied', 'invalid-query', 'invalid-message'])
  })
})

describe('V5: the log', () => {
  test.for(['few', 'brief'])(
    'V5: forgets what is past its horizon (%s), and then answers with the whole',
    async (which) => {
      const room = `forgetful:${which}:${crypto.randomUUID()}`
      const bob = await Wire.open(base, room, 'bob')
      const alice = await visitor(room, 'alice', samples)
      for (let i = 0; i < 70; i++) await bob.put('samples', 'a', { flag: true, number: i })
      expect((await alice.back()).since).toBeUndefined()
      const { version } = await alice.whole()
      await bob.put('samples', 'b', { flag: true })
      expect(difference(await alice.back(version))).toMatchObject({ since: version, records: ['b'] })
      const [{ n }] = (await callRoom(base, room, 'sql', ['SELECT COUNT(*) AS n FROM _log', []])).result as [
        { n: number },
      ]
      expect(n).toBeLessThan(30)
    },
  )
})

test('V4, U7: a user who was removed goes on from nothing, however quiet the room was meanwhile', async () => {
  const room = crypto.randomUUID()
  const root = await Wire.open(base, room, 'root')
  await root.put('samples', 'a', { flag: true })
  const alice = await visitor(room, 'alice', samples)
  expect((await alice.back()).since).toBe(alice.version)
  await callRoom(base, room, 'removeUser', ['alice'])
  expect((await alice.back()).since).toBeUndefined()
})

test('V5: a small write to a large record logs nothing of what it leaves as it is', async () => {
  const room = crypto.randomUUID()
  const people = Array.from({ length: 20_000 }, (_, number) => `user-${number}`)
  await callRoom(base, room, 'put', ['read_collaborator', 'r', { title: 'a', people, owner: 'bob' }, 'system'])
  const alice = await visitor(room, 'user-7', { collection: 'read_collaborator' })
  const stranger = await visitor(room, 'eve', { collection: 'read_collaborator' })
  for (let n = 0; n < 5; n++) await callRoom(base, room, 'put', ['read_collaborator', 'r', { title: `${n}` }, 'system'])
  const longest = async () => {
    const statement = 'SELECT MAX(length(before)) AS longest FROM _log'
    return ((await callRoom(base, room, 'sql', [statement, []])).result as [{ longest: number }])[0].longest
  }
  expect(await longest()).toBe(0)
  expect(difference(await alice.back())).toEqual({ since: alice.version, records: ['r'], removed: [] })
  expect(difference(await stranger.back())).toEqual({ since: stranger.version, records: [], removed: [] })

  // Of what is too much to keep nobody can say who could read it: the whole is answered.
  await callRoom(base, room, 'put', ['read_collaborator', 'r', { people: ['bob'] }, 'system'])
  expect(await longest()).toBe(1)
  expect(await alice.back()).toMatchObject({ records: [] })
  expect((await alice.back()).since).toBeUndefined()
})

test('V3: what a commit left as it was is known from what came behind it', async () => {
  const room = crypto.randomUUID()
  const put = (data: object) => callRoom(base, room, 'put', ['tasks', 't', data, 'system'])
  await put({ title: 'a', visibility: 'public' })
  const reader = await visitor(room, 'alice', { collection: 'tasks' })
  await put({ title: 'b' })
  await put({ title: 'c', visibility: 'private' })
  const late = await visitor(room, 'bob', { collection: 'tasks' })
  await put({ title: 'd' })
  // She could read it at her version; he could not at his.
  expect(difference(await reader.back())).toEqual({ since: reader.version, records: [], removed: ['t'] })
  expect(difference(await late.back())).toEqual({ since: late.version, records: [], removed: [] })
})
