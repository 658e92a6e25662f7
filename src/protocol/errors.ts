/**
 * Why something was refused. The list is closed: a program may switch over it, and texts may be reworded without
 * breaking anyone who does.
 */
export type ErrorCode =
  /** A permission rule says no: `READ`, `CREATE`, `UPDATE` or `DELETE DENIED`. */
  | 'denied'
  /** The record does not exist, or the caller may not read it (the two are not told apart). */
  | 'not-found'
  /** A field is unknown, missing, of the wrong type, immutable, set by the server or not writable by the role. */
  | 'invalid-field'
  /** A unique list of fields already has these values. */
  | 'duplicate'
  /** The room does not have this collection. */
  | 'unknown-collection'
  /** A query names an unknown field, a wrong type or a bad limit. */
  | 'invalid-query'
  /** A frame that is not JSON, or lacks what its type needs. */
  | 'invalid-message'
  /** A frame type that the worker does not know. */
  | 'unknown-type'
  /** A frame, record or result over the size limit, or a query that would read too many records. */
  | 'too-large'
  /** More frames in a short time than a connection may send; nothing was done. Try again later. */
  | 'rate-limited'
  /** More queries open than a connection may have. */
  | 'too-many'
  /** The worker failed; nothing was written. */
  | 'internal'
  /** The room could not start: nothing was done, and the next call or connection has it try again. */
  | 'room-failed'
  /** The game is not running, or runs already. */
  | 'not-running'
  /** The code of a game's room has failed: the game is over. */
  | 'game-failed'
  /** The token is missing or bad. */
  | 'unauthorized'
  /** The token was good once. */
  | 'token-expired'
  /** The identity is known and has no business in this room. */
  | 'forbidden'
  /** The socket dropped while the call was in flight; whether the write happened is not known. */
  | 'disconnected'
  /** Called while offline; nothing was sent. */
  | 'not-connected'
  /** No ACK within ten seconds; whether the write happened is not known. */
  | 'timeout'

/** Where an error points, as far as it applies. */
export interface ErrorPlace {
  collection?: string | undefined
  recordId?: string | undefined
  field?: string | undefined
}

/**
 * The one error type of this package, on both sides: `code` for programs, `message` for people (it begins with
 * the words that clients match on, see `docs/protocol.md`), and the collection, record and field it speaks of, if any.
 */
export class DeepSpaceError extends Error {
  override readonly name = 'DeepSpaceError'
  readonly code: ErrorCode
  declare readonly collection?: string
  declare readonly recordId?: string
  declare readonly field?: string

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}) {
    super(message)
    this.code = code
    for (const part of ['collection', 'recordId', 'field'] as const) {
      if (place[part] !== undefined) this[part] = place[part]
    }
  }
}

/** `null`, `array`, or what `typeof` says: how error messages name the type of a value that came in. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** How error messages say that what came in at a place is not what was expected there. */
export function mismatch(path: string, expected: string, value: unknown): string {
  return `${path}: expected ${expected}, received ${typeName(value)}`
}

/** `[a-zA-Z…]` values in a message: long ones are cut, so that an error never repeats a megabyte. */
export function quoted(value: string): string {
  return JSON.stringify(clipped(value))
}

/** How error messages say what came in: a text as it is, of anything else its type. */
export function received(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : typeName(value)
}

/** A text that stays short in a message. */
export function clipped(value: string, length = 60): string {
  return value.length > length ? `${value.slice(0, length - 3)}...` : value
}
