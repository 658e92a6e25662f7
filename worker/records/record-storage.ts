import * as v from 'valibot'
import type { Json } from '../../src/protocol/json.ts'
import type { FieldKind } from '../../src/protocol/records/field-kind.ts'
import { isOfKind } from '../../src/protocol/records/field-kind.ts'
import type { Caller } from '../../src/protocol/records/permissions.ts'
import { matches, type Question } from '../../src/protocol/records/query.ts'
import type { RecordData, RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import { type Meter, unbounded } from './meter.ts'
import { columnOf, countSql, encodeValue, quote, recordsSql, selectSql, tableOf } from './record-sql.ts'

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

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Makes the tables and indexes that are missing, and adds the columns of fields that are new. */
  prepare(collections: Iterable<Collection>): void {
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS _fields (collection TEXT, field TEXT, kind TEXT, PRIMARY KEY (collection, field)) WITHOUT ROWID',
    )
    for (const collection of collections) {
      this.#sql.exec(
        `CREATE TABLE IF NOT EXISTS ${tableOf(collection.name)} (_id TEXT PRIMARY KEY, _createdBy TEXT NOT NULL, ` +
          '_createdAt INTEGER NOT NULL, _updatedAt INTEGER NOT NULL, _nulls TEXT) WITHOUT ROWID',
      )
      this.#addFields(collection)
      for (const fields of [...collection.unique, ...collection.indexes]) {
        const name = quote(`${collection.name} by ${fields.join(', ')}`)
        this.#sql.exec(
          `CREATE INDEX IF NOT EXISTS ${name} ON ${tableOf(collection.name)} (${fields.map(columnOf).join(', ')})`,
        )
      }
    }
  }

  get(collection: Collection, recordId: string, meter = unbounded): RecordEnvelope | undefined {
    const rows = this.#sql.exec<Row>(`SELECT * FROM ${tableOf(collection.name)} WHERE _id = ?`, recordId)
    const [row] = rows.toArray()
    return row && read(collection, row, meter)
  }

  /** Writes a record: a new one whole, of one that exists the fields that changed, so that no other index is touched. */
  put(collection: Collection, record: RecordEnvelope, existing: RecordEnvelope | undefined): void {
    const fields = Object.keys(collection.kinds).filter(
      (field) => !existing || existing.data[field] !== record.data[field],
    )
    const nulls = Object.keys(collection.kinds).filter((field) => record.data[field] === null)
    const columns = ['_updatedAt', '_nulls', ...fields.map(quote)]
    const values = [
      Date.parse(record.updatedAt),
      nulls.length > 0 ? JSON.stringify(nulls) : null,
      ...fields.map((field) => encodeValue(collection.kinds[field]!, record.data[field])),
    ]
    if (existing) {
      const assignments = columns.map((column) => `${column} = ?`).join(', ')
      this.#sql.exec(`UPDATE ${tableOf(collection.name)} SET ${assignments} WHERE _id = ?`, ...values, record.recordId)
      return
    }
    const all = ['_id', '_createdBy', '_createdAt', ...columns]
    this.#sql.exec(
      `INSERT INTO ${tableOf(collection.name)} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`,
      record.recordId,
      record.createdBy,
      Date.parse(record.createdAt),
      ...values,
    )
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

  #addFields(collection: Collection): void {
    const kept = new Map<string, string>()
    for (const row of this.#sql.exec<Row>('SELECT field, kind FROM _fields WHERE collection = ?', collection.name)) {
      kept.set(row.field as string, row.kind as string)
    }
    for (const [field, kind] of Object.entries(collection.kinds)) {
      const before = kept.get(field)
      if (before === undefined) this.#addColumn(collection, field, kind)
      else if (before !== kind) this.#changeKind(collection, field, before as FieldKind, kind)
      else continue
      this.#sql.exec(
        'INSERT OR REPLACE INTO _fields (collection, field, kind) VALUES (?, ?, ?)',
        collection.name,
        field,
        kind,
      )
    }
  }

  /** A record from before the field was declared reads as one that was created without it. */
  #addColumn(collection: Collection, field: string, kind: FieldKind): void {
    this.#sql.exec(`ALTER TABLE ${tableOf(collection.name)} ADD COLUMN ${quote(field)}`)
    const result = v.safeParse(collection.fields[field]!, undefined)
    const value = result.success ? encodeValue(kind, result.output as Json | undefined) : null
    if (value !== null) this.#sql.exec(`UPDATE ${tableOf(collection.name)} SET ${quote(field)} = ?`, value)
  }

  /** Any kind becomes JSON; JSON becomes another kind if all its values are of it. What does not fit stops the room. */
  #changeKind(collection: Collection, field: string, before: FieldKind, after: FieldKind): void {
    const column = quote(field)
    const rows = this.#sql.exec<Row>(
      `SELECT _id, ${column} AS value FROM ${tableOf(collection.name)} WHERE ${column} IS NOT NULL`,
    )
    for (const { _id, value } of rows.toArray()) {
      const decoded = decodeValue(before, value!)
      if (!isOfKind(after, decoded)) {
        throw new TypeError(
          `collection "${collection.name}": the field "${field}" was ${before} and is now ${after}, but record ` +
            `${JSON.stringify(_id)} has a value that is not ${after}. Declare a new field, or a union of both.`,
        )
      }
      this.#sql.exec(
        `UPDATE ${tableOf(collection.name)} SET ${column} = ? WHERE _id = ?`,
        encodeValue(after, decoded),
        _id,
      )
    }
  }
}

function decodeValue(kind: FieldKind, value: SqlStorageValue): Json {
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
