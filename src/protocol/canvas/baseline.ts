import type { ErrorPayload } from '../error-payload.ts'
import { DeepSpaceError } from '../errors.ts'
import type { Incoming } from '../frame.ts'
import type { CanvasOperation } from './messages.ts'
import { readChange, readFields, readShapeId, readView } from './read-shape.ts'
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

/** What a client of part A wants. */
export type BaselineWish =
  | { readonly wish: 'write'; readonly operation: CanvasOperation }
  | { readonly wish: 'undo' | 'redo' }
  | { readonly wish: 'viewport'; readonly view: View }

/** The members of each change, all of which it must name. */
const required = {
  'canvas.move': ['x', 'y'],
  'canvas.resize': ['width', 'height'],
  'canvas.update': ['props'],
} as const

/**
 * Reads what a client of part A says. Throws a `DeepSpaceError`: `unknown-type`, `invalid-message`, or `invalid-field` that
 * names the shape and the field.
 */
export function readBaseline({ type, payload }: Incoming): BaselineWish {
  switch (type) {
    case 'canvas.add': {
      const id = payload.id === undefined ? undefined : readShapeId(payload.id)
      return {
        wish: 'write',
        operation: { op: 'add', ...(id !== undefined && { id }), shape: readFields(payload, id) },
      }
    }
    case 'canvas.move':
    case 'canvas.resize':
    case 'canvas.update': {
      const id = readShapeId(payload.shapeId, 'shapeId')
      for (const field of required[type]) {
        if (payload[field] === undefined) {
          throw new DeepSpaceError('invalid-message', `Invalid message: ${type}: ${field}: is missing`, {
            recordId: id,
            field,
          })
        }
      }
      const { x, y, width, height, props } = payload
      const named = { 'canvas.move': { x, y }, 'canvas.resize': { x, y, width, height }, 'canvas.update': { props } }
      return { wish: 'write', operation: { op: 'set', id, change: readChange(named[type], id) } }
    }
    case 'canvas.delete':
      return { wish: 'write', operation: { op: 'remove', id: readShapeId(payload.shapeId, 'shapeId') } }
    case 'canvas.undo':
      return { wish: 'undo' }
    case 'canvas.redo':
      return { wish: 'redo' }
    case 'canvas.viewport':
      return { wish: 'viewport', view: { ...payload, ...readView(payload) } }
    default:
      throw new DeepSpaceError('unknown-type', `Unknown canvas message type: ${type.slice(0, 64)}`)
  }
}
