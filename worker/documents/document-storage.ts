import type { DocumentLog } from './document-log.ts'
import { FormerWriters } from './former-writers.ts'
import { readUpdate } from './read-update.ts'
import { SqlDocumentLog } from './sql-document-log.ts'

/**
 * The tables of all documents of a Durable Object. Both are kept in the order of their primary key, without a row number
 * beside it, so that an entry is one row written, and the entries of a document lie together; an index on the name
 * would make it two.
 */
export class DocumentStorage {
  readonly #storage: DurableObjectStorage
  readonly #former: FormerWriters

  /** Makes the tables where they are not there yet. */
  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS _document_log (doc TEXT, seq INTEGER, round INTEGER NOT NULL, more INTEGER NOT NULL, ' +
        'data BLOB NOT NULL, PRIMARY KEY (doc, seq)) WITHOUT ROWID',
    )
    storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS _document_snapshot (doc TEXT, part INTEGER, round INTEGER NOT NULL, ' +
        'data BLOB NOT NULL, PRIMARY KEY (doc, part)) WITHOUT ROWID',
    )
    this.#former = new FormerWriters(storage.sql)
  }

  /** That of an object that has the tables already; `undefined` where nobody has ever needed them. */
  static ifAny(storage: DurableObjectStorage): DocumentStorage | undefined {
    const [table] = storage.sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', tables[0]).toArray()
    return table && new DocumentStorage(storage)
  }

  /** Where one document is kept. Throws a `TypeError` for what is no name. */
  log(doc: string): DocumentLog {
    checkName(doc)
    return new SqlDocumentLog(this.#storage, doc, this.#former)
  }

  /** The names of the documents of which anything is stored, in the order of their bytes; those that begin with `prefix`. */
  names(prefix = ''): string[] {
    const names: string[] = []
    let [name] = this.#first('>=', prefix)
    for (; name?.startsWith(prefix); [name] = this.#first('>', name)) names.push(name)
    return names
  }

  /**
   * Deletes everything of all documents whose names begin with `prefix`, letter for letter; what remains is who wrote in them.
   * Those that are open are to be discarded, and `open` to say by their names who wrote in them: not all of it may be stored.
   * Gives the names of what was stored.
   */
  removeAll(prefix: string, open: ReadonlyMap<string, Iterable<number>> = new Map()): string[] {
    const names = this.names(prefix)
    this.#storage.transactionSync(() => {
      for (const [name, writers] of open) this.#former.add(name, writers)
      for (const name of names) {
        if (!open.has(name)) this.#former.add(name, this.#writersOf(name))
        for (const table of tables) this.#storage.sql.exec(`DELETE FROM ${table} WHERE doc = ?`, name)
      }
    })
    return names
  }

  /** Who wrote in a document, by what is stored of it. */
  #writersOf(doc: string): Set<number> {
    const writers = new Set<number>()
    try {
      const { snapshot, folded, recent } = this.log(doc).read()
      for (const update of [...(snapshot ? [snapshot] : []), ...folded, ...recent])
        for (const writer of readUpdate(update).structs.keys()) writers.add(writer)
    } catch (error) {
      // What cannot be read is to go all the same.
      console.error('it cannot be said who wrote in a document that is removed', error)
    }
    return writers
  }

  /** The first name at or behind another. Asked one by one, no row of a document but its first is read. */
  #first(comparison: '>' | '>=', name: string): string[] {
    const firsts = tables.flatMap((table) =>
      this.#storage.sql
        .exec<{ doc: string }>(`SELECT doc FROM ${table} WHERE doc ${comparison} ? ORDER BY doc LIMIT 1`, name)
        .toArray(),
    )
    const [one, other] = firsts.map(({ doc }) => doc)
    if (one === undefined || other === undefined) return one === undefined ? [] : [one]
    return [comesFirst(one, other) ? one : other]
  }
}

const tables = ['_document_log', '_document_snapshot'] as const

/** As SQLite compares texts: by their bytes in UTF-8, and so by code points, not by halves of them. */
function comesFirst(one: string, other: string): boolean {
  const a = [...one]
  const b = [...other]
  const at = a.findIndex((character, i) => character !== b[i])
  if (at < 0) return true
  return b[at] !== undefined && a[at]!.codePointAt(0)! < b[at].codePointAt(0)!
}

/** The longest name of a document, in characters. */
const longestName = 1024

function checkName(doc: string): void {
  if (typeof doc !== 'string' || doc.length === 0 || doc.length > longestName || !doc.isWellFormed())
    throw new TypeError(`document: name: expected text of 1 to ${longestName} characters`)
}
