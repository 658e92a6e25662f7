import * as v from 'valibot'
import { DeepSpaceError, mismatch, received } from '../errors.ts'
import { checkPayload, type Incoming, markPayload, requestId } from '../frame.ts'
import { isPlainObject } from '../json.ts'
import type { CanvasClientFrame, CanvasOperation } from './messages.ts'
import { readChange, readFields, readShapeId, readView } from './read-shape.ts'

/** A client's frame whose operations are still to be read, each on its own. */
export type ReadCanvasFrame =
  | Exclude<CanvasClientFrame, { readonly type: 'canvas.write' }>
  | { type: 'canvas.write'; payload: { seq: number; operations: readonly unknown[]; gesture?: string } }

const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(128))

const payloads = {
  'core.mark': markPayload,
  'canvas.open': v.object({ since: v.optional(v.object({ epoch: name, version: seq })), requestId }),
  'canvas.write': v.object({ seq, operations: v.array(v.unknown()), gesture: v.optional(name), requestId }),
  'canvas.undo': v.object({ seq: v.optional(seq), requestId }),
  'canvas.redo': v.object({ seq: v.optional(seq), requestId }),
  'canvas.viewport': v.record(v.string(), v.unknown()),
}

/**
 * Checks the outside of a version 1 client's frame. Throws a `DeepSpaceError`: `unknown-type`, or `invalid-message` with the
 * path, what was expected and what came.
 */
export function readCanvasFrame(incoming: Incoming): ReadCanvasFrame {
  const payload = checkPayload(payloads, incoming)
  if (incoming.type === 'canvas.viewport') return { type: incoming.type, payload: readView(incoming.payload) }
  return { type: incoming.type, payload } as ReadCanvasFrame
}

/** The number of a frame that is refused unread, where it says one first, as `docs/protocol.md` has it. */
export function seqOf(text: string): number | undefined {
  const [, digits] = /^\{"type":"canvas\.(?:write|undo|redo)","payload":\{"seq":(\d{1,15})[,}]/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/**
 * Reads one operation. Throws a `DeepSpaceError` with the code `invalid-field` that names the shape and the field, or
 * `invalid-message` for what is no operation.
 */
export function readOperation(given: unknown): CanvasOperation {
  if (!isPlainObject(given)) {
    throw new DeepSpaceError('invalid-message', `Invalid message: ${mismatch('operation', 'an object', given)}`)
  }
  switch (given.op) {
    case 'add': {
      const id = given.id === undefined ? undefined : readShapeId(given.id)
      return { op: 'add', ...(id !== undefined && { id }), shape: readFields(given.shape, id) }
    }
    case 'set': {
      const id = readShapeId(given.id)
      return { op: 'set', id, change: readChange(given.change, id) }
    }
    case 'remove':
    case 'front':
      return { op: given.op, id: readShapeId(given.id) }
    default: {
      const expected = `expected add, set, remove or front, received ${received(given.op)}`
      throw new DeepSpaceError('invalid-message', `Invalid message: op: ${expected}`, { field: 'op' })
    }
  }
}
