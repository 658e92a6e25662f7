import { expect, inject, onTestFinished, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { Slate } from '../../support/slate.ts'
import { upgrade } from '../../support/upgrade.ts'

const base = inject('base')
const rooms = createOwnRooms()
const open = async (name: string, user?: string, at = base): Promise<Slate> => {
  const slate = await Slate.open(at, name, user)
  onTestFinished(() => slate.close())
  return slate
}
const some = (what = ''): string => `slate:${what}${crypto.randomUUID()}`

test('G1: who is signed in writes, a visitor reads', async () => {
  const name = some()
  const [ann, visitor] = [await open(name, 'ann'), await open(name)]
  expect([ann.may, visitor.may]).toEqual([
    { role: 'member', canWrite: true },
    { role: 'viewer', canWrite: false },
  ])
  expect(await visitor.write('by a visitor')).toBe('')
  expect(await ann.write('by ann')).toBe('by ann')
  expect(await visitor.until((frame) => frame.payload.text === 'by ann')).toBeTruthy()
})

test('G1, G2: a role that `authorize` says is that of the connection, and writes where the room says so', async () => {
  for (const [role, canWrite] of [
    ['viewer', false],
    ['editor', true],
    ['reader', false],
    ['Editor', false],
  ] as const) {
    const ann = await open(some(`role-${role}-`), 'ann')
    expect(ann.may).toEqual({ role, canWrite })
    expect(await ann.write('x')).toBe(canWrite ? 'x' : '')
  }
})

test('G3: another role is told, and holds, in the turn in which it is given; `null` ends the connections', async () => {
  const name = some()
  const [one, two, ben] = [await open(name, 'ann'), await open(name, 'ann'), await open(name, 'ben')]
  expect(await callRoom(base, name, 'setRole', ['ann', 'viewer'])).toEqual({ result: 2 })
  for (const ann of [one, two]) {
    expect((await ann.until(({ type, payload }) => type === 'may' && payload.role === 'viewer')).payload.canWrite).toBe(
      false,
    )
    expect(await ann.write('no more')).toBe('')
  }
  expect(await callRoom(base, name, 'setRole', ['ann', 'member'])).toEqual({ result: 2 })
  expect(await one.write('again')).toBe('again')
  expect(await callRoom(base, name, 'removeUser', ['ann'])).toEqual({ result: 2 })
  expect(await Promise.all([one.closed, two.closed])).toEqual(Array(2).fill({ code: 4403, reason: 'forbidden' }))
  expect(await ben.write('still here')).toBe('still here')
  expect(await callRoom(base, name, 'setRole', ['ann', 'viewer'])).toEqual({ result: 0 })
})

test('G3: a visitor is no user, whatever the id is called', async () => {
  const name = some()
  const visitor = await open(name)
  for (const id of ['', 'Anonymous', 'viewer']) expect((await callRoom(base, name, 'removeUser', [id])).result).toBe(0)
  expect(await visitor.write('x')).toBe('')
})

test('G3: what is no role is refused by name, and changes nothing', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  for (const wrong of ['', 'x'.repeat(65), '\ud800', 7, undefined, {}, ['member']]) {
    expect(await callRoom(base, name, 'setRole', ['ann', wrong])).toMatchObject({
      error: expect.stringContaining('role: expected a role of 1 to 64 characters or null'),
      details: { code: 'invalid-message', field: 'role' },
    })
  }
  expect(await ann.write('x')).toBe('x')
})

test('G3: who is on the way in comes in the role that they have by then, or not at all', async () => {
  const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })
  const [ann, ben] = await Promise.all(
    ['ann', 'ben'].map(
      async (id) => (await callRoom(base, 'slate:direct', 'ticketFor', [identity(id), 'member'])).result,
    ),
  )
  expect(await callRoom(base, 'slate:direct', 'setRole', ['ann', null])).toEqual({ result: 1 })
  expect(await callRoom(base, 'slate:direct', 'setRole', ['ben', 'viewer'])).toEqual({ result: 1 })
  const refused = await upgrade(base, '/direct/slate', { 'x-room-ticket': String(ann) })
  expect(refused.answer).toMatch(/^HTTP\/1.1 401/)
  refused.socket.destroy()
  const entered = await upgrade(base, '/direct/slate', { 'x-room-ticket': String(ben) })
  expect(entered.answer).toMatch(/^HTTP\/1.1 101/)
  const greeting = entered.answer.includes('"role"')
    ? entered.answer
    : await new Promise<string>((resolve) => entered.socket.once('data', (data) => resolve(String(data))))
  expect(greeting).toContain('{"role":"viewer","canWrite":false}')
  entered.socket.destroy()
})

test('G3, H1: a role that was given outlives a sleep of the room', async () => {
  const name = some()
  const [ann, ben] = [await open(name, 'ann', rooms.base), await open(name, 'ben', rooms.base)]
  await callRoom(rooms.base, name, 'setRole', ['ann', 'viewer'])
  await rooms.sleep(name, 'SLATES')
  expect(await ann.write('no')).toBe('')
  expect(await ben.write('yes')).toBe('yes')
})

test('E1: a slate that is closed to somebody lets them in as nobody', async () => {
  await expect(Slate.open(base, some('closed-'), 'ann')).rejects.toThrow('refused')
})
