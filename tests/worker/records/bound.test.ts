import { expect, onTestFinished, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { Slate } from '../../support/slate.ts'
import { upgrade } from '../../support/upgrade.ts'
import { tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const rooms = createOwnRooms()

/** A record room with slates bound to its records, and what a test does with it. */
function house() {
  const room = `bound:${crypto.randomUUID()}`
  const call = async (method: string, ...args: unknown[]) => {
    const outcome = await callRoom(rooms.base, room, method, args)
    expect(outcome.error).toBeUndefined()
    return outcome.result
  }
  return {
    room,
    call,
    nameOf: (record: string, collection = 'tasks') => `${collection}:${record}@${room}`,
    put: (collection: string, record: string, data: object, as: unknown = 'system') =>
      call('put', collection, `${record}@${room}`, data, as),
    remove: (collection: string, record: string) => call('remove', collection, `${record}@${room}`, 'system'),
    async open(record: string, user?: string, collection = 'tasks'): Promise<Slate> {
      const slate = await Slate.open(rooms.base, `${collection}:${record}@${room}`, user)
      onTestFinished(() => slate.close())
      return slate
    },
    settled: () => call('settled'),
  }
}

const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })
const gone = { code: 4403, reason: 'forbidden' }
const refused = (attempt: Promise<Slate>) => expect(attempt).rejects.toThrow('refused')
const told = (slate: Slate, role: string) => slate.until(({ type, payload }) => type === 'may' && payload.role === role)

test('G4: who may read the record enters, who may update it writes, nobody else comes in', async () => {
  const { put, open } = house()
  await put('tasks', 'mine', { title: 'x' }, identity('ann'))
  await put('tasks', 'open', { title: 'x', visibility: 'public' }, identity('ann'))
  expect((await open('mine', 'ann')).may).toEqual({ role: 'member', canWrite: true })
  expect((await open('mine', 'root')).may).toEqual({ role: 'member', canWrite: true })
  expect((await open('open', 'ben')).may).toEqual({ role: 'viewer', canWrite: false })
  expect((await open('open')).may).toEqual({ role: 'viewer', canWrite: false })
  await refused(open('mine', 'ben'))
  await refused(open('mine'))
  await refused(open('none', 'ann'))
})

test('G4: a version 1 client that the record does not let in is told so; what `authorize` says is not asked twice', async () => {
  const { put, nameOf, open } = house()
  await put('tasks', 'mine', { title: 'x' }, identity('ann'))
  const wire = await Wire.knock(rooms.base, nameOf('mine'), `v=1&token=${await tokenFor('ben')}`, 'presence')
  expect(await wire.closed).toEqual(gone)
  // A role that the door would give counts for nothing where a record decides, and a door that is closed stays so.
  await put('tasks', 'role-viewer-', { title: 'x' }, identity('ann'))
  expect((await open('role-viewer-', 'ann')).may).toEqual({ role: 'member', canWrite: true })
  await put('tasks', 'closed', { title: 'x' }, identity('ann'))
  await refused(open('closed', 'ann'))
})

test('G5: a commit that shows or hides the record, or gives or takes the right to write, is told to those inside', async () => {
  const { put, open } = house()
  await put('tasks', 't', { title: 'x', visibility: 'public' }, identity('ann'))
  const [ann, ben, visitor] = [await open('t', 'ann'), await open('t', 'ben'), await open('t')]
  expect(await ann.write('by ann')).toBe('by ann')
  await put('tasks', 't', { visibility: 'private' })
  expect(await Promise.all([ben.closed, visitor.closed])).toEqual([gone, gone])
  expect(await ann.write('alone')).toBe('alone')
  await refused(open('t', 'ben'))
  await put('tasks', 't', { visibility: 'public' })
  expect((await open('t', 'ben')).text).toBe('alone')
})

test('G5: a membership that begins or ends, and a role that changes, are told to those inside', async () => {
  const { room, put, remove, call, open } = house()
  await put('read_team', 'r', { title: 'x', team: 'red', owner: 'ann' })
  await put('team_members', 'm', { teamId: 'red', userId: 'ben' })
  const ben = await open('r', 'ben', 'read_team')
  expect(ben.may.canWrite).toBe(true)
  await remove('team_members', 'm')
  expect(await ben.closed).toEqual(gone)

  await put('tasks', 't', { title: 'x', visibility: 'public' }, identity('ann'))
  // A user has a role in a room once they have been there.
  await (await Wire.open(rooms.base, room, 'ben')).close()
  const reader = await open('t', 'ben')
  expect(reader.may.canWrite).toBe(false)
  await call('setRole', 'ben', 'admin')
  await told(reader, 'member')
  expect(await reader.write('as an admin')).toBe('as an admin')
  await call('setRole', 'ben', 'member')
  await told(reader, 'viewer')
  expect(await reader.write('no more')).toBe('as an admin')
  await call('removeUser', 'ben')
  expect(await reader.closed).toEqual(gone)
})

test('G5: what one user is told no other is; who is not here any more is told nothing', async () => {
  const { put, open, call, nameOf } = house()
  await put('read_collaborator', 'never', { title: 'x' })
  await put('tasks', 't', { title: 'x', visibility: 'public' }, identity('ann'))
  const ben = await open('t', 'ben')
  await ben.close()
  await callRoom(rooms.base, nameOf('t'), 'fail', [1])
  // Nothing has changed for anybody: the slate is not called, and so has not failed.
  await put('tasks', 't', { title: 'y' })
  await call('settled')
  await put('tasks', 't', { visibility: 'private' })
  expect(await callRoom(rooms.base, nameOf('t'), 'fail', [0])).toEqual({ result: null })
})

test('G6: with its record goes everybody and everything; a record made again under the id begins empty', async () => {
  const { put, remove, open, nameOf } = house()
  await put('tasks', 't', { title: 'x' }, identity('ann'))
  const [one, two] = [await open('t', 'ann'), await open('t', 'root')]
  expect(await one.write('secret')).toBe('secret')
  await remove('tasks', 't')
  expect(await Promise.all([one.closed, two.closed])).toEqual([gone, gone])
  await put('tasks', 't', { title: 'another' }, identity('ben'))
  expect((await open('t', 'ben')).text).toBe('')

  // What an app has written there by itself goes too, though nobody has ever come.
  await put('tasks', 'u', { title: 'x' }, identity('ann'))
  await callRoom(rooms.base, nameOf('u'), 'write', ['imported'])
  await remove('tasks', 'u')
  await put('tasks', 'u', { title: 'x' }, identity('ann'))
  expect((await open('u', 'ann')).text).toBe('')
})

test('G6: a record that one batch removes and makes again is another record', async () => {
  const { put, call, open, room } = house()
  await put('tasks', 't', { title: 'x' }, identity('ann'))
  const ann = await open('t', 'ann')
  expect(await ann.write('secret')).toBe('secret')
  const place = { collection: 'tasks', recordId: `t@${room}` }
  const data = { title: 'another', visibility: 'public' }
  await call(
    'batch',
    [
      { type: 'remove', ...place },
      { type: 'put', ...place, data },
    ],
    'system',
  )
  expect(await ann.closed).toEqual(gone)
  expect((await open('t', 'ben')).text).toBe('')
})

test('G6: while what was there cannot be emptied nobody enters, and later it is', async () => {
  const { put, remove, open, nameOf } = house()
  await put('tasks', 't', { title: 'x' }, identity('ann'))
  const ann = await open('t', 'ann')
  await ann.write('secret')
  await callRoom(rooms.base, nameOf('t'), 'fail', [2])
  await remove('tasks', 't')
  await put('tasks', 't', { title: 'x' }, identity('ben'))
  await refused(open('t', 'ben'))
  expect((await open('t', 'ben')).text).toBe('')
  expect(await ann.closed).toEqual(gone)
})

test('G7: what a room does not hear is told again, also where the record room has ended meanwhile', async () => {
  const { put, open, nameOf, room } = house()
  await put('tasks', 't', { title: 'x', visibility: 'public' }, identity('ann'))
  const ben = await open('t', 'ben')
  await callRoom(rooms.base, nameOf('t'), 'fail', [1])
  await put('tasks', 't', { visibility: 'private' })
  expect(await ben.closed).toEqual(gone)

  await put('tasks', 'u', { title: 'x', visibility: 'public' }, identity('ann'))
  const eve = await open('u', 'eve')
  const ended = await callRoom(rooms.base, room, 'putAndEnd', ['tasks', `u@${room}`, { visibility: 'private' }])
  expect(ended.error).toBe('in the middle')
  expect(await eve.closed).toEqual(gone)
})

test('G8: what is bound to a record of one room is entered neither past it nor by another that has a record of that id', async () => {
  const { put, open, nameOf, room } = house()
  await put('tasks', 't', { title: 'x' }, identity('ann'))
  const ann = await open('t', 'ann')
  await ann.write('secret')
  // The door forgets what it knew.
  const past = await callRoom(rooms.base, nameOf('t'), 'ticketFor', [identity('eve')])
  expect(past.error).toContain(`is bound to a record of "${room}", and not entered without it`)
  const other = await callRoom(rooms.base, nameOf('t'), 'ticketFor', [identity('eve'), 'member', 'bound:other'])
  expect(other.error).toContain('and not entered by "bound:other"')
  expect(await ann.write('still secret')).toBe('still secret')
})

test('G7: where the record room cannot be asked, nobody enters', async () => {
  const { socket, answer } = await upgrade(
    rooms.base,
    `/ws/presence/${encodeURIComponent(`tasks:t@broken:getter:${crypto.randomUUID()}`)}?token=${await tokenFor('root')}`,
  )
  socket.destroy()
  expect(answer).toMatch(/^HTTP\/1.1 503/)
})

test('G7: what was not told when the record room fell asleep is known again when it wakes', async () => {
  const { put, open, room, settled } = house()
  await put('tasks', 't', { title: 'x', visibility: 'public' }, identity('ann'))
  const ben = await open('t', 'ben')
  await rooms.sleep(room, 'BOUND')
  await put('tasks', 't', { visibility: 'private' })
  expect(await ben.closed).toEqual(gone)
  await settled()
})

test('G4 to G6: whatever is written, whoever joins, leaves or gets a role, a slate lets in whom its record does', async () => {
  const users = ['ann', 'ben', 'eve', undefined] as const
  const records = ['a', 'b'] as const
  for (let story = 0; story < 4; story++) {
    const { put, call, open, settled, room } = house()
    for (const user of users) if (user) await (await Wire.open(rooms.base, room, user)).close()
    const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!
    const told: string[] = []
    const slates = new Map<string, Slate>()
    /** What the room says of a user and a record when it is asked for the records themselves. */
    const mayRead = async (user: string | undefined, record: string): Promise<boolean> => {
      const as = user ? identity(user) : { ...identity('anon-x'), anonymous: true }
      const found = await call('query', { collection: 'read_team', where: { recordId: `${record}@${room}` } }, as)
      return (found as unknown[]).length > 0
    }
    for (let step = 0; step < 25; step++) {
      const [user, record] = [pick(users), pick(records)]
      const deed = pick(['put', 'put', 'remove', 'join', 'leave', 'role', 'knock', 'knock', 'knock'] as const)
      told.push(`${deed} ${user} ${record}`)
      if (deed === 'put') {
        const data = {
          title: 'x',
          team: pick(['red', 'blue', null]),
          owner: pick(['ann', 'ben', null]),
          people: pick([[], ['eve']]),
        }
        await put('read_team', record, data)
      } else if (deed === 'remove') {
        await callRoom(rooms.base, room, 'remove', ['read_team', `${record}@${room}`, 'system'])
      } else if (deed === 'join') {
        await put('team_members', user ?? 'ann', {
          teamId: pick(['red', 'blue']),
          userId: user ?? 'ann',
          status: pick(['active', 'paused']),
        })
      } else if (deed === 'leave') {
        await callRoom(rooms.base, room, 'remove', ['team_members', `${user}@${room}`, 'system'])
      } else if (deed === 'role') {
        if (user) await call('setRole', user, pick(['admin', 'member', 'viewer']))
      } else if (!slates.get(`${user} ${record}`)?.isOpen) {
        const slate = await open(record, user, 'read_team').catch(() => undefined)
        expect([told, slate !== undefined]).toEqual([told, await mayRead(user, record)])
        if (slate) slates.set(`${user} ${record}`, slate)
      }
      await settled()
      for (const [key, slate] of slates) {
        const [who, which] = key.split(' ')
        if (await mayRead(who === 'undefined' ? undefined : who, which!)) {
          expect([told, key, slate.isOpen]).toEqual([told, key, true])
        } else {
          expect(await slate.closed).toEqual(gone)
          slates.delete(key)
        }
      }
    }
  }
})
