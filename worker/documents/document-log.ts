/** What is stored of a document, in the order in which it is to be applied. */
export interface StoredDocument {
  /** The document as it was once; `undefined` where it never was written whole. */
  readonly snapshot: Uint8Array | undefined
  /** What came behind it, in few large entries. */
  readonly folded: readonly Uint8Array[]
  /** What came behind those, as it came. */
  readonly recent: readonly Uint8Array[]
}

/** Where a document is kept. Each of its calls happens as a whole or throws, and then nothing has been written. */
export interface DocumentLog {
  /** How many rows the recent entries take. */
  readonly rows: number
  /** How many bytes have come behind the snapshot, as they came: folding makes fewer of them. At least so many, by what is known. */
  readonly came: number
  read(): StoredDocument
  /** Who wrote in the documents that were removed under its name, by the ids that Yjs gave them. */
  formerWriters(): ReadonlySet<number>
  /** Adds a recent entry. */
  append(entry: Uint8Array): void
  /** Puts one entry in the place of all recent ones, and of so many bytes that have come and are in none yet. */
  fold(entry: Uint8Array, came: number): void
  /** Puts the whole document in the place of everything, and of so many bytes that have come and are nowhere yet. */
  replace(snapshot: Uint8Array, came: number): void
}
