import { applyChange, fieldsIn } from '../protocol/canvas/fields.ts'
import type { CanvasChanges, CanvasOperation, CanvasPlace, CanvasServerFrame } from '../protocol/canvas/messages.ts'
import type { Shape, ShapeChange } from '../protocol/canvas/shape.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import type { DeepSpaceError } from '../protocol/errors.ts'

/** What is done here to a shape: its id is known. */
export type LocalOperation = CanvasOperation & { readonly id: string }

/** The payload of a `canvas.write`. */
export interface CanvasWrite {
  readonly seq: number
  readonly operations: LocalOperation[]
  readonly gesture?: string | undefined
}

/** The answer to `canvas.open`, all of its parts in one. */
export type CanvasAnswer = Omit<
  Extract<CanvasServerFrame, { type: 'canvas.shapes' }>['payload'],
  'viewports' | 'steps' | 'partial'
>

/** What was done here and the room has not answered yet. */
interface Pending {
  op: LocalOperation
  readonly gesture: string | undefined
  /** Where it puts a shape in front of all others, until the room says where that is. */
  readonly z: string
  /** The shape that it adds. */
  readonly made: Shape | undefined
  /** The write that it went with on this connection, and its place in it. */
  seq?: number
  index?: number
  /** Whether it has ever been sent: it may have been done without our knowing. */
  wasSent?: boolean
}

/** A write has at most so many characters, so that its frame is read even where each takes three bytes. */
const mostCharacters = 300_000

/**
 * The shapes of a canvas as they are shown: those of the room, and over them what was done here and is not answered yet. What the
 * room says corrects what lies beneath. It knows no connection: what is to be sent is taken from it, what has come is given to it.
 */
export class Overlay {
  /** The shapes as they are shown, by their ids. */
  readonly shown = new Map<string, Shape>()
  /** As the room has them, as far as it has told us. */
  readonly #room = new Map<string, Shape>()
  /** In the order in which it was done. */
  readonly #pending = new Set<Pending>()
  /** The shapes that may have to be shown otherwise. */
  readonly #touched = new Set<string>()
  /** Told of every shape that is shown otherwise, or no more. */
  readonly #tell: (id: string, shape: Shape | undefined) => void
  #place: CanvasPlace | undefined
  /** The number of the last frame that was sent with one, on this connection. */
  #seq = 0
  /** Up to which of them everything is stored. */
  #stored = 0
  /** Whether something was answered on a former connection of which we have not heard that it is stored. */
  #isUnsure = false
  /** How often something was put in front here. */
  #fronts = 0

  constructor(tell: (id: string, shape: Shape | undefined) => void) {
    this.#tell = tell
  }

  /** The last commit of the room of which everything has come; nothing before the first answer. */
  get place(): CanvasPlace | undefined {
    return this.#place
  }

  /** Whether the room has answered everything that was done here. */
  get isAnswered(): boolean {
    return this.#pending.size === 0
  }

  /** Whether the room has stored everything that was done here. */
  get isStored(): boolean {
    return this.isAnswered && !this.#isUnsure && this.#stored >= this.#seq
  }

  // What happens here

  /**
   * Shows something that is done here, and keeps it until the room has answered. `made` is the shape that it adds. The later of
   * two that set the same fields, and were not sent yet, takes the place of the former.
   */
  write(op: LocalOperation, gesture?: string, made?: Omit<Shape, 'z'>): void {
    const { id } = op
    // Behind every key that the room makes.
    const z = `~${1e9 + ++this.#fronts}`
    const pending: Pending = { op, gesture, z, made: made && { ...made, z } }
    const before = [...this.#pending].filter((each) => each.op.id === id)
    const former = op.op === 'set' && replaceable(before, op.change, gesture)
    if (former) former.op = op
    else if (op.op === 'remove' && before[0]?.made && !before.some(({ wasSent }) => wasSent)) {
      // The room has never heard of it.
      for (const each of before) this.#drop(each)
      return this.#lay()
    } else this.#pending.add(pending)
    this.#show(id, laid(this.shown.get(id), pending))
  }

  /** What is to be sent now: one write for what belongs to one gesture, in order. */
  take(): CanvasWrite[] {
    const writes: CanvasWrite[] = []
    let write: CanvasWrite | undefined
    let length = 0
    for (const each of this.#pending) {
      if (each.seq) continue
      const more = JSON.stringify(each.op).length
      length += more
      if (write?.gesture !== each.gesture || !write || length > mostCharacters) {
        write = { seq: this.next(), operations: [], gesture: each.gesture }
        writes.push(write)
        length = more
      }
      each.seq = write.seq
      each.index = write.operations.push(each.op) - 1
      each.wasSent = true
    }
    // The room says of nothing, too, that everything before it is stored.
    if (this.#isUnsure && !write) writes.push({ seq: this.next(), operations: [] })
    this.#isUnsure = false
    return writes
  }

  /** The number of one more frame. */
  next(): number {
    return ++this.#seq
  }

  // What the room says

  /**
   * The room has answered where the canvas stands. What was sent before, on another connection, may be done already: then it is not
   * sent again. `isOurs` says whether we go, or went, by an id of a user.
   */
  opened({ epoch, version, shapes, since, removed = [] }: CanvasAnswer, isOurs: (userId: string) => boolean): void {
    const gone = since === undefined ? [...this.#room.keys()] : removed
    for (const id of gone) this.#put(id, undefined)
    for (const shape of shapes) this.#put(shape.id, shape)
    this.#place = { epoch, version }
    const first = new Map<string, Pending>()
    const last = new Map<string, Pending>()
    for (const each of this.#pending) {
      const { id } = each.op
      if (!last.has(id)) first.set(id, each)
      last.set(id, each)
    }
    for (const each of this.#pending) {
      const { id, op } = each.op
      const there = this.#room.get(id)
      this.#touched.add(id)
      const isAdded = there && op === 'add' && each === first.get(id) && isOurs(there.createdBy)
      const isDone = each.wasSent && (isAdded || (!there && removed.includes(id)))
      // What is gone in the end is gone.
      if (isDone || (!there && last.get(id)!.op.op === 'remove')) this.#drop(each)
    }
    this.#lay()
  }

  /** The room has answered something, or others have changed something. Gives what is to be told of refusals, each once. */
  changed({
    version,
    at,
    added = [],
    set = {},
    removed = [],
    acked = 0,
    stored = 0,
    refused = [],
  }: CanvasChanges): DeepSpaceError[] {
    const errors = new Map<string, DeepSpaceError>()
    for (const each of refused) {
      const taken = [...this.#pending].filter(
        ({ seq, index }) => seq === each.seq && (each.index === undefined || index === each.index),
      )
      for (const back of taken) this.#drop(back)
      // Somebody else has removed it before: it is as it was to be.
      if (each.code === 'not-found' && taken.some(({ op }) => op.op === 'remove')) continue
      errors.set(`${each.recordId} ${each.error}`, errorFrom(each))
    }
    for (const each of this.#pending) {
      if (!each.seq || each.seq > acked) continue
      this.#drop(each)
      const { id, op } = each.op
      const shape = this.#room.get(id)
      // Where the front is the room says.
      this.#put(id, op === 'front' ? shape : laid(shape, each))
    }
    for (const shape of added) this.#put(shape.id, shape)
    for (const [id, change] of Object.entries(set)) {
      const shape = this.#room.get(id)
      this.#put(id, shape && applyChange(shape, change), at)
    }
    for (const id of removed) this.#put(id, undefined)
    if (this.#place) this.#place = { ...this.#place, version }
    this.#stored = Math.max(this.#stored, stored)
    this.#lay()
    return [...errors.values()]
  }

  /** The connection is lost: what it has not answered is to be sent again on the next. */
  dropped(): void {
    this.#isUnsure ||= this.#stored < this.#seq
    this.#seq = this.#stored = 0
    for (const each of this.#pending) delete each.seq
  }

  /** Nothing that was shown or done remains. */
  clear(): void {
    this.#pending.clear()
    this.#room.clear()
    this.#place = undefined
    this.#seq = this.#stored = 0
    this.#isUnsure = false
    for (const id of this.shown.keys()) this.#touched.add(id)
    this.#lay()
  }

  #drop(pending: Pending): void {
    this.#pending.delete(pending)
    this.#touched.add(pending.op.id)
  }

  #put(id: string, shape: Shape | undefined, at = shape?.updatedAt): void {
    this.#touched.add(id)
    if (shape) this.#room.set(id, { ...shape, updatedAt: at! })
    else this.#room.delete(id)
  }

  /** Lays what is pending anew over what may have to be shown otherwise. */
  #lay(): void {
    const shapes = new Map([...this.#touched].map((id) => [id, this.#room.get(id)]))
    this.#touched.clear()
    for (const each of this.#pending) {
      const { id } = each.op
      if (shapes.has(id)) shapes.set(id, laid(shapes.get(id), each))
    }
    for (const [id, shape] of shapes) this.#show(id, shape)
  }

  #show(id: string, shape: Shape | undefined): void {
    if (shape === this.shown.get(id)) return
    if (shape) this.shown.set(id, shape)
    else this.shown.delete(id)
    this.#tell(id, shape)
  }
}

/** A shape, or none, as it is shown under what was done here. */
function laid(shape: Shape | undefined, { op, made, z }: Pending): Shape | undefined {
  switch (op.op) {
    case 'add':
      return shape ?? made
    case 'set':
      return shape && applyChange(shape, op.change)
    case 'front':
      return shape && { ...shape, z }
    case 'remove':
      return undefined
  }
}

/** What of this is not sent yet and sets the same fields, where nothing behind it sets one of them. */
function replaceable(
  before: readonly Pending[],
  change: ShapeChange,
  gesture: string | undefined,
): Pending | undefined {
  const names = fieldsIn(change)
  let found: Pending | undefined
  for (const each of before) {
    const others = each.op.op === 'set' ? fieldsIn(each.op.change) : names
    if (each.seq || !others.some((name) => names.includes(name))) continue
    const isSame =
      each.op.op === 'set' && others.length === names.length && others.every((name) => names.includes(name))
    found = isSame && each.gesture === gesture ? each : undefined
  }
  return found
}
