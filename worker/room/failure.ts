import { DeepSpaceError, type ErrorPlace } from '../../src/protocol/errors.ts'

/**
 * Does a step of a room's start. What fails in it is thrown as a `DeepSpaceError` with the code `room-failed` that says
 * which step that was, and which step of that one: `collections: collection "tasks": field "title": ...`.
 */
export function during<T>(step: string, work: () => T, place: ErrorPlace = {}): T {
  const fail = (error: unknown): never => {
    throw failureOf(`${step}: `, error, place)
  }
  try {
    const result = work()
    return result instanceof Promise ? (result.catch(fail) as T) : result
  } catch (error) {
    return fail(error)
  }
}

/** Why a room could not start, for whoever may know everything about it. */
export function startFailure(error: unknown): DeepSpaceError {
  return failureOf('The room could not start: ', error, {})
}

function failureOf(where: string, error: unknown, place: ErrorPlace): DeepSpaceError {
  const reason = error instanceof Error ? error.message : String(error)
  const known = error instanceof DeepSpaceError ? error : undefined
  const { collection, recordId, field } = { ...known }
  const failure = new DeepSpaceError('room-failed', `${where}${reason}`, {
    ...place,
    ...(collection !== undefined && { collection }),
    ...(recordId !== undefined && { recordId }),
    ...(field !== undefined && { field }),
  })
  failure.cause = known?.cause ?? error
  return failure
}

/** The last words about each room of this process that does not start, and when they were said. */
const said = new Map<string, { readonly reason: string; readonly at: number }>()

/** In milliseconds. */
const saidAgainAfter = 60_000

/**
 * Says in the log why a room could not start: once, and once a minute while it lasts, however many ask for the room
 * meanwhile and so have it try again.
 */
export function logFailure(room: string, failure: DeepSpaceError): void {
  const last = said.get(room)
  if (last?.reason === failure.message && Date.now() - last.at < saidAgainAfter) return
  said.set(room, { reason: failure.message, at: Date.now() })
  console.error(`room ${JSON.stringify(room)}: ${failure.message}`, failure.cause)
}

/** A room has started: what was said of it is over. */
export function forgetFailure(room: string): void {
  said.delete(room)
}
