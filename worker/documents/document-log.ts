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
  read(): StoredDocument
  /** Adds a recent entry. */
  append(entry: Uint8Array): void
  /** Puts one entry in the place of all recent ones. */
  fold(entry: Uint8Array): void
  /** Puts the whole document in the place of everything. */
  replace(snapshot: Uint8Array): void
}
