import { DeepSpaceError, quoted, typeName } from './errors.ts'
import { isOfKind } from './field-kind.ts'
import { isPlainObject, type Json, jsonEqual, whyNotJson } from './json.ts'
import { envelopeFields, fieldValue, isEnvelopeField, isReserved, type RecordEnvelope } from './record.ts'
import type { Collection } from './schema.ts'

/** A query as it travels in `core.subscribe` (PROTOCOL A2). */
export interface Query {
  readonly collection: string
  /** Fields and the values they must have; `null` also means absent. Default: every record. */
  readonly where?: { readonly [field: string]: Json }
  /** The field to order by; default `createdAt`. Ties are ordered by `recordId`, ascending. */
  readonly orderBy?: string
  /** Default `desc`. */
  readonly orderDir?: 'asc' | 'desc'
  /** How many records at most: a positive whole number; default all. */
  readonly limit?: number
}

/**
 * Checks a query against its collection: every field known, every value of its field's kind, the order possible, the
 * limit a positive whole number. Without a collection (an untyped name) only the shape is checked.
 * Throws a `DeepSpaceError` with the code `invalid-query` that names what is wrong.
 */
export function checkQuery(query: Query, collection?: Collection): void {
  const { where, orderBy, orderDir, limit } = query
  const place = { collection: query.collection }
  const refuse = (reason: string, field?: string): never => {
    throw new DeepSpaceError('invalid-query', `Invalid message: query${reason}`, field ? { ...place, field } : place)
  }
  const known = (field: string, path: string): void => {
    if (!collection || isEnvelopeField(field) || Object.hasOwn(collection.kinds, field)) return
    const names = [...Object.keys(collection.kinds), ...envelopeFields].join(', ')
    refuse(`${path}: unknown field ${quoted(field)} of ${collection.name} (fields: ${names})`, field)
  }

  for (const option of Object.keys(query)) {
    if (!queryOptions.has(option)) refuse(`: unknown option ${quoted(option)} (${[...queryOptions].join(', ')})`)
  }
  if (where !== undefined) {
    if (!isPlainObject(where)) return refuse(`.where: expected an object, received ${typeName(where)}`)
    for (const [field, value] of Object.entries(where)) {
      known(field, '.where')
      const why = whyNotJson(value, `.where.${field}`)
      if (why) refuse(why, field)
      const kind = isEnvelopeField(field) ? 'text' : collection?.kinds[field]
      if (kind && !isOfKind(kind, value)) {
        refuse(
          `.where.${field}: expected ${kind === 'text' ? 'string' : kind} or null, received ${typeName(value)}`,
          field,
        )
      }
    }
  }
  if (orderBy !== undefined) {
    if (typeof orderBy !== 'string') return refuse(`.orderBy: expected a field name, received ${typeName(orderBy)}`)
    known(orderBy, '.orderBy')
    if (collection?.kinds[orderBy] === 'json') {
      refuse(`.orderBy: the field ${quoted(orderBy)} is json, which has no order`, orderBy)
    }
  }
  if (orderDir !== undefined && orderDir !== 'asc' && orderDir !== 'desc') {
    refuse(`.orderDir: expected "asc" or "desc", received ${typeName(orderDir)}`)
  }
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    refuse(`.limit: expected a positive whole number, received ${typeof limit === 'number' ? limit : typeName(limit)}`)
  }
}

const queryOptions: ReadonlySet<string> = new Set(['collection', 'where', 'orderBy', 'orderDir', 'limit'])

/** Whether a record is one that the query asks for. */
export function matches(where: Query['where'], record: RecordEnvelope): boolean {
  if (!where) return true
  for (const field in where) {
    if (!jsonEqual(fieldValue(record, field), where[field])) return false
  }
  return true
}

/** The order of a query's records: negative when `a` comes first. Total, since ids differ. */
export type Comparator = (a: RecordEnvelope, b: RecordEnvelope) => number

/** The comparator of a query. It orders as SQLite does: null, then false and true, then numbers, then text by code point. */
export function comparatorOf(query: Pick<Query, 'orderBy' | 'orderDir'>): Comparator {
  const field = query.orderBy ?? 'createdAt'
  const sign = (query.orderDir ?? 'desc') === 'desc' ? -1 : 1
  // Where the value stands is asked once: a comparator runs some fifteen times for each row that moves.
  const valueIn: (record: RecordEnvelope) => Json = isEnvelopeField(field)
    ? (record) => record[field]
    : isReserved(field)
      ? () => null
      : (record) => record.data[field] ?? null
  return (a, b) => sign * compareValues(valueIn(a), valueIn(b)) || compareText(a.recordId, b.recordId)
}

/** The fields whose change can move a record into, out of or within a query. */
export function fieldsOf(query: Query): ReadonlySet<string> {
  return new Set([...Object.keys(query.where ?? {}), query.orderBy ?? 'createdAt'])
}

/** One text for all queries that ask for the same records in the same order. */
export function queryKey(query: Query): string {
  const where = Object.entries(query.where ?? {}).sort(([a], [b]) => compareText(a, b))
  return JSON.stringify([
    query.collection,
    where.map(([field, value]) => [field, sortedKeys(value)]),
    query.orderBy ?? 'createdAt',
    query.orderDir ?? 'desc',
    query.limit ?? null,
  ])
}

function sortedKeys(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortedKeys)
  const keys = Object.keys(value).sort(compareText)
  return Object.fromEntries(keys.map((key) => [key, sortedKeys(value[key]!)]))
}

function compareValues(a: Json, b: Json): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const byType = rank(a) - rank(b)
  return byType || Number(a === true) - Number(b === true)
}

function rank(value: Json): number {
  switch (typeof value) {
    case 'boolean':
      return 1
    case 'number':
      return 2
    case 'string':
      return 3
    default:
      return value === null ? 0 : 4
  }
}

/**
 * Compares text by code point, as SQLite's BINARY collation compares UTF-8. JavaScript's own `<` compares UTF-16
 * units, which puts an emoji (a surrogate pair) before U+E000 to U+FFFF; only there do the two differ.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return fixUp(x) - fixUp(y)
  }
  return a.length - b.length
}

/** Moves the surrogates above the rest of the UTF-16 units, where their code points belong. */
function fixUp(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}
