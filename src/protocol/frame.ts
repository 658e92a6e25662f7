import * as v from 'valibot'
import { DeepSpaceError, received, typeName } from './errors.ts'
import { isPlainObject } from './json.ts'

/** The version of part B of `docs/protocol.md` that this package speaks; a client asks for it with `?v=1`. */
export const protocolVersion = 1

/** The longest frame that is sent or read, in bytes of UTF-8. A room may read less, or more. */
export const maxFrameBytes = 1024 * 1024

/** The outside of every text frame, in both directions. */
export interface Frame {
  readonly type: string
  readonly payload: object
}

/** A place in what a room sends: the client says it back as soon as it has come so far (L6). */
export interface Mark {
  readonly mark: number
  readonly requestId?: string
}

/** The frame that every kind of room sends, and its client sends back as it is. */
export interface MarkFrame {
  type: 'core.mark'
  payload: Mark
}

/** Asks for exactly one answer to the frame that carries it. */
export const requestId = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(128)))

/** The payload of a {@link MarkFrame}. */
export const markPayload = v.object({ mark: v.number(), requestId })

/** Where the answer to a frame belongs, read before anything else is believed about it. */
export interface ReplyTo {
  readonly requestId?: string
  readonly subscriptionId?: string
}

/** A frame from a client that is JSON with a type, its payload not yet checked. */
export interface Incoming {
  readonly type: string
  readonly payload: Record<string, unknown>
  /** The payload as it came, whatever it is. */
  readonly given?: unknown
  readonly replyTo: ReplyTo
}

/** Reads the outside of a client's frame. Throws a `DeepSpaceError` with the code `invalid-message`. */
export function openFrame(text: string): Incoming {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    throw new DeepSpaceError('invalid-message', 'Invalid message: not JSON')
  }
  if (!isPlainObject(frame)) {
    throw new DeepSpaceError('invalid-message', `Invalid message: expected an object, received ${typeName(frame)}`)
  }
  const payload = isPlainObject(frame.payload) ? frame.payload : {}
  const replyTo = {
    ...(typeof payload.requestId === 'string' && { requestId: payload.requestId }),
    ...(typeof payload.subscriptionId === 'string' && { subscriptionId: payload.subscriptionId }),
  }
  return { type: typeof frame.type === 'string' ? frame.type : '', payload, given: frame.payload, replyTo }
}

/**
 * Checks the payload of a client's frame by the schema of its type, and gives what the schema makes of it. Throws a
 * `DeepSpaceError`: `unknown-type`, or `invalid-message` with the path, what was expected and what came.
 */
export function checkPayload(schemas: Readonly<Record<string, v.GenericSchema>>, { type, payload }: Incoming): unknown {
  if (!Object.hasOwn(schemas, type)) {
    throw new DeepSpaceError('unknown-type', `Unknown message type: ${type === '' ? '(none)' : type.slice(0, 64)}`)
  }
  const result = v.safeParse(schemas[type]!, payload)
  if (result.success) return result.output
  const issue = result.issues[0]
  const path = v.getDotPath(issue) ?? 'payload'
  throw new DeepSpaceError('invalid-message', `Invalid message: ${type}: ${path}: ${reasonOf(issue)}`, { field: path })
}

/** What a schema expected and what came. */
export function reasonOf(issue: v.BaseIssue<unknown>): string {
  if (issue.input === undefined) return 'is missing'
  const reason = issue.kind === 'schema' && issue.type !== 'custom' ? `expected ${issue.expected}` : issue.message
  return `${reason}, received ${received(issue.input)}`
}

/** A frame as text. Name the frames of the room, as in `encodeFrame<ServerFrame>`, and the compiler checks it. */
export function encodeFrame<F extends Frame>(frame: F): string {
  return JSON.stringify(frame)
}

/** The length of a text in bytes of UTF-8 where it is over a limit, else `undefined`. */
export function bytesOver(limit: number, text: string): number | undefined {
  if (text.length * 3 <= limit) return undefined
  const { length } = new TextEncoder().encode(text)
  return length > limit ? length : undefined
}
