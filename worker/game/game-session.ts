import type { Session } from '../room/session.ts'

/** A connection to a room with a game. */
export type GameSession = Session<Attached>

/** What a room with a game keeps of a connection. */
export interface Attached {
  /**
   * Since when it plays, as far as there is a seat, in milliseconds since 1970: since it has opened, or has asked for a seat last. Of
   * several of a user the newest drives. `undefined`: it has left, and watches.
   */
  playsSince: number | undefined
  /** The last input that has come on it, since the room woke. */
  seq: number | undefined
  /** The numbers up to this one are those of another connection of the user: an input that has one is refused. */
  above: number
}
