import { errorPayload } from '../../src/protocol/error-payload.ts'
import type { DeepSpaceError } from '../../src/protocol/errors.ts'
import { encodeFrame } from '../../src/protocol/frame.ts'
import { type Delta, deltaOf, type GameState } from '../../src/protocol/game/delta.ts'
import type { BaselineGameFrame, GameEnding, GamePlayer, GameServerFrame } from '../../src/protocol/game/messages.ts'
import type { GameSession } from './game-session.ts'
import type { Now } from './game-storage.ts'
import type { Seat } from './seat.ts'
import { settled } from './settled.ts'

/** What the telling has of the room. */
interface Source {
  readonly sessions: () => Iterable<GameSession>
  readonly send: (session: GameSession, text: string) => void
  readonly attend: (session: GameSession, work: () => void) => void
  readonly seatOf: (session: GameSession) => Seat | undefined
  readonly now: () => Now
  readonly playersFor: (version: number) => readonly GamePlayer[]
  /** What somebody in a seat sees, or in none; may throw. */
  readonly view: (seat: Seat | undefined) => unknown
  /** Whether all see the same. */
  readonly isOneForAll: boolean
  readonly tickRate: number
  /** A view could not be had; its viewers see what they have seen before. */
  readonly failed: (error: unknown) => void
}

/** What all who see the same have been told last. */
interface Sight {
  /** The state that it is a view of. */
  readonly state: GameState
  readonly view: GameState
  text?: string
}

/** What is new in a sight, in one turn of telling. */
interface News {
  readonly sight: Sight
  readonly delta: Delta | undefined
  deltaText?: string
}

/** What a connection has been told. */
interface Told {
  /** As who it sees what it sees. */
  viewer: string
  seq: number
  /** When it was told the whole state last, as a tick. */
  wholeAt: number
  /** It has missed something, and is told the whole. */
  isBehind: boolean
}

type Turn = Map<string, News>

/** How often at most a version 1 client is told the whole state, in seconds: none that lost its way is lost for longer. */
const wholeEvery = 5

/**
 * Tells connections what they may see of a game, and nothing where that has not changed. What is told is written once for all who see
 * the same. Whoever sees the same has been told the same last.
 */
export class Telling {
  readonly #source: Source
  readonly #sights = new Map<string, Sight>()
  readonly #told = new Map<GameSession, Told>()
  #failure: { readonly error: unknown } | undefined

  constructor(source: Source) {
    this.#source = source
  }

  /** Tells a connection what it may do. */
  greet(session: GameSession, canWrite: boolean): void {
    const { userId } = session.identity
    const payload = session.version > 0 ? { canWrite, userId } : { canWrite }
    this.#source.send(session, encodeFrame<GameServerFrame | BaselineGameFrame>({ type: 'auth', payload }))
  }

  /** Tells a connection why something of it is refused; `seq` is the number of an input. */
  refuse(session: GameSession, error: DeepSpaceError, seq?: number): void {
    const payload = { ...errorPayload(error), ...(seq !== undefined && { seq }) }
    this.#source.send(session, encodeFrame<GameServerFrame>({ type: 'core.error', payload }))
  }

  /** A connection hears from now on what changes; one that is behind is told the whole when something does. */
  add(session: GameSession, isBehind: boolean): void {
    // Whoever sees the same has been told what this one is shown.
    if (!isBehind) this.tell()
    const viewer = this.#viewer(this.#source.seatOf(session))
    this.#told.set(session, { viewer, seq: 0, wholeAt: 0, isBehind })
    if (!isBehind) this.#look(session, new Map())
    this.#settle()
  }

  remove(session: GameSession): void {
    this.#told.delete(session)
  }

  /** Tells a connection everything. */
  show(session: GameSession): number {
    this.add(session, false)
    const length = this.#sendWhole(session, this.#look(session, new Map()))
    this.#settle()
    return length
  }

  /** A connection has taken in what it was sent: it is told what it has missed. */
  caughtUp(session: GameSession): void {
    if (this.#told.get(session)?.isBehind && !session.traffic.lags) this.tell()
  }

  /** Tells everybody what has changed for them. */
  tell(): void {
    this.#tellAll()
    this.#settle()
  }

  #tellAll(): void {
    const turn: Turn = new Map()
    for (const session of this.#source.sessions()) {
      const told = this.#told.get(session)
      if (told) this.#source.attend(session, () => this.#tellOne(session, told, this.#look(session, turn), turn))
    }
    for (const viewer of this.#sights.keys()) if (!turn.has(viewer)) this.#sights.delete(viewer)
  }

  /** Tells everybody that the game begins, with what they see. */
  start(): void {
    const { round } = this.#source.now()
    this.#announce('game.start', ({ text }, version) => {
      return `{"tick":0,${version > 0 ? `"round":${round},` : ''}"state":${text}}`
    })
  }

  /** Tells everybody what has changed, and that it is over. */
  end(reason: GameEnding): void {
    this.#tellAll()
    const { tick } = this.#source.now()
    this.#announce('game.end', ({ text }, version) => {
      return `{"tick":${tick},${version > 0 ? `"reason":"${reason}",` : ''}"state":${text}}`
    })
    // That it has failed has been told already, where it has.
    if (reason === 'failed') this.#failure = undefined
    this.#settle()
  }

  /** Tells everybody something that is no secret; `undefined` says nothing to clients of that version. */
  announce(frameFor: (version: number) => GameServerFrame | BaselineGameFrame | undefined, but?: GameSession): void {
    const texts = new Map<number, string | undefined>()
    for (const session of [...this.#source.sessions()]) {
      const version = Math.min(1, session.version)
      if (session === but) continue
      if (!texts.has(version)) {
        const frame = frameFor(version)
        texts.set(version, frame && JSON.stringify(frame))
      }
      const text = texts.get(version)
      if (text !== undefined) this.#source.attend(session, () => this.#source.send(session, text))
    }
  }

  #announce(type: string, payloadOf: (sight: Required<Sight>, version: number) => string): void {
    const turn: Turn = new Map()
    for (const session of [...this.#source.sessions()]) {
      const told = this.#told.get(session)
      if (!told) continue
      this.#source.attend(session, () => {
        const { sight } = this.#look(session, turn)
        this.#shown(told, session)
        const payload = payloadOf({ ...sight, text: textOf(sight) }, session.version)
        this.#source.send(session, `{"type":"${type}","payload":${payload}}`)
      })
    }
  }

  #tellOne(session: GameSession, told: Told, news: News, turn: Turn): void {
    const { version, traffic } = session
    const seat = this.#source.seatOf(session)
    const seq = seat && seat.seq > told.seq ? seat.seq : undefined
    if (told.viewer !== this.#viewer(seat)) told.isBehind = true
    if (news.delta === undefined && seq === undefined && !told.isBehind) return
    // What it does not take in yet is told as one when it does.
    if (version > 0 && traffic.lags) {
      told.isBehind = true
      return
    }
    const { tick } = this.#source.now()
    if (version === 0) {
      if (told.isBehind) this.#sendWhole(session, news)
      else if (news.delta) this.#send(session, 'game.tick', `{"tick":${tick},"state":${textOf(news.sight)}}`)
      return
    }
    const isDue = news.delta !== undefined && tick - told.wholeAt >= wholeEvery * this.#source.tickRate
    if (told.isBehind || isDue) {
      this.#sendWhole(session, turn.get(this.#viewer(seat))!)
      return
    }
    if (seq !== undefined) told.seq = seq
    if (news.delta) news.deltaText ??= JSON.stringify(news.delta)
    const parts = [
      `"tick":${tick}`,
      ...(seq === undefined ? [] : [`"seq":${seq}`]),
      ...(news.delta ? [`"delta":${news.deltaText}`] : []),
    ]
    this.#send(session, 'game.tick', `{${parts.join()}}`)
  }

  /** Gives how long the frame is, in characters. */
  #sendWhole(session: GameSession, { sight }: News): number {
    const { tick, running, skipped, round } = this.#source.now()
    const { version } = session
    const seat = this.#source.seatOf(session)
    this.#shown(this.#told.get(session)!, session)
    const rest = {
      tick,
      running,
      ...(version > 0 && { tickRate: this.#source.tickRate, skipped, round }),
      ...(version > 0 && seat && { seq: seat.seq, received: seat.received }),
      players: this.#source.playersFor(version),
    }
    const payload = `${JSON.stringify(rest).slice(0, -1)},"state":${textOf(sight)}}`
    this.#send(session, 'game.state', payload)
    return payload.length
  }

  #shown(told: Told, session: GameSession): void {
    const seat = this.#source.seatOf(session)
    told.viewer = this.#viewer(seat)
    told.seq = seat?.seq ?? 0
    told.wholeAt = this.#source.now().tick
    told.isBehind = false
  }

  #send(session: GameSession, type: string, payload: string): void {
    this.#source.send(session, `{"type":"${type}","payload":${payload}}`)
  }

  /** What a connection sees now, and what is new in it for all who see the same: looked at once in a turn. */
  #look(session: GameSession, turn: Turn): News {
    const seat = this.#source.seatOf(session)
    const viewer = this.#viewer(seat)
    const known = turn.get(viewer)
    if (known) return known
    const before = this.#sights.get(viewer)
    const { state } = this.#source.now()
    const sight = before?.state === state ? before : this.#sightOf(seat, state, before)
    const news = { sight, delta: before && deltaOf(before.view, sight.view) }
    this.#sights.set(viewer, sight)
    turn.set(viewer, news)
    return news
  }

  #sightOf(seat: Seat | undefined, state: GameState, before: Sight | undefined): Sight {
    try {
      const seen = this.#source.isOneForAll ? state : settled(this.#source.view(seat), before?.view, 'view')
      return seen === before?.view ? { ...before, state } : { state, view: seen }
    } catch (error) {
      this.#failure ??= { error }
      return { ...before, view: before?.view ?? {}, state }
    }
  }

  /** Only once everybody was told: what follows from it tells them more. */
  #settle(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure) this.#source.failed(failure.error)
  }

  #viewer(seat: Seat | undefined): string {
    if (this.#source.isOneForAll) return ''
    return seat ? `player ${seat.userId}` : 'watcher'
  }
}

function textOf(sight: Sight): string {
  sight.text ??= JSON.stringify(sight.view)
  return sight.text
}
