/** How often what connections say of themselves is kept, in milliseconds: they say it at each move. */
const keptEvery = 1000

/** Has what connections say of themselves kept over a sleep, once a second at most. */
export class Keeping<Connection> {
  readonly #keep: (connection: Connection) => void
  /** Of whom it is not kept yet as it is. */
  readonly #unkept = new Set<Connection>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(keep: (connection: Connection) => void) {
    this.#keep = keep
  }

  /** What is to be kept of these is another now. */
  soon(changed: readonly Connection[]): void {
    for (const connection of changed) this.#unkept.add(connection)
    // Only while something is not kept: a pending timer keeps the object from its sleep.
    if (this.#unkept.size === 0 || this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const unkept = [...this.#unkept]
      this.#unkept.clear()
      for (const connection of unkept) this.#keep(connection)
    }, keptEvery)
  }

  /** A connection is gone. */
  forget(connection: Connection): void {
    this.#unkept.delete(connection)
  }
}
