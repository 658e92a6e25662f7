import type { Session } from '../room/session.ts'

/** A connection to a room with a game. */
export type GameSession = Session<Attached>

/** What a room with a game keeps of a connection. */
export interface Attached {
  /** When it opened, in milliseconds since 1970: of several of a user the newest drives. */
  readonly openedAt: number
  /** The last input that has come on it, since the room woke. */
  seq: number | undefined
}
