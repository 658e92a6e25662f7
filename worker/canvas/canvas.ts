import { applyChange, differences, fieldOf, fieldsIn } from '../../src/protocol/canvas/fields.ts'
import type { CanvasOperation, CanvasPlace } from '../../src/protocol/canvas/messages.ts'
import { defaultFields } from '../../src/protocol/canvas/read-shape.ts'
import type { Shape, ShapeChange, ShapeFields } from '../../src/protocol/canvas/shape.ts'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { jsonEqual } from '../../src/protocol/json.ts'
import { Board } from './board.ts'
import type { CanvasLimits } from './canvas-limits.ts'
import type { CanvasFacts, CanvasStorage, Gap, StoredSteps } from './canvas-storage.ts'
import type { History } from './history.ts'
import { inFrontOf, whyNoLayer } from './layers.ts'
import { News } from './news.ts'
import type { Doing } from './step.ts'

/** Whose doing something is. */
export interface Author<Writer> {
  readonly userId: string
  /** Over which connection; `null` where it is the room itself. */
  readonly writer: Writer | null
  /** What they can undo; `undefined` where that is nothing. */
  readonly history?: History | undefined
  /** What belongs to one gesture is one step. */
  readonly gesture?: string | undefined
  /** Whether what they add takes the place of what is there. */
  readonly replaces?: boolean
}

/** What a canvas needs of its room. */
export interface CanvasSurroundings<Writer> {
  readonly limits: Pick<CanvasLimits, 'shapes' | 'shapeBytes' | 'canvasBytes'>
  /** What is kept of what somebody says of a shape. Throws where it is refused. */
  readonly conform: (fields: ShapeFields, id: string) => ShapeFields
  /** What a connection has written is not what has become of it, though nothing has changed; without fields: the whole shape. */
  readonly corrected: (writer: Writer, id: string, fields?: readonly string[]) => void
}

/** Of how many shapes that are gone it is known when they went. */
const mostRemoved = 5000
/** How many more before the oldest are forgotten. */
const removedSlack = 500
/** More commits than a room can tell before it stores them. */
const leap = 2 ** 20

/**
 * The shapes of one canvas, and the only one to change them. Commits are numbered; what they change is noted as to be told
 * and as to be stored. The first commit of each start leaves out numbers, more than can have been told and not been stored
 * before: so whoever has heard of a commit that was lost in a crash is known by its number.
 */
export class Canvas<Writer> {
  readonly #storage: CanvasStorage
  readonly #surroundings: CanvasSurroundings<Writer>
  #board: Board
  #facts: CanvasFacts
  #gaps: Gap[]
  #version = 0
  /** Whether anything is in storage. */
  #isStored: boolean
  /** Whether anything has been written since the room has started. */
  #hasBegun = false
  /** The number of the commit that is being made, once it has changed something. */
  #current: number | undefined
  #news = new News<Writer>()
  /** The time of everything that is told together. */
  #moment: string | undefined
  #unstored = new Set<string>()
  #isUrgent = false

  /** With everything that is stored. */
  constructor(storage: CanvasStorage, surroundings: CanvasSurroundings<Writer>) {
    this.#storage = storage
    this.#surroundings = surroundings
    this.#board = new Board(surroundings.limits)
    this.#board.restore(storage.shapes, storage.removed)
    const { facts } = storage
    this.#isStored = facts !== undefined
    this.#facts = facts ?? freshFacts()
    this.#gaps = storage.gaps
    this.#version = Math.max(this.#facts.horizon, this.#gaps.at(-1)?.start ?? 0, this.#board.version)
  }

  get place(): CanvasPlace {
    return { epoch: this.#facts.epoch, version: this.#version }
  }

  readonly shapeOf = (id: string): Shape | undefined => this.#board.get(id)

  /** From back to front. */
  get shapes(): Shape[] {
    return this.#board.inOrder()
  }

  /** What has changed since a place; `undefined` where that is not certain. */
  since({ epoch, version }: CanvasPlace): { readonly shapes: Shape[]; readonly removed: string[] } | undefined {
    if (epoch !== this.#facts.epoch || version > this.#version || version < this.#facts.horizon) return undefined
    if (this.#gaps.some(({ end, start }) => end < version && version < start)) return undefined
    return this.#board.since(version)
  }

  // What is to be told, and stored

  get hasNews(): boolean {
    return !this.#news.isEmpty
  }

  /** What is to be told; it is not noted any more then. */
  takeNews(): News<Writer> {
    const news = this.#news
    this.#news = new News()
    this.#moment = undefined
    return news
  }

  /** Whether all shapes are stored as they are. */
  get isSettled(): boolean {
    return this.#unstored.size === 0
  }

  /** Whether something has come or gone that is to be stored without waiting for more. */
  get isUrgent(): boolean {
    return this.#isUrgent
  }

  /** Stores what is not stored, with those steps. Throws what the storage throws; all of it is kept then. */
  store(steps: readonly StoredSteps[]): void {
    if (this.isSettled && steps.length === 0) return
    const { ids: forgotten, upTo } = this.#board.forget(mostRemoved, removedSlack)
    if (upTo > 0) this.#facts = { ...this.#facts, horizon: upTo }
    const held = [...this.#unstored].map((id) => this.#board.shapes.get(id))
    this.#storage.write({
      shapes: held.filter((each) => each !== undefined),
      removed: [...this.#unstored].flatMap((id) => {
        const version = this.#board.removed.get(id)
        return version === undefined ? [] : [[id, version] as const]
      }),
      forgotten,
      steps,
      ...((upTo > 0 || !this.#isStored) && { facts: this.#facts }),
    })
    this.#isStored = true
    this.#isUrgent = false
    this.#unstored.clear()
  }

  /** Forgets everything; whoever knew the canvas has to ask anew. */
  empty(): void {
    this.#storage.empty()
    this.#board = new Board(this.#surroundings.limits)
    this.#facts = freshFacts()
    this.#gaps = []
    this.#version = 0
    this.#isStored = false
    this.#isUrgent = false
    this.#unstored.clear()
    this.takeNews()
  }

  // What is done

  /** Has everything that `work` does be one commit, whether it throws in the end or not. */
  commit(work: () => void): void {
    this.#current = undefined
    try {
      work()
    } finally {
      this.#current = undefined
    }
  }

  /** Does one thing. Throws a `DeepSpaceError` that says why it is refused, and has changed nothing then. */
  apply(operation: CanvasOperation, author: Author<Writer>): void {
    switch (operation.op) {
      case 'add':
        return this.#add(operation.id ?? crypto.randomUUID(), operation.shape, author)
      case 'set':
        return this.#set(this.#existing(operation.id), operation.change, author)
      case 'remove':
        return this.#remove(operation.id, author)
      case 'front': {
        const shape = this.#existing(operation.id)
        if (this.#board.top === shape) return
        return this.#change(shape, { ...shape, z: inFrontOf(this.#board.top?.z ?? null) }, [], author)
      }
      default:
        operation satisfies never
    }
  }

  /**
   * Undoes or redoes the last of what somebody has done that can be, and gives how many shapes that were. Throws where the
   * canvas would become too large by it.
   */
  turn(direction: 'undo' | 'redo', { history }: Author<Writer>): number {
    let count = 0
    history?.turn(direction, this.shapeOf, (doings) => {
      const possible = doings.filter(({ id, after }) => after === null || this.#conforms(id, after))
      this.#board.check(possible.map(({ id, after }) => ({ id, shape: after })))
      count = possible.length
      return possible.map((doing) => {
        const after = doing.after && this.#stamped(doing.after)
        this.#place(doing.id, after)
        if (doing.fields) {
          this.#news.hasTurned = true
          this.#news.changed(doing.id, doing.fields, null)
        } else if (after) this.#news.added(doing.id, null)
        else this.#news.removed(doing.id, null)
        this.#isUrgent = true
        return { ...doing, after }
      })
    })
    return count
  }

  #add(id: string, given: Partial<ShapeFields>, author: Author<Writer>): void {
    const fields = this.#surroundings.conform({ ...defaultFields, ...given }, id)
    const existing = this.#board.get(id)
    if (existing && !author.replaces) return this.#addedBefore(existing, fields, author)
    const z = inFrontOf(this.#board.top?.z ?? null)
    const shape = this.#stamped({ id, ...fields, z, createdBy: author.userId, createdAt: '', updatedAt: '' })
    const added = { ...shape, createdAt: shape.updatedAt }
    this.#board.check([{ id, shape: added }])
    this.#place(id, added)
    this.#news.added(id, author.writer)
    this.#isUrgent = true
    this.#done({ id, before: null, after: added }, author)
  }

  /** Somebody adds what is there: their client did not hear that it has been done. */
  #addedBefore(existing: Shape, fields: ShapeFields, { userId, writer }: Author<Writer>): void {
    const { id, z, createdBy, createdAt, updatedAt } = existing
    const hasChanged = createdAt !== updatedAt
    if (createdBy !== userId || !(hasChanged || differences(existing, { ...fields, z }).length === 0)) {
      throw new DeepSpaceError('duplicate', 'Duplicate: there is a shape with this id', { recordId: id })
    }
    if (writer !== null) this.#surroundings.corrected(writer, id)
  }

  #set(existing: Shape, change: ShapeChange, author: Author<Writer>): void {
    const { id } = existing
    const why = change.z === undefined ? undefined : whyNoLayer(change.z)
    if (why !== undefined)
      throw new DeepSpaceError('invalid-field', `FIELD ERROR: z: ${why}`, { recordId: id, field: 'z' })
    const asked = applyChange(existing, change)
    const { z, createdBy, createdAt, updatedAt } = asked
    const after = { id, ...this.#surroundings.conform(fieldsOf(asked), id), z, createdBy, createdAt, updatedAt }
    const asSent = fieldsIn(change).filter((field) => jsonEqual(fieldOf(asked, field), fieldOf(after, field)))
    this.#change(existing, after, asSent, author)
    const other = fieldsIn(change).filter((field) => !asSent.includes(field))
    if (other.length > 0 && author.writer !== null) this.#surroundings.corrected(author.writer, id, other)
  }

  /** Gives a shape other fields, of which these are as the author knows them. */
  #change(before: Shape, fields: Shape, known: readonly string[], author: Author<Writer>): void {
    const { id } = before
    const changed = differences(before, fields)
    if (changed.length === 0) return
    const after = this.#stamped(fields)
    this.#board.check([{ id, shape: after }])
    this.#place(id, after)
    for (const field of changed) this.#news.changed(id, [field], known.includes(field) ? author.writer : null)
    this.#done({ id, before, after, fields: changed }, author)
  }

  #remove(id: string, author: Author<Writer>): void {
    const before = this.#board.get(id)
    // Two who remove it both have what they want; so has a client that did not hear that it has been done.
    if (!before && this.#board.removed.has(id)) return
    this.#existing(id)
    this.#place(id, null)
    this.#news.removed(id, author.writer)
    this.#isUrgent = true
    this.#done({ id, before: before!, after: null }, author)
  }

  #existing(id: string): Shape {
    const shape = this.#board.get(id)
    if (!shape) throw new DeepSpaceError('not-found', 'Shape not found', { recordId: id })
    return shape
  }

  #done(doing: Doing, { history, gesture }: Author<Writer>): void {
    history?.note(doing, Date.now(), gesture)
  }

  #place(id: string, shape: Shape | null): void {
    this.#current ??= this.#begin()
    this.#board.place({ id, shape }, this.#current)
    this.#unstored.add(id)
  }

  /** The number of a new commit. */
  #begin(): number {
    if (!this.#hasBegun && this.#isStored) {
      const gap = { end: this.#version, start: this.#version + leap }
      const forgotten = this.#storage.addGap(gap, this.#facts)
      if (forgotten > 0) this.#facts = { ...this.#facts, horizon: Math.max(this.#facts.horizon, forgotten) }
      this.#gaps = [...this.#gaps.filter(({ start }) => start > forgotten), gap]
      this.#version = gap.start
    }
    this.#hasBegun = true
    return ++this.#version
  }

  #stamped(shape: Shape): Shape {
    if (this.#news.isEmpty) this.#moment = undefined
    this.#moment ??= new Date().toISOString()
    return { ...shape, updatedAt: this.#moment }
  }

  /** Whether a shape would still be taken as it is: what the app declares may have changed. */
  #conforms(id: string, shape: Shape): boolean {
    try {
      return differences(shape, { ...this.#surroundings.conform(fieldsOf(shape), id), z: shape.z }).length === 0
    } catch {
      return false
    }
  }
}

function freshFacts(): CanvasFacts {
  return { epoch: crypto.randomUUID(), horizon: 0 }
}

function fieldsOf({ type, x, y, width, height, rotation, props }: ShapeFields): ShapeFields {
  return { type, x, y, width, height, ...(rotation !== undefined && { rotation }), props }
}
