import { longestState } from '../../src/protocol/presence/messages.ts'
import { defaultLimits, type Limits } from '../room/limits.ts'

/** The limits of a room of who is here. */
export interface PresenceLimits extends Limits {
  /** The longest frame that is read, in bytes; default 64 KiB. */
  readonly frameBytes: number
  /** How long the state of somebody may be, as JSON, in bytes of UTF-8, and an event; default 16 KiB. */
  readonly stateBytes: number
  /** How long whoever has lost the connection is shown on, in milliseconds; default 3,000. */
  readonly returnWithin: number
  /** After how long at most whoever does not answer is gone, in milliseconds; default 60,000. It is looked at a third as often, while somebody else is here. */
  readonly answerWithin: number
}

export const defaultPresenceLimits: PresenceLimits = {
  ...defaultLimits,
  frameBytes: 64 * 1024,
  stateBytes: longestState,
  returnWithin: 3000,
  answerWithin: 60_000,
}
