import { stepsAtOnce } from '../../src/protocol/game/step.ts'

/**
 * Does a step so many times a second, each at a multiple of its length since the start, so that what a step takes delays none of
 * those behind it. While it goes on there is a timer, and the object does not sleep.
 */
export class Loop {
  readonly #length: number
  readonly #step: () => void
  readonly #woke: () => void
  #timer: ReturnType<typeof setTimeout> | null = null
  #startedAt = 0
  #done = 0
  /** Steps that there was no time for. */
  skipped = 0

  /** `step` is done for each step, `woke` after those that were due together. */
  constructor(rate: number, step: () => void, woke: () => void) {
    this.#length = 1000 / rate
    this.#step = step
    this.#woke = woke
  }

  get goesOn(): boolean {
    return this.#timer !== null
  }

  /** Begins now, with the first step one length from now; nothing where it goes on already. */
  start(): void {
    if (this.goesOn) return
    this.#count(Date.now())
    this.#plan()
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #count(from: number): void {
    this.#startedAt = from
    this.#done = 0
  }

  #plan(): void {
    const now = Date.now()
    // By a clock that was set back the next step would be due when it has caught up.
    if (this.#next - now > this.#length + tolerance) this.#count(now)
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, Math.ceil(this.#next - now)))
  }

  /** When the next step is due. */
  get #next(): number {
    return this.#startedAt + (this.#done + 1) * this.#length
  }

  #wake(): void {
    const timer = this.#timer
    const due = Math.floor((Date.now() - this.#startedAt + tolerance) / this.#length) - this.#done
    const steps = Math.min(due, stepsAtOnce)
    this.#done += Math.max(0, due)
    this.skipped += Math.max(0, due - steps)
    try {
      // A step may have ended it, or have it begin anew.
      for (let step = 0; step < steps && this.#timer === timer; step++) this.#step()
      if (steps > 0) this.#woke()
    } finally {
      if (this.#timer === timer) this.#plan()
    }
  }
}

/** In milliseconds: a step that is due at a fraction of one is not missed for it. */
const tolerance = 0.001
