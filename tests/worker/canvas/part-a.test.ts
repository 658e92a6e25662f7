import { expect, inject, onTestFinished, test } from 'vitest'
import { type CanvasFrame, CanvasWire } from '../../support/canvas-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const base = inject('base')
const fresh = (kind = '') => `canvas:${kind}${crypto.randomUUID()}`
const knock = async (name: string, user?: string, search = ''): Promise<CanvasWire> => {
  const wire = await CanvasWire.knock(base, name, user, search)
  onTestFinished(() => wire.close())
  await wire.until(({ type }) => type === 'canvas.shapes')
  return wire
}
/** Waits until somebody has been told what somebody else had to say last, and gives all from a frame on. */
const heard = async (wire: CanvasWire, from = 2): Promise<[string, unknown][]> => {
  const by = await CanvasWire.knock(base, nameOf.get(wire)!, `witness-${crypto.randomUUID()}`, '')
  by.look()
  await wire.until(({ payload }) => payload.viewport?.userId === by.userOf)
  await by.close()
  await wire.until(({ payload }) => payload.removed && payload.userId === by.userOf)
  return wire.frames.slice(from).flatMap(({ type, payload }) => (isOfWitness(payload) ? [] : [[type, payload]]))
}
const isOfWitness = ({ userId, viewport }: CanvasFrame['payload']): boolean =>
  [userId, viewport?.userId].some((id) => id?.startsWith('witness-'))
const nameOf = new WeakMap<CanvasWire, string>()
const enter = async (name: string, user?: string): Promise<CanvasWire> => {
  const wire = await knock(name, user)
  nameOf.set(wire, name)
  return wire
}
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

test('B1, B4: who connects is sent their rights and the whole canvas', async () => {
  const name = fresh()
  const first = await enter(name, 'ann')
  first.send('canvas.add', { id: 'a', props: { n: 1 }, rotation: 5, color: 'dropped' })
  first.send('canvas.viewport', { x: 1, y: 2, width: 3, height: 4, zoom: 5, mode: 'pan', userId: 'somebody else' })
  await first.until(({ type }) => type === 'canvas.add')
  const ann = await enter(name, 'ann')
  const [auth, shapes] = ann.frames.map(({ type, payload }) => ({ type, payload }))
  expect(auth).toEqual({ type: 'auth', payload: { canWrite: true } })
  const shape = { id: 'a', type: 'rect', x: 0, y: 0, width: 100, height: 100, rotation: 5, props: { n: 1 } }
  expect(shapes).toEqual({
    type: 'canvas.shapes',
    payload: {
      shapes: [{ ...shape, createdBy: 'ann', createdAt: isoTime, updatedAt: isoTime }],
      viewports: [{ x: 1, y: 2, width: 3, height: 4, zoom: 5, mode: 'pan', userId: 'ann' }],
    },
  })
  expect((await enter(name)).frames[0]!.payload).toEqual({ canWrite: false })
})

test('B4: what comes and goes is told to all, what changes to all but who changed it, with the members that were named', async () => {
  const name = fresh()
  const [ann, ben] = [await enter(name, 'ann'), await enter(name, 'ben')]
  const steps: [string, object][] = [
    ['canvas.add', { id: 'a' }],
    ['canvas.move', { shapeId: 'a', x: 3, y: 4, z: 9 }],
    ['canvas.resize', { shapeId: 'a', width: 30, height: 40 }],
    ['canvas.resize', { shapeId: 'a', width: 31, height: 41, x: 5, y: 6 }],
    ['canvas.update', { shapeId: 'a', props: { color: 'red' } }],
    ['canvas.update', { shapeId: 'a', props: { size: 2 } }],
    ['canvas.move', { shapeId: 'unknown', x: 3, y: 4 }],
    ['canvas.delete', { shapeId: 'unknown' }],
    ['canvas.delete', { shapeId: 'a' }],
  ]
  const told: [string, unknown][] = []
  for (const [type, payload] of steps) {
    const from = ben.frames.length
    ann.send(type, payload)
    told.push(...(await heard(ben, from)))
  }
  const shape = { id: 'a', type: 'rect', x: 0, y: 0, width: 100, height: 100, props: {} }
  const added = ['canvas.add', { shape: { ...shape, createdBy: 'ann', createdAt: isoTime, updatedAt: isoTime } }]
  expect(told).toEqual([
    added,
    ['canvas.move', { shapeId: 'a', x: 3, y: 4 }],
    ['canvas.resize', { shapeId: 'a', width: 30, height: 40 }],
    ['canvas.resize', { shapeId: 'a', width: 31, height: 41, x: 5, y: 6 }],
    ['canvas.update', { shapeId: 'a', props: { color: 'red' } }],
    ['canvas.update', { shapeId: 'a', props: { size: 2 } }],
    ['canvas.delete', { shapeId: 'a' }],
  ])
  expect((await heard(ann)).filter(([type]) => type !== 'canvas.viewport')).toEqual([
    added,
    ['canvas.delete', { shapeId: 'a' }],
  ])
})

test('B4, B14: an undo of an update is the whole canvas to all, any other what it amounts to', async () => {
  const name = fresh()
  const [ann, ben] = [await enter(name, 'ann'), await enter(name, 'ben')]
  const told = async (type: string, payload: object = {}) => {
    const from = [ann.frames.length, ben.frames.length]
    ann.send(type, payload)
    return [await heard(ben, from[1]), await heard(ann, from[0])].map((frames) =>
      frames.filter(([type]) => type !== 'canvas.viewport').map(([type]) => type),
    )
  }
  expect(await told('canvas.undo')).toEqual([[], []])
  expect(await told('canvas.add', { id: 'a' })).toEqual([['canvas.add'], ['canvas.add']])
  expect(await told('canvas.move', { shapeId: 'a', x: 1, y: 1 })).toEqual([['canvas.move'], []])
  expect(await told('canvas.undo')).toEqual([['canvas.shapes'], ['canvas.shapes']])
  expect(ben.of('canvas.shapes').at(-1)).toMatchObject({ shapes: [{ id: 'a', x: 0, y: 0 }], viewports: [] })
  expect(await told('canvas.undo')).toEqual([['canvas.delete'], ['canvas.delete']])
  expect(await told('canvas.redo')).toEqual([['canvas.add'], ['canvas.add']])
  expect(await told('canvas.redo')).toEqual([['canvas.shapes'], ['canvas.shapes']])
  expect(await told('canvas.delete', { shapeId: 'a' })).toEqual([['canvas.delete'], ['canvas.delete']])
  expect(await told('canvas.undo')).toEqual([['canvas.add'], ['canvas.add']])
  expect(ben.of('canvas.add').at(-1).shape).toMatchObject({ id: 'a', x: 1, createdBy: 'ann' })
})

test('B4: an add of an id that is there takes its place, and its undo deletes it', async () => {
  const name = fresh()
  const [ann, ben] = [await enter(name, 'ann'), await enter(name, 'ben')]
  ann.send('canvas.add', { id: 'a', x: 1 })
  await ben.until(({ type }) => type === 'canvas.add')
  ben.send('canvas.add', { id: 'a', x: 2 })
  await ann.until(({ payload }) => payload.shape?.createdBy === 'ben')
  ben.send('canvas.undo', {})
  await ann.until(({ type }) => type === 'canvas.delete')
  expect((await callRoom(base, name, 'shapes', [])).result).toEqual([])
})

test('B4, B9: who may not write is told so in the words of part A; what is no message too; a frame without a payload is silence', async () => {
  const name = fresh()
  const [ann, visitor] = [await enter(name, 'ann'), await enter(name)]
  visitor.send('canvas.add', {})
  ann.send('canvas.dance', {})
  ann.socket.send(JSON.stringify({ type: 'canvas.add' }))
  ann.socket.send(JSON.stringify({ type: 'canvas.undo' }))
  ann.send('canvas.move', { shapeId: 'a', x: 'left', y: 1 })
  expect(await heard(visitor)).toEqual([
    ['core.error', { error: 'Write access denied: viewer role cannot modify the canvas', code: 'denied' }],
  ])
  expect((await heard(ann)).map(([, payload]) => payload)).toMatchObject([
    { error: 'Unknown canvas message type: canvas.dance', code: 'unknown-type' },
    { code: 'invalid-field', recordId: 'a', field: 'x' },
  ])
})

test('B13: viewports are told by user, go with the last connection of theirs, and are told as gone of who had none', async () => {
  const name = fresh()
  const [ann, ben, second] = [await enter(name, 'ann'), await enter(name, 'ben'), await enter(name, 'ben')]
  ben.send('canvas.viewport', { x: 1, y: 2, width: 3, height: 4, zoom: 5, extra: true, userId: 'ann' })
  const { payload } = await ann.until(({ type }) => type === 'canvas.viewport')
  expect(payload).toEqual({ viewport: { x: 1, y: 2, width: 3, height: 4, zoom: 5, extra: true, userId: 'ben' } })
  await second.until(({ type }) => type === 'canvas.viewport')
  await ben.close()
  expect(await heard(ann)).toEqual([['canvas.viewport', payload]])
  await second.close()
  await ann.until(({ payload }) => payload.userId === 'ben' && payload.removed)
  expect(ben.of('canvas.viewport').filter(({ viewport }) => viewport)).toEqual([])
})

test('B4: what part A has no words for is told as a shape that goes and comes again', async () => {
  const name = fresh()
  const ann = await CanvasWire.open(base, name, 'ann')
  onTestFinished(() => ann.close())
  const [a, b] = [ann.add({ props: { k: 1 } }), ann.add()]
  await ann.saved()
  const ben = await enter(name, 'ben')
  expect(ben.of('canvas.shapes')[0].shapes.map(({ id }: { id: string }) => id)).toEqual([a, b])
  for (const operation of [{ rotation: 3 }, { type: 'circle' }, { unset: ['props.k'] }]) {
    const from = ben.frames.length
    ann.set(a, operation)
    await ann.saved()
    expect((await heard(ben, from)).map(([type]) => type)).toEqual(['canvas.delete', 'canvas.add'])
  }
  const from = ben.frames.length
  ann.write([{ op: 'front', id: a }])
  await ann.saved()
  expect((await heard(ben, from)).map(([type]) => type)).toEqual(['canvas.delete', 'canvas.add'])
  expect(ben.of('canvas.add').at(-1).shape).toMatchObject({ id: a, type: 'circle', rotation: 3, props: {} })
})
