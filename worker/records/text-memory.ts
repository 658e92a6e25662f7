/** A text as far as its document takes memory. */
export interface Weighed {
  /** How much its document weighs, in structs. */
  readonly weight: number
  /** Lets go of the document, once all of it is written; says whether it has. It is opened again when it is needed. */
  close(): boolean
}

/**
 * Which documents are in memory: one connection may have joined more of them than an object can hold. Together they weigh no
 * more than so many structs; beyond, those that were used last stay.
 */
export class TextMemory<Text extends Weighed> {
  readonly #most: number
  /** What each weighed when it was last used, the one that was used last at the end. */
  readonly #weights = new Map<Text, number>()
  #sum = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A text has its document open, and is about to use it. */
  used(text: Text): void {
    const { weight } = text
    this.#sum += weight - (this.#weights.get(text) ?? 0)
    this.#weights.delete(text)
    this.#weights.set(text, weight)
    if (this.#sum <= this.#most) return
    for (const other of [...this.#weights.keys()]) {
      if (this.#sum <= this.#most || other === text) return
      if (other.close()) this.closed(other)
    }
  }

  /** A text has its document open no more. */
  closed(text: Text): void {
    this.#sum -= this.#weights.get(text) ?? 0
    this.#weights.delete(text)
  }
}
