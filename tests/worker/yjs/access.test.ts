import { expect, onTestFinished, test } from 'vitest'
import { encodeAwareness, readAwareness } from '../../../src/protocol/documents/awareness-update.ts'
import { DocWire } from '../../support/doc-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const open = async (name: string, user?: string, search?: string): Promise<DocWire> => {
  const wire = await DocWire.open(rooms.base, name, user, search)
  onTestFinished(() => wire.close())
  return wire
}
const refusalOf = async (wire: DocWire) => (await wire.until(({ type }) => type === 'core.error')).payload
const gone = { code: 4403, reason: 'forbidden' }

test('T6: who may not write is answered, and changes nothing, and hears what others write', async () => {
  const name = `doc:${crypto.randomUUID()}`
  const [ann, visitor] = [await open(name, 'ann'), await open(name)]
  expect([ann.canWrite, visitor.canWrite]).toEqual([true, false])
  visitor.edit((text) => text.insert(0, 'graffiti'))
  expect(await refusalOf(visitor)).toMatchObject({ code: 'denied', error: expect.stringContaining('role=viewer') })
  const reader = await open(name)
  ann.edit((text) => text.insert(0, 'hello'))
  await reader.until(() => reader.text === 'hello')
  expect((await callRoom(rooms.base, name, 'getText', ['system'])).result).toBe('hello')
})

test('T6, G3: a role that changes is told at once, and who may write again is asked for what they have', async () => {
  const name = `doc:${crypto.randomUUID()}`
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  await callRoom(rooms.base, name, 'setRole', ['ann', 'viewer'])
  await ann.until(({ type, canWrite }) => type === 'auth' && canWrite === false)
  ann.edit((text) => text.insert(0, 'offline'))
  await refusalOf(ann)
  const before = ann.frames.length
  await callRoom(rooms.base, name, 'setRole', ['ann', 'member'])
  await ann.until((frame) => ann.frames.indexOf(frame) >= before && frame.step === 'vector')
  expect(ann.canWrite).toBe(true)
  ann.edit((text) => text.insert(0, ''))
  expect((await callRoom(rooms.base, name, 'getText', ['system'])).result).toBe('')
  await callRoom(rooms.base, name, 'removeUser', ['ann'])
  expect(await ann.closed).toEqual(gone)
  ben.edit((text) => text.insert(0, 'still here'))
  await ben.saved()
})

test('G5, G6: of those who lose the record at once none hears that another has gone', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const name = `tasks:t@${room}`
  const put = (data: object) => callRoom(rooms.base, room, 'put', ['tasks', `t@${room}`, data, 'system'])
  const end = {
    private: () => put({ visibility: 'private' }),
    removed: () => callRoom(rooms.base, room, 'remove', ['tasks', `t@${room}`, 'system']),
  }
  for (const ends of [end.private, end.removed]) {
    await put({ title: 'x', visibility: 'public' })
    const wires = await Promise.all([open(name, 'ben'), open(name, 'ben'), open(name, 'cy')])
    for (const [at, wire] of wires.entries()) {
      const clientId = 1 + at
      wire.send({ type: 'awareness', update: encodeAwareness([{ clientId, clock: 1, state: '{"at":1}' }]) })
      await wire.saved()
    }
    const heard = await Promise.all(
      wires.map(async (wire) => {
        await wire.saved()
        return wire.frames.length
      }),
    )
    await ends()
    expect(await Promise.all(wires.map(({ closed }) => closed))).toEqual([gone, gone, gone])
    expect(wires.map(({ frames }, at) => frames.slice(heard[at]))).toEqual([[], [], []])
  }
})

test('G4 to G6: a document that is bound to a record is read and written by whoever may that, for as long as they may', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const name = `tasks:t@${room}`
  const put = (data: object, as: unknown = 'system') =>
    callRoom(rooms.base, room, 'put', ['tasks', `t@${room}`, data, as])
  await put({ title: 'x', visibility: 'public' }, { userId: 'ann', name: 'ann', email: '', anonymous: false })
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  expect([ann.canWrite, ben.canWrite]).toEqual([true, false])
  ann.edit((text) => text.insert(0, 'open'))
  await ben.until(() => ben.text === 'open')
  // On a socket on which nothing has come yet workerd takes ten seconds to say that it is closed.
  await ben.saved()
  await put({ visibility: 'private' })
  await ben.closed
  const heard = ben.frames.length
  ann.edit((text) => text.insert(0, 'secret '))
  await ann.saved()
  expect(ben.frames.length).toBe(heard)
  await callRoom(rooms.base, room, 'remove', ['tasks', `t@${room}`, 'system'])
  expect(await ann.closed).toEqual(gone)
  await put({ title: 'another' }, { userId: 'eve', name: 'eve', email: '', anonymous: false })
  const eve = await open(name, 'eve', '')
  await eve.saved()
  expect(eve.text).toBe('')
})

test('H1: after a sleep everybody is told what others write, and no cursor is gone', async () => {
  const name = `doc:${crypto.randomUUID()}`
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.edit((text) => text.insert(0, 'before '))
  const state = JSON.stringify({ cursor: 7, user: { name: 'somebody else', color: 'red' } })
  ann.send({ type: 'awareness', update: encodeAwareness([{ clientId: 11, clock: 1, state }]) })
  const shown = { cursor: 7, user: { id: 'ann', name: 'ann', color: 'red' } }
  expect(await statesOf(ben)).toEqual([shown])
  await ann.saved()
  await rooms.sleep(name, 'DOCS')
  await ben.saved()
  expect(ben.text).toBe('before ')
  ann.edit((text) => text.insert(7, 'after'))
  await ben.until(() => ben.text === 'before after')
  // It was not said again since: the room has kept it, or asks for it.
  const eve = await open(name, 'eve')
  const asked = ann.frames.some(({ type }) => type === 'query-awareness')
  if (asked) ann.send({ type: 'awareness', update: encodeAwareness([{ clientId: 11, clock: 2, state }]) })
  expect(await statesOf(eve)).toEqual([shown])
})

/** The states in the first awareness update that a connection gets. */
async function statesOf(wire: DocWire): Promise<unknown[]> {
  const { update } = await wire.until(({ type }) => type === 'awareness')
  return readAwareness(update, { entries: 10, stateBytes: 1000, depth: 10 }).map(({ state }) => JSON.parse(state))
}
