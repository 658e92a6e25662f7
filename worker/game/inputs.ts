import * as v from 'valibot'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { reasonOf } from '../../src/protocol/frame.ts'
import type { GameAction } from '../../src/protocol/game/messages.ts'
import { whyNotJson } from '../../src/protocol/json.ts'
import type { Attached, GameSession } from './game-session.ts'
import type { Seat } from './seat.ts'

/** Takes what players do, to wait for its tick: in order, each once. */
export class Inputs {
  readonly #schema: v.GenericSchema | undefined
  readonly #most: number
  #count = 0

  /** `schema` is what the app takes for an input, `most` how many of a player may wait. */
  constructor(schema: v.GenericSchema | undefined, most: number) {
    this.#schema = schema
    this.#most = most
  }

  /** Throws a `DeepSpaceError` that says why an input is refused. */
  take(session: GameSession, seat: Seat, { seq, ...given }: { seq?: number } & GameAction, isRunning: boolean): void {
    if (seq !== undefined) {
      const why = whyNotNext(session.kept, seq)
      if (why) throw new DeepSpaceError('invalid-message', `Invalid message: seq: ${why}`, { field: 'seq' })
      session.kept.seq = seq
    }
    if (seat.driver !== session) {
      throw new DeepSpaceError('denied', 'Write access denied: another connection of yours plays')
    }
    // What came on a connection before is not done again.
    if (seq !== undefined && seq <= seat.received) return
    seat.received = seq ?? seat.received
    if (!isRunning) throw notRunning()
    const why = whyNotJson(given.data, 'data')
    if (why) throw new DeepSpaceError('invalid-message', `Invalid message: ${why}`, { field: 'data' })
    if (seat.waiting.length >= this.#most) {
      throw new DeepSpaceError('too-many', `Too many inputs are waiting: at most ${this.#most}`)
    }
    const action = this.#conform(given)
    seat.waiting.push({ input: { ...action, userId: seat.userId }, serial: ++this.#count, seq })
  }

  /** An input is refused before it was read: its number is used up all the same. */
  note(session: GameSession, seq: number, seat: Seat | undefined): void {
    if (whyNotNext(session.kept, seq)) return
    session.kept.seq = seq
    if (seat?.driver === session) seat.received = Math.max(seat.received, seq)
  }

  /** What the app makes of an input. */
  #conform(given: GameAction): GameAction {
    if (!this.#schema) return given
    const result = v.safeParse(this.#schema, given)
    if (result.success) return result.output as GameAction
    const [issue] = result.issues
    const field = v.getDotPath(issue) ?? 'input'
    throw new DeepSpaceError('invalid-field', `FIELD ERROR: ${field}: ${reasonOf(issue)}`, { field })
  }
}

/** Why a number is not the next of a connection, if it is not. */
function whyNotNext({ seq: before, above }: Attached, seq: number): string | undefined {
  if (before === undefined) return seq > above ? undefined : `expected more than ${above}, received ${seq}`
  return seq === before + 1 ? undefined : `expected ${before + 1}, received ${seq}`
}

export function notRunning(): DeepSpaceError {
  return new DeepSpaceError('not-running', 'Game is not running')
}
