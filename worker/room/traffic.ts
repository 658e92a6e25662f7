/** How much one connection may ask of a room and leave unread. Every bound has a default; see `docs/security.md`. */
export interface Limits {
  /**
   * The longest frame that is read, in bytes; default 1 MiB. A record may be 4 KiB less, so that the frames that tell of
   * it keep within the same bound.
   */
  readonly frameBytes: number
  /** How many frames a second are handled in the long run; default 200. */
  readonly framesPerSecond: number
  /** How many frames may come at once after a silence; default 2,000. */
  readonly frameBurst: number
  /** How many queries a connection may have open; default 200. */
  readonly subscriptions: number
  /** How many records a query may make the room read; default 250,000. */
  readonly scannedRecords: number
  /** How much of them it may make the room read, in characters; default 64 Mi. */
  readonly scannedLength: number
  /** How many steps, of about a nanosecond, its conditions may take on the records that SQL has found; default 256 Mi. */
  readonly comparedSteps: number
  /**
   * How much work a user may cause a second in the long run, on all connections together; default 50,000. A unit is a
   * record read, 10 rows that SQL looks at, 1,024 characters read, or 2,048 steps.
   */
  readonly workPerSecond: number
  /** How much work a user may cause at once after a silence; default 500,000. */
  readonly workBurst: number
  /** How long a result may be, in characters of JSON; default 16 Mi. */
  readonly resultLength: number
  /** How much may be on its way to a connection that does not take it, in characters; beyond, it is closed. Default 64 Mi. */
  readonly backlog: number
}

export const defaultLimits: Limits = {
  frameBytes: 1024 * 1024,
  framesPerSecond: 200,
  frameBurst: 2000,
  subscriptions: 200,
  scannedRecords: 250_000,
  scannedLength: 64 * 1024 * 1024,
  comparedSteps: 256 * 1024 * 1024,
  workPerSecond: 50_000,
  workBurst: 500_000,
  resultLength: 16 * 1024 * 1024,
  backlog: 64 * 1024 * 1024,
}

/** After so many characters a version 1 client is asked to say that it has come so far. */
const markEvery = 1024 * 1024

/** What passes over one connection, as far as it is bounded. It lives in memory alone: after a sleep it begins anew. */
export class Traffic {
  readonly #limits: Limits
  #tokens: number
  #refilledAt = Date.now()
  #refused = 0
  #sent = 0
  #marked = 0
  #confirmed = 0

  constructor(limits: Limits) {
    this.#limits = limits
    this.#tokens = limits.frameBurst
  }

  /** Pays for a frame, or for the work of several; says whether there was enough left for it. */
  spend(frames: number): boolean {
    const { framesPerSecond, frameBurst } = this.#limits
    const now = Date.now()
    this.#tokens = Math.min(frameBurst, this.#tokens + (Math.max(0, now - this.#refilledAt) / 1000) * framesPerSecond)
    this.#refilledAt = now
    if (this.#tokens < 1) {
      this.#refused++
      return false
    }
    this.#refused = 0
    // A costly query may leave a debt; what comes next waits until it is paid.
    this.#tokens -= frames
    return true
  }

  /** Whether the client goes on sending although it has been refused for long. */
  get floods(): boolean {
    return this.#refused > this.#limits.frameBurst
  }

  /** Notes what is sent. Gives a number to ask the client for when enough has passed since the last one. */
  send(length: number): number | undefined {
    this.#sent += length
    if (this.#sent - this.#marked < markEvery) return undefined
    this.#marked = this.#sent
    return this.#marked
  }

  /** The client has come so far; it cannot have come further than it was asked. */
  confirm(mark: number): void {
    if (mark <= this.#marked) this.#confirmed = Math.max(this.#confirmed, mark)
  }

  /** A client that is not asked for marks is believed to have read everything when it speaks. */
  confirmAll(): void {
    this.#confirmed = this.#sent
  }

  /** How many characters are on their way, as far as is known. */
  get backlog(): number {
    return this.#sent - this.#confirmed
  }
}
