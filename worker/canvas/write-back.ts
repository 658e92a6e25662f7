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
  /** When the first change came that is not written; the last. */
  #since: number | undefined
  #changedAt = 0
  #failures = 0

  /** `write` stores what is not stored yet. */
  constructor(write: () => void) {
    this.#write = write
  }

  /** Something has changed that may wait. A pending timer keeps the object from its sleep. */
  soon(): void {
    const now = Date.now()
    this.#changedAt = now
    this.#since ??= now
    if (this.#timer === null) {
      this.#timer = setTimeout(() => this.#look(), quiet)
      // Frames that come without a pause keep timers from running.
    } else if (this.#failures === 0 && now >= this.#since + longest) this.now()
  }

  /** Looks again, though nothing has changed: something becomes due by itself. */
  later(): void {
    this.#changedAt = Date.now()
    this.#timer ??= setTimeout(() => this.#look(), quiet)
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

  /** Writes if it is time. One timer is set anew, not one for each change: those are many. */
  #look(): void {
    const latest = (this.#since ?? Number.POSITIVE_INFINITY) + longest
    const left = Math.min(this.#changedAt + quiet, latest) - Date.now()
    if (left <= 0) this.now()
    else this.#timer = setTimeout(() => this.#look(), left)
  }

  /** Nothing is to be written any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#since = undefined
  }
}
