/**
 * Does one thing after another. What comes up while something is done, by a hook that sends somebody away or a connection that ends when
 * it is sent something, waits until that is over: nothing is begun on a game that is half done, or half told.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #isTaken = false

  /** Does it now, or once what is being done is over. Throws what it throws, where it is done now. */
  take(work: () => void): void {
    if (this.#isTaken) {
      this.#waiting.push(work)
      return
    }
    this.#isTaken = true
    try {
      work()
    } finally {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) attempt(next)
      this.#isTaken = false
    }
  }
}

/** What has waited is on its own: whoever caused it is not to answer for it. */
function attempt(work: () => void): void {
  try {
    work()
  } catch (error) {
    console.error('something in a game could not be done', error)
  }
}
