import { expect, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { upgrade } from '../../support/upgrade.ts'
import { tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const rooms = createOwnRooms()
const { sleep } = rooms

test('H1: after waking, every connection has its identity, its role and its place in the audience', async () => {
  const [root, alice, bob, visitor] = await Promise.all([
    Wire.open(rooms.base, 'nap', 'root'),
    Wire.open(rooms.base, 'nap', 'alice'),
    Wire.open(rooms.base, 'nap', 'bob'),
    Wire.open(rooms.base, 'nap'),
  ])
  await root.request('user.set_role', { userId: 'bob', role: 'admin' })
  await root.request('user.list', {})
  await alice.put('tasks', 'mine', { title: 'mine' })
  const stranger = visitor.user!.id
  await Promise.all([root.drain(), alice.drain(), bob.drain(), visitor.drain()])

  await sleep('nap')
  expect(await alice.put('tasks', 'mine', { visibility: 'public' })).toMatchObject({ success: true })
  expect(await alice.changes()).toMatchObject([{ record: { recordId: 'mine', createdBy: 'alice' } }])
  expect(await visitor.changes()).toMatchObject([{ record: { recordId: 'mine' } }])

  await sleep('nap')
  expect(await bob.put('tasks', 'mine', { visibility: 'private' })).toMatchObject({ success: true })
  expect(await visitor.changes()).toEqual([{ collection: 'tasks', record: { recordId: 'mine' }, changeType: 'delete' }])
  expect(await visitor.put('tasks', 'x', { title: 'x' })).toMatchObject({
    error: 'CREATE DENIED: role=viewer, collection=tasks',
  })
  expect(visitor.user!.id).toBe(stranger)

  await sleep('nap')
  await root.drain()
  await root.request('user.set_role', { userId: 'bob', role: 'member' })
  expect((await root.drain()).map(({ type }) => type)).toEqual(['user.list', 'records.ack'])
  expect((await bob.drain()).map(({ payload }) => payload.role)).toContain('member')
})

test('H1: team members are known again after waking', async () => {
  const [root, eve] = await Promise.all([Wire.open(rooms.base, 'team', 'root'), Wire.open(rooms.base, 'team', 'eve')])
  await root.put('team_members', 'm', { teamId: 't', userId: 'eve' })
  await root.put('read_team', 'r', { title: 'x', team: 't' })
  await eve.drain()
  await sleep('team')
  await root.put('read_team', 'r', { title: 'y' })
  expect(await eve.changes()).toMatchObject([{ record: { recordId: 'r', data: { title: 'y' } } }])
  await sleep('team')
  await root.remove('team_members', 'm')
  expect(await eve.changes()).toContainEqual({
    collection: 'read_team',
    record: { recordId: 'r' },
    changeType: 'delete',
  })
})

test('a ping is answered while the room sleeps, and a connection that closes meanwhile is forgotten', async () => {
  const [alice, bob] = await Promise.all([Wire.open(rooms.base, 'doze', 'alice'), Wire.open(rooms.base, 'doze', 'bob')])
  await sleep('doze')
  alice.socket.send('ping')
  await alice.until(({ type }) => type === 'pong')
  await bob.close()
  expect(await alice.put('tasks', 'a', { title: 'x', visibility: 'public' })).toMatchObject({ success: true })
})

test('H1, U7, A1: a connection that the room has ended is none after waking, however long its client takes to see it', async () => {
  const root = await Wire.open(rooms.base, 'parting', 'root')
  await (await Wire.open(rooms.base, 'parting', 'carol')).close()
  await root.request('user.set_role', { userId: 'carol', role: 'admin' })
  // Whoever is at its end never says that the line is down.
  const { socket } = await upgrade(rooms.base, `/ws/parting?token=${await tokenFor('carol')}`)
  expect(await callRoom(rooms.base, 'parting', 'connected', [])).toEqual({ result: ['carol', 'root'] })
  await callRoom(rooms.base, 'parting', 'removeUser', ['carol'])
  await sleep('parting')
  await root.put('tasks', 'private', { title: 'private' })
  expect(await callRoom(rooms.base, 'parting', 'connected', [])).toEqual({ result: ['root'] })
  socket.destroy()
})

test('H1, U7, U2: after waking a connection is who its user is by then, whatever the room had still to do when it fell asleep', async () => {
  const room = 'interrupted'
  const root = await Wire.open(rooms.base, room, 'root')
  const [amy, bob] = [await Wire.open(rooms.base, room, 'amy', 'v=1'), await Wire.open(rooms.base, room, 'bob', 'v=1')]
  await Promise.all([amy.query('tasks'), bob.query('tasks')])
  // As where a role and a removal have been stored, and nothing of it has reached the connections.
  await callRoom(rooms.base, room, 'sql', ["UPDATE _users SET role = 'admin' WHERE id = 'amy'", []])
  await callRoom(rooms.base, room, 'sql', ["DELETE FROM _users WHERE id = 'bob'", []])
  await sleep(room)
  await root.put('tasks', 'private', { title: 'private' })
  expect(await callRoom(rooms.base, room, 'connected', [])).toEqual({ result: ['amy', 'root'] })
  expect(await bob.closed).toMatchObject({ code: 4403 })
  expect(await amy.query('tasks')).toMatchObject([{ recordId: 'private' }])
})
