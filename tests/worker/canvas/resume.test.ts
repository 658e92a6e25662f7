import { expect, onTestFinished, test } from 'vitest'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const fresh = (kind = '') => `canvas:${kind}${crypto.randomUUID()}`
const open = async (name: string, user?: string, since?: CanvasWire['place']): Promise<CanvasWire> => {
  const wire = await CanvasWire.open(rooms.base, name, user, since)
  onTestFinished(() => wire.close())
  return wire
}
const answerOf = (wire: CanvasWire) => wire.of('canvas.shapes').at(-1)
const crash = async (name: string, ...wires: CanvasWire[]): Promise<void> => {
  await callRoom(rooms.base, name, 'crash', [])
  await Promise.all(wires.map(({ closed }) => closed))
}

test('B12: who comes back is told what has changed and what has gone, in less than 1 kB where that is nothing', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const ids = Array.from({ length: 200 }, () => ann.add({ props: { text: 'x'.repeat(100) } }))
  await ann.saved()
  const place = ann.place
  const same = await open(name, 'ben', place)
  const { bytes, payload } = same.frames.find(({ type }) => type === 'canvas.shapes')!
  expect(payload).toMatchObject({ since: place!.version, version: place!.version, shapes: [], removed: [] })
  console.log(`a return to 200 shapes of which none has changed: ${bytes} bytes`)
  expect(bytes).toBeLessThan(1000)
  ann.set(ids[3]!, { x: 7 })
  ann.write([{ op: 'remove', id: ids[4]! }])
  const added = ann.add()
  const brief = ann.add()
  ann.write([{ op: 'remove', id: brief }])
  await ann.saved()
  const changed = answerOf(await open(name, 'ben', place))
  expect(changed.shapes.map(({ id }: { id: string }) => id).sort()).toEqual([ids[3], added].sort())
  expect(changed.removed).toEqual([ids[4], brief])
  expect(answerOf(await open(name, 'ben', { epoch: 'another', version: place!.version })).since).toBeUndefined()
  expect(answerOf(await open(name, 'ben', { ...place!, version: 1e9 })).since).toBeUndefined()
})

test('B12: a sleep and a crash with nothing unstored are no reason to tell everything', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const id = ann.add()
  ann.set(id, { x: 3 })
  await ann.saved()
  const { place } = ann
  await crash(name, ann)
  const back = await open(name, 'ann', place)
  expect(answerOf(back)).toMatchObject({ since: place!.version, shapes: [], removed: [] })
  back.set(id, { x: 4 })
  await back.saved()
  await rooms.sleep(name, 'CANVAS')
  expect(answerOf(await open(name, 'ben', place))).toMatchObject({ since: place!.version, shapes: [{ id, x: 4 }] })
  expect(answerOf(await open(name, 'ben', back.place))).toMatchObject({ shapes: [], since: back.place!.version })
})

test('B11, B12: a crash loses no more than was not said to be stored, and whoever had heard of it is told everything', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const [a, b] = [ann.add({}, 'a'), ann.add({}, 'b')]
  ann.set(a, { x: 1 })
  await ann.saved()
  await ben.until(() => ben.shapes.get(a)?.x === 1)
  await callRoom(rooms.base, name, 'fill', [true])
  ann.set(b, { x: 2 })
  await ann.done()
  await ben.until(() => ben.shapes.get(b)!.x === 2)
  await crash(name, ann, ben)
  const lost = ben.place!
  const first = await open(name, 'ben', lost)
  expect(answerOf(first).since).toBeUndefined()
  expect(first.board).toMatchObject([{ x: 1 }, { x: 0 }])
  // More is written than was lost, so that numbers would pass those that were told.
  for (let n = 0; n < 5; n++) first.set(a, { y: n })
  await first.saved()
  const second = await open(name, 'ben', lost)
  expect(answerOf(second).since).toBeUndefined()
  expect(second.board).toEqual(first.board)
  await crash(name, first, second)
  const third = await open(name, 'ben', lost)
  expect(answerOf(third).since).toBeUndefined()
  expect(answerOf(await open(name, 'ben', second.place)).since).toBe(second.place!.version)
})

test('B12: what was removed is known of 5,000 shapes; who was away for more is told everything', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const { place } = ann
  const stays = ann.add()
  await ann.saved()
  let afterFirst = ann.place!
  for (let round = 0; round < 4; round++) {
    const ids = Array.from({ length: 1500 }, (_, n) => `${round}-${n}`)
    ann.write(ids.map((id) => ({ op: 'add', id, shape: {} })))
    await ann.saved()
    if (round === 3) afterFirst = ann.place!
    ann.write(ids.map((id) => ({ op: 'remove', id })))
    await ann.saved()
  }
  expect((await callRoom(rooms.base, name, 'stored', [])).result).toMatchObject({ removed: 5000, shapes: 1 })
  expect(answerOf(await open(name, 'ben', place)).since).toBeUndefined()
  await crash(name, ann)
  const ben = await open(name, 'ben', place)
  expect(answerOf(ben).since).toBeUndefined()
  expect([...ben.shapes.keys()]).toEqual([stays])
  const answer = answerOf(await open(name, 'ben', afterFirst))
  expect(answer.removed).toHaveLength(1500)
}, 60_000)

test('B1: a large canvas is sent in frames below 1 MiB, and so is a large change', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const props = { text: 'ä'.repeat(30_000) }
  for (let n = 0; n < 40; n++) ann.add({ props }, `s${n}`)
  await ann.saved()
  await ben.until(() => ben.shapes.size === 40)
  const cem = await open(name, 'cem')
  expect(cem.board).toEqual(ann.board)
  expect(cem.of('canvas.shapes').length).toBeGreaterThan(2)
  expect(cem.of('canvas.shapes').filter(({ partial }) => !partial)).toHaveLength(1)
  // A change of every shape by few bytes.
  ann.write(Array.from({ length: 40 }, (_, n) => ({ op: 'front', id: `s${n}` })))
  ann.write([...Array(40).keys()].map((n) => ({ op: 'remove', id: `s${n}` })))
  await ann.saved()
  await ann.turn('undo')
  await ben.settled()
  expect(ben.board).toEqual(ann.board)
  const longest = [ann, ben, cem].flatMap(({ frames }) => frames.map(({ bytes }) => bytes))
  expect(Math.max(...longest)).toBeLessThan(1024 * 1024)
})

test('H1: after a sleep everybody is told what others do, a late joiner sees what there is, and undo is still there', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add()
  ann.set(id, { x: 1 })
  ann.look({ x: 77 })
  await ann.saved()
  await ben.until(() => ben.of('canvas.changes').some(({ viewports }) => viewports?.[0]?.x === 77))
  // What a connection says of itself is kept once a second.
  const kept = async () => (await callRoom(rooms.base, name, 'keptViews', [])).result as unknown[]
  while ((await kept()).length === 0) await ann.settled()
  await rooms.sleep(name, 'CANVAS')
  const cem = await open(name, 'cem')
  expect(answerOf(cem)).toMatchObject({ shapes: [{ id, x: 1 }], viewports: [{ userId: 'ann', x: 77 }] })
  await rooms.sleep(name, 'CANVAS')
  ben.set(id, { y: 5 })
  await ann.until(() => ann.shapes.get(id)!.y === 5)
  await ann.turn('undo')
  await ben.until(() => ben.shapes.get(id)!.x === 0)
  await ann.settled()
  expect(ann.board).toEqual(ben.board)
  expect(ann.steps).toEqual({ undo: 1, redo: 1 })
})

test('B11: a write that fails is not said to be stored, loses nothing, and is tried again', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add()
  await ann.saved()
  await callRoom(rooms.base, name, 'fill', [true])
  ann.set(id, { x: 1 })
  const other = ann.add({ x: 2 })
  await ann.done()
  await ben.until(() => ben.shapes.size === 2)
  expect(ann.stored).toBe(1)
  const { error } = await callRoom(rooms.base, name, 'apply', [[{ op: 'set', id, change: { y: 3 } }], 'system'])
  expect(error).toContain('full')
  await callRoom(rooms.base, name, 'fill', [false])
  await ann.saved()
  await callRoom(rooms.base, name, 'crash', [])
  await ann.closed
  expect((await open(name, 'cem')).shapes.get(id)).toMatchObject({ x: 1, y: 3 })
  expect((await open(name, 'cem')).shapes.get(other)).toMatchObject({ x: 2 })
})
