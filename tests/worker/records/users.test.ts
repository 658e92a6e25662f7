import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

test('U1: the first frame of every connection is user.info', async () => {
  const room = crypto.randomUUID()
  for (const user of ['root', 'alice', undefined]) {
    const wire = await Wire.open(base, room, user)
    expect(wire.frames.map(({ type }) => type)).toEqual(['user.info'])
    expect(wire.user).toMatchObject({
      role: { root: 'admin', alice: 'member' }[user ?? ''] ?? 'viewer',
      createdAt: expect.stringMatching(/Z$/),
      lastSeenAt: expect.stringMatching(/Z$/),
    })
  }
})

test('U2, U3: an admin gives roles; they last; nobody else gives any', async () => {
  const room = crypto.randomUUID()
  const [root, alice, visitor] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'alice'),
    Wire.open(base, room),
  ])
  const setRole = (wire: Wire, userId: string, role: string) => wire.request('user.set_role', { userId, role })
  expect(await setRole(alice, 'alice', 'admin')).toMatchObject({
    success: false,
    error: 'UPDATE DENIED: role=member, collection=users',
  })
  expect(await setRole(visitor, 'alice', 'admin')).toMatchObject({ success: false, code: 'denied' })
  expect(await setRole(root, 'nobody', 'admin')).toMatchObject({
    success: false,
    error: 'User not found: nobody',
    code: 'not-found',
  })
  expect(await setRole(root, 'alice', '')).toMatchObject({ success: false, code: 'invalid-message' })
  expect(await setRole(root, 'alice', 'admin')).toMatchObject({ success: true })
  await alice.close()
  expect((await Wire.open(base, room, 'alice')).user).toMatchObject({ role: 'admin' })
})

test('U4: the roster is for who is signed in; mail addresses are for admins and oneself', async () => {
  const room = crypto.randomUUID()
  const [root, alice, visitor] = await Promise.all([
    Wire.open(base, room, 'root', 'v=1'),
    Wire.open(base, room, 'alice', 'v=1'),
    Wire.open(base, room, undefined, 'v=1'),
  ])
  const roster = async (wire: Wire) => {
    wire.send('user.list', {})
    const { payload } = await wire.until(({ type }) => type === 'user.list')
    return payload.users
      .map(({ id, email, role }: { id: string; email: string; role: string }) => ({ id, email, role }))
      .toSorted((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1))
  }
  expect(await roster(root)).toEqual([
    { id: 'alice', email: 'alice@example.com', role: 'member' },
    { id: 'root', email: 'root@example.com', role: 'admin' },
  ])
  expect(await roster(alice)).toEqual([
    { id: 'alice', email: 'alice@example.com', role: 'member' },
    { id: 'root', email: '', role: 'admin' },
  ])
  // Who may not see it is shown none, and is not refused: a baseline client asks at every connect.
  expect(await roster(visitor)).toEqual([])
})

test('U4: a baseline connection is shown what its kind is: everything to admins, to others who is here, to visitors none', async () => {
  const room = crypto.randomUUID()
  const wires = await Promise.all(['root', 'alice', undefined].map((user) => Wire.open(base, room, user)))
  const rosters = wires.map(async (wire) => {
    wire.send('user.list', {})
    const { payload } = await wire.until(({ type }) => type === 'user.list')
    return payload.users.toSorted((a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1))
  })
  const time = expect.stringMatching(/^\d{4}-.*Z$/)
  const rows = [
    { id: 'alice', name: 'alice', role: 'member', lastSeenAt: time },
    { id: 'root', name: 'root', role: 'admin', lastSeenAt: time },
  ]
  expect(await Promise.all(rosters)).toEqual([
    rows.map((row) => ({ ...row, email: `${row.id}@example.com`, createdAt: time })),
    rows,
    [],
  ])
  // What is pushed is no other.
  const [root, alice] = wires as [Wire, Wire]
  await Promise.all(wires.map((wire) => wire.drain()))
  const bob = await Wire.open(base, room, 'bob')
  const pushed = await Promise.all([root, alice].map((wire) => wire.until(({ type }) => type === 'user.list')))
  expect(
    pushed.map(({ payload }) => Object.keys(payload.users.find(({ id }: { id: string }) => id === 'bob')).toSorted()),
  ).toEqual([
    ['createdAt', 'email', 'id', 'lastSeenAt', 'name', 'role'],
    ['id', 'lastSeenAt', 'name', 'role'],
  ])
  await bob.close()
})

test('U4: the roster is pushed to who asked for it, when it shows something new, and to nobody else', async () => {
  const room = crypto.randomUUID()
  const [root, alice, visitor] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'alice'),
    Wire.open(base, room),
  ])
  await root.request('user.list', {})
  await Promise.all([root.drain(), alice.drain(), visitor.drain()])
  await Wire.open(base, room, 'bob')
  expect(await root.drain()).toMatchObject([{ type: 'user.list', payload: { users: [{}, {}, { id: 'bob' }] } }])
  // Somebody known comes again, and somebody unknown: neither changes the roster.
  await Wire.open(base, room, 'bob')
  await Wire.open(base, room)
  expect(await root.drain()).toEqual([])
  await root.request('user.set_role', { userId: 'bob', role: 'admin' })
  expect((await root.drain()).map(({ type }) => type)).toEqual(['user.list', 'records.ack'])
  expect([await alice.drain(), await visitor.drain()]).toEqual([[], []])
})

test('U4: a version 1 connection is told who is new on the roster, changed or off it, and nobody else', async () => {
  const room = crypto.randomUUID()
  const root = await Wire.open(base, room, 'root', 'v=1')
  const alice = await Wire.open(base, room, 'alice', 'v=1')
  for (const wire of [root, alice]) {
    await wire.request('user.list', {})
    await wire.drain()
  }
  const told = async (wire: Wire) =>
    (await wire.drain()).filter(({ type }) => type === 'user.list').map(({ payload }) => payload)
  await Wire.open(base, room, 'bob')
  expect(await told(root)).toMatchObject([{ users: [{ id: 'bob', email: 'bob@example.com' }], removed: [] }])
  expect(await told(alice)).toMatchObject([{ users: [{ id: 'bob', email: '' }], removed: [] }])
  await root.request('user.set_role', { userId: 'bob', role: 'admin' })
  expect(await told(alice)).toMatchObject([{ users: [{ id: 'bob', role: 'admin' }], removed: [] }])
  expect(await told(root)).toHaveLength(1)
  await callRoom(base, room, 'removeUser', ['bob'])
  expect(await told(root)).toEqual([{ users: [], removed: ['bob'] }])
  expect(await told(alice)).toEqual([{ users: [], removed: ['bob'] }])
})

test('U5: nothing that a client sends changes its identity, and visitors leave no trace', async () => {
  const room = crypto.randomUUID()
  const [root, alice, visitor] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'alice'),
    Wire.open(base, room),
  ])
  for (const wire of [alice, visitor]) {
    await wire.request('user.update', {
      id: 'root',
      name: 'Mallory',
      email: 'm@example.com',
      role: 'admin',
      userId: 'root',
    })
  }
  await root.request('user.list', {})
  const { payload } = await root.until(({ type }) => type === 'user.list')
  expect(payload.users.map(({ id, name }: { id: string; name: string }) => [id, name]).toSorted()).toEqual([
    ['alice', 'alice'],
    ['root', 'root'],
  ])
  await alice.put('tasks', 'a', { title: 'x' })
  expect(await alice.see('tasks', 'a')).toMatchObject({ createdBy: 'alice' })
})

test('U6: schemas are named to who may read them; rules are told by role, and never to visitors', async () => {
  const room = crypto.randomUUID()
  const schemas = async (user?: string) => {
    const wire = await Wire.open(base, room, user, 'v=1')
    wire.send('records.list_schemas', {})
    const { payload } = await wire.until(({ type }) => type === 'records.list_schemas')
    return Object.fromEntries(payload.schemas.map((each: { name: string }) => [each.name, each]))
  }
  const [ofRoot, ofAlice, ofVisitor] = [await schemas('root'), await schemas('alice'), await schemas()]
  expect(ofRoot.secrets.permissions).toHaveProperty('admin')
  expect(ofRoot.tasks.permissions).toHaveProperty('viewer')
  expect(ofAlice.secrets).toBeUndefined()
  expect(Object.keys(ofAlice.tasks.permissions)).toEqual(['member'])
  expect(ofVisitor.tasks).toEqual({
    name: 'tasks',
    fields: {
      title: { type: 'text', required: true },
      done: { type: 'boolean', required: false },
      priority: { type: 'number', required: false },
      visibility: { type: 'text', required: false },
      assignee: { type: 'text', required: false },
    },
  })
  expect(JSON.stringify(ofVisitor)).not.toContain('permissions')
  expect(ofVisitor.invoices).toBeUndefined()
})
