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

/** How much a frame says at most beside what is told of shapes and to its receiver alone, in bytes. */
const headBytes = 1024
/** How many refusals are told in a frame. */
const mostRefused = 1000

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
  const frames: CanvasChanges[] = []
  const { refused = [], ...others } = asides
  // What is acknowledged is done, as far as it has been refused by then.
  let told = 0
  for (; refused.length - told > mostRefused; told += mostRefused) {
    frames.push({ version: from, refused: refused.slice(told, told + mostRefused) })
  }
  const own = { ...others, ...(refused.length > told && { refused: refused.slice(told) }) }
  const cuts = cutsOf(partsOf(news, receiver, shapeOf), sizeOf(own))
  for (const [index, { at, said }] of cuts.entries()) {
    const isLast = index === cuts.length - 1
    frames.push({
      version: isLast ? version : from,
      ...(index === 0 && own),
      ...(at !== undefined && { at }),
      ...said,
    })
  }
  return frames.map((payload) => encodeFrame<CanvasServerFrame>({ type: 'canvas.changes', payload }))
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
}

/** One frame's worth after the other, the first with so many bytes beside; one that says nothing where there is nothing. */
function cutsOf(parts: readonly Part[], beside: number): Cut[] {
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
  cut.bytes += beside
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
    said: {
      ...(added.length > 0 && { added }),
      ...(set.length > 0 && { set: Object.fromEntries(set) }),
      ...(removed.length > 0 && { removed }),
    },
  }))
}

/** How many bytes a part takes in a frame. */
function sizeOf(part: Part | Asides): number {
  const text = JSON.stringify(part)
  return bytesOver(0, text) ?? text.length
}

/** Shapes by what fits into a frame, at least one list, the last with so many bytes beside. */
export function batches(shapes: readonly Shape[], beside: object): Shape[][] {
  const lists: Shape[][] = [[]]
  // Any of them may be the last.
  const head = headBytes + sizeOf(beside)
  let bytes = head
  for (const shape of shapes) {
    const size = sizeOf({ added: shape })
    if (bytes + size > maxFrameBytes) {
      lists.push([])
      bytes = head
    }
    lists.at(-1)!.push(shape)
    bytes += size
  }
  return lists
}
