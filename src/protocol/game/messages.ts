import * as v from 'valibot'
import type { ErrorPayload } from '../error-payload.ts'
import { DeepSpaceError } from '../errors.ts'
import { checkPayload, type Incoming, type MarkFrame, markPayload } from '../frame.ts'
import type { Json } from '../json.ts'
import type { Delta, GameState } from './delta.ts'

/** Somebody who has a seat. Told to all. */
export interface GamePlayer {
  /** Who it is, as their token says. */
  readonly userId: string
  readonly userName: string
  readonly ready: boolean
  /** When they took the seat, ISO 8601. */
  readonly connectedAt: string
  /** What the room says of the player; `{}` where it says nothing. */
  readonly data: Json
  /** To version 1: whether a connection of theirs is open; else the seat is held for them. */
  readonly connected?: boolean
}

/** What a player does. */
export interface GameAction {
  readonly action: string
  readonly data: Json
}

/** What an app may say that players do: `data` has to be JSON, and may be an interface, which no type of JSON takes. */
export interface AnyAction {
  readonly action: string
  readonly data: unknown
}

/** Why a game is over: it was ended, nobody has a seat any more, or the room's own code has failed. */
export type GameEnding = 'ended' | 'left' | 'failed'

/** Everything there is to know of a game, as its receiver may see it. */
export interface WholeGame {
  readonly state: GameState
  readonly tick: number
  readonly players: readonly GamePlayer[]
  readonly running: boolean
}

/** What a room with a game says to a version 1 client. */
export type GameServerFrame =
  | MarkFrame
  /** `seq`: which of our inputs it is about. */
  | { type: 'core.error'; payload: ErrorPayload & { readonly seq?: number } }
  /** The greeting; again when the role has changed. */
  | { type: 'auth'; payload: { readonly canWrite: boolean; readonly userId: string } }
  /**
   * On entry, when asked for, and now and then. `seq` is the last of our inputs that was used, `received` the last that has come:
   * the next one is greater. `skipped` counts the steps since the start that there was no time for, `round` the games of the room.
   */
  | {
      type: 'game.state'
      payload: WholeGame & {
        readonly tickRate: number
        readonly skipped: number
        readonly round: number
        readonly seq?: number
        readonly received?: number
      }
    }
  /** What has changed since the last that we were told. `seq`, where another of our inputs was used. */
  | { type: 'game.tick'; payload: { readonly tick: number; readonly seq?: number; readonly delta?: Delta } }
  | { type: 'game.player_join'; payload: { readonly player: GamePlayer } }
  | { type: 'game.player_leave'; payload: { readonly userId: string } }
  /** The last connection of a player has ended, and the seat is held; or they are back. */
  | { type: 'game.player_drop'; payload: { readonly userId: string } }
  | { type: 'game.player_return'; payload: { readonly userId: string } }
  | { type: 'game.player_ready'; payload: { readonly userId: string; readonly ready: boolean } }
  | { type: 'game.start'; payload: { readonly state: GameState; readonly tick: 0; readonly round: number } }
  | {
      type: 'game.end'
      payload: { readonly state: GameState; readonly tick: number; readonly reason: GameEnding }
    }

/** What a room with a game says to a client of part A. */
export type BaselineGameFrame =
  | { type: 'core.error'; payload: ErrorPayload }
  | { type: 'auth'; payload: { readonly canWrite: boolean } }
  | { type: 'game.state'; payload: WholeGame }
  | { type: 'game.tick'; payload: { readonly state: GameState; readonly tick: number } }
  | { type: 'game.player_join'; payload: { readonly player: GamePlayer } }
  | { type: 'game.player_leave'; payload: { readonly userId: string } }
  | { type: 'game.player_ready'; payload: { readonly userId: string } }
  | { type: 'game.start'; payload: { readonly state: GameState; readonly tick: 0 } }
  | { type: 'game.end'; payload: { readonly state: GameState; readonly tick: number } }

/** What a client says. */
export type GameClientFrame =
  | MarkFrame
  /**
   * `seq`, of version 1 alone, goes up by one on a connection, and stands first: of a frame that is refused unread the room looks no
   * further. `data` may be left out, and is `{}` then.
   */
  | { type: 'game.input'; payload: { readonly seq?: number; readonly action: string; readonly data: Json } }
  /** Asks for a seat too, and to drive. `ready`, of version 1 alone, is `true` where it is left out. */
  | { type: 'game.player_ready'; payload: { readonly ready: boolean } }
  /** Version 1: this connection plays no more, and watches until it says `game.player_ready`. The seat is free, unless another one drives. */
  | { type: 'game.leave'; payload: object }
  | { type: 'game.start'; payload: object }
  | { type: 'game.end'; payload: object }
  /** Version 1: asks for a `game.state`. */
  | { type: 'game.query'; payload: object }

const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const action = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const data = v.optional(v.unknown(), {})

const baseline = {
  'game.input': v.object({ action, data }),
  'game.player_ready': v.pipe(
    v.unknown(),
    v.transform(() => ({ ready: true })),
  ),
  'game.start': v.object({}),
  'game.end': v.object({}),
}

const payloads = {
  ...baseline,
  'core.mark': markPayload,
  'game.input': v.object({ seq, action, data }),
  'game.player_ready': v.object({ ready: v.optional(v.boolean(), true) }),
  'game.leave': v.object({}),
  'game.query': v.object({}),
}

/**
 * Checks a client's frame. Throws a `DeepSpaceError`: `unknown-type`, or `invalid-message` with the path, what was expected and what
 * came.
 */
export function readGameFrame(incoming: Incoming, version: number): GameClientFrame {
  const { type } = incoming
  const known = version === 0 ? baseline : payloads
  if (!Object.hasOwn(known, type)) {
    throw new DeepSpaceError('unknown-type', `Unknown game message type: ${type.slice(0, 64) || '(none)'}`)
  }
  return { type, payload: checkPayload(known, incoming) } as GameClientFrame
}

/** The number of an input that is refused unread, where it says one first, as `docs/protocol.md` has it. */
export function seqOfInput(text: string): number | undefined {
  const [, digits] = /^\{"type":"game\.input","payload":\{"seq":(\d{1,15})[,}]/.exec(text) ?? []
  return digits === undefined ? undefined : Number(digits)
}
