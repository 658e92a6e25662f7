import type { BaselineCanvasFrame, BaselineShape, BaselineViewport } from '../../src/protocol/canvas/baseline.ts'
import { propOfField } from '../../src/protocol/canvas/fields.ts'
import type { Shape } from '../../src/protocol/canvas/shape.ts'
import type { Json } from '../../src/protocol/json.ts'
import type { CanvasSession } from './canvas-session.ts'
import type { ShapeNews } from './news.ts'
import type { Tidings } from './tidings.ts'

/** What a room can say to a client of part A. */
interface Known {
  readonly shapeOf: (id: string) => Shape | undefined
  /** The frame with everything. */
  readonly whole: () => BaselineCanvasFrame
}

/** The frames of what has changed, as part A has them: what comes and goes to all, what changes to all but who wrote it. */
export function baselineFrames(
  tidings: Tidings,
  receiver: CanvasSession,
  { shapeOf, whole }: Known,
): BaselineCanvasFrame[] {
  const frames: BaselineCanvasFrame[] = []
  const { news, views, departed } = tidings
  for (const [id, shapeNews] of news.shapes) {
    const shape = shapeOf(id)
    if (shapeNews.whole?.is === 'removed') frames.push({ type: 'canvas.delete', payload: { shapeId: id } })
    else if (shape && shapeNews.whole) frames.push({ type: 'canvas.add', payload: { shape: baselineShape(shape) } })
    else if (shape && !news.hasTurned) frames.push(...changeOf(shape, shapeNews, receiver))
  }
  if (news.hasTurned) frames.push(whole())
  for (const session of views) {
    if (session === receiver || !session.kept.view) continue
    frames.push({ type: 'canvas.viewport', payload: { viewport: baselineViewport(session)! } })
  }
  for (const { userId, wasLast } of departed) {
    if (wasLast) frames.push({ type: 'canvas.viewport', payload: { userId, removed: true } })
  }
  return frames
}

export function baselineShape({ z: _, ...shape }: Shape): BaselineShape {
  return shape
}

/** Where everybody looks, by user. */
export function baselineViewports(sessions: Iterable<CanvasSession>): BaselineViewport[] {
  const byUser = new Map<string, BaselineViewport>()
  for (const session of sessions) {
    const viewport = baselineViewport(session)
    if (viewport) byUser.set(session.identity.userId, viewport)
  }
  return [...byUser.values()]
}

function baselineViewport({ identity, kept: { view } }: CanvasSession): BaselineViewport | undefined {
  return view && { ...view, userId: identity.userId }
}

function changeOf(shape: Shape, { fields }: ShapeNews<CanvasSession>, receiver: CanvasSession): BaselineCanvasFrame[] {
  const foreign = new Set([...fields].filter(([, by]) => by !== receiver).map(([field]) => field))
  const { id: shapeId, x, y, width, height } = shape
  const frames: BaselineCanvasFrame[] = []
  const props: Record<string, Json> = {}
  let isNameless = ['type', 'rotation', 'z'].some((field) => foreign.has(field))
  for (const field of foreign) {
    const key = propOfField(field)
    if (key === undefined) continue
    const value = shape.props[key]
    if (value === undefined) isNameless = true
    else props[key] = value
  }
  if (isNameless) {
    // Part A has no words for it: the shape goes, and comes again in front.
    return [
      { type: 'canvas.delete', payload: { shapeId } },
      { type: 'canvas.add', payload: { shape: baselineShape(shape) } },
    ]
  }
  if (foreign.has('width') || foreign.has('height')) {
    const place = { ...(foreign.has('x') && { x }), ...(foreign.has('y') && { y }) }
    frames.push({ type: 'canvas.resize', payload: { shapeId, width, height, ...place } })
  } else if (foreign.has('x') || foreign.has('y')) frames.push({ type: 'canvas.move', payload: { shapeId, x, y } })
  if (Object.keys(props).length > 0) frames.push({ type: 'canvas.update', payload: { shapeId, props } })
  return frames
}
