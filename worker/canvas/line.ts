import type { RefusedOperation, Steps } from '../../src/protocol/canvas/messages.ts'
import { errorPayload } from '../../src/protocol/error-payload.ts'
import type { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { CanvasSession } from './canvas-session.ts'
import type { Asides } from './changes.ts'
import { News } from './news.ts'
import { Tidings } from './tidings.ts'

/** What is still to be told to one version 1 connection alone. */
export class Line {
  /** The commit up to which everything was told. */
  version: number
  /** Up to which of its frames everything is done or refused; which of that it was told, and of which that it is stored. */
  #done = -1
  #toldDone = -1
  #toldStored = -1
  #refused: RefusedOperation[] = []
  /** Whether what it can undo may be another. */
  #stepsChanged = false
  #corrections = new News<CanvasSession>()
  /** What it has not been told while it lagged. */
  #held: Tidings | undefined

  constructor(version: number) {
    this.version = version
  }

  /** A frame with this number is done, as far as it is not refused. */
  did(seq: number): void {
    this.#done = Math.max(this.#done, seq)
  }

  /** Whether a number has been used up. */
  has(seq: number): boolean {
    return seq <= this.#done
  }

  refuse(seq: number, error: DeepSpaceError, index?: number): void {
    this.did(seq)
    this.#refused.push({ seq, ...(index !== undefined && { index }), ...errorPayload(error) })
  }

  /** What it has written has become something else; all of the shape where no fields are named. */
  correct(id: string, fields?: readonly string[]): void {
    if (fields) this.#corrections.changed(id, fields, null)
    else this.#corrections.added(id, null)
  }

  turned(): void {
    this.#stepsChanged = true
  }

  /** It is not told now. */
  hold(tidings: Tidings): void {
    if (!tidings.isEmpty) this.#held = this.#held?.with(tidings) ?? new Tidings().with(tidings)
  }

  /** It has been told everything up to a commit in another way. */
  reset(version: number): void {
    this.version = version
    this.#held = undefined
    this.#stepsChanged = false
    this.#corrections = new News()
  }

  /** All that it is to be told now, these tidings as the last. */
  take(tidings: Tidings): Tidings {
    let all = this.#held?.with(tidings) ?? tidings
    this.#held = undefined
    if (!this.#corrections.isEmpty) {
      all = all.with(new Tidings(this.#corrections))
      this.#corrections = new News()
    }
    return all
  }

  /** What it is told of what it has done itself; `isStored` says whether all of that is stored, `steps` what it can undo. */
  asides(isStored: boolean, steps: () => Steps): Asides {
    const asides = {
      ...(this.#done > this.#toldDone && { acked: this.#done }),
      ...(this.#refused.length > 0 && { refused: this.#refused }),
      ...(isStored && this.#done > this.#toldStored && { stored: this.#done }),
      ...(this.#stepsChanged && { steps: steps() }),
    }
    this.#toldDone = this.#done
    if (isStored) this.#toldStored = this.#done
    this.#refused = []
    this.#stepsChanged = false
    return asides
  }
}
