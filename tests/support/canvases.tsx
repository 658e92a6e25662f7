import { type Canvas, type CanvasShape, createCanvas, type RoomId } from 'deepspace-solid'
import { type Accessor, untrack } from 'solid-js'
import type { CanvasClientFrame, CanvasServerFrame } from '../../src/protocol/canvas/messages.ts'
import { base, type Looker, type ProvidedPage, showTo, until } from './room.tsx'
import { callRoom } from './rpc.ts'
import { socketsTo } from './sockets.ts'

/** What the shapes of the tests know beside their place. */
export type Props = { readonly color?: string; readonly points?: readonly number[]; readonly text?: string }

/** A page with canvases, each as one component has it, and what its provider was told. */
export interface CanvasPage extends ProvidedPage {
  readonly canvases: readonly Canvas<Props>[]
}

/** A new canvas. */
export function newCanvas(kind = ''): string {
  return `canvas:${kind}${crypto.randomUUID()}`
}

/** Renders a page with a component for each canvas that is named. */
export function lookAt(ids: readonly (RoomId | Accessor<RoomId>)[], looker: Looker = {}): CanvasPage {
  const canvases: Canvas<Props>[] = []
  const Board = (props: { id: RoomId | Accessor<RoomId> }) => {
    canvases.push(createCanvas<Props>(props.id))
    return null
  }
  const page = showTo(looker, () => ids.map((id) => <Board id={id} />))
  return { ...page, canvases }
}

/** The same with one canvas, which is there when it returns. */
export async function openCanvas(
  id: string,
  user?: string,
  more: Looker = {},
): Promise<CanvasPage & { readonly canvas: Canvas<Props> }> {
  const page = lookAt([id], { user, ...more })
  const [canvas] = page.canvases
  await until(() => canvas!.synced)
  return { ...page, canvas: canvas! }
}

/** A shape as it is shown now; there is one. */
export function shapeOf(canvas: Canvas<Props>, id: string): CanvasShape<Props> {
  return untrack(() => canvas.shapes[id]!)
}

/** Everything that is shown, as JSON has it. */
export function shownIn(canvas: Canvas<Props>): unknown {
  return untrack(() => JSON.parse(JSON.stringify(canvas.shapes)))
}

/** What the room itself says the shapes are, by their ids. */
export async function shapesOf(id: string): Promise<Record<string, CanvasShape<Props>>> {
  const shapes = (await callRoom(base, id, 'shapes', [])).result as CanvasShape<Props>[]
  return Object.fromEntries(shapes.map((shape) => [shape.id, shape]))
}

/** Waits until all show what the room has, and it has all of theirs. */
export async function agree(id: string, ...canvases: readonly Canvas<Props>[]): Promise<void> {
  await until(() => canvases.every(({ saved }) => saved))
  const there = JSON.stringify(sorted(await shapesOf(id)))
  await until(() => canvases.every((canvas) => JSON.stringify(sorted(shownIn(canvas))) === there))
}

/** The frames of one type that pages have sent to a canvas, over all sockets or one of them. */
export function sentTo<T extends CanvasClientFrame['type']>(
  id: string,
  type: T,
  sockets = socketsTo(id),
): Extract<CanvasClientFrame, { type: T }>['payload'][] {
  return sockets.flatMap(({ sent }) => framesOf(sent, type))
}

/** The frames of one type that have come from it. */
export function heardFrom<T extends CanvasServerFrame['type']>(
  id: string,
  type: T,
  sockets = socketsTo(id),
): Extract<CanvasServerFrame, { type: T }>['payload'][] {
  return sockets.flatMap(({ received }) => framesOf(received, type))
}

function framesOf(frames: readonly unknown[], type: string): never[] {
  return (frames as { type?: string; payload: unknown }[])
    .filter((frame) => frame.type === type)
    .map(({ payload }) => payload as never)
}

/** JSON with its keys in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
