import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** Of so many names it is remembered who wrote in what was removed; of more, of those where that was last. */
const mostNames = 10_000

/** So many more may lie there: to find the oldest, all have to be looked at. */
const slack = 1_000

/** So many writers are remembered of a name. Who has a document has nearly all that was in it: to know some of those is enough. */
const mostWriters = 2_048

/**
 * Who wrote in documents that were removed, by the ids that Yjs gives a writer: one for each copy of a document, at random, and
 * part of all that is written. So whatever holds one of these was not written for what has the name of the document now.
 */
export class FormerWriters {
  readonly #sql: SqlStorage
  /** How many names there are, or more; `undefined` where that has not been looked for yet. */
  #count: number | undefined

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(
      'CREATE TABLE IF NOT EXISTS _document_former (doc TEXT PRIMARY KEY, ended INTEGER NOT NULL, writers BLOB NOT NULL) ' +
        'WITHOUT ROWID',
    )
  }

  /** Who wrote in the documents that had a name before. */
  of(doc: string): ReadonlySet<number> {
    const [row] = this.#sql
      .exec<{ writers: ArrayBuffer }>('SELECT writers FROM _document_former WHERE doc = ?', doc)
      .toArray()
    const writers = new Set<number>()
    const decoder = decoding.createDecoder(new Uint8Array(row?.writers ?? []))
    while (decoding.hasContent(decoder)) writers.add(decoding.readVarUint(decoder))
    return writers
  }

  /** A document is removed in which these wrote. */
  add(doc: string, writers: Iterable<number>): void {
    const before = this.of(doc)
    // Those of what is removed now first: its copies are the ones that may come back.
    const all = [...new Set([...writers, ...before])].slice(0, mostWriters)
    if (all.length === 0) return
    const encoder = encoding.createEncoder()
    for (const writer of all) encoding.writeVarUint(encoder, writer)
    this.#sql.exec(
      'INSERT OR REPLACE INTO _document_former (doc, ended, writers) VALUES (?, ?, ?)',
      doc,
      Date.now(),
      encoding.toUint8Array(encoder),
    )
    if (before.size === 0) this.#prune()
  }

  #prune(): void {
    this.#count = this.#count === undefined ? this.#counted() : this.#count + 1
    if (this.#count <= mostNames + slack) return
    this.#sql.exec(
      'DELETE FROM _document_former WHERE doc IN (SELECT doc FROM _document_former ORDER BY ended LIMIT ?)',
      this.#count - mostNames,
    )
    this.#count = undefined
  }

  #counted(): number {
    return this.#sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM _document_former').one().count
  }
}
