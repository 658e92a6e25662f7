import { defaultLimits, type Limits } from '../room/limits.ts'

/** The limits of a room with a game. */
export interface GameLimits extends Limits {
  /** The longest frame that is read, in bytes; default 16 KiB. */
  readonly frameBytes: number
  /** How many inputs of a player may wait for their tick; default 256. */
  readonly inputsWaiting: number
  /** How many bytes of UTF-8 the state may have as JSON, 1 MiB at most; default 256 KiB. */
  readonly stateBytes: number
  /** After how long at most a game that runs is taken up again by itself where its object has ended, in milliseconds; default 60,000. */
  readonly resumeWithin: number
}

export const defaultGameLimits: GameLimits = {
  ...defaultLimits,
  frameBytes: 16 * 1024,
  inputsWaiting: 256,
  stateBytes: 256 * 1024,
  resumeWithin: 60_000,
}
