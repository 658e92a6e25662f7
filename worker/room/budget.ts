import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { Limits } from './limits.ts'

/** So much of a frame is read for one unit. */
const readForOne = 1024

/** How long who has flooded a room stays away, in milliseconds. */
const barredFor = 10_000

/**
 * How much work one user may cause, on all their connections together. A unit is about what it takes to read a record:
 * a few microseconds. Work is charged as it is done and may leave a debt; who has one is refused until it is paid.
 */
export class Budget {
  readonly #limits: Limits
  #left: number
  #refilledAt = Date.now()
  #barredUntil = 0

  constructor(limits: Limits) {
    this.#limits = limits
    this.#left = limits.workBurst
  }

  /** Throws a `DeepSpaceError` with the code `rate-limited` while there is a debt, or one that is larger than `tolerated`. */
  check(tolerated = 0): void {
    const owed = this.owed - tolerated
    if (owed <= 0) return
    const seconds = Math.ceil(owed / this.#limits.workPerSecond)
    throw new DeepSpaceError('rate-limited', `Too much work for the room: try again in ${seconds} s, or ask for less`)
  }

  /** How much is owed, in units; 0 where nothing is. */
  get owed(): number {
    this.#refill()
    return Math.max(0, -this.#left)
  }

  /** How long it takes until nothing is owed, in milliseconds. */
  get wait(): number {
    return (this.owed / this.#limits.workPerSecond) * 1000
  }

  /**
   * Throws like {@link check}, where more than a burst is owed: what is written is not held back for a question of a moment
   * ago.
   */
  checkWrite(): void {
    this.check(this.#limits.workBurst)
  }

  spend(units: number): void {
    this.#left -= units
  }

  /** A frame of so many characters, or bytes, is read. */
  read(length: number): void {
    this.spend(length / readForOne)
  }

  /** The user has flooded the room, and is to stay away for a while: another connection would be another burst. */
  bar(): void {
    this.#barredUntil = Date.now() + barredFor
  }

  get isBarred(): boolean {
    return Date.now() < this.#barredUntil
  }

  /** Whether nothing is owed any more, so that nothing needs to be remembered. */
  get isFull(): boolean {
    this.#refill()
    return !this.isBarred && this.#left >= this.#limits.workBurst
  }

  #refill(): void {
    const now = Date.now()
    const gained = (Math.max(0, now - this.#refilledAt) / 1000) * this.#limits.workPerSecond
    this.#left = Math.min(this.#limits.workBurst, this.#left + gained)
    this.#refilledAt = now
  }
}
