import { type Accessor, createComputed, onCleanup, untrack } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import { pageArrival } from '../connection/arrival.ts'
import type { ConnectionStatus } from '../connection/connection.ts'
import { createRoomClient } from '../connection/create-room-client.ts'
import type { RoomId } from '../connection/room-id.ts'
import type { Movable } from '../live/combined.ts'
import { type DeepSpaceError, mismatch } from '../protocol/errors.ts'
import type { GameState } from '../protocol/game/delta.ts'
import type { AnyAction, GameAction, GameEnding, GamePlayer } from '../protocol/game/messages.ts'
import { type Json, whyNotJson } from '../protocol/json.ts'
import type { ReadOnly } from '../protocol/read-only.ts'
import { GameClient } from './game-client.ts'
import { createInterpolated } from './interpolated.ts'
import { Prediction, type PredictOptions } from './prediction.ts'

/**
 * A game that a room decides. Its properties are tracked getters: read them where they are used, do not destructure. What is told runs who
 * reads what has changed, once a tick, and nobody else.
 *
 * What does something says whether it could be sent: not while we are offline, and an input not without a seat and a game that
 * runs. Nothing is kept for later. What the room refuses is told to `onError` of the provider, but for an input that
 * met the end of the game on its way.
 */
export interface Game<State extends object = GameState, Action extends AnyAction = GameAction> {
  /** The state as the room lets us see it: a store, in which the same object stands for what has the same place; `undefined` before it is there. */
  readonly state: ReadOnly<State> | undefined
  /** Who has a seat, in the order in which they took it: the same objects for as long as they have it. */
  readonly players: readonly GamePlayer[]
  /** The step that the state is of, since the start. */
  readonly tick: number
  readonly running: boolean
  /** Why it is over, where it is: it was ended, nobody had a seat any more, or the code of the room has failed. */
  readonly ending: GameEnding | undefined
  /** How many steps the room had no time for since the start, as far as it has said. */
  readonly skipped: number
  /** We ourselves, where we have a seat; without one we watch. */
  readonly self: GamePlayer | undefined
  /** Whether our role lets us play, as the room has said last; who may, and has no seat, came too late for one or has left. */
  readonly mayPlay: boolean
  /** Whether we play: we have a seat, our role lets us, and no other page of ours has been found to play in our place. */
  readonly canWrite: boolean
  /** How long it took lately from an input to the tick that used it, in milliseconds; `undefined` before there was one. */
  readonly latency: number | undefined
  /** As that of `createConnection`; `off` without an id. */
  readonly status: ConnectionStatus | 'off'
  /** Why we are refused, or why the last attempt to connect failed. */
  readonly error: DeepSpaceError | undefined
  /** Does something in the game; `data` is `{}` where it is left out. Throws a `TypeError` for what is no JSON, and for an action without a name. */
  readonly send: (input: Action) => boolean
  /** Says that we are ready, or are not, and asks for a seat where we have none, also one that another page of ours has. */
  readonly ready: (ready?: boolean) => boolean
  /** Starts the game, where the room lets us. */
  readonly start: () => boolean
  /** Ends it, where the room lets us. */
  readonly end: () => boolean
  /** Gives our seat up at once. From then on we watch, also on later connections, until we are `ready`. */
  readonly leave: () => boolean
  /**
   * A part of the state, a number or an object with numbers, that moves from one tick to the next as they come: a little behind, so that
   * what is between two is known, at most 200 ms. It never goes back, nor beyond what was told. Call it where a component or
   * another owner runs.
   *
   * @example
   * const car = game.interpolated((track) => track.cars[props.id])
   * <i style={{ translate: `${car()?.x}px` }} />
   */
  readonly interpolated: <T extends Movable>(path: (state: ReadOnly<State>) => T) => Accessor<T | undefined>
  /**
   * The state as it will be once the room has used what we have done: what we do shows at once, and is done again on whatever the room
   * says meanwhile. Without a seat it is the state. Call it where a component or another owner runs.
   */
  readonly predict: (options: PredictOptions<State, Action>) => Accessor<ReadOnly<State> | undefined>
  /** Drops the socket, if there is one, and connects at once; the seat is held meanwhile. Without an id it does nothing. */
  readonly reconnect: () => void
  /** Gives our seat up, drops the socket and stays offline until `reconnect`. Without an id it does nothing. */
  readonly disconnect: () => void
}

/**
 * The game in the room at `/ws/game/<roomId>`, a `GameRoom` of the worker. `roomId` may be an accessor; without one it is switched
 * off. Components that name the same share one seat, and give it up when the last of them goes; a page that is reloaded finds it
 * again. Throws where no `RecordProvider` is above.
 *
 * @example
 * const game = createGameRoom<Track, RaceInput>(() => props.id)
 * <button type="button" disabled={!game.canWrite} onClick={() => game.send({ action: 'speed', data: 3 })}>Go</button>
 */
export function createGameRoom<State extends object = GameState, Action extends AnyAction = GameAction>(
  roomId: RoomId | Accessor<RoomId>,
): Game<State, Action> {
  const { client, isNamed } = createRoomClient(
    'createGameRoom',
    'game',
    roomId,
    (door) => new GameClient(door),
    (client) => client.hold(),
  )
  const arrival = pageArrival()
  /** The server has rendered no game, and so does the browser at first. */
  const shown = (): GameClient | undefined => (arrival?.isComing() ? undefined : client())
  const game = () => shown()?.game
  const tell = (tell: (client: GameClient) => boolean): boolean => {
    return untrack(() => {
      const there = client()
      return there !== undefined && tell(there)
    })
  }
  return {
    get state() {
      return game()?.state as ReadOnly<State> | undefined
    },
    get players() {
      return game()?.players ?? nobody
    },
    get tick() {
      return game()?.tick ?? 0
    },
    get running() {
      return game()?.running ?? false
    },
    get ending() {
      return game()?.ending
    },
    get skipped() {
      return game()?.skipped ?? 0
    },
    get self() {
      return shown()?.self
    },
    get mayPlay() {
      return game()?.mayPlay ?? false
    },
    get canWrite() {
      return shown()?.canWrite ?? false
    },
    get latency() {
      return game()?.latency
    },
    get status() {
      return isNamed() ? (client()?.connection.status() ?? 'connecting') : 'off'
    },
    get error() {
      return client()?.connection.error()
    },
    send({ action, data = {} }) {
      if (typeof action !== 'string' || !/^.{1,128}$/s.test(action)) {
        throw new TypeError(mismatch('action', 'a name of 1 to 128 characters', action))
      }
      const why = whyNotJson(data, 'data')
      if (why) throw new TypeError(why)
      // What the caller does with it later was not done.
      return tell((client) => client.play({ action, data: structuredClone(data) as Json }))
    },
    ready: (ready = true) => tell((client) => client.ready(ready)),
    start: () => tell((client) => client.send({ type: 'game.start', payload: {} })),
    end: () => tell((client) => client.send({ type: 'game.end', payload: {} })),
    leave: () => tell((client) => client.leave()),
    interpolated: (path) => createInterpolated(shown, path as (state: GameState) => never),
    predict: (options) =>
      createPredicted(shown, options as never) as Accessor<GameState | undefined> as Accessor<
        ReadOnly<State> | undefined
      >,
    reconnect: () => untrack(client)?.connection.reconnect(),
    disconnect: () => untrack(client)?.disconnect(),
  }
}

const nobody: readonly GamePlayer[] = []

function createPredicted(
  client: Accessor<GameClient | undefined>,
  options: PredictOptions<GameState, object>,
): Accessor<GameState | undefined> {
  const [shown, setShown] = createStore<{ state: GameState | undefined }>({ state: undefined })
  const show = (state: GameState | undefined): void => {
    setShown('state', state && reconcile(state, { key: null, merge: true }))
  }
  createComputed(() => {
    const there = client()
    if (!there) return show(undefined)
    const prediction = new Prediction(there, options, show)
    createComputed(() => {
      void there.game.turn
      untrack(() => prediction.look())
    })
    onCleanup(() => prediction.stop())
  })
  return () => shown.state
}
