import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { fieldOf, propOfField } from '../../../src/protocol/canvas/fields.ts'
import type { Shape } from '../../../src/protocol/canvas/shape.ts'
import type { Json } from '../../../src/protocol/json.ts'
import { CanvasModel, type Flat } from '../../support/canvas-model.ts'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const effort = inject('effort')
const names = ['ann', 'ben', 'cem'] as const
type Name = (typeof names)[number]

const fields = ['x', 'rotation', 'props.a', 'props.b'] as const
const change = fc.dictionary(fc.constantFrom(...fields), fc.constantFrom(0, 1, 2), { minKeys: 1, maxKeys: 3 })
const gone = fc.constantFrom('rotation', 'props.a', 'props.b')
const id = fc.constantFrom('p', 'q', 'r')
const gesture = fc.constantFrom('g1', 'g2')
const who = fc.constantFrom(...names)
const deed = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add'), who, id, gesture, change }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('set'), who, id, gesture, change }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unset'), who, id, gesture, gone }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove'), who, id, gesture }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('undo'), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('redo'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('sleep', 'crash') }) },
) as fc.Arbitrary<Deed>

type Deed =
  | { do: 'add' | 'set'; who: Name; id: string; gesture: string; change: Record<string, number> }
  | { do: 'unset'; who: Name; id: string; gesture: string; gone: string }
  | { do: 'remove'; who: Name; id: string; gesture: string }
  | { do: 'undo' | 'redo' | 'cut'; who: Name }
  | { do: 'sleep' }
  | { do: 'crash' }

/** What a shape says in the fields of these tests. */
const flat = (shape: Shape): Flat =>
  Object.fromEntries(
    fields.flatMap((field) => (fieldOf(shape, field) === undefined ? [] : [[field, fieldOf(shape, field)!]])),
  )
const boardOf = (shapes: readonly Shape[]) =>
  Object.fromEntries(shapes.map((shape) => [shape.id, { owner: shape.createdBy, fields: flat(shape) }]))
const modelBoard = (model: CanvasModel) =>
  Object.fromEntries([...model.shapes].map(([id, { owner, fields }]) => [id, { owner, fields }]))
/** A change of fields as it is sent. */
const sent = (change: Readonly<Record<string, Json>>) => {
  const plain = Object.entries(change).filter(([field]) => propOfField(field) === undefined)
  const props = Object.entries(change).flatMap(([field, value]) => {
    const key = propOfField(field)
    return key === undefined ? [] : [[key, value]]
  })
  return { ...Object.fromEntries(plain), ...(props.length > 0 && { props: Object.fromEntries(props) }) }
}

/** A room with three users in it, and what it should be. */
class Scene {
  readonly name = `canvas:${crypto.randomUUID()}`
  readonly model = new CanvasModel()
  readonly wires = new Map<Name, CanvasWire>()

  async begin(): Promise<void> {
    for (const name of names) this.wires.set(name, await CanvasWire.open(rooms.base, this.name, name))
  }

  async end(): Promise<void> {
    for (const wire of this.wires.values()) await wire.close()
  }

  async do(deed: Deed): Promise<void> {
    if (deed.do === 'sleep') {
      await this.end()
      await rooms.sleep(this.name, 'CANVAS')
      return this.begin()
    }
    if (deed.do === 'crash') {
      // What one can undo is stored once one has gone; a step that goes on is not, until it ends.
      await this.end()
      await callRoom(rooms.base, this.name, 'crash', [])
      return this.begin()
    }
    const wire = this.wires.get(deed.who)!
    switch (deed.do) {
      case 'add':
        wire.write([{ op: 'add', id: deed.id, shape: sent(deed.change) }], deed.gesture)
        this.model.add(deed.who, deed.id, { x: 0, ...deed.change }, deed.gesture)
        break
      case 'set':
        wire.set(deed.id, sent(deed.change), deed.gesture)
        this.model.set(deed.who, deed.id, deed.change, deed.gesture)
        break
      case 'unset':
        wire.set(deed.id, { unset: [deed.gone] }, deed.gesture)
        this.model.set(deed.who, deed.id, { [deed.gone]: undefined }, deed.gesture)
        break
      case 'remove':
        wire.write([{ op: 'remove', id: deed.id }], deed.gesture)
        this.model.remove(deed.who, deed.id, deed.gesture)
        break
      case 'undo':
      case 'redo':
        this.model.turn(deed.who, deed.do)
        return wire.turn(deed.do)
      case 'cut': {
        const { place } = wire
        await wire.close()
        const back = await CanvasWire.knock(rooms.base, this.name, deed.who)
        for (const [id, shape] of wire.shapes) back.shapes.set(id, shape)
        await back.show(place)
        this.wires.set(deed.who, back)
        break
      }
      default:
        deed satisfies never
    }
    await this.wires.get(deed.who)!.done()
  }

  check(deed: Deed): void {
    const watched = 'who' in deed ? deed.who : 'ann'
    const wire = this.wires.get(watched)!
    expect(boardOf(wire.board)).toEqual(modelBoard(this.model))
    expect(wire.steps).toEqual(this.model.counts(watched))
  }

  async shapes(): Promise<Shape[]> {
    return (await callRoom(rooms.base, this.name, 'shapes', [])).result as Shape[]
  }
}

test(
  'B14, B15: undo and redo of three users do what a plain model of “only mine” does, over cuts, sleeps and crashes',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 20, maxLength: 60 }), async (deeds) => {
        const scene = new Scene()
        await scene.begin()
        try {
          for (const deed of deeds) {
            await scene.do(deed)
            scene.check(deed)
          }
          const room = await scene.shapes()
          for (const wire of scene.wires.values()) {
            await wire.settled()
            expect(wire.board).toEqual([...room].sort((a, b) => (a.id < b.id ? -1 : 1)))
          }
        } finally {
          await scene.end()
        }
      }),
      // Each step towards a smaller counterexample would take seconds.
      { numRuns: 10 * effort, endOnFailure: true },
    )
  },
  120_000 * effort,
)

test(
  'B14: as many redos as undos give the same board, unless others have written',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 10, maxLength: 30 }), who, async (deeds, user) => {
        const scene = new Scene()
        await scene.begin()
        try {
          for (const deed of deeds) if ('who' in deed && deed.do !== 'cut') await scene.do(deed)
          const wire = scene.wires.get(user)!
          while (wire.steps!.redo > 0) await wire.turn('redo')
          const timeless = (shapes: readonly Shape[]) => shapes.map(({ updatedAt: _, ...rest }) => rest)
          const before = timeless(await scene.shapes())
          while (wire.steps!.undo > 0) await wire.turn('undo')
          while (wire.steps!.redo > 0) await wire.turn('redo')
          expect(timeless(await scene.shapes())).toEqual(before)
        } finally {
          await scene.end()
        }
      }),
      { numRuns: 8 * effort, endOnFailure: true },
    )
  },
  120_000 * effort,
)
