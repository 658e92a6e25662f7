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
const shapesOf = async (name: string) => (await callRoom(base, name, 'shapes', [])).result as { id: string }[]

test('B1: who may write is told so, and what they do is told to others, acknowledged and stored', async () => {
  const name = fresh()
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
  expect(await shapesOf(name)).toEqual(ann.board)
})

test('B1: nothing is told before the canvas is asked for', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await CanvasWire.knock(base, name, 'ben')]
  onTestFinished(() => ben.close())
  const id = ann.add()
  ann.look()
  await ann.saved()
  const { payload } = await ben.show()
  expect(ben.frames.map(({ type }) => type)).toEqual(['auth', 'canvas.shapes'])
  expect(payload).toMatchObject({ shapes: [{ id }], steps: { undo: 0, redo: 0 }, viewports: [{ userId: 'ann' }] })
  expect(payload.since).toBeUndefined()
})

test('B2: what one has written is not told to them, and what others wrote after it is', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add({ props: { a: 1, b: 1 } })
  await ann.saved()
  const from = ann.frames.length
  ann.set(id, { x: 7, props: { a: 2 }, unset: ['props.b'] })
  await ann.saved()
  const said = ann.frames.slice(from).flatMap(({ payload }) => Object.values(payload.set ?? {}))
  expect(said).toEqual([{}])
  await ben.until(() => ben.shapes.get(id)?.x === 7)
  ben.set(id, { x: 8, width: 50 })
  await ben.saved()
  await ann.until(() => ann.shapes.get(id)!.width === 50)
  expect(ann.board).toEqual(ben.board)
  expect(ann.shapes.get(id)).toMatchObject({ x: 8, y: 0, width: 50, props: { a: 2 } })
})

test('B2: whatever many do to the same shapes at once, all end with what the room has', async () => {
  const name = fresh()
  const users = await Promise.all(['ann', 'ben', 'cem', 'dan'].map((user) => open(name, user)))
  const ids = Array.from({ length: 5 }, () => users[0]!.add({ props: { n: 0 } }))
  await users[0]!.saved()
  await Promise.all(users.map((user) => user.until(() => user.shapes.size === ids.length)))
  for (let round = 0; round < 60; round++) {
    for (const [index, user] of users.entries()) {
      const id = ids[(round * (index + 1)) % ids.length]!
      const change = [{ x: round }, { y: index, props: { n: round } }, { x: 1000 + index, rotation: round }][round % 3]!
      if (round % 11 === 10) user.write([{ op: 'front', id }])
      else user.set(id, round % 7 === 6 ? { unset: ['props.n', 'rotation'] } : change)
    }
    // Some frames of the room come in between.
    if (round % 5 === 0) await users[round % users.length]!.settled()
  }
  await Promise.all(users.map((user) => user.saved()))
  await Promise.all(users.map((user) => user.settled()))
  const room = (await shapesOf(name)).sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const user of users) expect(user.board).toEqual(room)
})

test('B6: what was removed stays so, whoever comes too late, and is removed twice without an error', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add()
  await ann.saved()
  ann.write([{ op: 'remove', id }])
  await ann.saved()
  await ben.until(() => ben.of('canvas.changes').some(({ removed }) => removed?.includes(id)))
  const late = ben.set(id, { x: 1 })
  ben.write([
    { op: 'remove', id },
    { op: 'remove', id: 'never' },
    { op: 'front', id },
  ])
  await ben.done()
  expect(ben.refused).toMatchObject([
    { seq: late, index: 0, code: 'not-found', recordId: id },
    { seq: late + 1, index: 1, code: 'not-found', recordId: 'never' },
    { seq: late + 1, index: 2, code: 'not-found', recordId: id },
  ])
  expect(await shapesOf(name)).toEqual([])
})

test('B6: what is added twice by the same user is there once, as it is now; another user’s is refused', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add({ x: 1 })
  await ann.saved()
  const again = await open(name, 'ann')
  again.add({ x: 1 }, id)
  await again.saved()
  expect(again.refused).toEqual([])
  again.add({ x: 2 }, id)
  ben.add({ x: 1 }, id)
  await Promise.all([again.done(), ben.done()])
  expect(again.refused).toMatchObject([{ code: 'duplicate', recordId: id }])
  expect(ben.refused).toMatchObject([{ code: 'duplicate', recordId: id }])
  ben.set(id, { y: 9 })
  await ben.saved()
  const third = await open(name, 'ann')
  const from = third.frames.length
  third.add({ x: 1 }, id)
  third.set(id, { x: 4 })
  await third.saved()
  expect(third.refused).toHaveLength(0)
  expect(third.frames.slice(from).flatMap(({ payload }) => payload.added ?? [])).toMatchObject([{ id, y: 9 }])
  expect(third.shapes.get(id)).toMatchObject({ x: 4, y: 9 })
  expect(third.board).toEqual(await shapesOf(name))
})

test('B8: what the schema makes of a shape is kept and told to its writer, what it refuses names the field', async () => {
  const name = fresh('typed-')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const note = ann.add({ type: 'note', props: { text: 'short' } })
  const dot = ann.add({ type: 'dot', x: 1.4, y: 1.4 })
  ann.add({ type: 'star' }, 'star')
  await ann.saved()
  expect(ann.refused).toMatchObject([{ code: 'invalid-field', recordId: 'star', field: 'type' }])
  expect(ann.shapes.get(dot)).toMatchObject({ x: 1, y: 1.4, props: {} })
  ann.set(note, { props: { text: 'much longer than it may be' } })
  ann.set(note, { props: { color: 'red' } })
  ann.set(note, { x: 3.3 })
  ann.set(dot, { x: 1.2, y: 2 })
  await ann.saved()
  expect(ann.refused.slice(1)).toMatchObject([
    { code: 'invalid-field', recordId: note, field: 'props.text', error: expect.stringContaining('props.text') },
    { code: 'invalid-field', recordId: note, field: 'props.color' },
  ])
  await ben.settled()
  expect(ben.shapes.get(dot)).toMatchObject({ x: 1, y: 2 })
  expect(ann.shapes.get(note)).toMatchObject({ x: 3.3, props: { text: 'short' } })
  expect(ann.board).toEqual(ben.board)
})

test('B10: what is new is in front, and so is what is brought there; a place in the order may be set', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const [a, b, c] = [ann.add(), ann.add(), ann.add()]
  await ann.saved()
  const order = async () => (await shapesOf(name)).map(({ id }) => id)
  expect(await order()).toEqual([a, b, c])
  const [before] = [ann.place]
  ann.write([{ op: 'front', id: c }])
  await ann.saved()
  expect(ann.place).toEqual(before)
  ann.write([{ op: 'front', id: a }])
  await ann.saved()
  expect(await order()).toEqual([b, c, a])
  ann.set(c, { z: ann.shapes.get(a)!.z })
  await ann.saved()
  expect((await order()).slice(1)).toEqual([a, c].sort())
  ann.set(b, { z: 'b0' })
  await ann.done()
  expect(ann.refused).toMatchObject([{ code: 'invalid-field', recordId: b, field: 'z' }])
  expect(ann.board).toEqual((await shapesOf(name)).sort((one, other) => (one.id < other.id ? -1 : 1)))
})

test('B13: viewports are told by connection, need no right to write, and go with it', async () => {
  const name = fresh()
  const [ann, second, visitor] = [await open(name, 'ann'), await open(name, 'ann'), await open(name)]
  visitor.look({ x: 3 })
  second.look({ x: 4 })
  await ann.until(() => ann.of('canvas.changes').flatMap(({ viewports }) => viewports ?? []).length === 2)
  const [{ connectionId }] = second.of('auth')
  const told = ann.of('canvas.changes').flatMap(({ viewports }) => viewports ?? [])
  expect(told).toContainEqual({ userId: 'ann', connectionId, x: 4, y: 0, width: 10, height: 10, zoom: 1 })
  expect(second.of('canvas.changes').flatMap(({ viewports }) => viewports ?? [])).not.toContainEqual(
    expect.objectContaining({ userId: 'ann' }),
  )
  await second.close()
  await ann.until(({ type, payload }) => type === 'canvas.changes' && payload.left?.includes(connectionId))
})

test('B17: server code changes the canvas as the room itself, and everybody is told; nobody else is the room', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const apply = (operations: unknown, as?: unknown) => callRoom(base, name, 'apply', [operations, as])
  const { result } = await apply(
    [
      { op: 'add', id: 'a', shape: { x: 1 } },
      { op: 'add', shape: {} },
    ],
    'system',
  )
  expect(result).toEqual(['a', expect.any(String)])
  await ann.until(() => ann.shapes.size === 2)
  expect(ann.shapes.get('a')).toMatchObject({ createdBy: 'system' })
  const refused = await apply(
    [
      { op: 'set', id: 'a', change: { y: 2 } },
      { op: 'set', id: 'b', change: {} },
    ],
    'system',
  )
  expect(refused.details).toMatchObject({ code: 'not-found', recordId: 'b' })
  await ann.until(() => ann.shapes.get('a')!.y === 2)
  for (const as of [undefined, null, 'admin', { userId: 'ann', name: '', email: '', anonymous: false }]) {
    expect((await apply([{ op: 'remove', id: 'a' }], as)).details).toMatchObject({ code: 'unauthorized' })
  }
  expect((await apply('all', 'system')).details).toMatchObject({ code: 'invalid-message', field: 'operations' })
  await ann.turn('undo')
  expect(ann.shapes.size).toBe(2)
})
