import { unwrap } from 'solid-js/store'
import { apart } from '../connection/connection.ts'
import { combined } from '../live/combined.ts'
import type { GameState } from '../protocol/game/delta.ts'
import { type GameInput, type InputChoice, type Next, type Step, stepsAtOnce } from '../protocol/game/step.ts'
import { jsonEqual } from '../protocol/json.ts'
import type { GameClient, PendingInput } from './game-client.ts'

/** How the room goes on from a state to the next, and how that is shown before the room has said so. */
export interface PredictOptions<State, Action> {
  /**
   * What the room's `onTick` does, at best the same function: it gets a state of its own, what we have done and nobody else, and changes
   * the state or gives the next. Where it throws, the page is told of it, and the state is shown as the room says.
   */
  readonly step: (state: State, inputs: readonly (Action & { readonly userId: string })[], step: Step) => Next<State>
  /** Which of our waiting inputs a step uses, as the room has it; default `'all'`. */
  readonly inputs?: InputChoice | undefined
  /** Over how long a number that was predicted wrong comes right, in milliseconds; 0 for at once; default 100. */
  readonly smoothing?: number | undefined
}

/** So far ahead of the room at most, in milliseconds: what it says no word about for longer is not known. */
const farthestAhead = 1000

/**
 * Goes ahead of the room: it does the room's steps at the room's rate, with what we have done, and whenever the room has said more,
 * does those anew that the room has not. What it has found wrong by then goes by and by.
 */
export class Prediction {
  readonly #client: GameClient
  readonly #options: Required<PredictOptions<GameState, object>>
  readonly #show: (state: GameState | undefined) => void
  /** What the steps that the room has not done use, and the state after the last of them. */
  #ahead: (readonly PendingInput[])[] = []
  #last!: GameState
  /** The last input that is in one of those steps. */
  #placed = 0
  /** How often the room has told us something, and up to which tick, when we looked last. */
  #told = 0
  #tick = 0
  /** What is right as far as we know, what is shown, and how far that was from it when we were told. */
  #right: GameState | undefined
  #shown: GameState | undefined
  #error: GameState | undefined
  #errorAt = 0
  #steppedAt = 0
  #frame = 0
  #hasFailed = false

  constructor(
    client: GameClient,
    { step, inputs = 'all', smoothing = 100 }: PredictOptions<GameState, object>,
    show: (state: GameState | undefined) => void,
  ) {
    this.#client = client
    this.#options = { step, inputs, smoothing }
    this.#show = show
  }

  /** The room has told something, or we have done something. */
  look(): void {
    const { state, tick, running, told } = this.#client.game
    if (!state || !running || !this.#client.canWrite || this.#hasFailed) {
      this.stop()
      return this.#show(state && structuredClone(unwrap(state)))
    }
    this.#attempt(() => {
      if (tick < this.#tick) this.stop()
      if (!this.#frame) this.#begin()
      const before = this.#right
      const isTold = told !== this.#told
      if (isTold) this.#catchUp()
      this.#right = this.#atOnce()
      if (isTold && before && !jsonEqual(before, this.#right)) {
        this.#error = combined(this.#right, this.#shown!, (right, shown) => shown - right)
        this.#errorAt = performance.now()
      }
      this.#display()
    })
  }

  stop(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = this.#placed = 0
    this.#ahead = []
    this.#right = this.#error = undefined
    this.#told = -1
  }

  #begin(): void {
    this.#steppedAt = performance.now()
    this.#tick = this.#client.game.tick
    this.#frame = requestAnimationFrame(this.#goOn)
  }

  /** Does anew what the room has not done of our steps. */
  #catchUp(): void {
    const { game, pending, used } = this.#client
    const { tick, state, told } = game
    const isUsed = ({ seq }: PendingInput): boolean => seq <= used
    const at = this.#ahead.findLastIndex((step) => step.some(isUsed))
    // What of a step the room has used later than we thought is still ahead.
    const rest = this.#ahead[at]?.filter((input) => !isUsed(input)) ?? []
    this.#ahead.splice(0, at + 1, ...(rest.length > 0 ? [rest] : []))
    for (let done = tick - this.#tick; at < 0 && done > 0 && this.#ahead[0]?.length === 0; done--) this.#ahead.shift()
    // What was refused is used by nobody.
    this.#ahead = this.#ahead.map((step) => step.filter((input) => pending.includes(input)))
    this.#tick = tick
    this.#told = told
    this.#last = structuredClone(unwrap(state!))
    this.#ahead.forEach((step, index) => {
      this.#last = this.#stepped(step, index)
    })
  }

  /** The screen is drawn anew: does the steps that are due, until the room says more. */
  readonly #goOn = (): void => {
    this.#frame = requestAnimationFrame(this.#goOn)
    const { length } = this.#client.clock
    const due = Math.floor((performance.now() - this.#steppedAt) / length)
    if (due === 0 && !this.#error) return
    this.#steppedAt += due * length
    this.#attempt(() => {
      for (let step = 0; step < due && step < stepsAtOnce; step++) {
        if (this.#ahead.length * length >= farthestAhead) {
          if (this.#ahead[0]!.length > 0) break
          this.#ahead.shift()
        }
        const used = this.#waiting
        this.#last = this.#stepped(used, this.#ahead.length)
        this.#ahead.push(used)
        this.#placed = used.at(-1)?.seq ?? this.#placed
      }
      this.#right = this.#atOnce()
      this.#display()
    })
  }

  /** What we have done that the next step uses. */
  get #waiting(): readonly PendingInput[] {
    const all = this.#client.pending.filter(({ seq }) => seq > this.#placed)
    return this.#options.inputs === 'one' ? all.slice(0, 1) : all
  }

  /** Where we are, and what the next step will make of what we have done by now. */
  #atOnce(): GameState {
    const used = this.#waiting
    return used.length > 0 ? this.#stepped(used, this.#ahead.length) : this.#last
  }

  #stepped(used: readonly PendingInput[], index: number): GameState {
    const { game, clock } = this.#client
    const { step, inputs } = this.#options
    const draft = structuredClone(this.#last)
    const all = used.map(({ action }): GameInput => ({ ...action, userId: game.userId! }))
    const about = { tick: game.tick + index + 1, dt: clock.length / 1000 }
    return step(draft, inputs === 'last' ? all.slice(-1) : all, about) ?? draft
  }

  #display(): void {
    const left = 1 - (performance.now() - this.#errorAt) / this.#options.smoothing
    if (!(left > 0)) this.#error = undefined
    this.#shown = combined(this.#error, this.#right!, (error, right) => right + error * left)
    // What shows it changes it in place.
    this.#show(structuredClone(this.#shown))
  }

  #attempt(work: () => void): void {
    apart(() => {
      try {
        work()
      } catch (error) {
        this.#hasFailed = true
        this.look()
        throw error
      }
    })
  }
}
