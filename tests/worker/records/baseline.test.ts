import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

const ids = (records: unknown) =>
  typeof records === 'string' ? records : (records as { recordId: string }[]).map(({ recordId }) => recordId)

test('S5: a field createdBy says what the envelope says, whoever writes, and owns the record', async () => {
  const room = crypto.randomUUID()
  const [root, alice, bob] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'alice'),
    Wire.open(base, room, 'bob'),
  ])
  expect(await alice.put('channels', 'a', { name: 'a' })).toMatchObject({ success: true })
  expect(await alice.put('channels', 'b', { name: 'b', createdBy: 'bob' })).toMatchObject({ success: false })
  await callRoom(base, room, 'put', ['channels', 'c', { name: 'c', createdBy: 'bob' }, 'system'])
  await callRoom(base, room, 'put', ['channels', 'd', { name: 'd' }, 'system'])
  const all = await root.query('channels', { orderBy: 'name', orderDir: 'asc' })
  expect(all).toMatchObject([
    { recordId: 'a', createdBy: 'alice', data: { createdBy: 'alice' } },
    { recordId: 'c', createdBy: 'bob', data: { createdBy: 'bob' } },
    { recordId: 'd', createdBy: 'system', data: { createdBy: 'system' } },
  ])
  // The snapshot and the live path agree on whose it is; so do the rules and the queries.
  expect([ids(await alice.query('channels')), ids(await bob.query('channels'))]).toEqual([['a'], ['c']])
  expect((await bob.changes()).map(({ record }) => record.recordId)).toEqual(['c'])
  expect(ids(await root.query('channels', { where: { createdBy: 'bob' } }))).toEqual(['c'])
  expect(await bob.put('channels', 'c', { archived: true, createdBy: 'bob' })).toMatchObject({ success: true })
  for (const change of [
    ['channels', 'c', { createdBy: 'alice' }, 'system'],
    ['channels', 'c', { createdBy: 'system' }, 'system'],
  ])
    expect(await callRoom(base, room, 'put', change)).toMatchObject({
      error: expect.stringContaining("Cannot modify immutable field 'createdBy'"),
    })
})

test('Q14: to a baseline connection the system columns are names for the fields of the envelope', async () => {
  const room = crypto.randomUUID()
  const [alice, bob] = await Promise.all([Wire.open(base, room, 'alice'), Wire.open(base, room, 'bob')])
  const now = await Wire.open(base, room, 'alice', 'v=1')
  for (const id of ['one', 'two', 'three']) await alice.put('samples', id, {})
  await bob.put('samples', 'four', {})
  await alice.put('samples', 'one', { number: 1 })
  const asked = async (query: object) => ids(await alice.query('samples', query))
  expect(await asked({ orderBy: '_created_at', orderDir: 'asc' })).toEqual(
    await asked({ orderBy: 'createdAt', orderDir: 'asc' }),
  )
  expect(await asked({ orderBy: '_updated_at', limit: 1 })).toEqual(['one'])
  expect(await asked({ orderBy: '_row_id', orderDir: 'asc' })).toEqual(['four', 'one', 'three', 'two'])
  expect(await asked({ where: { _created_by: 'bob' } })).toEqual(['four'])
  expect(await asked({ where: { _row_id: 'two', _created_by: 'alice' }, orderBy: '_created_by' })).toEqual(['two'])
  expect(await asked({ where: { _created_by: 'bob', createdBy: 'alice' } })).toMatch(/unknown field "_created_by"/)
  expect(await now.query('samples', { orderBy: '_created_at' })).toMatch(/unknown field "_created_at"/)
  // A question that is none stays one.
  for (const where of [[], 'x', 7])
    expect(await alice.query('samples', { where })).toMatch(/^Invalid message: query.where/)
})

test('U6: a baseline connection is told of columns; the rules are told by role, and never to visitors', async () => {
  const room = crypto.randomUUID()
  const schemas = async (user?: string) => {
    const wire = await Wire.open(base, room, user)
    wire.send('records.list_schemas', {})
    const { payload } = await wire.until(({ type }) => type === 'records.list_schemas')
    return Object.fromEntries(payload.schemas.map((each: { name: string }) => [each.name, each]))
  }
  const [ofRoot, ofAlice, ofVisitor] = [await schemas('root'), await schemas('alice'), await schemas()]
  const text = { storage: 'text', interpretation: { kind: 'plain' } }
  expect(ofAlice.channels).toEqual({
    name: 'channels',
    columns: [
      { name: 'name', ...text, required: true },
      { name: 'createdBy', ...text, required: true, userBound: true, immutable: true },
      { name: 'archived', storage: 'number', interpretation: { kind: 'boolean' } },
      { name: 'tags', storage: 'text', interpretation: { kind: 'json' } },
      { name: 'archivedAt', ...text, timestampTrigger: { field: 'archived', value: true } },
    ],
    permissions: { member: { read: 'own', create: true, update: 'own', delete: 'own' } },
    ownerField: 'createdBy',
  })
  expect(ofAlice.secrets).toBeUndefined()
  expect(Object.keys(ofRoot.tasks.permissions)).toEqual(['viewer', 'member', 'admin'])
  expect(ofRoot.tasks.columns[2]).toEqual({ name: 'priority', storage: 'number', interpretation: { kind: 'plain' } })
  expect(Object.keys(ofVisitor.tasks)).toEqual(['name', 'columns'])
  expect(JSON.stringify(ofVisitor)).not.toMatch(/permissions|ownerField|visibilityField/)
})

test('U8: a baseline connection queries the roster as a collection of users, each what they may see, and is told of changes', async () => {
  const room = crypto.randomUUID()
  const [root, alice] = [await Wire.open(base, room, 'root'), await Wire.open(base, room, 'alice')]
  const visitor = await Wire.open(base, room)
  const bystander = await Wire.open(base, room, 'alice')
  const query = { orderBy: 'name', orderDir: 'asc' }
  const time = expect.stringMatching(/^\d{4}-.*Z$/)
  const seen = (id: string, role: string, mail?: string) => ({
    recordId: id,
    data: { name: id, role, lastSeenAt: time, ...(mail && { email: mail, createdAt: time }) },
    createdBy: id,
    createdAt: time,
    updatedAt: time,
  })
  expect(await root.query('users', query)).toEqual([
    seen('alice', 'member', 'alice@example.com'),
    seen('root', 'admin', 'root@example.com'),
  ])
  expect(await alice.query('users', query)).toEqual([seen('alice', 'member'), seen('root', 'admin')])
  expect(await visitor.query('users', query)).toEqual([])
  expect(ids(await alice.query('users', { where: { role: 'admin' }, limit: 1 }))).toEqual(['root'])
  // What is not shown is not found either.
  expect(await alice.query('users', { where: { email: 'root@example.com' } })).toEqual([])
  expect(ids(await root.query('users', { where: { email: 'root@example.com' } }))).toEqual(['root'])
  expect(await alice.query('users', { where: { password: 'x' } })).toMatch(/unknown field "password"/)

  const all = [root, alice, visitor, bystander]
  await Promise.all(all.map((wire) => wire.drain()))
  const bob = await Wire.open(base, room, 'bob')
  const change = (record: object) => ({ collection: 'users', record, changeType: 'update' })
  expect(await Promise.all(all.map((wire) => wire.changes()))).toEqual([
    [change(seen('bob', 'member', 'bob@example.com'))],
    [change(seen('bob', 'member'))],
    [],
    [],
  ])
  // A heartbeat is a visit, and moves when they were seen last.
  await callRoom(base, room, 'sql', ["UPDATE _users SET lastSeenAt = 0 WHERE id = 'bob'", []])
  await bob.request('user.update', {})
  expect(await alice.changes()).toEqual([change(seen('bob', 'member'))])
  await bob.request('user.update', {})
  expect(await alice.changes()).toEqual([])
  await root.drain()
  // A role is one of its fields; who becomes an admin asks anew, since they see more of everyone.
  await root.request('user.set_role', { userId: 'alice', role: 'admin' })
  const types = (await alice.drain()).map(({ type }) => type)
  expect(types.slice(0, 1)).toEqual(['user.info'])
  expect(types).toContain('records.resubscribe')
  expect(await root.changes()).toEqual([change(seen('alice', 'admin', 'alice@example.com'))])
  await callRoom(base, room, 'removeUser', ['bob'])
  expect(await root.changes()).toEqual([{ collection: 'users', record: { recordId: 'bob' }, changeType: 'delete' }])
  await bob.closed

  // It is there to read, and for who does not speak version 1.
  expect(await root.put('users', 'alice', { role: 'viewer' })).toMatchObject({ success: false })
  expect(await root.remove('users', 'alice')).toMatchObject({ success: false })
  const now = await Wire.open(base, room, 'root', 'v=1')
  expect(await now.query('users')).toMatch(/^Schema not registered for collection: users/)
})
