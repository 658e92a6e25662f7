import { type Json, jsonEqual } from '../../src/protocol/json.ts'

/** The fields of a shape by their names, `props.color` among them. */
export type Flat = Readonly<Record<string, Json>>

/** A shape, and whose it is; the same `birth` for as long as it is the same shape. */
export interface ModelShape {
  readonly owner: string
  readonly birth: object
  readonly fields: Flat
}

/** What one operation has really done to a shape. */
type Effect =
  | { readonly did: 'set'; readonly field: string; readonly from: Json | undefined; readonly to: Json | undefined }
  | { readonly did: 'add' | 'remove'; readonly image: ModelShape }

interface ModelStep {
  readonly gesture: string | undefined
  readonly effects: Map<string, Effect[]>
}

/**
 * What a canvas with an undo of each user's own is, said as plainly as can be: a step is the list of what was really done, and
 * undoing it goes through that list backwards, as far as nobody else has been there since.
 */
export class CanvasModel {
  readonly shapes = new Map<string, ModelShape>()
  readonly #steps = new Map<string, { undo: ModelStep[]; redo: ModelStep[] }>()

  counts(user: string): { undo: number; redo: number } {
    const { undo, redo } = this.#of(user)
    return { undo: undo.length, redo: redo.length }
  }

  add(user: string, id: string, fields: Flat, gesture: string): void {
    if (this.shapes.has(id)) return
    const image = { owner: user, birth: {}, fields }
    this.shapes.set(id, image)
    this.#note(user, id, [{ did: 'add', image }], gesture, undefined)
  }

  /** `undefined` takes a field away. */
  set(user: string, id: string, change: Readonly<Record<string, Json | undefined>>, gesture: string): void {
    const before = this.shapes.get(id)
    if (!before) return
    const effects: Effect[] = Object.entries(change)
      .filter(([field, to]) => !jsonEqual(before.fields[field], to))
      .map(([field, to]) => ({ did: 'set', field, from: before.fields[field], to }))
    if (effects.length === 0) return
    this.shapes.set(id, { ...before, fields: withFields(before.fields, change) })
    this.#note(user, id, effects, gesture, before)
  }

  remove(user: string, id: string, gesture: string): void {
    const image = this.shapes.get(id)
    if (!image) return
    this.shapes.delete(id)
    this.#note(user, id, [{ did: 'remove', image }], gesture, image)
  }

  turn(user: string, direction: 'undo' | 'redo'): void {
    const steps = this.#of(user)
    for (let step = steps[direction].pop(); step; step = steps[direction].pop()) {
      const effects = new Map<string, Effect[]>()
      for (const [id, list] of step.effects) {
        const done = this.#undo(id, list)
        if (done.length > 0) effects.set(id, done)
      }
      if (effects.size === 0) continue
      steps[direction === 'undo' ? 'redo' : 'undo'].push({ gesture: undefined, effects })
      return
    }
  }

  #of(user: string): { undo: ModelStep[]; redo: ModelStep[] } {
    const steps = this.#steps.get(user) ?? { undo: [], redo: [] }
    this.#steps.set(user, steps)
    return steps
  }

  #note(user: string, id: string, done: Effect[], gesture: string, before: ModelShape | undefined): void {
    const steps = this.#of(user)
    steps.redo = []
    const last = steps.undo.at(-1)
    const list = last?.gesture === gesture ? (last.effects.get(id) ?? []) : undefined
    if (!last || !list || !goesOn(list, done[0]!, before)) {
      steps.undo.push({ gesture, effects: new Map([[id, done]]) })
      return
    }
    const all = [...list, ...done]
    last.effects.set(id, all)
    // What came and went in one step has never been.
    if (all.find(({ did }) => did !== 'set')?.did === 'add' && all.at(-1)!.did === 'remove') last.effects.delete(id)
    if (last.effects.size === 0) steps.undo.pop()
  }

  /** Gives what was really done to undo it. */
  #undo(id: string, list: readonly Effect[]): Effect[] {
    const now = this.shapes.get(id)
    const firstWhole = list.findIndex(({ did }) => did !== 'set')
    if (firstWhole < 0) {
      if (!now) return []
      const fields = turnBack(now.fields, list)
      this.shapes.set(id, { ...now, fields })
      return [...new Set([...Object.keys(now.fields), ...Object.keys(fields)])]
        .filter((field) => !jsonEqual(now.fields[field], fields[field]))
        .map((field) => ({ did: 'set', field, from: now.fields[field], to: fields[field] }))
    }
    const lastWhole = list.findLastIndex(({ did }) => did !== 'set')
    const last = list[lastWhole]! as Effect & { did: 'add' | 'remove' }
    const sets = Object.fromEntries(
      list.slice(lastWhole).flatMap((effect) => (effect.did === 'set' ? [[effect.field, effect.to]] : [])),
    )
    const isAsLeft =
      last.did === 'remove'
        ? !now
        : now?.birth === last.image.birth && jsonEqual(now.fields, withFields(last.image.fields, sets))
    if (!isAsLeft) return []
    const first = list[firstWhole]! as Effect & { did: 'add' | 'remove' }
    const done: Effect[] = now ? [{ did: 'remove', image: now }] : []
    this.shapes.delete(id)
    if (first.did === 'add') return done
    const image = { ...first.image, fields: turnBack(first.image.fields, list.slice(0, firstWhole)) }
    this.shapes.set(id, image)
    return [...done, { did: 'add', image }]
  }
}

/** Whether something more can be of the same step: it stands on what that step has left. */
function goesOn(list: readonly Effect[], { did }: Effect, before: ModelShape | undefined): boolean {
  const whole = list.findLast((effect) => effect.did !== 'set')
  if (list.length === 0) return true
  if (!whole) return did !== 'add'
  if (whole.did === 'remove') return did === 'add'
  return did !== 'add' && whole.did === 'add' && before?.birth === whole.image.birth
}

/** Goes back through what was set: in each field until somebody else has been there. */
function turnBack(fields: Flat, list: readonly Effect[]): Flat {
  const stopped = new Set<string>()
  let now = fields
  for (const effect of list.toReversed()) {
    if (effect.did !== 'set' || stopped.has(effect.field)) continue
    if (jsonEqual(now[effect.field], effect.to)) now = withFields(now, { [effect.field]: effect.from })
    else stopped.add(effect.field)
  }
  return now
}

function withFields(fields: Flat, change: Readonly<Record<string, Json | undefined>>): Flat {
  const all = { ...fields, ...change }
  return Object.fromEntries(
    Object.entries(all).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])),
  )
}
