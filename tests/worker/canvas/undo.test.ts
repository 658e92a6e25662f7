import { expect, inject, onTestFinished, test } from 'vitest'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const base = inject('base')
const fresh = (kind = '') => `canvas:${kind}${crypto.randomUUID()}`
const open = async (name: string, user?: string): Promise<CanvasWire> => {
  const wire = await CanvasWire.open(base, name, user)
  onTestFinished(() => wire.close())
  return wire
}
const storedIn = async (name: string) => (await callRoom(base, name, 'stored', [])).result as { steps: number }

test('B14: undo puts back what is mine, field by field, and leaves what others have written since', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add({ x: 0, props: { color: 'red', size: 1 } })
  ann.set(id, { x: 10, props: { color: 'blue' } }, 'one')
  await ann.saved()
  ben.set(id, { x: 20 })
  ben.set(id, { props: { size: 9 } })
  await ben.done()
  await ann.turn('undo')
  expect(ann.shapes.get(id)).toMatchObject({ x: 20, props: { color: 'red', size: 9 } })
  // All of it is not as she left it.
  await ann.turn('undo')
  expect(ann.steps).toEqual({ undo: 0, redo: 1 })
  expect(ann.shapes.get(id)).toMatchObject({ x: 20, props: { color: 'red' } })
  await ann.turn('redo')
  expect(ann.shapes.get(id)).toMatchObject({ x: 20, props: { color: 'blue', size: 9 } })
  await ben.turn('undo')
  await ben.turn('undo')
  expect(ben.shapes.get(id)).toMatchObject({ x: 10, props: { size: 1 } })
})

test('B14: what I have deleted comes back as it was, unless another has taken its id; what I have added goes', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add({ x: 5, rotation: 2, props: { text: 'hello' } })
  const other = ann.add()
  await ann.saved()
  await ben.until(() => ben.shapes.size === 2)
  const before = ann.shapes.get(id)!
  ben.write([{ op: 'remove', id }], 'both')
  ben.write([{ op: 'remove', id: other }], 'both')
  await ben.turn('undo')
  await ann.until(() => ann.shapes.size === 2 && ann.shapes.get(id)?.updatedAt !== before.updatedAt)
  const { updatedAt: _, ...restored } = ann.shapes.get(id)!
  expect(before).toMatchObject(restored)
  await ben.turn('redo')
  ann.add({ x: 6 }, id)
  await ann.done()
  await ben.turn('undo')
  expect(ben.shapes.get(id)).toMatchObject({ x: 6 })
  expect(ben.shapes.has(other)).toBe(true)
  await ann.turn('undo')
  expect(ann.shapes.has(id)).toBe(false)
})

test('B14: a step of which nothing is left is skipped; something new ends what could be redone', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const [a, b] = [ann.add(), ann.add()]
  ann.set(a, { x: 1 }, 'first')
  ann.set(b, { x: 1 }, 'second')
  await ann.done()
  ben.set(b, { x: 2 })
  await ben.done()
  await ann.turn('undo')
  expect(ann.shapes.get(a)!.x).toBe(0)
  expect(ann.steps).toEqual({ undo: 2, redo: 1 })
  ann.set(a, { y: 4 })
  await ann.done()
  expect(ann.steps).toEqual({ undo: 3, redo: 0 })
  await ann.turn('redo')
  expect(ann.shapes.get(a)).toMatchObject({ x: 0, y: 4 })
})

test('B15: a gesture is one step, and so are sets of the same fields in quick succession, of each shape its own', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const [a, b] = [ann.add(), ann.add()]
  await ann.done()
  expect(ann.steps).toEqual({ undo: 2, redo: 0 })
  for (let n = 1; n <= 20; n++) ann.write([a, b].map((id) => ({ op: 'set' as const, id, change: { x: n, y: n } })))
  await ann.done()
  expect(ann.steps!.undo).toBe(4)
  ann.set(a, { width: 5 })
  ann.set(a, { x: 30 })
  await ann.done()
  expect(ann.steps!.undo).toBe(6)
  for (let n = 1; n <= 20; n++) ann.set(n % 2 ? a : b, n % 3 ? { y: n } : { props: { n } }, 'drag')
  ann.write([{ op: 'remove', id: b }], 'drag')
  await ann.done()
  expect(ann.steps!.undo).toBe(7)
  await ann.turn('undo')
  expect(ann.shapes.get(b)).toMatchObject({ x: 20, y: 20, props: {} })
  expect(ann.shapes.get(a)).toMatchObject({ x: 30, y: 20, props: {}, width: 5 })
  // Undo, redo, undo leaves no more than there was.
  for (let n = 0; n < 5; n++) {
    await ann.turn('redo')
    await ann.turn('undo')
  }
  expect(ann.steps).toEqual({ undo: 6, redo: 1 })
})

test('B15: at most 100 steps are kept, the last; what is longer than 1 MiB cannot be undone', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const id = ann.add()
  for (let n = 1; n <= 110; n++) ann.set(id, { x: n }, `g${n}`)
  await ann.saved()
  expect(ann.steps).toEqual({ undo: 100, redo: 0 })
  while (ann.steps!.undo > 0) await ann.turn('undo')
  expect(ann.shapes.get(id)!.x).toBe(10)
  expect((await storedIn(name)).steps).toBe(100)
  const props = { text: 'x'.repeat(60_000) }
  for (let n = 0; n < 20; n++) ann.write([{ op: 'add', id: `large ${n}`, shape: { props } }], 'paste')
  await ann.saved()
  // The gesture goes on behind what was too long: that alone can be undone.
  expect(ann.steps!.undo).toBe(1)
  for (let n = 0; n < 100; n++) ann.write([{ op: 'add', id: `more ${n}`, shape: { props } }])
  await ann.saved()
  // Of 4 MiB.
  expect(ann.steps!.undo).toBeLessThan(70)
  expect(ann.steps!.undo).toBeGreaterThan(60)
}, 60_000)

test('B16: steps are a user’s on all their connections, and outlive all of these, a sleep and a crash', async () => {
  const name = fresh()
  const [ann, second, ben] = [await open(name, 'ann'), await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add()
  ann.set(id, { x: 1 }, 'moved')
  await second.until(() => second.steps?.undo === 2)
  expect(ben.steps).toEqual({ undo: 0, redo: 0 })
  await Promise.all([ann.close(), second.close()])
  const third = await open(name, 'ann')
  expect(third.steps).toEqual({ undo: 2, redo: 0 })
  await third.turn('undo')
  await third.saved()
  await callRoom(base, name, 'crash', [])
  await third.closed
  const fourth = await open(name, 'ann')
  expect(fourth.steps).toEqual({ undo: 1, redo: 1 })
  await fourth.turn('redo')
  expect(fourth.shapes.get(id)!.x).toBe(1)
})

test('B16: what a visitor can undo is the connection’s and is not stored', async () => {
  const name = fresh('role-member-')
  const [one, other] = [await open(name), await open(name)]
  one.add()
  await one.saved()
  expect([one.steps, other.steps].map((steps) => steps?.undo)).toEqual([1, 0])
  expect((await storedIn(name)).steps).toBe(0)
  await other.turn('undo')
  expect(other.shapes.size).toBe(1)
  await one.turn('undo')
  expect(one.shapes.size).toBe(0)
})
