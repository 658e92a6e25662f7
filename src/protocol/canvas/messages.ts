import type { ErrorPayload } from '../error-payload.ts'
import type { MarkFrame } from '../frame.ts'
import type { Shape, ShapeChange, ShapeFields, View } from './shape.ts'

/** One thing that is done to a canvas. */
export type CanvasOperation =
  /** `id` is the client's; without one the room makes one. What is left out has its default. */
  | { readonly op: 'add'; readonly id?: string; readonly shape: Partial<ShapeFields> }
  | { readonly op: 'set'; readonly id: string; readonly change: ShapeChange }
  | { readonly op: 'remove'; readonly id: string }
  /** In front of all others. */
  | { readonly op: 'front'; readonly id: string }

/** How far a client knows a canvas: the last commit of which it has heard everything. */
export interface CanvasPlace {
  /** Which storage the commits are numbered in: another after the room was emptied. */
  readonly epoch: string
  readonly version: number
}

/** Which steps there are for us to undo and redo. */
export interface Steps {
  readonly undo: number
  readonly redo: number
}

/** Where somebody looks, by connection. */
export interface Viewport extends View {
  readonly userId: string
  readonly connectionId: string
}

/** What a version 1 client says. */
export type CanvasClientFrame =
  | MarkFrame
  /** The first frame: asks for the canvas, or for what has changed since a place. Nothing is told before it. */
  | { type: 'canvas.open'; payload: { readonly since?: CanvasPlace } }
  /**
   * Done in order, each operation on its own. `seq` grows by connection, and stands first: of a frame that is refused unread
   * the room looks no further. What has one `gesture` is one step to undo.
   */
  | {
      type: 'canvas.write'
      payload: { readonly seq: number; readonly operations: readonly CanvasOperation[]; readonly gesture?: string }
    }
  | { type: 'canvas.undo'; payload: { readonly seq?: number } }
  | { type: 'canvas.redo'; payload: { readonly seq?: number } }
  | { type: 'canvas.viewport'; payload: View }

/** Why an operation of a `canvas.write` was refused; those beside it were done. */
export interface RefusedOperation extends ErrorPayload {
  readonly seq: number
  /** Which of the operations; left out where it is the whole frame, or `undo` or `redo`. */
  readonly index?: number
}

/** What has changed, for one connection, in at most one frame each 16 ms. What it has done itself is in it only where the room made something else of it. */
export interface CanvasChanges {
  readonly version: number
  /** The `updatedAt` of every shape in `set`, ISO 8601. A shape of which we have changed all ourselves stands there as `{}`. */
  readonly at?: string
  /** Shapes that are new, or that are another under the same id; our own too, since their `z` and times are the room's. */
  readonly added?: readonly Shape[]
  /** What has changed of shapes that were there. */
  readonly set?: Readonly<Record<string, ShapeChange>>
  readonly removed?: readonly string[]
  /** Everything that we have sent up to this `seq` is done or refused. To be taken in before the changes beside it. */
  readonly acked?: number
  /** With the `acked` that they are part of; of thousands some come in frames before that. */
  readonly refused?: readonly RefusedOperation[]
  /** Everything that we have sent up to this `seq`, and was done, is stored. */
  readonly stored?: number
  readonly steps?: Steps
  readonly viewports?: readonly Viewport[]
  /** The connections whose viewports are gone. */
  readonly left?: readonly string[]
}

/** What a room with a canvas says to a version 1 client. */
export type CanvasServerFrame =
  | MarkFrame
  | { type: 'core.error'; payload: ErrorPayload }
  /** The greeting; again when the role has changed. */
  | { type: 'auth'; payload: { readonly canWrite: boolean; readonly userId?: string; readonly connectionId?: string } }
  /** The answer to `canvas.open`, in frames below 1 MiB: `partial` but for the last. With `since` it is what has changed since, else everything. */
  | {
      type: 'canvas.shapes'
      payload: CanvasPlace & {
        readonly shapes: readonly Shape[]
        readonly since?: number
        readonly removed?: readonly string[]
        readonly viewports: readonly Viewport[]
        readonly steps: Steps
        readonly partial?: true
      }
    }
  | { type: 'canvas.changes'; payload: CanvasChanges }
