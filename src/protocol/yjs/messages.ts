import * as v from 'valibot'
import type { ErrorPayload } from '../error-payload.ts'
import { checkPayload, type Incoming, type MarkFrame, markPayload, requestId } from '../frame.ts'

/** Says what a connection may do. It is flat, without a payload, as baseline clients know it (A4). */
export interface AuthFrame {
  readonly type: 'auth'
  readonly canWrite: boolean
  /** To version 1: who the room takes us for. */
  readonly userId?: string
}

/** The text frames of a room with a document, beside its {@link AuthFrame}; documents themselves travel in binary ones. */
export type YjsServerFrame = MarkFrame | { type: 'core.error'; payload: ErrorPayload }

/** What a version 1 client says in text. */
export type YjsClientFrame =
  | MarkFrame
  /** What a text of the document, `content` unless another is named, is to begin with: the room inserts it where nothing has ever been written. */
  | { type: 'yjs.initial'; payload: { readonly text: string; readonly field?: string; readonly requestId?: string } }

const payloads = {
  'core.mark': markPayload,
  'yjs.initial': v.object({ text: v.string(), field: v.optional(v.pipe(v.string(), v.maxLength(128))), requestId }),
}

/** Checks a client's text frame. Throws a `DeepSpaceError`: `unknown-type`, or `invalid-message` with the path, what was expected and what came. */
export function readYjsFrame(incoming: Incoming): YjsClientFrame {
  return { type: incoming.type, payload: checkPayload(payloads, incoming) } as YjsClientFrame
}
