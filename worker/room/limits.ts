/** How much somebody may ask of a room of any kind and leave unread. Every bound has a default; see `docs/security.md`. */
export interface Limits {
  /** The longest frame that is read, in bytes; default 1 MiB. */
  readonly frameBytes: number
  /** How many frames a second of a connection are handled in the long run; default 200. */
  readonly framesPerSecond: number
  /** How many frames of a connection may come at once after a silence; default 2,000. */
  readonly frameBurst: number
  /**
   * How much work a user may cause a second in the long run, on all connections together; default 20,000. A unit takes a
   * few microseconds: in a record room it is a record read, 10 rows that SQL looks at, 1,024 characters read, 512 sent in
   * an answer, or 2,048 steps.
   */
  readonly workPerSecond: number
  /** How much work a user may cause at once after a silence; default 100,000. What is asked last may leave a debt. */
  readonly workBurst: number
  /** How much may be on its way to a connection that does not take it, in characters; beyond, it is closed. Default 64 Mi. */
  readonly backlog: number
}

export const defaultLimits: Limits = {
  frameBytes: 1024 * 1024,
  framesPerSecond: 200,
  frameBurst: 2000,
  workPerSecond: 20_000,
  workBurst: 100_000,
  backlog: 64 * 1024 * 1024,
}
