import {
  applyChange,
  changeTo,
  differences,
  type Fielded,
  fieldOf,
  propOfField,
} from '../../src/protocol/canvas/fields.ts'
import type { Shape, ShapeChange } from '../../src/protocol/canvas/shape.ts'
import { type Json, jsonEqual } from '../../src/protocol/json.ts'

/** What has really become of one shape. */
export interface Doing {
  readonly id: string
  /** `null`: there was none, or it is of no matter what was there. */
  readonly before: Shape | null
  readonly after: Shape | null
  /** Which fields were set, where it is the same shape as before. */
  readonly fields?: readonly string[]
}

/** A field before and after; absent where the shape said nothing. */
interface Turn {
  readonly from?: Json | undefined
  readonly to?: Json | undefined
}

/** What a step has done to one shape: to fields of it, or to all of it. */
type Entry =
  | { readonly fields: Readonly<Record<string, Turn>> }
  | { readonly before: Shape | null; readonly after: Shape | null }

/** A step as it is stored. */
interface Encoded {
  readonly gesture?: string | undefined
  readonly entries: readonly (readonly [id: string, Entry])[]
}

/** What a user has done at once, as it is undone: what was before, and what the user has left. */
export class Step {
  readonly gesture: string | undefined
  /** When it was last added to, in milliseconds since 1970. */
  at: number
  readonly #entries: Map<string, Entry>
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  private constructor(entries: Iterable<readonly [string, Entry]>, at: number, gesture?: string) {
    this.#entries = new Map(entries)
    this.at = at
    this.gesture = gesture
    for (const [id, entry] of this.#entries) this.#weigh(id, entry)
  }

  static of(doings: readonly Doing[], at: number, gesture?: string): Step {
    const step = new Step([], at, gesture)
    for (const doing of doings) step.note(doing)
    return step
  }

  /** A step as it was stored. */
  static decode(json: string): Step {
    const { gesture, entries } = JSON.parse(json) as Encoded
    return new Step(entries, 0, gesture)
  }

  encode(): string {
    return JSON.stringify({ gesture: this.gesture, entries: [...this.#entries] } satisfies Encoded)
  }

  /** How long it is as JSON, about. */
  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Whether all that it does is to set exactly these fields of a shape. */
  sets(id: string, fields: readonly string[]): boolean {
    const entry = this.#entries.get(id)
    if (this.#entries.size !== 1 || !entry || !('fields' in entry)) return false
    return (
      Object.keys(entry.fields).length === fields.length && fields.every((field) => Object.hasOwn(entry.fields, field))
    )
  }

  /** Takes in what was done next. Says whether it can be of the same step: what stands on something else than this step has left cannot. */
  note(doing: Doing): boolean {
    const { id } = doing
    const merged = merge(this.#entries.get(id), doing)
    if (merged === undefined) return false
    if (merged === null) this.#entries.delete(id)
    else this.#entries.set(id, merged)
    this.#weigh(id, merged)
    return true
  }

  /** What would undo it: only what still is as the step has left it. `now` is what there is. */
  undoing(now: (id: string) => Shape | undefined): Doing[] {
    return [...this.#entries].flatMap(([id, entry]) => undone(id, entry, now(id)) ?? [])
  }

  #weigh(id: string, entry: Entry | null): void {
    const size = entry ? id.length + JSON.stringify(entry).length + 6 : 0
    this.#bytes += size - (this.#sizes.get(id) ?? 0)
    if (entry) this.#sizes.set(id, size)
    else this.#sizes.delete(id)
  }
}

/** What a step is about with one thing more; `null` where nothing is left of it, `undefined` where it cannot be. */
function merge(entry: Entry | undefined, { before, after, fields }: Doing): Entry | null | undefined {
  if (!entry) return fields ? { fields: turns({}, before!, after!, fields) } : { before, after }
  if ('fields' in entry) {
    if (fields) return { fields: { ...entry.fields, ...turns(entry.fields, before!, after!, fields) } }
    return before && !after ? { before: turnedBack(before, entry.fields) ?? before, after: null } : undefined
  }
  if (!entry.after) return !before && after ? { before: entry.before, after } : undefined
  // Another has taken the id meanwhile: that is not what this step has left.
  if (before && !isFrom(before, entry.after)) return undefined
  if (fields) return { before: entry.before, after: applyChange(entry.after, changeTo(after!, fields)) }
  if (after) return undefined
  return entry.before ? { before: entry.before, after: null } : null
}

/** What the step has left in a field and nobody has changed since goes on; what somebody else wrote there meanwhile is what was before. */
function turns(known: Readonly<Record<string, Turn>>, before: Shape, after: Shape, fields: readonly string[]) {
  return Object.fromEntries(
    fields.map((field) => {
      const from = fieldOf(before, field)
      const turn = Object.hasOwn(known, field) ? known[field] : undefined
      return [field, { from: turn && jsonEqual(turn.to, from) ? turn.from : from, to: fieldOf(after, field) }]
    }),
  )
}

function undone(id: string, entry: Entry, now: Shape | undefined): Doing | undefined {
  if ('fields' in entry) {
    const after = now && turnedBack(now, entry.fields)
    return after && { id, before: now, after, fields: differences(now, after) }
  }
  const isAsLeft = entry.after ? now && isSame(now, entry.after) : !now
  return isAsLeft ? { id, before: now ?? null, after: entry.before } : undefined
}

/** A shape with those fields put back that still hold what was set; `undefined` where that changes nothing. */
function turnedBack(shape: Shape, fields: Readonly<Record<string, Turn>>): Shape | undefined {
  const values: Record<string, Json> = {}
  const props: Record<string, Json> = {}
  const unset: string[] = []
  for (const [field, { from, to }] of Object.entries(fields)) {
    if (jsonEqual(from, to) || !jsonEqual(fieldOf(shape, field), to)) continue
    const key = propOfField(field)
    if (from === undefined) unset.push(field)
    else if (key === undefined) values[field] = from
    else props[key] = from
  }
  const change = { ...values, props, unset } as ShapeChange
  const next = applyChange<Shape & Fielded>(shape, change)
  return differences(shape, next).length > 0 ? next : undefined
}

function isSame(one: Shape, other: Shape): boolean {
  return isFrom(one, other) && differences(one, other).length === 0
}

/** Whether a shape is the same as another was, whatever has changed of it. */
function isFrom(one: Shape, other: Shape): boolean {
  return one.createdBy === other.createdBy && one.createdAt === other.createdAt
}
