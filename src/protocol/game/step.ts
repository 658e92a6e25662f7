import type { AnyAction, GameAction } from './messages.ts'

/** What a player has done, for the one step that uses it. */
export type GameInput<Action extends AnyAction = GameAction> = Action & { readonly userId: string }

/** What a step of a game is told beside the state and the inputs. */
export interface Step {
  /** The number of the step since the start, from 1 on. */
  readonly tick: number
  /** How much time a step stands for, in seconds: always the same. */
  readonly dt: number
}

/** So many steps are made up for at once; of a room, or a page, that has stood still longer the others are skipped. */
export const stepsAtOnce = 5

/** What code of an app that changes a state gives: the next one, or nothing where it has changed the one that it was given. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is void
export type Next<State> = State | undefined | void

/** Which of a player's waiting inputs a step uses: all of them, the first one, or the last one instead of all. */
export type InputChoice = 'all' | 'one' | 'last'
