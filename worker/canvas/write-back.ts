/** For how long what has changed waits for more, in milliseconds. */
const quiet = 250
/** For how long at most, however much comes. */
const longest = 1000
/** For how long a write that has failed is put off at most. */
const longestPause = 10_000

/** Says when what is in memory is to be written: a while after the last change, and soon after the first. */
export class WriteBack {
  readonly #write: () => void
  #timer: ReturnType<typeof setTimeout> | null = null
  #since = 0
  #failures = 0

  /** `write` stores what is not stored yet. */
  constructor(write: () => void) {
    this.#write = write
  }

  /** Something has changed that may wait. A pending timer keeps the object from its sleep. */
  soon(): void {
    const now = Date.now()
    if (this.#timer === null) this.#since = now
    else if (this.#failures > 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.now(), Math.max(0, Math.min(quiet, this.#since + longest - now)))
  }

  /** Writes at once. What cannot be written is tried again. */
  now(): void {
    this.stop()
    try {
      this.#write()
      this.#failures = 0
    } catch (error) {
      console.error('a canvas could not be stored, and will be tried again', error)
      this.#timer = setTimeout(() => this.now(), Math.min(longestPause, quiet * 2 ** ++this.#failures))
    }
  }

  /** Nothing is to be written any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = null
  }
}
