import { DeepSpaceError } from '../errors.ts'
import type { Incoming } from '../frame.ts'
import type { CanvasOperation } from './messages.ts'
import { readChange, readFields, readShapeId, readView } from './read-shape.ts'
import type { View } from './shape.ts'

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
