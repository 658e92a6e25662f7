import type { RecordEnvelope } from '../../src/protocol/records/record.ts'

/** How many records are kept, ... */
const most = 256
/** ... and how long one may be for it, in characters of JSON: together they stay below 2 Mi. */
const longest = 8192

/**
 * The records that were written last, as they stand in the tables: who writes one is likely to write it again, and to read
 * it back from SQLite costs as much as to write it.
 */
export class RecentRecords {
  readonly #records = new Map<string, RecordEnvelope>()

  get(key: string): RecordEnvelope | undefined {
    return this.#records.get(key)
  }

  /** A record of so many characters has been stored. */
  note(key: string, record: RecordEnvelope, length: number): void {
    if (length > longest) return
    this.#records.set(key, record)
    if (this.#records.size > most) this.#records.delete(this.#records.keys().next().value!)
  }

  forget(key: string): void {
    this.#records.delete(key)
  }
}
