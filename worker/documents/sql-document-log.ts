import type { DocumentLog, StoredDocument } from './document-log.ts'
import type { FormerWriters } from './former-writers.ts'

/** The most that one row holds, in bytes: a value of SQLite may have 2,000,000 on the platform, locally any number. */
export const partBytes = 1_500_000

/** From how much on rows that mean nothing any more are deleted, and not left to be written over. */
const waste = 1_048_576

/**
 * The rows of one document. A row written is what costs, and a deleted one counts as written; so entries are numbered from 0
 * again in each round, and each is written over what an earlier round has left there. Rows of a round that is over mean
 * nothing: what they were folded into says up to which round it goes, and so does the snapshot.
 *
 * A round is numbered by how many bytes have come before it, so that it is known after a sleep, too, how much has come.
 */
export class SqlDocumentLog implements DocumentLog {
  readonly #storage: DurableObjectStorage
  readonly #doc: string
  readonly #former: FormerWriters
  /** Up to which round the snapshot goes, and up to which one what is folded. */
  #snapshotOver = 0
  #over = 0
  #rows = 0
  #folds = 0
  #parts = 0
  /** How much has come in this round. */
  #roundBytes = 0
  /** How much lies in the log at most, of this round or another. */
  #logBytes = 0

  constructor(storage: DurableObjectStorage, doc: string, former: FormerWriters) {
    this.#storage = storage
    this.#doc = doc
    this.#former = former
  }

  get rows(): number {
    return this.#rows
  }

  get came(): number {
    return this.#over - this.#snapshotOver + this.#roundBytes
  }

  read(): StoredDocument {
    const { sql } = this.#storage
    const parts = sql
      .exec<Part>('SELECT round, data FROM _document_snapshot WHERE doc = ? ORDER BY part', this.#doc)
      .toArray()
    const rows = sql
      .exec<Row>('SELECT seq, round, more, data FROM _document_log WHERE doc = ? ORDER BY seq', this.#doc)
      .toArray()
    this.#snapshotOver = Math.max(0, ...parts.map(({ round }) => round))
    const folded = rows.filter(({ seq, round }) => seq < 0 && round > this.#snapshotOver)
    this.#over = folded.reduce((over, { round }) => Math.max(over, round), this.#snapshotOver)
    const recent = rows.filter(({ seq, round }) => seq >= 0 && round > this.#over)
    this.#parts = parts.length
    this.#folds = folded.length
    this.#rows = recent.length
    this.#roundBytes = bytesIn(recent)
    this.#logBytes = bytesIn(rows)
    return {
      snapshot: parts.length > 0 ? joined(parts.map(({ data }) => new Uint8Array(data))) : undefined,
      folded: entriesOf(folded),
      recent: entriesOf(recent),
    }
  }

  formerWriters(): ReadonlySet<number> {
    return this.#former.of(this.#doc)
  }

  append(entry: Uint8Array): void {
    this.#storage.transactionSync(() => this.#write(this.#rows, this.#over + 1, entry))
    this.#rows += partsOf(entry)
    this.#roundBytes += entry.length
    this.#logBytes += entry.length
  }

  fold(entry: Uint8Array, came: number): void {
    const over = this.#overWith(came)
    // Below zero and rising, so that what was folded first comes first, and before what is recent.
    this.#storage.transactionSync(() => this.#write(firstFold + this.#folds, over, entry))
    this.#folds += partsOf(entry)
    this.#logBytes += entry.length
    this.#begin(over)
  }

  replace(snapshot: Uint8Array, came: number): void {
    const { sql } = this.#storage
    const over = this.#overWith(came)
    const parts = partsOf(snapshot)
    const isWaste = this.#logBytes > waste
    this.#storage.transactionSync(() => {
      for (let part = 0; part < parts; part++) {
        const text = 'INSERT OR REPLACE INTO _document_snapshot (doc, part, round, data) VALUES (?, ?, ?, ?)'
        sql.exec(text, this.#doc, part, over, partOf(snapshot, part))
      }
      if (parts < this.#parts) sql.exec('DELETE FROM _document_snapshot WHERE doc = ? AND part >= ?', this.#doc, parts)
      if (isWaste) sql.exec('DELETE FROM _document_log WHERE doc = ?', this.#doc)
    })
    if (isWaste) this.#logBytes = 0
    this.#parts = parts
    this.#folds = 0
    this.#snapshotOver = over
    this.#begin(over)
  }

  /** The number of the last round that is over once this one is, with so much that comes at its end; it has some number in any case. */
  #overWith(came: number): number {
    return this.#over + Math.max(1, this.#roundBytes + came)
  }

  #begin(over: number): void {
    this.#over = over
    this.#rows = 0
    this.#roundBytes = 0
  }

  /** An entry takes as many rows as it needs; each says how many more of it follow. */
  #write(seq: number, round: number, entry: Uint8Array): void {
    const parts = partsOf(entry)
    for (let part = 0; part < parts; part++) {
      this.#storage.sql.exec(
        'INSERT OR REPLACE INTO _document_log (doc, seq, round, more, data) VALUES (?, ?, ?, ?, ?)',
        this.#doc,
        seq + part,
        round,
        parts - part - 1,
        partOf(entry, part),
      )
    }
  }
}

const firstFold = -(2 ** 40)

function bytesIn(rows: readonly Row[]): number {
  return rows.reduce((sum, { data }) => sum + data.byteLength, 0)
}

type Part = { round: number; data: ArrayBuffer }
type Row = { seq: number; round: number; more: number; data: ArrayBuffer }

function partsOf(bytes: Uint8Array): number {
  return Math.max(1, Math.ceil(bytes.length / partBytes))
}

function partOf(bytes: Uint8Array, part: number): Uint8Array {
  return bytes.subarray(part * partBytes, (part + 1) * partBytes)
}

function entriesOf(rows: readonly Row[]): Uint8Array[] {
  const entries: Uint8Array[] = []
  let parts: Uint8Array[] = []
  for (const { more, data } of rows) {
    parts.push(new Uint8Array(data))
    if (more > 0) continue
    entries.push(joined(parts))
    parts = []
  }
  return entries
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
