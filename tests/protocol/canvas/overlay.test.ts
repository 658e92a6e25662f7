import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { type CanvasAnswer, type LocalOperation, Overlay } from '../../../src/canvas/overlay.ts'
import type { CanvasChanges } from '../../../src/protocol/canvas/messages.ts'
import type { Shape } from '../../../src/protocol/canvas/shape.ts'
import { Line, ModelCanvas, rightmost } from './model-canvas.ts'

/** A shape as a client makes it, and as a room has it. */
function made(id: string, createdBy = 'ann'): Omit<Shape, 'z'> {
  const times = { createdAt: 'then', updatedAt: 'then' }
  return { id, type: 'rect', x: 0, y: 0, width: 40, height: 100, props: {}, createdBy, ...times }
}

/** An overlay to which a room has told shapes, and which of them it has said to be shown otherwise. */
function opened(...ids: string[]) {
  const told: string[] = []
  const overlay = new Overlay((id) => told.push(id))
  const answer = (more: Partial<CanvasAnswer> = {}) =>
    overlay.opened(
      { epoch: 'e', version: 1, shapes: ids.map((id) => ({ ...made(id, 'bob'), z: 'a0' })), ...more },
      (id) => id === 'ann',
    )
  answer()
  told.length = 0
  const changes = (more: Partial<CanvasChanges>) => overlay.changed({ version: 2, ...more })
  const set = (id: string, change: object, gesture?: string) => overlay.write({ op: 'set', id, change }, gesture)
  const add = (id: string) => overlay.write({ op: 'add', id, shape: { width: 40 } }, undefined, made(id))
  return { overlay, told, answer, changes, set, add }
}

const sent = (overlay: Overlay) => overlay.take().map(({ seq, operations, gesture }) => ({ seq, operations, gesture }))

describe('what is sent', () => {
  test('K3: of what sets the same fields only the last goes, unless something between them sets one of them', () => {
    const { overlay, set } = opened('a', 'b')
    set('a', { x: 1, y: 1 })
    set('b', { x: 1, y: 1 })
    set('a', { props: { color: 'red' } })
    set('a', { x: 2, y: 2 })
    set('a', { unset: ['props.color'] })
    expect(sent(overlay)).toEqual([
      {
        seq: 1,
        gesture: undefined,
        operations: [
          { op: 'set', id: 'a', change: { x: 2, y: 2 } },
          { op: 'set', id: 'b', change: { x: 1, y: 1 } },
          { op: 'set', id: 'a', change: { unset: ['props.color'] } },
        ],
      },
    ])
    set('a', { x: 3 })
    set('a', { x: 4, width: 5 })
    set('a', { x: 6 })
    const changes = sent(overlay).flatMap(({ operations }) => operations.map((op) => 'change' in op && op.change))
    expect(changes).toEqual([{ x: 3 }, { x: 4, width: 5 }, { x: 6 }])
    expect(overlay.shown.get('a')).toMatchObject({ x: 6, y: 2, width: 5, props: {} })
    expect(sent(overlay)).toEqual([])
  })

  test('K7: what belongs to another gesture goes in a write of its own, in order', () => {
    const { overlay, set } = opened('a')
    set('a', { x: 1 }, 'one')
    set('a', { x: 2 }, 'one')
    set('a', { x: 3 }, 'two')
    set('a', { x: 4 })
    expect(sent(overlay).map(({ gesture, operations }) => [gesture, operations.length])).toEqual([
      ['one', 1],
      ['two', 1],
      [undefined, 1],
    ])
  })

  test('K3: what is much goes in several frames', () => {
    const { overlay, set } = opened(...Array.from({ length: 30 }, (_, index) => `s${index}`))
    for (let index = 0; index < 30; index++) set(`s${index}`, { props: { text: 'x'.repeat(50_000) } })
    const writes = overlay.take()
    expect(writes.length).toBeGreaterThan(4)
    for (const write of writes) expect(JSON.stringify(write).length * 3).toBeLessThan(1024 * 1024)
    expect(writes.map(({ seq }) => seq)).toEqual(writes.map((_, index) => index + 1))
    expect(writes.flatMap(({ operations }) => operations.map(({ id }) => id))).toEqual([...overlay.shown.keys()])
  })

  test('K5: of a shape that comes and goes while the room does not hear of it nothing is sent', () => {
    const { overlay, add, set, told } = opened()
    add('n')
    set('n', { x: 1 })
    overlay.write({ op: 'front', id: 'n' })
    overlay.write({ op: 'remove', id: 'n' })
    expect([sent(overlay), overlay.isAnswered, [...overlay.shown]]).toEqual([[], true, []])
    expect(told).toEqual(['n', 'n', 'n', 'n'])
  })
})

describe('what is shown', () => {
  test('K4: what others set lies beneath what was done here and is not answered', () => {
    const { overlay, set, changes, told } = opened('a')
    set('a', { x: 1 })
    overlay.take()
    set('a', { x: 2 })
    told.length = 0
    changes({ set: { a: { x: 7, y: 7 } }, at: 'now' })
    expect(overlay.shown.get('a')).toMatchObject({ x: 2, y: 7, updatedAt: 'now' })
    changes({ acked: 1, set: { a: { x: 8 } } })
    expect(overlay.shown.get('a')).toMatchObject({ x: 2 })
    overlay.take()
    changes({ acked: 2 })
    expect([overlay.shown.get('a')!.x, overlay.isAnswered]).toEqual([2, true])
    changes({ set: { a: { x: 9 } } })
    expect(overlay.shown.get('a')!.x).toBe(9)
  })

  test('K6: what is refused goes back to what the room has, and is told once for each reason', () => {
    const { overlay, set, changes } = opened('a')
    set('a', { x: 1 })
    set('a', { y: 1 })
    overlay.take()
    const refusal = { seq: 1, error: 'x: no', code: 'invalid-field', recordId: 'a', field: 'x' } as const
    const errors = changes({
      acked: 1,
      refused: [
        { ...refusal, index: 0 },
        { ...refusal, index: 0 },
      ],
    })
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ code: 'invalid-field', recordId: 'a', field: 'x', message: 'x: no' })
    expect(overlay.shown.get('a')).toMatchObject({ x: 0, y: 1 })
    set('a', { x: 1 })
    set('a', { y: 2 })
    overlay.take()
    // The whole frame.
    expect(changes({ acked: 2, refused: [{ seq: 2, error: 'Too many', code: 'rate-limited' }] })).toHaveLength(1)
    expect([overlay.shown.get('a'), overlay.isAnswered]).toMatchObject([{ x: 0, y: 1 }, true])
  })

  test('K6: that somebody else has removed first what was to be removed is no news', () => {
    const { overlay, changes } = opened('a')
    overlay.write({ op: 'remove', id: 'a' })
    overlay.take()
    const refused = [{ seq: 1, index: 0, error: 'Shape not found', code: 'not-found', recordId: 'a' }] as const
    expect(changes({ acked: 1, refused, removed: ['a'] })).toEqual([])
    expect(overlay.shown.has('a')).toBe(false)
  })

  test('K4: a shape is in front at once; where that is the room says', () => {
    const { overlay, changes, add } = opened('a', 'b')
    add('n')
    overlay.write({ op: 'front', id: 'a' })
    const z = (id: string) => overlay.shown.get(id)!.z
    expect([z('b') < z('n'), z('n') < z('a'), z('a') > 'zzzz']).toEqual([true, true, true])
    overlay.take()
    changes({ acked: 1, added: [{ ...made('n'), z: 'a1' }], set: { a: { z: 'a2' } } })
    expect(['a', 'b', 'n'].map(z)).toEqual(['a2', 'a0', 'a1'])
    // In front already: nothing has changed.
    overlay.write({ op: 'front', id: 'a' })
    overlay.take()
    changes({ acked: 2 })
    expect(z('a')).toBe('a2')
  })
})

describe('after a cut', () => {
  test('K5: what was not answered is sent again in order, under new numbers', () => {
    const { overlay, set, answer } = opened('a')
    set('a', { x: 1 })
    overlay.take()
    set('a', { y: 1 })
    overlay.dropped()
    set('a', { y: 2 })
    answer()
    expect(sent(overlay)).toEqual([
      {
        seq: 1,
        gesture: undefined,
        operations: [
          { op: 'set', id: 'a', change: { x: 1 } },
          { op: 'set', id: 'a', change: { y: 2 } },
        ],
      },
    ])
  })

  test('K5: a shape that the room has already is not added twice, and one that came and went there does not come back', () => {
    const { overlay, add, set, answer } = opened()
    for (const id of ['done', 'gone', 'lost', 'theirs']) add(id)
    overlay.take()
    set('done', { x: 1 })
    overlay.dropped()
    const shapes = [
      { ...made('done'), z: 'a1' },
      { ...made('theirs', 'bob'), z: 'a2' },
    ]
    answer({ since: 1, shapes, removed: ['gone'] })
    expect(sent(overlay).flatMap(({ operations }) => operations.map(({ op, id }) => `${op} ${id}`))).toEqual([
      'add lost',
      'add theirs',
      'set done',
    ])
    expect([...overlay.shown.keys()].sort()).toEqual(['done', 'lost', 'theirs'])
    expect(overlay.shown.get('theirs')!.createdBy).toBe('bob')
  })

  test('K5: what is gone in the end, and is not there, is not spoken of', () => {
    const { overlay, set, answer, changes } = opened('a')
    set('a', { x: 1 })
    overlay.write({ op: 'remove', id: 'a' })
    overlay.take()
    overlay.dropped()
    answer({ shapes: [] })
    expect([overlay.isAnswered, overlay.isStored]).toEqual([true, false])
    // Of what was sent before we have not heard that it is stored.
    expect(sent(overlay)).toEqual([{ seq: 1, gesture: undefined, operations: [] }])
    changes({ acked: 1 })
    expect(overlay.isStored).toBe(false)
    changes({ stored: 1 })
    expect(overlay.isStored).toBe(true)
  })

  test('K5: an answer without a place drops what it does not name; the same answer again tells of nothing', () => {
    const { overlay, answer, told } = opened('a', 'b')
    answer({ shapes: [{ ...made('b', 'bob'), z: 'a0' }] })
    expect([...overlay.shown.keys()]).toEqual(['b'])
    told.length = 0
    overlay.dropped()
    answer({ since: 1, shapes: [] })
    expect([told, overlay.place]).toEqual([[], { epoch: 'e', version: 1 }])
  })
})

/** One of those who draw, and what they have done that the room has not answered. */
interface Person {
  readonly user: string
  readonly overlay: Overlay
  line: Line | undefined
  unanswered: { readonly op: LocalOperation; seq?: number }[]
}

const who = fc.nat(3)
const shape = fc.integer({ min: 0, max: 4 }).map((index) => `s${index}`)
const value = fc.nat(100)
const change = fc.oneof(
  value.map((x) => ({ x })),
  fc.record({ x: value, y: value }),
  value.map((width) => ({ width })),
  value.map((rotation) => ({ rotation })),
  fc.constant({ unset: ['rotation'] }),
  value.map((color) => ({ props: { color } })),
  fc.constant({ unset: ['props.color'] }),
  value.map((z) => ({ z: `b${z}` })),
)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('set' as const), who, shape, change }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom('add' as const, 'remove' as const, 'front' as const), who, shape }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      does: fc.constantFrom('send' as const, 'read' as const, 'tell' as const, 'hear' as const),
      who,
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('cut' as const, 'return' as const), who }) },
  { weight: 1, arbitrary: fc.constant({ does: 'forget' as const, who: 0 }) },
)

test(
  'K4, K5: whatever comes in whatever order, all end with what the room has; what is newer here is never overwritten',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 4 }),
        fc.array(step, { minLength: 40, maxLength: 150, size: 'max' }),
        async (size, steps) => {
          // Whoever waits for something else gets a turn between two stories.
          await new Promise(setImmediate)
          const room = new ModelCanvas()
          const people = ['ann', 'bob', 'cy', 'dan'].slice(0, size).map((user): Person => {
            return { user, overlay: new Overlay(() => {}), line: undefined, unanswered: [] }
          })
          for (const person of people) {
            comeBack(person, room)
            hear(person)
          }
          for (const each of steps) {
            const person = people[each.who % size]!
            switch (each.does) {
              case 'set':
              case 'add':
              case 'remove':
              case 'front':
                act(person, operationOf(each))
                break
              case 'send':
                send(person)
                break
              case 'read':
                if (person.line) room.read(person.line)
                break
              case 'tell':
                if (person.line) room.tell(person.line)
                break
              case 'hear':
                hear(person)
                break
              case 'cut':
                leave(person, room)
                break
              case 'return':
                comeBack(person, room)
                break
              case 'forget':
                room.forget()
            }
            for (const one of people) expectNewest(one)
          }
          for (const person of people) comeBack(person, room)
          for (let turn = 0; turn < 2 || people.some(({ overlay }) => !overlay.isAnswered); turn++) {
            for (const person of people) {
              while (person.line!.toClient.length > 0) hear(person)
              send(person)
              while (person.line!.toRoom.length > 0) room.read(person.line!)
            }
            for (const person of people) {
              room.tell(person.line!)
              hear(person)
            }
          }
          for (const { overlay, unanswered } of people) {
            expect(Object.fromEntries(overlay.shown)).toEqual(Object.fromEntries(room.shapes))
            expect(unanswered).toEqual([])
          }
        },
      ),
      { numRuns: 400 * inject('effort') },
    )
  },
  20_000 * inject('effort'),
)

function operationOf(step: { does: string; shape: string; change?: object }): LocalOperation {
  const { does, shape: id } = step
  if (does === 'set') return { op: 'set', id, change: step.change! }
  return does === 'add' ? { op: 'add', id, shape: { width: 40 } } : { op: does as 'remove', id }
}

/** Does something, where it can be done. */
function act({ overlay, unanswered, user }: Person, op: LocalOperation): void {
  if (overlay.place === undefined || overlay.shown.has(op.id) === (op.op === 'add')) return
  overlay.write(op, undefined, op.op === 'add' ? made(op.id, user) : undefined)
  unanswered.push({ op })
}

function send(person: Person): void {
  const { line, overlay } = person
  if (!line?.isOpen) return
  const writes = overlay.take()
  for (const write of writes) {
    line.toRoom.push(write)
    for (const each of person.unanswered) if (write.operations.includes(each.op)) each.seq = write.seq
  }
  // What was not among it has given its place to something newer.
  person.unanswered = person.unanswered.filter(({ seq }) => seq !== undefined)
}

function hear(person: Person): void {
  const { line, overlay } = person
  const told = line?.toClient.shift()
  if (!told) return
  if ('answer' in told) {
    line!.isOpen = true
    overlay.opened(told.answer, (userId) => userId === person.user)
    return
  }
  const { acked = 0 } = told.changes
  for (const error of overlay.changed(told.changes)) {
    expect(['invalid-field', 'not-found', 'duplicate']).toContain(error.code)
    expect(error.recordId).toMatch(/^s\d$/)
  }
  person.unanswered = person.unanswered.filter(({ seq }) => seq === undefined || seq > acked)
}

function leave(person: Person, room: ModelCanvas): void {
  if (!person.line) return
  room.close(person.line)
  person.line = undefined
  person.overlay.dropped()
  for (const each of person.unanswered) delete each.seq
}

function comeBack(person: Person, room: ModelCanvas): void {
  if (person.line) return
  person.line = new Line(person.user)
  room.open(person.line, person.overlay.place)
}

/** Each field of a shape that is shown says what was set here last, if that is not answered yet. */
function expectNewest({ overlay, unanswered }: Person): void {
  const newest = new Map<string, { readonly shape: string; readonly field: string; readonly value: unknown }>()
  for (const { op } of unanswered) {
    const { id } = op
    if (op.op !== 'set') {
      for (const [key, { shape }] of newest) if (shape === id && op.op !== 'front') newest.delete(key)
      newest.delete(`${id} z`)
      continue
    }
    const { props = {}, unset = [], ...fields } = op.change
    const values = [
      ...Object.entries(fields),
      ...Object.entries(props).map(([key, value]) => [`props.${key}`, value] as const),
      ...unset.map((field) => [field, undefined] as const),
    ]
    for (const [field, value] of values) newest.set(`${id} ${field}`, { shape: id, field, value })
  }
  for (const { shape: id, field, value } of newest.values()) {
    const shown = overlay.shown.get(id)
    if (!shown) continue
    const from: object = field.startsWith('props.') ? shown.props : shown
    expect([id, field, from[field.replace('props.', '') as never]]).toEqual([id, field, value])
  }
}

test('the model refuses, and makes other values of what it is told', () => {
  const room = new ModelCanvas()
  const line = new Line('ann')
  room.open(line, undefined)
  line.toRoom.push({
    seq: 1,
    operations: [
      { op: 'add', id: 's1', shape: {} },
      { op: 'set', id: 's1', change: { x: rightmost + 1 } },
      { op: 'set', id: 's1', change: { width: 99 } },
      { op: 'remove', id: 's2' },
    ],
  })
  room.read(line)
  expect(line.refused.map(({ code, index }) => [code, index])).toEqual([
    ['invalid-field', 1],
    ['not-found', 3],
  ])
  expect(room.shapes.get('s1')).toMatchObject({ x: 0, width: 50 })
})
