/** Between two frames to the same connection, in milliseconds: about one a picture of a screen. */
const between = 16

/**
 * Tells what has changed at once, or, where something was told a moment ago, together with what comes until the next may
 * follow. While it waits the object does not sleep. Frames that come without a pause keep timers from running: one that is
 * late is not waited for.
 */
export class Pulse {
  readonly #tell: () => void
  #timer: ReturnType<typeof setTimeout> | null = null
  #toldAt = Number.NEGATIVE_INFINITY
  /** When the timer should have run. */
  #due = 0

  constructor(tell: () => void) {
    this.#tell = tell
  }

  /** Something is to be told. */
  soon(): void {
    const now = Date.now()
    if (this.#timer === null) {
      this.#due = Math.max(now, this.#toldAt + between)
      this.#timer = setTimeout(() => this.now(), this.#due - now)
    } else if (now >= this.#due + between) this.now()
  }

  /** Tells at once: what follows must not be heard before. */
  now(): void {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#toldAt = Date.now()
    this.#tell()
  }
}
