/** Between two frames to the same connection, in milliseconds: about one a picture of a screen. */
const between = 16

/**
 * Tells what has changed at once, or, where something was told a moment ago, together with what comes until the next may
 * follow. While it waits the object does not sleep.
 */
export class Pulse {
  readonly #tell: () => void
  #timer: ReturnType<typeof setTimeout> | null = null
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(tell: () => void) {
    this.#tell = tell
  }

  /** Something is to be told. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.now(), Math.max(0, this.#toldAt + between - Date.now()))
  }

  /** Tells at once: what follows must not be heard before. */
  now(): void {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#toldAt = Date.now()
    this.#tell()
  }
}
