import fc from 'fast-check'
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
const effort = inject('effort')

/** Changes that are none, as they stand in a frame, with the field that each names. */
const badChanges: readonly (readonly [change: string, field: string])[] = [
  ['{"x":null}', 'x'],
  ['{"x":"1"}', 'x'],
  ['{"x":1e999}', 'x'],
  ['{"y":-1000000001}', 'y'],
  ['{"y":[1]}', 'y'],
  ['{"width":-1}', 'width'],
  ['{"height":-0.001}', 'height'],
  ['{"height":{}}', 'height'],
  ['{"rotation":true}', 'rotation'],
  ['{"rotation":null}', 'rotation'],
  ['{"type":""}', 'type'],
  ['{"type":7}', 'type'],
  [`{"type":"${'x'.repeat(129)}"}`, 'type'],
  ['{"type":"\\ud800"}', 'type'],
  ['{"props":null}', 'props'],
  ['{"props":[1]}', 'props'],
  ['{"props":"red"}', 'props'],
  ['{"props":{"__proto__":{"polluted":true}}}', 'props'],
  ['{"props":{"":1}}', 'props'],
  [`{"props":{"${'k'.repeat(129)}":1}}`, 'props'],
  ['{"props":{"\\udc00":1}}', 'props'],
  ['{"props":{"text":"\\ud83d"}}', 'props.text'],
  ['{"props":{"n":1e999}}', 'props.n'],
  ['{"props":{"deep":{"__proto__":1}}}', 'props.deep'],
  [`{"props":{"deep":${'['.repeat(70)}${']'.repeat(70)}}}`, 'props.deep'],
  ['{"z":"not an index"}', 'z'],
  ['{"z":""}', 'z'],
  ['{"unset":["x"]}', 'unset'],
  ['{"unset":["props."]}', 'unset'],
  ['{"unset":"rotation"}', 'unset'],
  ['7', 'change'],
]

test.each(badChanges)('B5: %s is refused by its field, and others hear nothing of it', async (change, field) => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add({ props: { color: 'red' } })
  await ann.saved()
  await ben.until(() => ben.shapes.has(id))
  const [before, heard] = [await shapesOf(name), ben.frames.length]
  ann.socket.send(
    `{"type":"canvas.write","payload":{"seq":2,"operations":[{"op":"set","id":"${id}","change":${change}}]}}`,
  )
  await ann.done(2)
  expect(ann.refused).toMatchObject([{ seq: 2, index: 0, code: 'invalid-field', recordId: id, field }])
  expect(ann.refused[0]!.error).toMatch(/^FIELD ERROR: /)
  await ben.settled()
  expect(ben.frames.slice(heard).filter(({ payload }) => payload.set || payload.added)).toEqual([])
  expect(await shapesOf(name)).toEqual(before)
})

test('B5: ids that are none are refused, and what stands beside them is done', async () => {
  const name = fresh()
  const ann = await open(name, 'ann')
  const ids = ['', '__proto__', 'x'.repeat(129), '\ud800', 'a\u0000b', 7, null, {}]
  const operations = ids.flatMap((id) => [
    { op: 'add', id, shape: {} },
    { op: 'set', id, change: { x: 1 } },
  ])
  ann.send('canvas.write', {
    seq: 1,
    operations: [...operations, { op: 'add', id: 'good', shape: {} }, { op: 'fly' }, 3],
  })
  await ann.done(1)
  expect(ann.refused).toHaveLength(operations.length + 2)
  expect(ann.refused.slice(0, 16).every(({ code, field }) => code === 'invalid-message' && field === 'id')).toBe(true)
  expect(ann.refused.slice(-2)).toMatchObject([{ code: 'invalid-message', field: 'op' }, { code: 'invalid-message' }])
  expect((await shapesOf(name)).map(({ id }) => id)).toEqual(['good'])
  expect(Object.prototype).not.toHaveProperty('polluted')
})

test('B5, B7: a frame that is none is refused with its number where it says one', async () => {
  const ann = await open(fresh(), 'ann')
  ann.socket.send('{"type":"canvas.write","payload":{"seq":1,"operations":7}}')
  ann.socket.send('{"type":"canvas.write","payload":{"seq":2,"operations":[],"gesture":""}}')
  ann.socket.send(`{"type":"canvas.write","payload":{"seq":3,"operations":[${'9'.repeat(1024 * 1024)}]}}`)
  await ann.done(3)
  expect(ann.refused).toMatchObject([
    { seq: 1, code: 'invalid-message', field: 'operations' },
    { seq: 2, code: 'invalid-message', field: 'gesture' },
    { seq: 3, code: 'too-large' },
  ])
  expect(ann.refused.every(({ index }) => index === undefined)).toBe(true)
  for (const text of [
    '{"type":"canvas.write","payload":{"operations":[]}}',
    '{"type":"canvas.write","payload":{"seq":-1,"operations":[]}}',
    '{"type":"canvas.write","payload":{"seq":2,"operations":[]}}',
    '{"type":"canvas.undo","payload":{"seq":3}}',
    '{"type":"canvas.viewport","payload":{"x":1,"y":2,"width":3,"height":4}}',
    '{"type":"canvas.open","payload":{"since":3}}',
    '{"type":"canvas.dance","payload":{}}',
    'hello',
    '[]',
  ]) {
    const from = ann.frames.length
    ann.socket.send(text)
    const { payload } = await ann.until(({ type }) => type === 'core.error', from)
    expect(payload.code).toMatch(/^(invalid-message|unknown-type)$/)
  }
  ann.socket.send(new Uint8Array([1, 2, 3]))
  await ann.until(({ type, payload }) => type === 'core.error' && payload.error.includes('bytes'))
})

test('B5: thousands that are refused at once are told in frames below 1 MiB, and acknowledged with the last', async () => {
  const ann = await open(fresh(), 'ann')
  const [id, seq] = ['a'.repeat(128), 1]
  const operations = Array.from({ length: 2500 }, (_, n) => ({ op: 'set', id, change: { x: n } }))
  ann.send('canvas.write', { seq, operations: [...operations, { op: 'add', id: 'good', shape: {} }] })
  await ann.done(seq)
  expect(ann.refused.map(({ index }) => index)).toEqual([...operations.keys()])
  const frames = ann.frames.filter(({ payload }) => payload.refused)
  expect(frames.map(({ payload }) => payload.acked)).toEqual([undefined, undefined, seq])
  expect(Math.max(...ann.frames.map(({ bytes }) => bytes))).toBeLessThan(1024 * 1024)
  expect([...ann.shapes.keys()]).toEqual(['good'])
})

test('B5: whatever comes, the room goes on, others see only what is right, and all end with the same', async () => {
  const name = fresh()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const [a, b] = [ann.add({ props: { color: 'red' } }), ann.add()]
  await ann.saved()
  await ben.until(() => ben.shapes.size === 2)
  const value = fc.oneof(
    fc.constantFrom(a, b, 'rect', 0, -1, 1e9, 1e10, null, true, 'a1', '__proto__', 'constructor', '\ud800', {}, []),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const size = fc.constantFrom(0, 1, 2.5, 1e9)
  const text = fc.constantFrom('rect', 'note', 'a3')
  const right = { x: size, y: size, width: size, height: size, rotation: size, type: text, z: fc.constant('a3') }
  const props = fc.dictionary(fc.constantFrom('color', 'constructor', 'n'), fc.oneof(size, text))
  const unset = fc.constantFrom([], ['rotation'], ['props.color'])
  // Each is right more often than not, or else anything.
  const fields = fc.record(
    Object.fromEntries(
      Object.entries({ ...right, props, unset }).map(([key, good]) => [
        key,
        fc.oneof({ weight: 12, arbitrary: good as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: value }),
      ]),
    ),
    { requiredKeys: [] },
  )
  const operation = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        op: fc.constantFrom('add', 'set', 'set', 'remove', 'front', 'x'),
        id: fc.oneof(fc.constantFrom(a, b, 'c', 'd'), value),
        shape: fields,
        change: fields,
      }),
    },
    { weight: 1, arbitrary: value },
  )
  const frame = fc.record({
    type: fc.constantFrom(
      'canvas.write',
      'canvas.write',
      'canvas.write',
      'canvas.undo',
      'canvas.redo',
      'canvas.viewport',
      'canvas.open',
      'canvas.x',
    ),
    payload: fc.oneof(
      { weight: 8, arbitrary: fc.record({ operations: fc.array(operation, { maxLength: 3 }) }) },
      { weight: 1, arbitrary: fc.record({ operations: fc.array(operation, { maxLength: 3 }), gesture: value }) },
      { weight: 1, arbitrary: fields },
      { weight: 1, arbitrary: value },
    ),
  })
  let seq = 100
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 10, maxLength: 40 }), async (frames) => {
      for (const { type, payload } of frames) {
        const isWrite = type === 'canvas.write' && typeof payload === 'object' && payload !== null
        const said = JSON.stringify({ type, payload: isWrite ? { seq: ++seq, ...payload } : payload })
        // What our own wire remembers is of its own writes alone: this one is only heard.
        ben.socket.send(said)
      }
      ben.send('canvas.write', { seq: ++seq, operations: [] })
      await ben.until(() => ben.acked >= seq)
    }),
    { numRuns: 25 * effort },
  )
  expect(ben.refused.length).toBeGreaterThan(50)
  expect(ann.place!.version).toBeGreaterThan(50)
  const cem = await open(name, 'cem')
  await ann.settled()
  expect(ann.board).toEqual(cem.board)
  for (const shape of cem.board) {
    expect(Object.keys(shape)).toEqual(
      expect.arrayContaining(['id', 'type', 'x', 'y', 'width', 'height', 'props', 'z']),
    )
    expect(Math.max(...[shape.x, shape.y, shape.width, shape.height].map(Math.abs))).toBeLessThanOrEqual(1e9)
    expect(Math.min(shape.width, shape.height)).toBeGreaterThanOrEqual(0)
  }
}, 60_000)

test('B7: too many shapes, too large a shape and too much of them are refused; what becomes smaller is not', async () => {
  const name = fresh('small-')
  const ann = await open(name, 'ann')
  const text = (length: number) => ({ props: { text: 'x'.repeat(length) } })
  ann.add(text(1200), 'long')
  ann.add(text(700), 'a')
  ann.add(text(700), 'b')
  ann.add(text(700), 'c')
  ann.set('a', text(10))
  ann.add({}, 'c')
  ann.add({}, 'd')
  ann.add({}, 'e')
  ann.add({}, 'f')
  ann.set('b', text(1200))
  await ann.saved()
  expect(ann.refused).toMatchObject([
    { recordId: 'long', code: 'too-large' },
    { recordId: 'c', code: 'too-large' },
    { recordId: 'f', code: 'too-many' },
    { recordId: 'b', code: 'too-large' },
  ])
  expect((await shapesOf(name)).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
  ann.write([{ op: 'remove', id: 'e' }])
  ann.add({}, 'f')
  await ann.saved()
  // There is no room for it any more: it stays to be undone.
  ann.send('canvas.undo', { seq: 100 })
  ann.send('canvas.undo', { seq: 101 })
  await ann.done(101)
  expect((await shapesOf(name)).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('B7, L2: who sends too much is merged, then refused frame by frame, and others are not slowed', async () => {
  const name = fresh('busy-')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const id = ann.add()
  await ann.saved()
  await ben.until(() => ben.shapes.has(id))
  // More than may come at once, and not so much more that it is a flood.
  for (let x = 1; x <= 85; x++) ann.set(id, { x })
  const began = performance.now()
  ben.set(id, { y: 5 })
  await ben.done()
  expect(performance.now() - began).toBeLessThan(2000)
  await ann.done()
  expect(ann.refused.length).toBeGreaterThan(20)
  expect(ann.refused.every(({ code, index, seq }) => code === 'rate-limited' && index === undefined && seq)).toBe(true)
  const moves = ben.of('canvas.changes').filter(({ set }) => set?.[id]?.x !== undefined)
  expect(moves.length).toBeLessThan(50)
  await ben.settled()
  expect(ann.board).toEqual(ben.board)
  expect(ann.socket.readyState).toBe(WebSocket.OPEN)
})
