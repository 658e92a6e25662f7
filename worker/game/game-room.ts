import { errorPayload } from '../../src/protocol/error-payload.ts'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { openFrame } from '../../src/protocol/frame.ts'
import type { GameState } from '../../src/protocol/game/delta.ts'
import {
  type AnyAction,
  type GameAction,
  type GameClientFrame,
  type GameEnding,
  readGameFrame,
  seqOfInput,
} from '../../src/protocol/game/messages.ts'
import type { GameInput } from '../../src/protocol/game/step.ts'
import type { Identity } from '../edge/identity.ts'
import type { Departure } from '../room/departures.ts'
import { during } from '../room/failure.ts'
import { type Chore, presentable } from '../room/room.ts'
import { defaultGameLimits, type GameLimits } from './game-limits.ts'
import { GameRules } from './game-rules.ts'
import type { Attached, GameSession } from './game-session.ts'
import { GameStorage, type Now } from './game-storage.ts'
import { Inputs, notRunning } from './inputs.ts'
import { Loop } from './loop.ts'
import { baselinePlayerOf, dataOf, type Player, playerOf, type Seat, takeInputs } from './seat.ts'
import { type PlayerHook, Seating } from './seating.ts'
import { full, Seats } from './seats.ts'
import { Telling } from './telling.ts'
import { Turns } from './turns.ts'
import { World } from './world.ts'

/**
 * The Durable Object that decides one game, at `/ws/game/<id>`. Extend it, and give it to `routeRooms` as `rooms.game`; whoever may
 * play is said at the door (`authorize`), or by a record that it is bound to.
 *
 *     export class Race extends GameRoom<Env, Track> {
 *       create() {
 *         return { cars: {} }
 *       }
 *       onTick(track: Track, inputs: GameInput[], { dt }: Step) { ... }
 *     }
 *
 * The state is an object of JSON. `onTick` and the hooks get one of their own: they change it, or return the next. What they throw ends
 * the game, and the state is as it was before.
 */
export abstract class GameRoom<
  Env = unknown,
  State extends object = GameState,
  Action extends AnyAction = GameAction,
> extends GameRules<Env, State, Action> {
  readonly #turns = new Turns()
  #bounds: GameLimits | undefined
  #storage!: GameStorage
  #lease!: Chore
  #loop!: Loop
  #telling!: Telling
  #seats!: Seats
  #seating!: Seating
  #inputs!: Inputs
  #world!: World<State>
  /** How many games have begun. */
  #round = 0
  #tick = 0
  #running = false
  /** The steps since the game was kept. */
  #unkept = 0

  // Life and connections

  protected override start(): void {
    this.checkRules()
    this.#storage = new GameStorage(this.ctx.storage.sql)
    this.#lease = this.chore('game', () => this.#turns.take(() => this.#look()))
    this.#loop = new Loop(
      this.tickRate,
      () => this.#turns.take(() => this.#step()),
      () => this.#turns.take(() => this.#woke()),
    )
    const kept = this.#storage.load()
    this.#seats = new Seats(this.maxPlayers, kept?.seats)
    this.#world = during('create', () => new World(kept?.state ?? this.create(), this.bounds.stateBytes))
    this.#inputs = new Inputs(this.input, this.bounds.inputsWaiting)
    this.#telling = new Telling({
      sessions: () => this.sessions.values(),
      send: (session, text) => this.send(session, text),
      attend: (session, work) => this.attend(session, work),
      seatOf: (session) => (this.#plays(session) ? this.#seats.get(session.identity.userId) : undefined),
      now: () => this.#now,
      playersFor: (version) => this.#seats.all.map(version > 0 ? playerOf : baselinePlayerOf),
      view: (seat) => this.view(this.#world.state as State, seat ? playerOf(seat) : null),
      isOneForAll: this.view === GameRules.prototype.view,
      tickRate: this.tickRate,
      failed: (error) => this.#fail(error),
    })
    this.#seating = new Seating({
      seats: this.#seats,
      telling: this.#telling,
      reconnectFor: this.reconnectFor,
      sessions: () => this.sessions.values(),
      mayWrite: (session) => this.mayWrite(session),
      keep: (session) => this.keep(session),
      call: (hook, seat) => this.#hear(hook, seat),
      changed: () => this.#settled(),
    })
    if (!kept) return
    this.#round = kept.round
    this.#tick = kept.tick
    this.#running = kept.running
    this.#loop.skipped = kept.skipped
  }

  protected override get bounds(): GameLimits {
    this.#bounds ??= { ...defaultGameLimits, ...this.limits }
    return this.#bounds
  }

  protected override keptAtFirst(): Attached {
    return { playsSince: Date.now(), seq: undefined, above: 0 }
  }

  protected override keptAtLeast(attached: Attached): Attached {
    return attached
  }

  protected override joined(session: GameSession): void {
    this.#turns.take(() => {
      this.#telling.greet(session, this.mayWrite(session))
      this.#seat(session)
    })
  }

  protected override resumed(session: GameSession): void {
    session.kept.seq = undefined
    this.#telling.add(session, true)
    this.#seating.resume(session)
  }

  protected override awake(): void {
    this.#turns.take(() => {
      this.#seating.awake()
      if (this.#running) this.#goOn()
    })
  }

  protected override left(session: GameSession, departure: Departure): void {
    // Part A has no word for leaving but to close in order.
    const mayReturn = departure === 'broken' || (departure === 'closed' && session.version > 0)
    this.#turns.take(() => {
      this.#telling.remove(session)
      this.#seating.withdraw(session, mayReturn)
    })
  }

  protected override roleChanged(session: GameSession): void {
    this.#turns.take(() => {
      this.attend(session, () => {
        this.#telling.greet(session, this.mayWrite(session))
        if (this.mayWrite(session)) return this.#seat(session)
        this.#seating.withdraw(session, false)
        this.#telling.show(session)
      })
    })
  }

  protected override absentRegranted(isMeant: (identity: Identity) => boolean, role: string | null): number {
    // A visitor's seat is not held.
    const isPlayer = (userId: string) => isMeant({ userId, name: '', email: '', anonymous: false })
    const { length } = this.#seating.heldFor(isPlayer)
    if (role === null || !this.writers.includes(role)) this.#turns.take(() => this.#seating.giveUp(isPlayer))
    return length
  }

  protected override emptied(): void {
    this.#turns.take(() => this.#empty())
  }

  #empty(): void {
    this.#loop.stop()
    this.#lease.cancel()
    this.#storage.clear()
    this.#seats.clear()
    this.#running = false
    this.#round++
    this.#tick = this.#loop.skipped = 0
    const { stateBytes } = this.bounds
    // Also where create() fails nothing is left.
    this.#world = new World({}, stateBytes)
    this.#world = new World(this.create(), stateBytes)
    // Whoever has come in since begins in an empty room.
    for (const session of this.sessions.values()) this.attend(session, () => this.#seat(session))
  }

  // Seats

  /** Gives a connection the seat of its user, or a free one, and shows it the game. */
  #seat(session: GameSession): void {
    const isFull = this.#plays(session) && this.#seating.sit(session) === 'full'
    // Who comes back as somebody who may not play is not awaited any more.
    if (!this.mayWrite(session)) this.#seating.giveUp((userId) => userId === session.identity.userId)
    if (isFull) this.#refuse(session, full())
    // Part A says nothing more to whom there is no seat for, but what happens from then on.
    if (isFull && session.version === 0) this.#telling.add(session, false)
    else this.#telling.show(session)
  }

  /** Whether a connection has a seat, as far as there is one. */
  #plays(session: GameSession): boolean {
    return session.kept.playsSince !== undefined && this.mayWrite(session)
  }

  /** Has the room's own code hear of a player; says whether it could. What it says of one who comes is told to all. */
  #hear(hook: PlayerHook, seat: Seat): boolean {
    if (hook !== 'onPlayerJoin')
      return this.#attempt(() => this.#world.change((state) => this[hook](state, playerOf(seat))))
    const player = { ...playerOf(seat) }
    let { data } = seat
    const isHeard = this.#attempt(() => {
      this.#world.change((state) => {
        const next = this.onPlayerJoin(state, player)
        data = dataOf(player)
        return next
      })
    })
    if (isHeard) seat.data = data
    return isHeard
  }

  /** Seats have changed: that is kept and told, and the game goes on while somebody plays. */
  #settled(): void {
    if (this.#running && this.#seats.all.length === 0) return this.#end('left')
    this.#telling.tell()
    this.#keep()
    this.#goOn()
  }

  #goOn(): void {
    if (this.#running && this.#seats.isPlayed) this.#loop.start()
    else this.#loop.stop()
    this.#planLease()
  }

  /** While a game runs the room is woken now and then: one whose object has ended goes on, or ends, by itself. */
  #planLease(): void {
    const lease = this.#running ? Date.now() + this.bounds.resumeWithin : Number.POSITIVE_INFINITY
    const next = Math.min(this.#seats.heldUntil, lease)
    if (Number.isFinite(next)) this.#lease.plan(next)
    else this.#lease.cancel()
  }

  /** Frees the seats that were held long enough. */
  #look(): void {
    this.#seating.expire()
    this.#goOn()
  }

  // Frames

  protected override unread(session: GameSession, message: string | ArrayBuffer, error: DeepSpaceError): void {
    const seq = typeof message === 'string' && session.version > 0 ? seqOfInput(message) : undefined
    this.#turns.take(() => this.#refuse(session, error, seq))
  }

  protected override received(session: GameSession, message: string | ArrayBuffer): void {
    this.#turns.take(() => this.#read(session, message))
  }

  #read(session: GameSession, message: string | ArrayBuffer): void {
    let seq: number | undefined
    try {
      if (typeof message !== 'string') {
        throw new DeepSpaceError('invalid-message', 'Invalid message: expected text, received bytes')
      }
      if (session.version > 0) seq = seqOfInput(message)
      session.budget.checkWrite()
      session.budget.read(message.length)
      this.#take(session, readGameFrame(openFrame(message), session.version))
    } catch (error) {
      this.#refuse(session, presentable(error), seq)
    }
  }

  #take(session: GameSession, frame: GameClientFrame): void {
    switch (frame.type) {
      case 'core.mark':
        session.traffic.confirm(frame.payload.mark)
        return this.#telling.caughtUp(session)
      case 'game.query':
        session.budget.check()
        return session.budget.spend(this.#telling.show(session) / charactersPerUnit)
      case 'game.input':
        return this.#inputs.take(session, this.#seating.of(session), frame.payload, this.#running)
      case 'game.player_ready':
        return this.#charged(session, () => this.#ready(session, frame.payload.ready))
      case 'game.leave':
        return this.#charged(session, () => this.#seating.leave(session))
      case 'game.start': {
        const player = playerOf(this.#seating.of(session))
        if (this.#running) throw new DeepSpaceError('not-running', 'Game is running already')
        if (this.mayStart(player, this.#world.state as State) !== true)
          throw new DeepSpaceError('denied', 'Game start denied')
        const { length } = this.#seats.all
        if (length < this.minPlayers) {
          throw new DeepSpaceError('denied', `Game needs ${this.minPlayers} players, and has ${length}`)
        }
        return this.#charged(session, () => this.#begin())
      }
      case 'game.end': {
        const player = playerOf(this.#seating.of(session))
        if (!this.#running) throw notRunning()
        if (this.mayEnd(player, this.#world.state as State) !== true)
          throw new DeepSpaceError('denied', 'Game end denied')
        return this.#charged(session, () => this.#end('ended'))
      }
      default:
        frame satisfies never
    }
  }

  /** What has the game stored and told anew is charged to who asks for it. Throws a `DeepSpaceError` where they owe already. */
  #charged(session: GameSession, work: () => void): void {
    session.budget.check()
    const { written } = this.#storage
    work()
    session.budget.spend(this.sessions.size + (this.#storage.written - written) / charactersPerUnit)
  }

  #ready(session: GameSession, ready: boolean): void {
    // What has failed has been told to all.
    if (this.#seating.ask(session) === 'failed') return
    const seat = this.#seating.of(session)
    const { userId } = seat
    if (seat.ready !== ready) {
      seat.ready = ready
      this.#telling.announce((version) => {
        if (version > 0) return { type: 'game.player_ready', payload: { userId, ready } }
        return ready ? { type: 'game.player_ready', payload: { userId } } : undefined
      })
      this.#settled()
    }
    const { all } = this.#seats
    if (!this.#running && all.length >= this.minPlayers && all.every((each) => each.ready)) this.#begin()
  }

  /** `seq` is the number of an input: it is used up all the same. */
  #refuse(session: GameSession, error: DeepSpaceError, seq?: number): void {
    if (seq !== undefined) this.#inputs.note(session, seq, this.#seats.get(session.identity.userId))
    this.#telling.refuse(session, error, seq)
  }

  // The game

  #begin(): void {
    this.#round++
    if (!this.#attempt(() => this.#world.change((state) => this.onStart(state)))) return
    this.#tick = 0
    this.#loop.skipped = 0
    this.#running = true
    this.#telling.start()
    this.#settled()
  }

  #step(): void {
    const inputs = takeInputs(this.#seats.all, this.inputs) as GameInput<Action>[]
    const step = { tick: this.#tick + 1, dt: 1 / this.tickRate }
    this.#unkept++
    if (!this.#attempt(() => this.#world.change((state) => this.onTick(state, inputs, step)))) return
    this.#tick = step.tick
  }

  #woke(): void {
    this.#telling.tell()
    if (this.#running && this.#unkept >= keptEvery * this.tickRate) this.#keep()
  }

  /** Ends the game, for the room's own code: at once, or when the step, or the hook, is done that calls it. Without a game nothing happens. */
  protected end(): void {
    const asked = this.#round
    this.#turns.take(() => {
      if (this.#running && this.#round === asked) this.#end('ended')
    })
  }

  #end(reason: GameEnding): void {
    this.#running = false
    this.#loop.stop()
    this.#seats.forgetInputs()
    let outcome = reason
    try {
      this.#world.change((state) => this.onEnd(state))
    } catch (error) {
      // Of several failures the first is told.
      if (reason === 'failed') this.#log('onEnd has failed too', error)
      else this.#tellFailure(error)
      outcome = 'failed'
    }
    this.#telling.end(outcome)
    this.#keep()
    this.#planLease()
  }

  get #now(): Now {
    const { skipped } = this.#loop
    return { state: this.#world.state, round: this.#round, tick: this.#tick, running: this.#running, skipped }
  }

  /** Does what the room's own code has a part in. Says whether it has not failed. */
  #attempt(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  #fail(error: unknown): void {
    this.#tellFailure(error)
    if (this.#running) this.#end('failed')
  }

  /** What is wrong is said in the log alone: it may be a secret of the game. */
  #tellFailure(error: unknown): void {
    this.#log('the game has failed', error)
    const failure = new DeepSpaceError('game-failed', 'Game failed')
    this.#telling.announce(() => ({ type: 'core.error', payload: errorPayload(failure) }))
  }

  #log(what: string, error: unknown): void {
    console.error(`room ${JSON.stringify(this.roomName)}: ${what}:`, error)
  }

  #keep(): void {
    this.#unkept = 0
    this.#storage.save({ ...this.#now, seats: this.#seats.all })
  }

  // RPC

  /** The game as it is: the whole state, which no `view` hides anything of, and who plays. */
  game(): { state: State; tick: number; running: boolean; skipped: number; players: Player[] } {
    const { state, tick, running, skipped } = this.#now
    return { state: state as State, tick, running, skipped, players: this.#seats.all.map(playerOf) }
  }
}

/** How often at most the state of a game that runs is kept, in seconds. */
const keptEvery = 5
/** How much of an answer is sent for a unit of work, in characters. */
const charactersPerUnit = 512
