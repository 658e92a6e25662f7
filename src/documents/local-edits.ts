import * as Y from 'yjs'

/** To merge many updates takes longer than to encode anew what they have changed. */
const fewUpdates = 100

/** What was written here of late and is not on its way yet. */
export class LocalEdits {
  readonly #doc: Y.Doc
  #updates: Uint8Array[] = []
  /** What the document had before the first of them. */
  #before = new Map<number, number>()

  constructor(doc: Y.Doc) {
    this.#doc = doc
  }

  get isEmpty(): boolean {
    return this.#updates.length === 0
  }

  add(update: Uint8Array, { beforeState }: Y.Transaction): void {
    if (this.isEmpty) this.#before = beforeState
    if (this.#updates.length <= fewUpdates) this.#updates.push(update)
  }

  /** All of it as one update; there is something. */
  take(): Uint8Array {
    const updates = this.#updates
    this.clear()
    if (updates.length <= fewUpdates) return Y.mergeUpdates(updates)
    return Y.encodeStateAsUpdate(this.#doc, Y.encodeStateVector(this.#before))
  }

  clear(): void {
    this.#updates = []
  }
}
