import type { CanvasAnswer, CanvasWrite, LocalOperation } from '../../../src/canvas/overlay.ts'
import { applyChange } from '../../../src/protocol/canvas/fields.ts'
import type { CanvasChanges, CanvasPlace, RefusedOperation } from '../../../src/protocol/canvas/messages.ts'
import type { Shape, ShapeChange } from '../../../src/protocol/canvas/shape.ts'
import { errorPayload } from '../../../src/protocol/error-payload.ts'
import { DeepSpaceError } from '../../../src/protocol/errors.ts'

/** What the room says to a client, in order. */
export type Told = { readonly answer: CanvasAnswer } | { readonly changes: CanvasChanges }

/** What became of a shape since a client was told, and whose doing it was. */
interface News {
  whole?: { readonly is: 'added' | 'removed'; readonly by: Line }
  readonly fields: Map<string, Line | null>
}

/** A connection to the model, with what is under way in either direction. */
export class Line {
  readonly user: string
  readonly toRoom: CanvasWrite[] = []
  readonly toClient: Told[] = []
  readonly news = new Map<string, News>()
  acked = 0
  refused: RefusedOperation[] = []
  toldAcked = 0
  /** Whether the client has heard the answer: only then it sends. */
  isOpen = false

  constructor(user: string) {
    this.user = user
  }
}

/** The widest that the model's app lets a shape be; what is wider is made so wide. */
export const widest = 50
/** The model's app wants no shape further to the right. */
export const rightmost = 90

/** A room with a canvas, written from the words of its frames: the opinion that the client is judged by. */
export class ModelCanvas {
  readonly shapes = new Map<string, Shape>()
  readonly #changedAt = new Map<string, number>()
  readonly #removedAt = new Map<string, number>()
  readonly #lines = new Set<Line>()
  #epoch = 1
  #version = 0
  #fronts = 0

  /** A client asks for the canvas. */
  open(line: Line, since: CanvasPlace | undefined): void {
    this.#lines.add(line)
    const isKnown = since?.epoch === String(this.#epoch)
    const from = isKnown ? since.version : -1
    line.toClient.push({
      answer: {
        epoch: String(this.#epoch),
        version: this.#version,
        shapes: [...this.shapes.values()].filter(({ id }) => this.#changedAt.get(id)! > from),
        ...(isKnown && {
          since: from,
          removed: [...this.#removedAt].filter(([, version]) => version > from).map(([id]) => id),
        }),
      },
    })
  }

  close(line: Line): void {
    this.#lines.delete(line)
  }

  /** It has forgotten what was removed when: who comes with a place has to be told everything. */
  forget(): void {
    this.#epoch++
  }

  /** Does the next of what a client has sent. */
  read(line: Line): void {
    const write = line.toRoom.shift()
    if (!write) return
    const version = this.#version + 1
    for (const [index, op] of write.operations.entries()) {
      try {
        this.#do(op, line, version)
      } catch (error) {
        line.refused.push({ ...errorPayload(error as DeepSpaceError), seq: write.seq, index })
      }
    }
    line.acked = write.seq
  }

  /** Tells a client what has changed since it was told last. */
  tell(line: Line): void {
    if (line.news.size === 0 && line.acked === line.toldAcked) return
    const added: Shape[] = []
    const set: Record<string, ShapeChange> = {}
    const removed: string[] = []
    for (const [id, { whole, fields }] of line.news) {
      const shape = this.shapes.get(id)
      if (!shape) {
        if (whole!.by !== line) removed.push(id)
      } else if (whole) added.push(shape)
      else
        set[id] = changeTo(
          shape,
          [...fields].filter(([, by]) => by !== line).map(([field]) => field),
        )
    }
    line.toClient.push({
      changes: { version: this.#version, at: 'then', added, set, removed, acked: line.acked, refused: line.refused },
    })
    line.toldAcked = line.acked
    line.refused = []
    line.news.clear()
  }

  #do(op: LocalOperation, line: Line, version: number): void {
    const { id } = op
    const shape = this.shapes.get(id)
    if (op.op === 'add') {
      if (shape) throw new DeepSpaceError('duplicate', 'Duplicate', { recordId: id })
      const made: Shape = {
        ...{ type: 'rect', x: 0, y: 0, width: widest, height: 100, props: {}, ...op.shape },
        ...{ id, z: this.#front(), createdBy: line.user, createdAt: 'then', updatedAt: 'then' },
      }
      this.#check(made)
      this.shapes.set(id, made)
      this.#removedAt.delete(id)
      return this.#note(id, version, (news) => {
        news.whole = { is: 'added', by: line }
        news.fields.clear()
      })
    }
    if (!shape) throw new DeepSpaceError('not-found', 'Shape not found', { recordId: id })
    if (op.op === 'remove') {
      this.shapes.delete(id)
      this.#removedAt.set(id, version)
      return this.#note(id, version, (news) => {
        news.whole = { is: 'removed', by: line }
        news.fields.clear()
      })
    }
    const change = op.op === 'front' ? { z: this.#front() } : op.change
    this.#check({ ...shape, ...change })
    const next = applyChange(shape, change)
    const isCut = next.width > widest
    this.shapes.set(id, isCut ? { ...next, width: widest } : next)
    const fields = [...Object.keys(change), ...Object.keys(change.props ?? {}).map((key) => `props.${key}`)]
    this.#note(id, version, (news) => {
      for (const field of [...fields, ...(change.unset ?? [])]) {
        if (field === 'props' || field === 'unset') continue
        news.fields.set(field, op.op === 'front' || (field === 'width' && isCut) ? null : line)
      }
    })
  }

  #check({ id, x }: Shape): void {
    if (x > rightmost) throw new DeepSpaceError('invalid-field', 'x: too far', { recordId: id, field: 'x' })
  }

  #front(): string {
    return `a${String(++this.#fronts).padStart(6, '0')}`
  }

  #note(id: string, version: number, note: (news: News) => void): void {
    this.#version = version
    this.#changedAt.set(id, version)
    for (const { news } of this.#lines) {
      const known = news.get(id) ?? { fields: new Map() }
      news.set(id, known)
      note(known)
    }
  }
}

/** A change that makes fields what they are in a shape. */
function changeTo(shape: Shape, fields: readonly string[]): ShapeChange {
  const props: Record<string, never> = {}
  const change: Record<string, unknown> = {}
  const unset: string[] = []
  for (const field of fields) {
    const key = field.startsWith('props.') ? field.slice(6) : undefined
    const from: object = key === undefined ? shape : shape.props
    if (!Object.hasOwn(from, key ?? field)) unset.push(field)
    else if (key === undefined) change[field] = from[field as never]
    else props[key] = from[key as never]
  }
  return { ...change, ...(Object.keys(props).length > 0 && { props }), ...(unset.length > 0 && { unset }) }
}
