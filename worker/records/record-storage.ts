import type { Json } from '../../src/protocol/json.ts'
import type { FieldKind } from '../../src/protocol/records/field-kind.ts'
import type { Caller } from '../../src/protocol/records/permissions.ts'
import { matches, type Question } from '../../src/protocol/records/query.ts'
import type { RecordData, RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import { type Meter, unbounded } from './meter.ts'
import { countSql, encodeValue, quote, recordsSql, type SqlValue, selectSql, tableOf } from './record-sql.ts'
import { WriteTexts } from './write-texts.ts'

type Row = Record<string, SqlStorageValue>

/** Who reads records, as SQL can tell and as the rules say. */
export interface Reader {
  readonly caller: Caller
  readonly mayRead: (record: RecordEnvelope) => boolean
}

/** So many records are read at once; a statement binds no more than 100 values. */
const batch = 64

/** A question whose rows were not enough is read on in parts that grow by this: each may have to sort anew. */
const growth = 8

/**
 * A room's records in its SQLite: one table a collection, one column a field. Columns have no declared type, so a
 * value is kept as it was bound: text as TEXT, numbers as REAL, booleans as 0 and 1, everything else as JSON text. An
 * absent field and a null one are both NULL; `_nulls` lists the fields whose null was said.
 */
export class RecordStorage {
  readonly #sql: SqlStorage
  readonly #texts = new Map<Collection, WriteTexts>()

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get(collection: Collection, recordId: string, meter = unbounded): RecordEnvelope | undefined {
    const rows = this.#sql.exec<Row>(`SELECT * FROM ${tableOf(collection.name)} WHERE _id = ?`, recordId)
    const [row] = rows.toArray()
    return row && read(collection, row, meter)
  }

  /** Writes a record: a new one whole, of one that exists the fields that changed, so that no other index is touched. */
  put(collection: Collection, record: RecordEnvelope, existing: RecordEnvelope | undefined): void {
    if (existing) this.#update(collection, record, existing)
    else this.#insert(collection, record)
  }

  #insert(collection: Collection, record: RecordEnvelope): void {
    const { recordId, createdBy, createdAt, updatedAt, data } = record
    const nulls = nullsOf(collection, record)
    const values: SqlValue[] = [
      recordId,
      createdBy,
      Date.parse(createdAt),
      Date.parse(updatedAt),
      nulls.length > 0 ? JSON.stringify(nulls) : null,
    ]
    for (const field in collection.kinds) values.push(encodeValue(collection.kinds[field]!, data[field]))
    this.#sql.exec(this.#textsOf(collection).insert, ...values)
  }

  #update(collection: Collection, record: RecordEnvelope, existing: RecordEnvelope): void {
    const { recordId, updatedAt, data } = record
    const fields: string[] = []
    let nullsStay = true
    for (const field in collection.kinds) {
      const before = existing.data[field]
      if (before === data[field]) continue
      fields.push(field)
      if (before === null || data[field] === null) nullsStay = false
    }
    const values = fields.map((field) => encodeValue(collection.kinds[field]!, data[field]))
    // The nulls of fields that this declaration does not have are not its to forget.
    const nulls = nullsStay ? [] : [JSON.stringify(nullsOf(collection, record)), JSON.stringify(fields)]
    const text = this.#textsOf(collection).update(fields, nullsStay)
    this.#sql.exec(text, Date.parse(updatedAt), ...values, ...nulls, recordId)
  }

  #textsOf(collection: Collection): WriteTexts {
    const known = this.#texts.get(collection)
    if (known) return known
    const texts = new WriteTexts(collection)
    this.#texts.set(collection, texts)
    return texts
  }

  delete(collection: Collection, recordId: string): void {
    this.#sql.exec(`DELETE FROM ${tableOf(collection.name)} WHERE _id = ?`, recordId)
  }

  /**
   * The records of a question in its order, and behind its limit too, as far as the caller goes on. SQL narrows and
   * sorts, to what a reader may read if one is given; then the permission rules have the word on each record, and only
   * of one that may be read is asked whether it `matches`, by what the browser uses too. The caller may stop anywhere:
   * each statement asks for no more rows than are likely to be needed and is read to its end, because one that is left
   * open keeps its memory. Throws what the meter throws.
   */
  *select(question: Question, collection: Collection, meter: Meter, reader?: Reader): Generator<RecordEnvelope, void> {
    const spend = (steps: number): void => meter.steps(steps)
    let part = question
    let size = (question.limit ?? meter.recordsLeft) + 1
    for (; ; size *= growth) {
      let last: RecordEnvelope | undefined
      let count = 0
      for (const record of this.#page(part, size, collection, meter, reader?.caller)) {
        last = record
        count++
        if (reader && !reader.mayRead(record)) continue
        if (matches(question, record, spend)) yield record
      }
      if (!last || count < size) return
      part = { ...question, after: last }
    }
  }

  /** The first records that SQL finds for a question, at most so many. */
  *#page(
    question: Question,
    most: number,
    collection: Collection,
    meter: Meter,
    reader: Caller | undefined,
  ): Generator<RecordEnvelope, void> {
    const isFew = most <= batch
    let left = most
    for (const { text, values } of selectSql(question, collection, reader, !isFew)) {
      if (left === 0) return
      // To SQLite a negative limit is none.
      const cursor = this.#sql.exec<Row>(`${text} LIMIT ?`, ...values, Number.isFinite(left) ? left : -1)
      const rows = cursor.toArray()
      meter.scanned(cursor.rowsRead)
      left -= rows.length
      if (isFew) {
        for (const row of rows) yield read(collection, row, meter)
        continue
      }
      if (question.limit === undefined) meter.foresee(rows.length)
      // Many records may be much: sorted by their ids alone, they are read in parts.
      for (let start = 0; start < rows.length; start += batch) {
        const ids = rows.slice(start, start + batch).map(({ _id }) => _id as string)
        const { text, values } = recordsSql(collection, ids)
        const byId = new Map(
          this.#sql
            .exec<Row>(text, ...values)
            .toArray()
            .map((row) => [row._id, row]),
        )
        for (const id of ids) yield read(collection, byId.get(id)!, meter)
      }
    }
  }

  /** How many records of a question a reader may read, or `undefined` where SQL alone cannot tell. */
  count(question: Question, collection: Collection, meter: Meter, reader: Caller): number | undefined {
    const statement = countSql(question, collection, reader)
    if (!statement) return undefined
    const cursor = this.#sql.exec<{ n: number }>(statement.text, ...statement.values)
    const { n } = cursor.one()
    meter.scanned(cursor.rowsRead)
    return n
  }

  /** The one of these lists of fields that another record already has the values of, or `undefined`. Nulls are never equal. */
  duplicateOf(
    collection: Collection,
    record: RecordEnvelope,
    lists: readonly (readonly string[])[],
  ): readonly string[] | undefined {
    return lists.find((fields) => {
      if (fields.some((field) => (record.data[field] ?? null) === null)) return false
      const conditions = fields.map((field) => `${quote(field)} = ?`).join(' AND ')
      const found = this.#sql.exec(
        `SELECT 1 FROM ${tableOf(collection.name)} WHERE ${conditions} AND _id <> ? LIMIT 1`,
        ...fields.map((field) => encodeValue(collection.kinds[field]!, record.data[field])),
        record.recordId,
      )
      return found.toArray().length > 0
    })
  }
}

/** The fields of which a record says null. */
function nullsOf(collection: Collection, record: RecordEnvelope): string[] {
  return Object.keys(collection.kinds).filter((field) => record.data[field] === null)
}

/** A value as a column holds it, as what it is. */
export function decodeValue(kind: FieldKind, value: SqlStorageValue): Json {
  switch (kind) {
    case 'text':
    case 'number':
      return value as string | number
    case 'boolean':
      return value === 1
    case 'json':
      return JSON.parse(value as string)
  }
}

/** Decodes a row, at the cost of what is in it. */
function read(collection: Collection, row: Row, meter: Meter): RecordEnvelope {
  let characters = 0
  for (const field in row) {
    const value = row[field]
    characters += typeof value === 'string' ? value.length : 8
  }
  meter.record(characters)
  return decode(collection, row)
}

function decode(collection: Collection, row: Row): RecordEnvelope {
  const data: RecordData = {}
  const nulls: readonly string[] = row._nulls ? JSON.parse(row._nulls as string) : []
  for (const field in collection.kinds) {
    const value = row[field]
    if (value !== null && value !== undefined) data[field] = decodeValue(collection.kinds[field]!, value)
    else if (nulls.includes(field)) data[field] = null
  }
  return {
    recordId: row._id as string,
    data,
    createdBy: row._createdBy as string,
    createdAt: new Date(row._createdAt as number).toISOString(),
    updatedAt: new Date(row._updatedAt as number).toISOString(),
  }
}
