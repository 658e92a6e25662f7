import { expect, onTestFinished, test } from 'vitest'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const fresh = () => `canvas:${crypto.randomUUID()}`
const open = async (name: string, user?: string): Promise<CanvasWire> => {
  const wire = await CanvasWire.open(rooms.base, name, user)
  onTestFinished(() => wire.close())
  return wire
}
const gone = { code: 4403, reason: 'forbidden' }
const denied = { code: 'denied', error: 'Write access denied: viewer role cannot modify the canvas' }

test('B9: who may not write is answered, changes nothing, hears what others do, and may say where they look', async () => {
  const name = fresh()
  const [ann, visitor] = [await open(name, 'ann'), await open(name)]
  expect(visitor.of('auth')).toMatchObject([{ canWrite: false }])
  const id = ann.add()
  await visitor.until(() => visitor.shapes.has(id))
  visitor.write([{ op: 'remove', id }])
  visitor.send('canvas.undo', { seq: 2 })
  visitor.send('canvas.redo', {})
  await visitor.done(2)
  expect(visitor.refused).toMatchObject([
    { ...denied, seq: 1 },
    { ...denied, seq: 2 },
  ])
  expect((await visitor.until(({ type }) => type === 'core.error')).payload).toMatchObject(denied)
  visitor.look({ x: 5 })
  await ann.until(({ payload }) => payload.viewports?.[0]?.x === 5)
  expect((await callRoom(rooms.base, name, 'shapes', [])).result).toMatchObject([{ id }])
})

test('B9, G3: a role that changes is told and holds at once, also after a sleep; who is removed is gone', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add()
  await ann.saved()
  await callRoom(rooms.base, name, 'setRole', ['ann', 'viewer'])
  await ann.until(({ type, payload }) => type === 'auth' && !payload.canWrite)
  ann.set(id, { x: 1 })
  await ann.done()
  expect(ann.refused).toMatchObject([denied])
  await rooms.sleep(name, 'CANVAS')
  ann.set(id, { x: 2 })
  await ann.done()
  expect(ann.refused).toHaveLength(2)
  const from = ann.frames.length
  await callRoom(rooms.base, name, 'setRole', ['ann', 'admin'])
  await ann.until(({ type, payload }) => type === 'auth' && payload.canWrite, from)
  ann.set(id, { x: 3 })
  await ben.until(() => ben.shapes.get(id)?.x === 3)
  await callRoom(rooms.base, name, 'removeUser', ['ann'])
  expect(await ann.closed).toEqual(gone)
})

test('G4 to G6: a canvas that is bound to a record is for whoever may read it, for as long as they may, and goes with it', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const name = `tasks:t@${room}`
  const put = (data: object, as: unknown = 'system') =>
    callRoom(rooms.base, room, 'put', ['tasks', `t@${room}`, data, as])
  await put({ title: 'x', visibility: 'public' }, { userId: 'ann', name: 'ann', email: '', anonymous: false })
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  expect([ann, ben].map((wire) => wire.of('auth')[0].canWrite)).toEqual([true, false])
  const id = ann.add({ props: { text: 'open' } })
  await ann.saved()
  await ben.until(() => ben.shapes.has(id))
  await put({ visibility: 'private' })
  expect(await ben.closed).toEqual(gone)
  const heard = ben.frames.length
  ann.set(id, { props: { text: 'secret' } })
  await ann.saved()
  expect(ben.frames.length).toBe(heard)
  await callRoom(rooms.base, room, 'remove', ['tasks', `t@${room}`, 'system'])
  expect(await ann.closed).toEqual(gone)
  await put({ title: 'another' }, { userId: 'ann', name: 'ann', email: '', anonymous: false })
  const again = await open(name, 'ann')
  expect(again.of('canvas.shapes')).toMatchObject([{ shapes: [], steps: { undo: 0, redo: 0 } }])
  expect(again.place!.epoch).not.toBe(ann.place!.epoch)
})
