import { expect, onTestFinished, test } from 'vitest'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const open = async (name: string, user?: string): Promise<CanvasWire> => {
  const wire = await CanvasWire.open(rooms.base, name, user)
  onTestFinished(() => wire.close())
  return wire
}

test('B1: who may write is told so, and what they do is told to others, acknowledged and stored', async () => {
  const name = `canvas:${crypto.randomUUID()}`
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  expect(ann.of('auth')).toEqual([{ canWrite: true, userId: 'ann', connectionId: expect.any(String) }])
  const id = ann.add({ type: 'note', x: 1, props: { text: 'hello' } })
  await ann.saved()
  await ben.until(() => ben.shapes.has(id))
  expect(ben.shapes.get(id)).toMatchObject({ type: 'note', x: 1, y: 0, width: 100, createdBy: 'ann' })
  ben.set(id, { x: 5, props: { color: 'red' } })
  await ben.saved()
  await ann.until(() => ann.shapes.get(id)!.x === 5)
  expect(ann.board).toEqual(ben.board)
  expect((await callRoom(rooms.base, name, 'shapes', [])).result).toEqual(ann.board)
})
