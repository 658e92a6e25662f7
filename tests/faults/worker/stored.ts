import { DocumentStorage } from '../../../worker/documents/document-storage.ts'
import type { StoredRow } from '../orders.ts'

/**
 * Has the database of a room keep everything that is ever stored of its documents, in order, whatever is written over or deleted
 * later: triggers run inside the transaction of the write.
 */
export function keepStored(storage: DurableObjectStorage): void {
  new DocumentStorage(storage)
  const { sql } = storage
  sql.exec('CREATE TABLE IF NOT EXISTS stored (seq INTEGER PRIMARY KEY, doc TEXT NOT NULL, data BLOB)')
  for (const table of ['_document_log', '_document_snapshot']) {
    sql.exec(
      `CREATE TRIGGER IF NOT EXISTS stored${table} AFTER INSERT ON ${table} ` +
        'BEGIN INSERT INTO stored (doc, data) VALUES (new.doc, new.data); END',
    )
  }
}

/** The same for the ends of what belongs to a record: what is stored behind it is of another one. */
export function keepEnds({ sql }: DurableObjectStorage): void {
  sql.exec(
    'CREATE TRIGGER IF NOT EXISTS stored_ends AFTER DELETE ON records_things ' +
      'BEGIN INSERT INTO stored (doc, data) VALUES (old._id, NULL); END',
  )
}

/** Notes that everything so far is no more. */
export function noteEnd({ sql }: DurableObjectStorage, doc: string): void {
  sql.exec('INSERT INTO stored (doc, data) VALUES (?, NULL)', doc)
}

/** Everything that was ever stored. */
export function storedIn({ sql }: DurableObjectStorage): StoredRow[] {
  return sql
    .exec<{ doc: string; data: ArrayBuffer | null }>('SELECT doc, data FROM stored ORDER BY seq')
    .toArray()
    .map(({ doc, data }) => ({ doc, data: data && [...new Uint8Array(data)] }))
}
