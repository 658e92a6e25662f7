import { createStore, produce, reconcile, type SetStoreFunction } from 'solid-js/store'
import { type Connection, takenIn } from '../connection/connection.ts'
import type { Client, Door } from '../connection/provider.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import { encodeFrame } from '../protocol/frame.ts'
import type { GameState } from '../protocol/game/delta.ts'
import type { GameAction, GameClientFrame, GameEnding, GamePlayer, GameServerFrame } from '../protocol/game/messages.ts'
import { isSameUser } from '../protocol/visitor-id.ts'
import { type Container, changeState } from './change-state.ts'
import { TickClock } from './tick-clock.ts'

/** What is known of a game, as components read it. */
export interface KnownGame {
  /** The state as the room has told it last; nothing before that. */
  state: GameState | undefined
  players: GamePlayer[]
  tick: number
  running: boolean
  skipped: number
  /** Why it is over; nothing before, and while it runs. */
  ending: GameEnding | undefined
  /** Whether our role lets us play. */
  mayPlay: boolean
  /** Whether another connection of ours plays, so that this one does not. */
  isElsewhere: boolean
  userId: string | undefined
  latency: number | undefined
  /** Goes up with whatever the room says of the game; and with that, and whatever we do. */
  told: number
  turn: number
}

/** Something that we have done, until a tick has used it. */
export interface PendingInput {
  readonly seq: number
  readonly action: GameAction
  readonly sentAt: number
}

const nothing = (): KnownGame => ({
  state: undefined,
  players: [],
  tick: 0,
  running: false,
  skipped: 0,
  ending: undefined,
  mayPlay: false,
  isElsewhere: false,
  userId: undefined,
  latency: undefined,
  told: 0,
  turn: 0,
})

/** The browser's end of a room with a game: its connection, what is known of the game, and what we have done in it. */
export class GameClient implements Client {
  readonly connection: Connection
  readonly game: Readonly<KnownGame>
  readonly clock = new TickClock()
  /** What we have done that no tick has used, in order. */
  pending: readonly PendingInput[] = []
  /** The last of our inputs that a tick has used. */
  used = 0
  readonly #set: SetStoreFunction<KnownGame>
  readonly #door: Door
  /** How many components are here: without one we do not play. */
  #holders = 0
  /** The last number that we have given, or that the room has seen; and the last that it has seen. */
  #seq = 0
  #received = 0
  /** Which game of the room we know. */
  #round = 0
  /** Whether this connection has been told the game. */
  #isOpen = false
  /** Whether we have said that we do not play, and not since that we do: it holds on later connections too. */
  #hasLeft = false

  constructor(door: Door) {
    const [game, set] = createStore(nothing())
    this.game = game
    this.#set = set
    this.#door = door
    this.connection = door.open({
      failed: door.failed,
      received: (text) => takenIn(() => this.#take(JSON.parse(text as string) as GameServerFrame)),
      greeted: () => {
        // Whoever connects has a seat, where one is free.
        if (this.#hasLeft || this.#holders === 0) this.leave()
        // What was on the way when the connection broke is done once, however often it is sent.
        else for (const each of this.pending) if (each.seq > this.#received) this.#send(each)
      },
      dropped: () => {
        this.#isOpen = false
      },
      refused: () => this.#forget(),
    })
  }

  // What happens here

  /** A component is here. Gives back what ends that. */
  hold(): () => void {
    // Whoever left with the last one sits down again, where there is a seat.
    if (this.#holders++ === 0 && this.#hasLeft) {
      this.#hasLeft = false
      this.ready(false)
    }
    return () => {
      if (--this.#holders === 0) this.leave()
    }
  }

  /** We, where we have a seat. Tracked. */
  get self(): GamePlayer | undefined {
    const { players, userId } = this.game
    return players.find((player) => player.userId === userId)
  }

  /** Whether what we do is sent: we have a seat, and this connection is the one that plays. Tracked. */
  get canWrite(): boolean {
    const { mayPlay, isElsewhere } = this.game
    return mayPlay && !isElsewhere && this.self !== undefined
  }

  /** Does something; says whether it could be sent. */
  play(action: GameAction): boolean {
    if (!this.#isOpen || !this.game.running || !this.canWrite) return false
    const input = { seq: this.#seq + 1, action, sentAt: performance.now() }
    if (!this.#send(input)) return false
    this.#seq++
    this.pending = [...this.pending, input]
    this.#turn()
    return true
  }

  ready(ready: boolean): boolean {
    if (!this.send({ type: 'game.player_ready', payload: { ready } })) return false
    this.#hasLeft = false
    this.#set('isElsewhere', false)
    return true
  }

  /** Gives up the seat; says whether it could. */
  leave(): boolean {
    const isSent = this.connection.send(encodeFrame({ type: 'game.leave', payload: {} }))
    this.#hasLeft ||= isSent
    return isSent
  }

  /** Says something to the room, unless it is not known whether we are still who we were. */
  send(frame: GameClientFrame): boolean {
    return !this.#door.doubt() && this.connection.send(encodeFrame(frame))
  }

  #send({ seq, action }: PendingInput): boolean {
    return this.send({ type: 'game.input', payload: { seq, ...action } })
  }

  changeIdentity(): void {
    this.leave()
    this.#forget()
    this.connection.restart()
  }

  /** Gives up the seat, and stays away; whoever is back sits down again. */
  disconnect(): void {
    this.leave()
    this.#hasLeft = false
    this.connection.disconnect()
  }

  get userId(): string | undefined {
    return this.game.userId
  }

  close(): void {
    this.leave()
    this.connection.close()
  }

  // What the room says

  /** Takes a frame; says whether it was the greeting. */
  #take(frame: GameServerFrame): boolean {
    const set = this.#set
    switch (frame.type) {
      case 'auth': {
        const { userId, canWrite } = frame.payload
        if (!userId) throw new Error('the room does not speak version 1')
        if (this.userId && !isSameUser(this.userId, userId)) this.#forget()
        // A visitor who comes again has another seat.
        if (this.userId !== userId) this.pending = []
        set({ userId, mayPlay: canWrite, isElsewhere: false })
        break
      }
      case 'game.state': {
        const { state, tick, players, running, skipped, tickRate, round, seq = 0, received = 0 } = frame.payload
        this.clock.length = 1000 / tickRate
        // Of another game, or one that the room has lost a part of, nothing is done again.
        if (!this.#isOpen && !(round === this.#round && running && tick >= this.game.tick)) this.pending = []
        this.#round = round
        this.#isOpen = true
        this.#received = received
        this.#seq = Math.max(this.#seq, received)
        this.#use(seq)
        this.#tell(tick, state)
        set({ running, skipped, ...(running && { ending: undefined }) })
        set('players', reconcile([...players], { key: 'userId' }))
        break
      }
      case 'game.tick': {
        const { tick, seq, delta } = frame.payload
        if (seq !== undefined) this.#use(seq)
        if (delta)
          set(
            'state',
            produce((state) => changeState(state as Container, delta)),
          )
        this.#tell(tick)
        break
      }
      case 'game.start':
        this.pending = []
        this.#round = frame.payload.round
        this.#tell(0, frame.payload.state)
        set({ running: true, skipped: 0, ending: undefined })
        break
      case 'game.end':
        this.pending = []
        this.#tell(frame.payload.tick, frame.payload.state)
        set({ running: false, ending: frame.payload.reason })
        break
      case 'game.player_join': {
        const { player } = frame.payload
        set('players', reconcile([...this.#others(player), player], { key: 'userId' }))
        break
      }
      case 'game.player_leave':
        set('players', reconcile(this.#others(frame.payload), { key: 'userId' }))
        break
      case 'game.player_drop':
      case 'game.player_return':
        set('players', isOf(frame.payload), { connected: frame.type === 'game.player_return' })
        break
      case 'game.player_ready':
        set('players', isOf(frame.payload), { ready: frame.payload.ready })
        break
      case 'core.error': {
        const { seq, code } = frame.payload
        this.pending = this.pending.filter((each) => each.seq !== seq)
        if (seq && code === 'denied') set('isElsewhere', true)
        // What met the end of the game on its way is nobody's error; a room that could not start ends the connection, which tells of it.
        const isKnown = seq ? code === 'not-running' : code === 'room-failed'
        if (!isKnown) this.#door.failed(errorFrom(frame.payload))
        break
      }
      case 'core.mark':
        this.connection.send(encodeFrame(frame))
        break
      default:
        // A newer worker may say more than we know.
        frame satisfies never
    }
    set('told', (told) => told + 1)
    this.#turn()
    return frame.type === 'game.state'
  }
  /** A tick was told, and with it perhaps the whole state. */
  #tell(tick: number, state?: GameState): void {
    this.clock.heard(tick)
    this.#set('tick', tick)
    if (state) this.#set('state', reconcile(state, { key: null, merge: true }))
  }

  /** A tick has used what we have done up to this. */
  #use(seq: number): void {
    const input = this.pending.find((each) => each.seq === seq)
    this.used = seq
    this.pending = this.pending.filter((each) => each.seq > seq)
    if (!input) return
    const took = performance.now() - input.sentAt
    this.#set('latency', (before = took) => before + (took - before) / 8)
  }

  /** Those who have a seat, but for one. */
  #others({ userId }: { readonly userId: string }): GamePlayer[] {
    return this.game.players.filter((player) => player.userId !== userId)
  }

  #turn(): void {
    this.#set('turn', (turn) => turn + 1)
  }

  /** Nothing that was told or done remains. */
  #forget(): void {
    this.pending = []
    this.#isOpen = this.#hasLeft = false
    this.used = this.#seq = 0
    this.#set(nothing())
  }
}

function isOf({ userId }: { readonly userId: string }): (player: GamePlayer) => boolean {
  return (player) => player.userId === userId
}
