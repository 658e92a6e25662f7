import { asked } from './blob-frame.ts'

/** As long as a value may be in SQLite, with some air. */
const partBytes = 1_500_000

/**
 * The least that keeps a document: one blob in parts, and a row for each edit, which is passed on as it came. It knows nothing
 * of what it keeps.
 */
export class BareDocumentStore {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    storage.sql.exec('CREATE TABLE IF NOT EXISTS parts (part INTEGER PRIMARY KEY, data BLOB NOT NULL)')
    storage.sql.exec('CREATE TABLE IF NOT EXISTS edits (id INTEGER PRIMARY KEY, data BLOB NOT NULL)')
  }

  /** Handles a frame. Gives what is to be sent back, or `undefined` where it is to be passed on to the others. */
  take(frame: Uint8Array): Uint8Array | undefined {
    if (frame[0] === asked.put) {
      this.#storage.transactionSync(() => {
        for (let part = 0; part * partBytes < frame.length - 1; part++) {
          const data = frame.slice(1 + part * partBytes, 1 + (part + 1) * partBytes)
          this.#storage.sql.exec('INSERT OR REPLACE INTO parts VALUES (?, ?)', part, data.buffer)
        }
      })
      return new Uint8Array(1)
    }
    if (frame[0] === asked.open) {
      const parts = this.#storage.sql.exec<{ data: ArrayBuffer }>('SELECT data FROM parts ORDER BY part').toArray()
      const whole = new Uint8Array(parts.reduce((sum, { data }) => sum + data.byteLength, 0))
      let at = 0
      for (const { data } of parts) {
        whole.set(new Uint8Array(data), at)
        at += data.byteLength
      }
      return whole
    }
    this.#storage.sql.exec('INSERT INTO edits (data) VALUES (?)', frame.slice().buffer)
    return undefined
  }
}
