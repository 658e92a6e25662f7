import type { Shape } from '../../src/protocol/canvas/shape.ts'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { CanvasLimits } from './canvas-limits.ts'

/** A shape as the room holds it. */
export interface Held {
  readonly shape: Shape
  /** The commit that changed it last. */
  readonly version: number
  readonly bytes: number
}

/** What is to stand under an id; `null`: nothing. */
export interface Placement {
  readonly id: string
  readonly shape: Shape | null
}

/** All shapes, in memory, and the commits that changed each of them last. */
export class Board {
  readonly #limits: Pick<CanvasLimits, 'shapes' | 'shapeBytes' | 'canvasBytes'>
  readonly #shapes = new Map<string, Held>()
  /** The commits that took away what is not there any more, in their order. */
  readonly #removed = new Map<string, number>()
  #bytes = 0
  /** What covers all others; `undefined` where it is to be looked for. */
  #top: Shape | null | undefined = null

  constructor(limits: Pick<CanvasLimits, 'shapes' | 'shapeBytes' | 'canvasBytes'>) {
    this.#limits = limits
  }

  get(id: string): Shape | undefined {
    return this.#shapes.get(id)?.shape
  }

  get shapes(): ReadonlyMap<string, Held> {
    return this.#shapes
  }

  get removed(): ReadonlyMap<string, number> {
    return this.#removed
  }

  /** What covers all others; `null` where there is nothing. */
  get top(): Shape | null {
    if (this.#top !== undefined) return this.#top
    let top: Shape | null = null
    for (const { shape } of this.#shapes.values()) if (top === null || backToFront(shape, top) > 0) top = shape
    this.#top = top
    return top
  }

  /** Throws `too-large` or `too-many` where this would be too much. What makes nothing larger may be done whatever there is. */
  check(placements: readonly Placement[]): void {
    let count = 0
    let bytes = 0
    for (const { id, shape } of placements) {
      const before = this.#shapes.get(id)
      const size = shape ? bytesOf(shape) : 0
      if (size > this.#limits.shapeBytes && size > (before?.bytes ?? 0)) {
        const why = `The shape has ${size} bytes, at most ${this.#limits.shapeBytes} are kept`
        throw new DeepSpaceError('too-large', why, { recordId: id })
      }
      count += (shape ? 1 : 0) - (before ? 1 : 0)
      bytes += size - (before?.bytes ?? 0)
    }
    const [{ id: recordId } = { id: '' }] = placements
    if (count > 0 && this.#shapes.size + count > this.#limits.shapes) {
      throw new DeepSpaceError('too-many', `Too many shapes: at most ${this.#limits.shapes}`, { recordId })
    }
    if (bytes > 0 && this.#bytes + bytes > this.#limits.canvasBytes) {
      const why = `The canvas is full: at most ${this.#limits.canvasBytes} bytes are kept`
      throw new DeepSpaceError('too-large', why, { recordId })
    }
  }

  /** Places a shape, or takes away what is there. */
  place({ id, shape }: Placement, version: number): void {
    const before = this.#shapes.get(id)
    if (this.#top?.id === id) this.#top = shape && backToFront(shape, this.#top) >= 0 ? shape : undefined
    this.#bytes -= before?.bytes ?? 0
    if (shape) {
      const bytes = bytesOf(shape)
      this.#bytes += bytes
      this.#shapes.set(id, { shape, version, bytes })
      this.#removed.delete(id)
      if (this.#top === null || (this.#top && backToFront(shape, this.#top) > 0)) this.#top = shape
    } else {
      this.#shapes.delete(id)
      // To the end: they stand in the order of their commits.
      this.#removed.delete(id)
      this.#removed.set(id, version)
    }
  }

  /** Takes in what was stored. */
  restore(shapes: Iterable<Omit<Held, 'bytes'>>, removed: Iterable<readonly [id: string, version: number]>): void {
    for (const { shape, version } of shapes) this.place({ id: shape.id, shape }, version)
    for (const [id, version] of removed) this.#removed.set(id, version)
  }

  /**
   * Forgets which shapes were taken away first, down to so many, once they are more by the slack. Gives the last commit of
   * which that is not known any more; 0 where all is.
   */
  forget(most: number, slack: number): { readonly ids: readonly string[]; readonly upTo: number } {
    const ids: string[] = []
    let upTo = 0
    if (this.#removed.size <= most + slack) return { ids, upTo }
    for (const [id, version] of this.#removed) {
      if (this.#removed.size <= most) break
      ids.push(id)
      upTo = version
      this.#removed.delete(id)
    }
    return { ids, upTo }
  }

  /** The last commit of which anything is left. */
  get version(): number {
    let version = 0
    for (const held of this.#shapes.values()) version = Math.max(version, held.version)
    for (const removed of this.#removed.values()) version = Math.max(version, removed)
    return version
  }

  /** What was changed by commits behind this one. */
  since(version: number): { readonly shapes: Shape[]; readonly removed: string[] } {
    return {
      shapes: [...this.#shapes.values()].filter((held) => held.version > version).map(({ shape }) => shape),
      removed: [...this.#removed].filter(([, at]) => at > version).map(([id]) => id),
    }
  }

  /** From back to front. */
  inOrder(): Shape[] {
    return [...this.#shapes.values()].map(({ shape }) => shape).sort(backToFront)
  }
}

function backToFront(a: Shape, b: Shape): number {
  return compared(a.z, b.z) || compared(a.id, b.id)
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** How many bytes a shape takes as JSON. It is asked of one several times. */
function bytesOf(shape: Shape): number {
  const known = sizes.get(shape)
  if (known !== undefined) return known
  const size = encoder.encode(JSON.stringify(shape)).length
  sizes.set(shape, size)
  return size
}

const sizes = new WeakMap<Shape, number>()

const encoder = new TextEncoder()
