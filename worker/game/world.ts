import { bytesOver } from '../../src/protocol/frame.ts'
import type { GameState } from '../../src/protocol/game/delta.ts'
import type { Next } from '../../src/protocol/game/step.ts'
import { mostBytes } from '../../src/protocol/json.ts'
import { settled } from './settled.ts'

/** The state of a game: what the room's own code changes is a copy of its own, so that what it leaves half done is not the state. */
export class World<State extends object> {
  readonly #most: number
  #state: GameState
  /** The state that the room's own code has; nothing where it is to be made anew from ours. */
  #draft: State | undefined

  /** Throws a `TypeError` for what is no state; `most` is how many bytes of JSON one may have. */
  constructor(state: object, most: number) {
    this.#most = most
    this.#state = this.#checked(state, undefined)
  }

  /** The state as it is, which nobody can change: another object only where something in it is another. */
  get state(): GameState {
    return this.#state
  }

  /** Has the room's own code change the state. Throws what it throws, and where it makes no state of it; then the state is as it was. */
  change(work: (state: State) => Next<State>): void {
    const draft = this.#draft ?? (structuredClone(this.#state) as State)
    this.#draft = undefined
    const next = work(draft) ?? draft
    this.#state = this.#checked(next, this.#state)
    this.#draft = next
  }

  #checked(state: object, before: GameState | undefined): GameState {
    const next = settled(state, before, 'state')
    if (next === before || mostBytes(next, this.#most) <= this.#most) return next
    const bytes = bytesOver(this.#most, JSON.stringify(next))
    if (bytes === undefined) return next
    throw new TypeError(`state: has ${bytes} bytes as JSON, at most ${this.#most} are kept`)
  }
}
