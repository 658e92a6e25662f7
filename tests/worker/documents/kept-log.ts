import type { DocumentLog, StoredDocument } from '../../../worker/documents/document-log.ts'

/** Where a document of a test is kept: in memory. What SQLite makes of it is not tested here. */
export class KeptLog implements DocumentLog {
  #snapshot: Uint8Array | undefined
  #folded: Uint8Array[] = []
  #recent: Uint8Array[] = []
  /** How many writes there have been, and how many of them folded what was recent, or were of the whole. */
  writes = 0
  folds = 0
  wholes = 0
  /** Pretends that so many rows are taken already, so that the next write folds. */
  rowsTaken = 0

  came = 0
  /** Who wrote in what had the name before. */
  former: readonly number[] = []

  get rows(): number {
    return this.#recent.length + this.rowsTaken
  }

  read(): StoredDocument {
    return { snapshot: this.#snapshot, folded: [...this.#folded], recent: [...this.#recent] }
  }

  formerWriters(): ReadonlySet<number> {
    return new Set(this.former)
  }

  append(entry: Uint8Array): void {
    this.writes++
    this.came += entry.length
    this.#recent.push(entry)
  }

  fold(entry: Uint8Array, came: number): void {
    this.writes++
    this.folds++
    this.came += came
    this.#folded.push(entry)
    this.#recent = []
  }

  replace(snapshot: Uint8Array): void {
    this.writes++
    this.wholes++
    this.came = 0
    this.#snapshot = snapshot
    this.#folded = []
    this.#recent = []
  }
}
