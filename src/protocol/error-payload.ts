import { DeepSpaceError, type ErrorCode } from './errors.ts'

/** An error as it travels: its text, and beside it what programs want to know, for clients that know of it. */
export interface ErrorPayload {
  readonly error: string
  readonly code?: ErrorCode
  readonly collection?: string
  readonly recordId?: string
  readonly field?: string
}

/** The fields of an error as they travel in `records.ack` and `core.error`. */
export function errorPayload(error: DeepSpaceError): ErrorPayload {
  return {
    error: error.message,
    code: error.code,
    ...(error.collection !== undefined && { collection: error.collection }),
    ...(error.recordId !== undefined && { recordId: error.recordId }),
    ...(error.field !== undefined && { field: error.field }),
  }
}

/** The error that a payload carries. A worker that sends only the text is understood by its first words. */
export function errorFrom(payload: ErrorPayload): DeepSpaceError {
  return new DeepSpaceError(payload.code ?? codeOf(payload.error), payload.error, payload)
}

/** The code of an error by its first words, which `docs/protocol.md` fixes. */
const codes: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^\w+ DENIED/, 'denied'],
  [/^(FIELD|Required|Cannot)/, 'invalid-field'],
  [/^Record/, 'not-found'],
  [/^Duplicate/, 'duplicate'],
  [/^Schema/, 'unknown-collection'],
  [/^Unknown/, 'unknown-type'],
  [/^Invalid/, 'invalid-message'],
]

function codeOf(text: string): ErrorCode {
  return codes.find(([words]) => words.test(text))?.[1] ?? 'internal'
}
