import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

const identityOf = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })
const alice = identityOf('alice')
const visitor = { userId: 'anon-1', name: '', email: '', anonymous: true }

function createRoom(room: string = crypto.randomUUID()) {
  const call = (method: string, ...args: unknown[]) => callRoom(base, room, method, args)
  return {
    room,
    call,
    fill: (collection: string, count: number, data: (n: number) => object, as: unknown = 'system') =>
      call(
        'batch',
        Array.from({ length: count }, (_, n) => ({ type: 'put', collection, recordId: `r${n}`, data: data(n) })),
        as,
      ),
    ids: async (collection: string) =>
      (
        (await call('query', { collection, orderBy: 'recordId', orderDir: 'asc' }, 'system')).result as {
          recordId: string
        }[]
      ).map(({ recordId }) => recordId),
  }
}

describe('F14: undefined', () => {
  test('of a field of a record that exists is refused by name, and nothing is written', async () => {
    const { call } = createRoom()
    await call('put', 'tasks', 'a', { title: 'a', priority: 3 }, alice)
    for (const as of ['system', alice]) {
      const refused = {
        error: 'FIELD ERROR: priority: expected a JSON value, received undefined',
        details: { code: 'invalid-field', collection: 'tasks', recordId: 'a', field: 'priority' },
      }
      expect(await call('put', 'tasks', 'a', { priority: undefined }, as)).toMatchObject(refused)
      const operations = [
        { type: 'put', collection: 'tasks', recordId: 'b', data: { title: 'b' } },
        { type: 'put', collection: 'tasks', recordId: 'a', data: { title: 'b', priority: undefined } },
      ]
      expect(await call('batch', operations, as)).toMatchObject(refused)
    }
    expect(await call('query', { collection: 'tasks' }, 'system')).toMatchObject({
      result: [{ recordId: 'a', data: { title: 'a', priority: 3 } }],
    })
  })

  test('of a field of a record that is made is as absent, and so is not enough where one is required', async () => {
    const { call } = createRoom()
    expect(await call('put', 'tasks', 'a', { title: 'a', priority: undefined, assignee: undefined }, alice)).toEqual({
      result: null,
    })
    const [record] = (await call('query', { collection: 'tasks' }, 'system')).result as [{ data: object }]
    expect(record.data).toEqual({ title: 'a', done: false, priority: 0, visibility: 'private' })
    expect(await call('put', 'tasks', 'b', { title: undefined }, alice)).toMatchObject({
      error: "Required field 'title' is missing",
    })
  })

  test('inside a value is refused by its place, in either', async () => {
    const { call } = createRoom()
    const put = () => call('put', 'samples', 'a', { json: { list: [1, undefined] } }, alice)
    const refused = { error: 'FIELD ERROR: json.list[1]: expected a JSON value, received undefined' }
    expect(await put()).toMatchObject(refused)
    await call('put', 'samples', 'a', {}, alice)
    expect(await put()).toMatchObject(refused)
  })
})

describe('P12: deleteWhere', () => {
  test('deletes what matches, and tells it like any delete', async () => {
    const { room, call, fill, ids } = createRoom()
    await fill('samples', 6, (number) => ({ number }))
    const bob = await Wire.open(base, room, 'bob', 'v=1')
    await bob.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
    await bob.drain()
    expect(await call('deleteWhere', 'samples', { number: { lt: 4 } }, 'system')).toEqual({ result: 4 })
    expect(await ids('samples')).toEqual(['r4', 'r5'])
    const told = (await bob.drain()).map(({ payload }) => payload)
    expect(told).toMatchObject([{ changes: [1, 2, 3, 4].map(() => ({ changeType: 'delete' })) }])
    expect(await call('deleteWhere', 'samples', { number: 100 }, 'system')).toEqual({ result: 0 })
    expect(await call('deleteWhere', 'samples', {}, alice)).toEqual({ result: 2 })
    expect(await ids('samples')).toEqual([])
  })

  test('deletes what the caller may read and delete, and leaves the rest', async () => {
    const { call, fill, ids } = createRoom()
    await fill('tasks', 3, () => ({ title: 'hers', visibility: 'private' }), alice)
    await call('put', 'tasks', 'seen', { title: 'his', visibility: 'public' }, identityOf('bob'))
    await call('put', 'tasks', 'hidden', { title: 'his' }, identityOf('bob'))
    expect(await call('deleteWhere', 'tasks', {}, visitor)).toEqual({ result: 0 })
    expect(await call('deleteWhere', 'tasks', {}, alice)).toEqual({ result: 3 })
    expect(await ids('tasks')).toEqual(['hidden', 'seen'])
    expect(await call('deleteWhere', 'secrets', {}, alice)).toMatchObject({ details: { code: 'denied' } })
    expect(await call('deleteWhere', 'tasks', {}, identityOf('root'))).toEqual({ result: 2 })
  })

  test('goes on from call to call where there is more than a commit takes', async () => {
    const { call, fill, ids } = createRoom()
    await fill('samples', 2_300, (number) => ({ number }))
    const deleted: unknown[] = []
    do deleted.push((await call('deleteWhere', 'samples', { number: { gte: 100 } }, alice)).result)
    while (deleted.at(-1) === 1000)
    expect(deleted).toEqual([1000, 1000, 200])
    expect(await ids('samples')).toHaveLength(100)
  })

  test('finds what may be deleted behind any number of what may not', async () => {
    const { call, fill, ids } = createRoom()
    await fill('write_own', 1_500, () => ({ title: 'x', owner: 'bob' }))
    await call('put', 'write_own', 'z', { title: 'x', owner: 'alice' }, 'system')
    expect(await call('deleteWhere', 'write_own', {}, alice)).toEqual({ result: 1 })
    expect(await ids('write_own')).toHaveLength(1_500)
  })

  test('judges who may delete before it deletes: what goes first decides of nothing behind it', async () => {
    const { call, ids } = createRoom()
    const put = (recordId: string, data: object) => call('put', 'team_members', recordId, data, 'system')
    await put('m', { teamId: 'blue', userId: 'alice' })
    await call('put', 'write_team', 'r', { title: 'x', owner: 'bob', team: 'blue' }, 'system')
    expect(await call('deleteWhere', 'write_team', { title: 'x' }, alice)).toEqual({ result: 1 })
    expect(await call('deleteWhere', 'team_members', {}, alice)).toEqual({ result: 0 })
    expect(await ids('team_members')).toEqual(['m'])
  })

  test.each<[unknown[], object]>([
    [['samples', undefined, 'system'], { code: 'invalid-query', collection: 'samples' }],
    [['samples', null, 'system'], { code: 'invalid-query' }],
    [['samples', { nothing: 1 }, 'system'], { code: 'invalid-query', field: 'nothing' }],
    [['samples', { number: undefined }, 'system'], { code: 'invalid-query', field: 'number' }],
    [['nowhere', {}, 'system'], { code: 'unknown-collection' }],
    [['samples', {}], { code: 'unauthorized' }],
    [['samples', {}, null], { code: 'unauthorized' }],
    [['samples', {}, { userId: 'alice' }], { code: 'unauthorized' }],
  ])('refuses %j', async (args, details) => {
    const { call, fill, ids } = createRoom()
    await fill('samples', 2, (number) => ({ number }))
    expect(await call('deleteWhere', ...args)).toMatchObject({ details })
    expect(await ids('samples')).toHaveLength(2)
  })

  test('says what one by one would have said, whatever the level, the owner and the condition', async () => {
    const level = fc.constantFrom(
      'true',
      'false',
      'own',
      'unclaimed_or_own',
      'collaborator',
      'team',
      'published',
      'shared',
    )
    const data = fc.record({
      title: fc.constantFrom('a', 'b'),
      owner: fc.constantFrom(null, 'alice', 'bob'),
      people: fc.constantFrom([], ['alice']),
      team: fc.constantFrom(null, 'blue', 'red'),
      visibility: fc.constantFrom('private', 'public'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('read', 'write'),
        level,
        fc.array(data, { maxLength: 8 }),
        async (action, name, all) => {
          const collection = `${action}_${name}`
          const [whole, single] = [createRoom(), createRoom()]
          for (const { call, fill } of [whole, single]) {
            await call('put', 'team_members', 'm', { teamId: 'blue', userId: 'alice' }, 'system')
            await fill(collection, all.length, (n) => all[n]!)
          }
          const { result, details } = await whole.call('deleteWhere', collection, { title: 'a' }, alice)
          let count = 0
          for (const [n, { title }] of all.entries()) {
            if (title !== 'a') continue
            if (!(await single.call('remove', collection, `r${n}`, alice)).error) count++
          }
          expect(result ?? details).toEqual(
            name === 'false' && action === 'read' ? expect.objectContaining({ code: 'denied' }) : count,
          )
          expect(await whole.ids(collection)).toEqual(await single.ids(collection))
        },
      ),
      { numRuns: 12 * inject('effort') },
    )
  })
})

describe('U9: the people of a room, by RPC', () => {
  test('users gives everyone on the roster, with role and mail address', async () => {
    const { room, call } = createRoom()
    expect(await call('users')).toEqual({ result: [] })
    await Promise.all([Wire.open(base, room, 'root'), Wire.open(base, room, 'alice'), Wire.open(base, room)])
    const { result } = await call('users')
    expect((result as { id: string }[]).toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      {
        id: 'alice',
        name: 'alice',
        email: 'alice@example.com',
        role: 'member',
        createdAt: expect.stringMatching(/Z$/),
        lastSeenAt: expect.stringMatching(/Z$/),
      },
      expect.objectContaining({ id: 'root', email: 'root@example.com', role: 'admin' }),
    ])
  })

  test('setRole gives a role, on open connections at once', async () => {
    const { room, call } = createRoom()
    const [wire, root] = await Promise.all([Wire.open(base, room, 'alice'), Wire.open(base, room, 'root')])
    await root.put('tasks', 'hidden', { title: 'hidden' })
    expect(await call('setRole', 'alice', 'admin')).toEqual({ result: null })
    expect(await wire.see('tasks', 'hidden')).toMatchObject({ recordId: 'hidden' })
    expect(wire.user).toMatchObject({ role: 'admin' })
    expect(await call('query', { collection: 'tasks' }, alice)).toMatchObject({ result: [{ recordId: 'hidden' }] })
    expect((await Wire.open(base, room, 'alice')).user).toMatchObject({ role: 'admin' })
  })

  test.each<[unknown[], object]>([
    [['nobody', 'admin'], { details: { code: 'not-found' }, error: 'User not found: nobody' }],
    [['alice', 'emperor'], { details: { code: 'invalid-field', field: 'role' } }],
    [['alice', ''], { details: { code: 'invalid-message', field: 'role' } }],
    [['alice'], { details: { code: 'invalid-message', field: 'role' } }],
    [[7, 'admin'], { details: { code: 'invalid-message', field: 'userId' } }],
    [['root', 'member'], { details: { code: 'denied' } }],
  ])('setRole refuses %j', async (args, refusal) => {
    const { room, call } = createRoom('directory:known')
    await Promise.all([Wire.open(base, room, 'alice'), Wire.open(base, room, 'root')])
    expect(await call('setRole', ...args)).toMatchObject(refusal)
  })
})

describe('U3: who is an admin by declaration', () => {
  test('stays one, whoever says otherwise, and is told why', async () => {
    const { room, call } = createRoom()
    const root = await Wire.open(base, room, 'root')
    expect(await root.request('user.set_role', { userId: 'root', role: 'member' })).toMatchObject({
      success: false,
      code: 'denied',
      error: 'UPDATE DENIED: role=admin, collection=users: "root" is admin by what the room declares in `admins`',
    })
    expect(root.user!.role).toBe('admin')
    expect(await root.request('user.set_role', { userId: 'root', role: 'admin' })).toMatchObject({ success: true })
    // As a room of an earlier version has kept it.
    await call('sql', "UPDATE _users SET role = 'viewer' WHERE id = 'root'", [])
    expect((await Wire.open(base, room, 'root')).user).toMatchObject({ role: 'admin' })
  })

  test('a role that the app decides is not given away either', async () => {
    const { room, call } = createRoom(`directory:${crypto.randomUUID()}`)
    const root = await Wire.open(base, room, 'root')
    const guest = await Wire.open(base, room, 'guest-1')
    expect(guest.user!.role).toBe('viewer')
    expect(await root.request('user.set_role', { userId: 'guest-1', role: 'member' })).toMatchObject({
      success: false,
      error: 'UPDATE DENIED: role=admin, collection=users: "guest-1" is viewer by what the room declares in `roleOf`',
    })
    expect(await call('setRole', 'guest-1', 'admin')).toMatchObject({ details: { code: 'denied' } })
    await Wire.open(base, room, 'alice')
    expect(await root.request('user.set_role', { userId: 'alice', role: 'viewer' })).toMatchObject({ success: true })
  })
})

describe('H10: connections ended by RPC', () => {
  test('disconnectAll ends every one, with a code after which clients come back', async () => {
    const { room, call } = createRoom()
    const wires = await Promise.all([
      Wire.open(base, room, 'alice', 'v=1'),
      Wire.open(base, room, 'bob'),
      Wire.open(base, room, undefined, 'v=1'),
    ])
    // workerd is slow to end a connection that has never said anything.
    await Promise.all(wires.map((wire) => wire.drain()))
    expect(await call('disconnectAll', 'maintenance')).toEqual({ result: 3 })
    for (const wire of wires) expect(await wire.closed).toEqual({ code: 1012, reason: 'maintenance' })
    expect(await call('disconnectAll')).toEqual({ result: 0 })
    expect((await Wire.open(base, room, 'alice', 'v=1')).user).toMatchObject({ id: 'alice', role: 'member' })
  })

  test('disconnectUser ends those of one user alone', async () => {
    const { room, call } = createRoom()
    const [one, other, bob] = await Promise.all([
      Wire.open(base, room, 'alice', 'v=1'),
      Wire.open(base, room, 'alice'),
      Wire.open(base, room, 'bob'),
    ])
    await Promise.all([one, other, bob].map((wire) => wire.drain()))
    expect(await call('disconnectUser', 'alice')).toEqual({ result: 2 })
    for (const wire of [one, other]) expect(await wire.closed).toEqual({ code: 1012, reason: 'state-refresh' })
    expect(await bob.put('samples', 'a', {})).toMatchObject({ success: true })
    expect((await call('connected')).result).toEqual(['bob'])
  })

  test.each([7, null, 'x'.repeat(124), 'é'.repeat(62), '\ud800'])(
    'a reason that a close frame cannot carry is refused: %j',
    async (reason) => {
      const { room, call } = createRoom()
      const wire = await Wire.open(base, room, 'alice')
      expect(await call('disconnectAll', reason)).toMatchObject({
        details: { code: 'invalid-message', field: 'reason' },
      })
      expect(await wire.put('samples', 'a', {})).toMatchObject({ success: true })
      await wire.drain()
      expect(await call('disconnectAll', 'é'.repeat(61))).toEqual({ result: 1 })
      expect((await wire.closed).reason).toBe('é'.repeat(61))
    },
  )
})
