import * as v from 'valibot'
import type { Json } from '../../src/protocol/json.ts'
import { type FieldKind, isOfKind } from '../../src/protocol/records/field-kind.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import { during } from '../room/failure.ts'
import { columnOf, encodeValue, quote, tableOf } from './record-sql.ts'
import { decodeValue } from './record-storage.ts'

type Row = Record<string, SqlStorageValue>

/** What is known of a field from earlier declarations. */
interface KnownField {
  readonly field: string
  readonly kind: FieldKind
  /** What the declaration promised of records without a value; `null` while the field is not declared. */
  readonly promise: string | null
  /** Whether its values have made room for others: they are in `_former`, and there is no column. */
  readonly isFormer: boolean
}

/** A Durable Object's table has at most 100 columns; a few are the envelope's. */
const maxColumns = 98

/**
 * Brings the tables of a room to what its collections declare now. Nothing that was kept is lost: a field that is not
 * declared any more keeps its column, or its place in `_former` where columns are short, for when it is declared again.
 * Throws what names the collection and the field where records stand against it; inside a transaction nothing has
 * happened then. Says whether it has changed what records say.
 */
export function prepareTables(sql: SqlStorage, collections: Iterable<Collection>): boolean {
  sql.exec(
    'CREATE TABLE IF NOT EXISTS _fields (collection TEXT, field TEXT, kind TEXT, promise TEXT, isFormer INTEGER, ' +
      'PRIMARY KEY (collection, field)) WITHOUT ROWID',
  )
  for (const column of ['promise', 'isFormer']) addMissing(sql, '_fields', column)
  let changed = false
  for (const collection of collections) {
    const { name } = collection
    const prepare = () => new CollectionTable(sql, collection).prepare()
    changed = during(`collection "${name}"`, prepare, { collection: name }) || changed
  }
  return changed
}

function addMissing(sql: SqlStorage, table: string, column: string): void {
  const { columnNames } = sql.exec(`SELECT * FROM ${table} LIMIT 0`)
  if (!columnNames.includes(column)) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column}`)
}

/** The table of one collection, while it is prepared. */
class CollectionTable {
  readonly #sql: SqlStorage
  readonly #collection: Collection
  readonly #table: string

  constructor(sql: SqlStorage, collection: Collection) {
    this.#sql = sql
    this.#collection = collection
    this.#table = tableOf(collection.name)
  }

  prepare(): boolean {
    const { name, kinds, unique, indexes } = this.#collection
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS ${this.#table} (_id TEXT PRIMARY KEY, _createdBy TEXT NOT NULL, ` +
        '_createdAt INTEGER NOT NULL, _updatedAt INTEGER NOT NULL, _nulls TEXT, _former TEXT) WITHOUT ROWID',
    )
    addMissing(this.#sql, this.#table, '_former')
    // SQLite does not tell names apart by case: a collection that is spelt anew has its table already.
    this.#sql.exec('UPDATE _fields SET collection = ? WHERE collection = ? COLLATE NOCASE', name, name)
    const known = this.#known()
    this.#makeRoom(known)
    let changed = false
    for (const [field, kind] of Object.entries(kinds)) {
      changed = during(`field "${field}"`, () => this.#field(field, kind, known), { field }) || changed
    }
    for (const { field } of known.values()) {
      // Should it be declared again, its records of meanwhile are looked at.
      if (!Object.hasOwn(kinds, field)) this.#note(field, { promise: null })
    }
    for (const fields of [...unique, ...indexes]) {
      const index = quote(`${name} by ${fields.join(', ')}`)
      const columns = fields.map(columnOf).join(', ')
      during(`index of ${fields.join(', ')}`, () =>
        this.#sql.exec(`CREATE INDEX IF NOT EXISTS ${index} ON ${this.#table} (${columns})`),
      )
    }
    return changed
  }

  /** By their names in small letters, as SQLite knows them. */
  #known(): Map<string, KnownField> {
    const rows = this.#sql.exec<Row>('SELECT * FROM _fields WHERE collection = ?', this.#collection.name).toArray()
    return new Map(
      rows.map(({ field, kind, promise, isFormer }) => [
        (field as string).toLowerCase(),
        {
          field: field as string,
          kind: kind as FieldKind,
          promise: promise as string | null,
          isFormer: isFormer === 1,
        },
      ]),
    )
  }

  /** Brings one field to what is declared. Says whether records say something else now. */
  #field(field: string, kind: FieldKind, known: ReadonlyMap<string, KnownField>): boolean {
    const before = known.get(field.toLowerCase())
    if (!before || before.isFormer) {
      this.#sql.exec(`ALTER TABLE ${this.#table} ADD COLUMN ${quote(field)}`)
      if (before) this.#restore(before.field, field)
    } else if (before.field !== field) this.#rename(before.field, field)
    if (before && before.kind !== kind) this.#changeKind(field, before.kind, kind)
    const promise = promiseOf(this.#collection, field)
    const completed = before?.promise === promise.text ? false : this.#complete(field, kind, promise)
    if (before && before.field !== field) {
      this.#sql.exec('DELETE FROM _fields WHERE collection = ? AND field = ?', this.#collection.name, before.field)
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO _fields (collection, field, kind, promise, isFormer) VALUES (?, ?, ?, ?, 0)',
      this.#collection.name,
      field,
      kind,
      promise.text,
    )
    return completed || (before !== undefined && (before.field !== field || before.kind !== kind))
  }

  #note(field: string, { promise }: { readonly promise: string | null }): void {
    const { name } = this.#collection
    this.#sql.exec('UPDATE _fields SET promise = ? WHERE collection = ? AND field = ?', promise, name, field)
  }

  /** Where there would be too many columns, the fields that are not declared any more give up theirs. */
  #makeRoom(known: ReadonlyMap<string, KnownField>): void {
    const declared = new Set(Object.keys(this.#collection.kinds).map((field) => field.toLowerCase()))
    const columns = this.#sql.exec(`SELECT * FROM ${this.#table} LIMIT 0`).columnNames.length
    const missing = [...declared].filter((field) => known.get(field)?.isFormer !== false).length
    if (columns + missing <= maxColumns) return
    for (const [lower, { field, isFormer }] of known) {
      if (!declared.has(lower) && !isFormer) this.#putAway(field)
    }
  }

  #putAway(field: string): void {
    const column = quote(field)
    this.#sql.exec(
      `UPDATE ${this.#table} SET _former = json_set(COALESCE(_former, '{}'), ?, ${column}) WHERE ${column} IS NOT NULL`,
      `$."${field}"`,
    )
    const indexes = this.#sql
      .exec<Row>(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? COLLATE NOCASE",
        this.#name(),
      )
      .toArray()
    for (const { name, sql } of indexes) {
      // The columns of an index stand in quotes between its last brackets.
      if (String(sql).split('(').at(-1)!.includes(column)) this.#sql.exec(`DROP INDEX ${quote(name as string)}`)
    }
    this.#sql.exec(`ALTER TABLE ${this.#table} DROP COLUMN ${column}`)
    this.#sql.exec(
      'UPDATE _fields SET isFormer = 1, promise = NULL WHERE collection = ? AND field = ?',
      this.#collection.name,
      field,
    )
  }

  #name(): string {
    return this.#table.slice(1, -1)
  }

  #restore(former: string, field: string): void {
    const path = `$."${former}"`
    this.#sql.exec(
      `UPDATE ${this.#table} SET ${quote(field)} = json_extract(_former, ?), _former = json_remove(_former, ?) ` +
        'WHERE json_type(_former, ?) IS NOT NULL',
      path,
      path,
      path,
    )
    this.#renameNulls(former, field)
  }

  /** By way of a name that no field has: SQLite takes the two spellings for one. */
  #rename(before: string, after: string): void {
    this.#sql.exec(`ALTER TABLE ${this.#table} RENAME COLUMN ${quote(before)} TO "_spelling"`)
    this.#sql.exec(`ALTER TABLE ${this.#table} RENAME COLUMN "_spelling" TO ${quote(after)}`)
    this.#renameNulls(before, after)
  }

  #renameNulls(before: string, after: string): void {
    if (before === after) return
    this.#sql.exec(
      `UPDATE ${this.#table} SET _nulls = replace(_nulls, ?, ?) WHERE instr(_nulls, ?) > 0`,
      JSON.stringify(before),
      JSON.stringify(after),
      JSON.stringify(before),
    )
  }

  /** Gives the records that say nothing of a field what one that is created now would say. */
  #complete(field: string, kind: FieldKind, { rule, make }: FieldPromise): boolean {
    const column = quote(field)
    const absent = `${column} IS NULL AND NOT EXISTS (SELECT 1 FROM json_each(_nulls) WHERE value = ?)`
    const update = (set: string, values: readonly SqlStorageValue[], where = absent): boolean =>
      this.#sql.exec(`UPDATE ${this.#table} SET ${set} WHERE ${where}`, ...values, field).rowsWritten > 0
    switch (rule) {
      case 'nothing':
        return false
      case 'creator':
        // What the room wrote belongs to nobody.
        return update(`${column} = _createdBy`, [], `${absent} AND _createdBy <> 'system'`)
      case 'value': {
        const value = make()
        if (value === null) return update("_nulls = json_insert(COALESCE(_nulls, '[]'), '$[#]', ?)", [field])
        return update(`${column} = ?`, [encodeValue(kind, value)])
      }
      case 'made': {
        // A default that is a function is asked for each record, as it is for each that is created.
        const ids = this.#sql.exec<Row>(`SELECT _id FROM ${this.#table} WHERE ${absent}`, field).toArray()
        for (const { _id } of ids) {
          const value = encodeValue(kind, make())
          this.#sql.exec(`UPDATE ${this.#table} SET ${column} = ? WHERE _id = ?`, value, _id)
        }
        return ids.length > 0
      }
      default:
        return rule satisfies never
    }
  }

  /** Any kind becomes JSON; JSON becomes another kind if all its values are of it. What does not fit stops the room. */
  #changeKind(field: string, before: FieldKind, after: FieldKind): void {
    const column = quote(field)
    const rows = this.#sql.exec<Row>(`SELECT _id, ${column} AS value FROM ${this.#table} WHERE ${column} IS NOT NULL`)
    for (const { _id, value } of rows.toArray()) {
      const decoded = decodeValue(before, value!)
      if (!isOfKind(after, decoded)) {
        throw new TypeError(
          `it was ${before} and is now ${after}, but record ${JSON.stringify(_id)} has a value that is not ${after}. ` +
            'Declare a new field, or a union of both.',
        )
      }
      this.#sql.exec(`UPDATE ${this.#table} SET ${column} = ? WHERE _id = ?`, encodeValue(after, decoded), _id)
    }
  }
}

/** What a declaration promises of a record that says nothing of a field. */
interface FieldPromise {
  /** Nothing; who created it; one value; or a value made for each. */
  readonly rule: 'nothing' | 'creator' | 'value' | 'made'
  /** One text for one promise: where it is another than before, old records are looked at. */
  readonly text: string
  readonly make: () => Json
}

function promiseOf({ fields, userBound }: Collection, field: string): FieldPromise {
  if (userBound.includes(field)) return { rule: 'creator', text: 'creator', make: () => null }
  const schema = fields[field]!
  const parse = () => v.safeParse(schema, undefined)
  const first = parse()
  if (!first.success || first.output === undefined) return { rule: 'nothing', text: '', make: () => null }
  const make = () => parse().output as Json
  if (hasMadeDefault(schema)) return { rule: 'made', text: 'made', make }
  return { rule: 'value', text: JSON.stringify(first.output), make }
}

/** Whether the default of a schema, or of one inside it, is a function. */
function hasMadeDefault(schema: object): boolean {
  const { default: value, wrapped, pipe } = schema as { default?: unknown; wrapped?: object; pipe?: readonly object[] }
  if (typeof value === 'function') return true
  if (pipe) return pipe.some((step) => step !== schema && hasMadeDefault(step))
  return wrapped !== undefined && hasMadeDefault(wrapped)
}
