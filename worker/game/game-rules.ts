import type * as v from 'valibot'
import { received } from '../../src/protocol/errors.ts'
import type { GameState } from '../../src/protocol/game/delta.ts'
import type { AnyAction, GameAction } from '../../src/protocol/game/messages.ts'
import type { GameInput, InputChoice, Next, Step } from '../../src/protocol/game/step.ts'
import { GuestRoom } from '../room/guest-room.ts'
import type { GameLimits } from './game-limits.ts'
import type { Attached } from './game-session.ts'
import type { Player } from './seat.ts'

/** What an app declares of a game, and the code that decides it. */
export abstract class GameRules<
  Env = unknown,
  State extends object = GameState,
  Action extends AnyAction = GameAction,
> extends GuestRoom<Env, Attached> {
  override readonly limits: Partial<GameLimits> = {}
  /** How many steps there are a second, 1 to 60; default 20. */
  readonly tickRate: number = 20
  /** How many players it takes to start; default 1. */
  readonly minPlayers: number = 1
  /** How many seats there are; default 100. */
  readonly maxPlayers: number = 100
  /** How long the seat is held of a player who has no connection, in milliseconds; default 15,000. A client of part A that closes in order has left. */
  readonly reconnectFor: number = 15_000
  /** Which of a player's waiting inputs a step uses: `'all'`, the first `'one'`, or the `'last'` instead of all; default `'all'`. */
  readonly inputs: InputChoice = 'all'
  /** What inputs there are: a schema of valibot for `{ action, data }`. What it makes of one is used. Default: any. */
  readonly input: v.GenericSchema | undefined = undefined

  /** The state of a room in which nothing was played yet. */
  abstract create(): State
  /** One step: what becomes of the state by what the players have done, in the order in which it came. */
  abstract onTick(state: State, inputs: readonly GameInput<Action>[], step: Step): Next<State>

  /** Somebody has taken a seat. What is put into `player.data` is told to all. */
  onPlayerJoin(_state: State, _player: Player): Next<State> {}
  /** Somebody has no seat any more. */
  onPlayerLeave(_state: State, _player: Player): Next<State> {}
  /** The last connection of a player has ended; the seat is held. */
  onPlayerDrop(_state: State, _player: Player): Next<State> {}
  /** A player is back. */
  onPlayerReturn(_state: State, _player: Player): Next<State> {}
  /** The game starts, with the state as it is. */
  onStart(_state: State): Next<State> {}
  /** The game is over. */
  onEnd(_state: State): Next<State> {}
  /** What somebody sees of the state, who plays or (`null`) watches: an object. Default: all of it. */
  view(state: State, _player: Player | null): object {
    return state
  }
  /** Whether a player may start the game; default: any may. */
  mayStart(_player: Player, _state: State): boolean {
    return true
  }
  /** Whether a player may end it; default: any may. */
  mayEnd(_player: Player, _state: State): boolean {
    return true
  }

  /** Throws a `TypeError` that names what of it cannot be. */
  protected checkRules(): void {
    const { tickRate, minPlayers, maxPlayers, reconnectFor, inputs, input } = this
    check('tickRate', tickRate, 'a number from 1 to 60', tickRate >= 1 && tickRate <= 60)
    check('minPlayers', minPlayers, 'a whole number from 1 on', Number.isInteger(minPlayers) && minPlayers >= 1)
    const isMost = maxPlayers === Number.POSITIVE_INFINITY || Number.isInteger(maxPlayers)
    check('maxPlayers', maxPlayers, 'a whole number, not below minPlayers', isMost && maxPlayers >= minPlayers)
    const isTime = Number.isFinite(reconnectFor) && reconnectFor >= 0
    check('reconnectFor', reconnectFor, 'milliseconds from 0 on', isTime)
    check('inputs', inputs, '"all", "one" or "last"', ['all', 'one', 'last'].includes(inputs))
    const { stateBytes = 2 } = this.limits
    const isBytes = Number.isInteger(stateBytes) && stateBytes >= 2 && stateBytes <= longestState
    check('limits.stateBytes', stateBytes, `a whole number from 2 to ${longestState}`, isBytes)
    if (input?.async) throw new TypeError('input: a schema that is not async is expected')
  }
}

/** So much of a row is for the state, in bytes; the rest, of 2 MB, for the seats. */
const longestState = 1024 * 1024

function check(name: string, value: unknown, expected: string, holds: boolean): void {
  if (holds) return
  throw new TypeError(`${name}: expected ${expected}, received ${typeof value === 'number' ? value : received(value)}`)
}
