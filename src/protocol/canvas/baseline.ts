import type { ErrorPayload } from '../error-payload.ts'
import type { Shape, View } from './shape.ts'

/** A shape as a client of part A knows it: back to front is the order in which it is told. */
export type BaselineShape = Omit<Shape, 'z'>

/** Where somebody looks, by user. What else the client has said of it passes through. */
export type BaselineViewport = View & { readonly userId: string }

/** What a room with a canvas says to a client of part A. */
export type BaselineCanvasFrame =
  | { type: 'core.error'; payload: ErrorPayload }
  | { type: 'auth'; payload: { readonly canWrite: boolean } }
  | {
      type: 'canvas.shapes'
      payload: { readonly shapes: readonly BaselineShape[]; readonly viewports: readonly BaselineViewport[] }
    }
  | { type: 'canvas.add'; payload: { readonly shape: BaselineShape } }
  | { type: 'canvas.delete'; payload: { readonly shapeId: string } }
  | { type: 'canvas.move'; payload: { readonly shapeId: string; readonly x: number; readonly y: number } }
  | {
      type: 'canvas.resize'
      payload: {
        readonly shapeId: string
        readonly width: number
        readonly height: number
        readonly x?: number
        readonly y?: number
      }
    }
  | { type: 'canvas.update'; payload: { readonly shapeId: string; readonly props: Shape['props'] } }
  | { type: 'canvas.viewport'; payload: { readonly viewport: BaselineViewport } }
  | { type: 'canvas.viewport'; payload: { readonly userId: string; readonly removed: true } }
