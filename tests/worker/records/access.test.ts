import { beforeEach, describe, expect, inject, test } from 'vitest'
import { levelName, type levels } from '../../support/collections.ts'
import { callRoom } from '../../support/rpc.ts'
import { type Frame, Wire } from '../../support/wire.ts'

const base = inject('base')

/** `eve` gains and loses; `bob`, and a visitor without a name, never could read what is written here. */
let room: string
let root: Wire
let eve: Wire
let eveAgain: Wire
let bob: Wire
let visitor: Wire

beforeEach(async () => {
  room = crypto.randomUUID()
  ;[root, eve, eveAgain, bob, visitor] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'eve'),
    Wire.open(base, room, 'eve'),
    Wire.open(base, room, 'bob'),
    Wire.open(base, room),
  ])
  await root.put('team_members', 'm', { teamId: 't', userId: 'eve', status: 'paused' })
  await root.put('team_members', 'other', { teamId: 'u', userId: 'eve' })
  await drainAll()
})

async function drainAll(): Promise<Frame[][]> {
  return Promise.all([root, eve, eveAgain, bob, visitor].map((wire) => wire.drain()))
}

const gained = (collection: string) => ({
  type: 'core.record_change',
  payload: {
    collection,
    changeType: 'update',
    record: expect.objectContaining({ recordId: 'r', data: expect.objectContaining({ title: 'secret' }) }),
  },
})
const lost = (collection: string) => ({
  type: 'core.record_change',
  payload: { collection, changeType: 'delete', record: { recordId: 'r' } },
})

/** The same to a version 1 connection. */
const lostNow = (collection: string) => ({
  type: 'core.record_change',
  payload: { ...lost(collection).payload, changeType: 'update', revoked: true, version: expect.any(Number) },
})

/** A version 1 connection that has asked for a collection. */
async function watching(user: string, collection: string): Promise<Wire> {
  const wire = await Wire.open(base, room, user, 'v=1')
  await wire.request('core.subscribe', { subscriptionId: 's', query: { collection } })
  await wire.drain()
  return wire
}

/** Every way to come into the sight of a record that exists, and out of it again, by one write. */
const ways: readonly {
  level: (typeof levels)[number]
  way: string
  start?: object
  gain: Record<string, unknown>
  lose: Record<string, unknown>
  where?: 'membership'
}[] = [
  { level: 'own', way: 'the owner field', start: { owner: 'root' }, gain: { owner: 'eve' }, lose: { owner: 'root' } },
  { level: 'own', way: 'an owner field that was empty', gain: { owner: 'eve' }, lose: { owner: null } },
  { level: 'collaborator', way: 'the owner field', gain: { owner: 'eve' }, lose: { owner: 'root' } },
  { level: 'collaborator', way: 'the collaborators', gain: { people: ['ann', 'eve'] }, lose: { people: ['ann'] } },
  { level: 'team', way: 'the owner field', gain: { owner: 'eve' }, lose: { owner: 'root' } },
  { level: 'team', way: 'the collaborators', gain: { people: ['eve'] }, lose: { people: [] } },
  { level: 'team', way: 'the team of the record', start: { team: 't' }, gain: { team: 'u' }, lose: { team: 't' } },
  { level: 'team', way: 'a team where there was none', gain: { team: 'u' }, lose: { team: null } },
  { level: 'published', way: 'the owner field', gain: { owner: 'eve' }, lose: { owner: 'root' } },
  { level: 'shared', way: 'the owner field', gain: { owner: 'eve' }, lose: { owner: 'root' } },
  { level: 'shared', way: 'the collaborators', gain: { people: ['eve'] }, lose: { people: ['ann'] } },
]

test.for(ways)(
  'A3-A5: $level, by $way: who gains gets the record, who loses its id, who never could gets nothing',
  async ({ level, start, gain, lose }) => {
    const collection = levelName('read', level)
    await root.put(collection, 'r', { title: 'secret', owner: null, ...start })
    expect((await drainAll()).slice(1)).toEqual([[], [], [], []])
    const [eveNow, bobNow] = await Promise.all([watching('eve', collection), watching('bob', collection)])
    const gainedNow = gained(collection)
    Object.assign(gainedNow.payload, { version: expect.any(Number) })

    await root.put(collection, 'r', gain)
    expect([await eveNow.drain(), await bobNow.drain()]).toEqual([[gainedNow], []])
    let [, ...others] = await drainAll()
    expect(others).toEqual([[gained(collection)], [gained(collection)], [], []])
    expect(await eve.see(collection, 'r')).toMatchObject({ data: gain })

    await root.put(collection, 'r', lose)
    ;[, ...others] = await drainAll()
    expect(others.map((frames) => frames.filter(({ type }) => type === 'core.record_change'))).toEqual([
      [lost(collection)],
      [lost(collection)],
      [],
      [],
    ])
    expect([await eveNow.drain(), await bobNow.drain()]).toEqual([[lostNow(collection)], []])
    expect(await eve.see(collection, 'r')).toBeUndefined()
  },
)

test.for(['published', 'shared'] as const)(
  'A3-A5: %s, by visibility: everybody gains and loses at once',
  async (level) => {
    const collection = levelName('read', level)
    await root.put(collection, 'r', { title: 'secret', owner: 'root' })
    expect((await drainAll()).slice(1)).toEqual([[], [], [], []])
    await root.put(collection, 'r', { visibility: 'public' })
    expect((await drainAll()).slice(1)).toEqual(Array(4).fill([gained(collection)]))
    await root.put(collection, 'r', { visibility: 'private' })
    expect((await drainAll()).slice(1)).toEqual(Array(4).fill([lost(collection)]))
    await root.remove(collection, 'r')
    expect((await drainAll()).slice(1)).toEqual([[], [], [], []])
  },
)

test("A3-A5: 'unclaimed-or-own': who claims a record takes it out of the others' sight", async () => {
  const collection = levelName('read', 'unclaimed-or-own')
  await root.put(collection, 'r', { title: 'secret' })
  await drainAll()
  await eve.put(collection, 'r', { owner: 'eve' })
  const [ofRoot, ofEve, , ofBob, ofVisitor] = await drainAll()
  expect(ofRoot).toEqual([gained(collection)])
  expect(ofEve![0]).toEqual(gained(collection))
  expect([ofBob, ofVisitor]).toEqual([[lost(collection)], [lost(collection)]])
  await eve.put(collection, 'r', { owner: null })
  expect((await drainAll()).slice(3)).toEqual([[gained(collection)], [gained(collection)]])
})

describe('A4: a membership', () => {
  const collection = levelName('read', 'team')
  const changesOf = (frames: Frame[]) => frames.filter(({ payload }) => payload.collection === collection)

  test.for([
    {
      way: 'becomes active and is paused',
      start: () => {},
      gain: () => root.put('team_members', 'm', { status: 'active' }),
      lose: () => root.put('team_members', 'm', { status: 'paused' }),
    },
    {
      way: 'begins and ends',
      start: () => root.remove('team_members', 'm'),
      gain: () => root.put('team_members', 'm', { teamId: 't', userId: 'eve' }),
      lose: () => root.remove('team_members', 'm'),
    },
    {
      way: 'moves to the team and away',
      start: () => {},
      gain: () => root.put('team_members', 'other', { teamId: 't' }),
      lose: () => root.put('team_members', 'other', { teamId: 'elsewhere' }),
    },
    {
      way: 'is given to her and to another',
      start: () => root.put('team_members', 'm', { userId: 'zoe', status: 'active' }),
      gain: () => root.put('team_members', 'm', { userId: 'eve' }),
      lose: () => root.put('team_members', 'm', { userId: 'zoe' }),
    },
  ])('that $way shows and hides the records of the team', async ({ start, gain, lose }) => {
    await start()
    await root.put(collection, 'r', { title: 'secret', team: 't', owner: 'root' })
    await root.put(collection, 'not of the team', { title: 'secret', team: 'x', owner: 'root' })
    await drainAll()
    expect(await gain()).toMatchObject({ success: true })
    let [, ...others] = (await drainAll()).map(changesOf)
    expect(others).toEqual([[gained(collection)], [gained(collection)], [], []])
    expect(await lose()).toMatchObject({ success: true })
    ;[, ...others] = (await drainAll()).map(changesOf)
    expect(others).toEqual([[lost(collection)], [lost(collection)], [], []])
  })

  test('that ends while another holds takes nothing away', async () => {
    await root.put('team_members', 'm', { status: 'active' })
    await root.put('team_members', 'm2', { teamId: 't', userId: 'eve' })
    await root.put(collection, 'r', { title: 'secret', team: 't', owner: 'root' })
    await drainAll()
    await root.remove('team_members', 'm')
    expect(changesOf(await eve.drain())).toEqual([])
    await root.remove('team_members', 'm2')
    expect(changesOf(await eve.drain())).toEqual([lost(collection)])
  })

  test('that ends takes nothing from an owner or a collaborator', async () => {
    await root.put('team_members', 'm', { status: 'active' })
    await root.put(collection, 'mine', { title: 'secret', team: 't', owner: 'eve' })
    await root.put(collection, 'shared', { title: 'secret', team: 't', people: ['eve'] })
    await drainAll()
    await root.remove('team_members', 'm')
    expect(changesOf(await eve.drain())).toEqual([])
  })
})

describe('A4, A6: a change of role', () => {
  test('shows and hides what the new role may and may not read, on every open connection at once', async () => {
    await root.put('secrets', 'r', { text: 'x' })
    await root.put(levelName('read', false), 'r', { title: 'secret' })
    await root.put(levelName('read', true), 'r', { title: 'seen all along' })
    await drainAll()

    expect(await root.request('user.set_role', { userId: 'eve', role: 'admin' })).toMatchObject({ success: true })
    let [, ofEve, ofEveAgain, ofBob, ofVisitor] = await drainAll()
    expect(ofEve!.map(({ type }) => type)).toEqual(['user.info', 'core.record_change', 'core.record_change'])
    expect(ofEve![0]!.payload).toMatchObject({ id: 'eve', role: 'admin' })
    expect(ofEve!.slice(1).map(({ payload }) => payload)).toEqual(
      expect.arrayContaining([
        { collection: 'secrets', changeType: 'update', record: expect.objectContaining({ data: { text: 'x' } }) },
        gained(levelName('read', false)).payload,
      ]),
    )
    expect(ofEveAgain).toEqual(ofEve)
    expect([ofBob, ofVisitor]).toEqual([[], []])

    expect(await root.request('user.set_role', { userId: 'eve', role: 'member' })).toMatchObject({ success: true })
    ;[, ofEve, ofEveAgain, ofBob, ofVisitor] = await drainAll()
    expect(ofEve!.slice(1)).toEqual(expect.arrayContaining([lost('secrets'), lost(levelName('read', false))]))
    expect(ofEveAgain).toEqual(ofEve)
    expect([ofBob, ofVisitor]).toEqual([[], []])
    expect(await eve.query('secrets')).toBe('READ DENIED: role=member, collection=secrets')
  })

  test('decides the very next write', async () => {
    await root.put('tasks', 'r', { title: 'x', visibility: 'public' })
    expect(await eve.put('tasks', 'r', { title: 'y' })).toMatchObject({ success: false })
    await root.request('user.set_role', { userId: 'eve', role: 'admin' })
    expect(await eve.put('tasks', 'r', { title: 'y' })).toMatchObject({ success: true })
    await root.request('user.set_role', { userId: 'eve', role: 'viewer' })
    expect(await eve.put('tasks', 'r', { title: 'z' })).toMatchObject({
      error: 'UPDATE DENIED: role=viewer, collection=tasks',
    })
  })

  test('A7: past a thousand records the connection is told to subscribe again', async () => {
    const operations = Array.from({ length: 1001 }, (_, i) => ({
      type: 'put',
      collection: 'secrets',
      recordId: `s${i}`,
      data: { text: 'x' },
    }))
    const room = crypto.randomUUID()
    await callRoom(base, room, 'batch', [operations, 'system'])
    const [boss, amy] = await Promise.all([Wire.open(base, room, 'root'), Wire.open(base, room, 'amy')])
    await amy.drain()
    await boss.request('user.set_role', { userId: 'amy', role: 'admin' })
    expect((await amy.drain()).map(({ type }) => type)).toEqual(['user.info', 'records.resubscribe'])
    expect(await amy.query('secrets')).toHaveLength(1001)
  })
})

test('A2: a delete is told to those who could read the record, and to nobody else', async () => {
  await root.put('tasks', 'r', { title: 'secret' })
  await root.put('tasks', 'p', { title: 'open', visibility: 'public' })
  await drainAll()
  await root.remove('tasks', 'r')
  await root.remove('tasks', 'p')
  const [, ...others] = await drainAll()
  const gone = {
    type: 'core.record_change',
    payload: { collection: 'tasks', changeType: 'delete', record: expect.objectContaining({ recordId: 'p' }) },
  }
  expect(others).toEqual(Array(4).fill([gone]))
})

describe('Q6, A2: the table of changes, on the wire', () => {
  test('create, update and delete of a record that everybody may read', async () => {
    const changes: unknown[] = []
    await root.put('tasks', 'r', { title: 'one', visibility: 'public' })
    await root.put('tasks', 'r', { done: true })
    await root.put('tasks', 'r', { done: false })
    await root.remove('tasks', 'r')
    for (const wire of [eve, bob, visitor]) changes.push(await wire.changes())
    const expected = [
      { changeType: 'create', record: { recordId: 'r', data: { title: 'one', done: false } } },
      { changeType: 'update', record: { recordId: 'r', data: { title: 'one', done: true } } },
      { changeType: 'update', record: { recordId: 'r', data: { title: 'one', done: false } } },
      { changeType: 'delete', record: { recordId: 'r' } },
    ]
    for (const each of changes) expect(each).toMatchObject(expected)
  })
})

test('A6, U2: a role that changes while somebody is on the way in is the one that they have inside', async () => {
  const room = `waiting:${crypto.randomUUID()}`
  const [root, former] = [await Wire.open(base, room, 'root', 'v=1'), await Wire.open(base, room, 'amy', 'v=1')]
  await root.request('user.set_role', { userId: 'amy', role: 'admin' })
  await former.close()
  await callRoom(base, room, 'holdBack', ['amy'])
  const coming = Wire.open(base, room, 'amy', 'v=1')
  await expect.poll(() => callRoom(base, room, 'waiting', [])).toEqual({ result: 1 })
  await root.request('user.set_role', { userId: 'amy', role: 'member' })
  await callRoom(base, room, 'letIn', [])
  const amy = await coming
  expect(amy.user?.role).toBe('member')
  expect(await amy.query('secrets').catch((error: Error) => error.message)).toContain('READ DENIED')
})
