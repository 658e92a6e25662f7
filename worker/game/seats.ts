import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { GameSession } from './game-session.ts'
import { dataOf, type KeptSeat, type Seat } from './seat.ts'

/** The seats of a game, by user. */
export class Seats {
  readonly #most: number
  readonly #seats = new Map<string, Seat>()

  /** `kept` are those of before the object has started. */
  constructor(most: number, kept: readonly KeptSeat[] = []) {
    this.#most = most
    for (const seat of kept) this.add({ ...seat, data: dataOf(seat), driver: undefined, waiting: [] })
  }

  get(userId: string): Seat | undefined {
    return this.#seats.get(userId)
  }

  /** In the order in which they were taken. */
  get all(): Seat[] {
    return [...this.#seats.values()]
  }

  /** A seat for the user of a connection, yet to be added; `undefined` where none is free. */
  free(session: GameSession): Seat | undefined {
    if (this.#seats.size >= this.#most) return undefined
    const { userId, name, anonymous } = session.identity
    // The numbers of what it was refused are used up.
    const { seq = 0 } = session.kept
    return {
      userId,
      userName: name,
      isVisitor: anonymous,
      connectedAt: new Date().toISOString(),
      ready: false,
      data: {},
      seq,
      received: seq,
      until: undefined,
      driver: session,
      waiting: [],
    }
  }

  add(seat: Seat): void {
    this.#seats.set(seat.userId, seat)
  }

  delete(userId: string): void {
    this.#seats.delete(userId)
  }

  clear(): void {
    this.#seats.clear()
  }

  /** What waits is used no more. */
  forgetInputs(): void {
    for (const seat of this.#seats.values()) {
      seat.waiting = []
      seat.seq = seat.received
    }
  }

  /** Whether somebody plays who is connected. */
  get isPlayed(): boolean {
    return this.all.some(({ driver }) => driver !== undefined)
  }

  /** Until when the first of those is held whose players are not connected; `Infinity` where none is. */
  get heldUntil(): number {
    return Math.min(...this.all.map(({ until }) => until ?? Number.POSITIVE_INFINITY))
  }
}

/** Of several connections of a user the one that drives; none of those that have left. */
export function newest(sessions: readonly GameSession[]): GameSession | undefined {
  return sessions.reduce<GameSession | undefined>((last, each) => {
    const { playsSince } = each.kept
    return playsSince === undefined || (last && last.kept.playsSince! > playsSince) ? last : each
  }, undefined)
}

export function full(): DeepSpaceError {
  return new DeepSpaceError('too-many', 'Game is full')
}
