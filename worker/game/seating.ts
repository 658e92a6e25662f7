import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { GameSession } from './game-session.ts'
import { baselinePlayerOf, playerOf, type Seat } from './seat.ts'
import { full, newest, type Seats } from './seats.ts'
import type { Telling } from './telling.ts'

/** What the room's own code hears of a player. */
export type PlayerHook = 'onPlayerJoin' | 'onPlayerLeave' | 'onPlayerDrop' | 'onPlayerReturn'

/** What the seating has of the room. */
interface Source {
  readonly seats: Seats
  readonly telling: Telling
  /** For how long a seat is held, in milliseconds. */
  readonly reconnectFor: number
  readonly sessions: () => Iterable<GameSession>
  readonly mayWrite: (session: GameSession) => boolean
  /** Writes what is kept of a connection to where it outlives a sleep. */
  readonly keep: (session: GameSession) => void
  /** Has the room's own code hear of a player; says whether it could. */
  readonly call: (hook: PlayerHook, seat: Seat) => boolean
  /** Seats have changed, and those whom it concerns have been told so. */
  readonly changed: () => void
}

/** Gives users their seats, by whichever connections they have, holds them, and takes them back; and says so to all. */
export class Seating {
  readonly #source: Source

  constructor(source: Source) {
    this.#source = source
  }

  /**
   * Gives a connection the seat of its user, or a free one; says whether there was none, or the room's own code has failed, of which all
   * have been told. Nothing is awaited: of many who come at once nobody gets a seat that is none.
   */
  sit(session: GameSession): 'seated' | 'full' | 'failed' {
    const { seats } = this.#source
    const known = seats.get(session.identity.userId)
    if (known) {
      const before = known.driver
      known.driver = newest(before ? [before, session] : [session])
      if (!before) this.#returned(known, session)
      return 'seated'
    }
    const seat = seats.free(session)
    if (!seat) return 'full'
    if (!this.#source.call('onPlayerJoin', seat)) return 'failed'
    seats.add(seat)
    this.#source.telling.announce((version) => {
      const player = version > 0 ? playerOf(seat) : baselinePlayerOf(seat)
      return { type: 'game.player_join', payload: { player } }
    }, session)
    this.#source.changed()
    return 'seated'
  }

  /**
   * A connection asks to play: it has its user's seat, or a free one, and drives. It is shown the game, where it did not before. Says
   * what {@link sit} says. Throws a `DeepSpaceError` where it may not play.
   */
  ask(session: GameSession): 'seated' | 'failed' {
    const { seats, telling, mayWrite, keep } = this.#source
    const known = seats.get(session.identity.userId)
    if (!mayWrite(session)) throw spectator()
    if (known?.driver === session) return 'seated'
    session.kept.playsSince = Math.max(Date.now(), (known?.driver?.kept.playsSince ?? 0) + 1)
    if (known) handOver(known, session)
    keep(session)
    const outcome = this.sit(session)
    if (outcome === 'full') throw full()
    if (outcome === 'seated') telling.show(session)
    return outcome
  }

  /** A connection plays no more, and watches until it asks to play again. */
  leave(session: GameSession): void {
    session.kept.playsSince = undefined
    this.#source.keep(session)
    this.withdraw(session, false)
    // Also where another one drives: it sees what those see who watch.
    this.#source.telling.tell()
  }

  /** A connection is there again after a sleep of the room. */
  resume(session: GameSession): void {
    const seat = this.#source.seats.get(session.identity.userId)
    if (!seat || !this.#source.mayWrite(session)) return
    seat.driver = newest([...(seat.driver ? [seat.driver] : []), session])
    if (seat.driver) seat.until = undefined
  }

  /** A connection does not play any more: another one of the user drives, or the seat is held where its player may return, or it is free. */
  withdraw(session: GameSession, mayReturn: boolean): void {
    const { seats, telling, mayWrite, keep, sessions } = this.#source
    const { userId } = session.identity
    const seat = seats.get(userId)
    if (seat?.driver !== session) return
    const others = [...sessions()].filter((other) => {
      return other !== session && other.identity.userId === userId && mayWrite(other)
    })
    const heir = newest(others)
    seat.driver = heir
    if (heir) {
      handOver(seat, heir)
      keep(heir)
      // It goes on with the numbers that it is told.
      if (heir.version > 0) telling.show(heir)
      return
    }
    if (mayReturn) this.#hold(seat)
    else this.#vacate(seat)
  }

  /** The seats that are held for those who are meant. */
  heldFor(isMeant: (userId: string) => boolean): Seat[] {
    return this.#source.seats.all.filter(({ userId, driver }) => !driver && isMeant(userId))
  }

  /** Frees the seats that are held for those who are meant: they may not play any more. */
  giveUp(isMeant: (userId: string) => boolean): void {
    for (const seat of this.heldFor(isMeant)) this.#vacate(seat)
  }

  /** Frees the seats that were held long enough. */
  expire(): void {
    const now = Date.now()
    for (const seat of this.#source.seats.all) if (seat.until !== undefined && seat.until <= now) this.#vacate(seat)
  }

  /** The object has started: whose connections have not outlived the one before has dropped. */
  awake(): void {
    for (const seat of this.#source.seats.all) if (!seat.driver && seat.until === undefined) this.#hold(seat)
  }

  /** The seat that a connection plays in. Throws a `DeepSpaceError` that says why there is none. */
  of(session: GameSession): Seat {
    if (!this.#source.mayWrite(session)) throw spectator()
    if (session.kept.playsSince === undefined)
      throw new DeepSpaceError('denied', 'Write access denied: this connection has left the game')
    const seat = this.#source.seats.get(session.identity.userId)
    if (seat) return seat
    throw full()
  }

  #hold(seat: Seat): void {
    if (seat.isVisitor) return this.#vacate(seat)
    seat.until = Date.now() + this.#source.reconnectFor
    this.#source.call('onPlayerDrop', seat)
    this.#announce('game.player_drop', seat)
    this.#source.changed()
  }

  #returned(seat: Seat, session: GameSession): void {
    seat.until = undefined
    this.#source.call('onPlayerReturn', seat)
    this.#announce('game.player_return', seat, session)
    this.#source.changed()
  }

  #vacate(seat: Seat): void {
    const { userId } = seat
    this.#source.seats.delete(userId)
    seat.driver = undefined
    this.#source.call('onPlayerLeave', seat)
    this.#source.telling.announce(() => ({ type: 'game.player_leave', payload: { userId } }))
    this.#source.changed()
  }

  /** Part A has no words for it. */
  #announce(type: 'game.player_drop' | 'game.player_return', { userId }: Seat, but?: GameSession): void {
    this.#source.telling.announce((version) => (version > 0 ? { type, payload: { userId } } : undefined), but)
  }
}

/** A connection drives in the place of another: the numbers of both are behind it. */
function handOver(seat: Seat, { kept }: GameSession): void {
  seat.received = Math.max(seat.received, kept.seq ?? 0)
  kept.above = seat.received
  kept.seq = undefined
}

function spectator(): DeepSpaceError {
  return new DeepSpaceError('denied', 'Write access denied: spectators cannot drive the game')
}
