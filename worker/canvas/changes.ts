import { changeTo } from '../../src/protocol/canvas/fields.ts'
import type { CanvasChanges, CanvasServerFrame } from '../../src/protocol/canvas/messages.ts'
import type { Shape, ShapeChange } from '../../src/protocol/canvas/shape.ts'
import { bytesOver, encodeFrame, maxFrameBytes } from '../../src/protocol/frame.ts'
import type { News } from './news.ts'

/** What is told to one connection alone, beside what has changed. */
export type Asides = Pick<CanvasChanges, 'acked' | 'refused' | 'stored' | 'steps' | 'viewports' | 'left'>

/** What changes are told of. */
interface Told {
  readonly version: number
  /** The version up to which everything has been told before. */
  readonly from: number
  readonly shapeOf: (id: string) => Shape | undefined
}

type Part =
  | { readonly added: Shape }
  | { readonly set: readonly [id: string, at: string, ShapeChange] }
  | { readonly removed: string }

/** How much a frame may say beside the shapes in it, in bytes. */
const headBytes = 64 * 1024

/**
 * The frames of what has changed, as a version 1 connection is told it: without what it has written itself. There is one
 * in all but the rarest cases: a frame has one time for all that it sets, and keeps below 1 MiB.
 */
export function changeFrames<W>(
  news: News<W>,
  receiver: W | null,
  asides: Asides,
  { version, from, shapeOf }: Told,
): string[] {
  const parts = partsOf(news, receiver, shapeOf)
  const frames: string[] = []
  for (const { at, ...cut } of cutsOf(parts)) {
    const last = frames.length === cut.of - 1
    const payload: CanvasChanges = {
      version: last ? version : from,
      ...(frames.length === 0 && asides),
      ...(at !== undefined && { at }),
      ...cut.said,
    }
    frames.push(encodeFrame<CanvasServerFrame>({ type: 'canvas.changes', payload }))
  }
  return frames
}

function partsOf<W>(news: News<W>, receiver: W | null, shapeOf: Told['shapeOf']): Part[] {
  const parts: Part[] = []
  for (const [id, { whole, fields }] of news.shapes) {
    const shape = shapeOf(id)
    if (whole?.is === 'added' && shape) parts.push({ added: shape })
    else if (whole?.is === 'removed') {
      if (whole.by !== receiver || receiver === null) parts.push({ removed: id })
    } else if (shape) {
      const foreign = [...fields].filter(([, by]) => by === null || by !== receiver).map(([field]) => field)
      parts.push({ set: [id, shape.updatedAt, changeTo(shape, foreign)] })
    }
  }
  return parts
}

interface Cut {
  readonly said: Pick<CanvasChanges, 'added' | 'set' | 'removed'>
  readonly at: string | undefined
  readonly of: number
}

/** One frame's worth after the other; one that says nothing where there is nothing. */
function cutsOf(parts: readonly Part[]): Cut[] {
  const cuts: {
    added: Shape[]
    set: [string, ShapeChange][]
    removed: string[]
    at: string | undefined
    bytes: number
  }[] = []
  const begin = () => {
    const cut = { added: [], set: [], removed: [], at: undefined, bytes: headBytes }
    cuts.push(cut)
    return cut as (typeof cuts)[number]
  }
  let cut = begin()
  for (const part of parts) {
    const bytes = sizeOf(part)
    const at = 'set' in part ? part.set[1] : undefined
    const isOther = at !== undefined && cut.at !== undefined && at !== cut.at
    if (cut.bytes + bytes > maxFrameBytes || isOther) cut = begin()
    cut.bytes += bytes
    if ('added' in part) cut.added.push(part.added)
    else if ('removed' in part) cut.removed.push(part.removed)
    else {
      cut.at = at
      cut.set.push([part.set[0], part.set[2]])
    }
  }
  return cuts.map(({ added, set, removed, at }) => ({
    at,
    of: cuts.length,
    said: {
      ...(added.length > 0 && { added }),
      ...(set.length > 0 && { set: Object.fromEntries(set) }),
      ...(removed.length > 0 && { removed }),
    },
  }))
}

/** How many bytes a part takes in a frame. */
function sizeOf(part: Part): number {
  const text = JSON.stringify(part)
  return bytesOver(0, text) ?? text.length
}

/** Shapes by what fits into a frame, at least one list. */
export function batches(shapes: readonly Shape[]): Shape[][] {
  const lists: Shape[][] = [[]]
  let bytes = headBytes
  for (const shape of shapes) {
    const size = sizeOf({ added: shape })
    if (bytes + size > maxFrameBytes) {
      lists.push([])
      bytes = headBytes
    }
    lists.at(-1)!.push(shape)
    bytes += size
  }
  return lists
}
