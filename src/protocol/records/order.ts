import { mismatch, quoted } from '../errors.ts'
import { isPlainObject, type Json } from '../json.ts'
import { isReserved } from './names.ts'
import type { QueryReader } from './query-field.ts'
import { isEnvelopeField, type RecordEnvelope } from './record.ts'

/** One key of an order: a field, and which way. */
export interface OrderKey {
  readonly field: string
  /** Default: the query's `orderDir`. */
  readonly dir?: 'asc' | 'desc' | undefined
}

/** What a query may say of its order. */
export interface Ordering {
  /** The field to order by, or several keys, the first above the others; default `createdAt`. */
  readonly orderBy?: string | readonly (string | OrderKey)[] | undefined
  /** The direction of keys that do not name one; default `desc`. */
  readonly orderDir?: 'asc' | 'desc' | undefined
}

/** An order as it was understood. After its keys comes `recordId`, ascending, so that it is total. */
export type Order = readonly { readonly field: string; readonly dir: 'asc' | 'desc' }[]

/** How many keys an order may have. */
const maxKeys = 8

/**
 * Reads an order: every field known and of a kind that has one. Throws a `DeepSpaceError` with the code `invalid-query` that names what is wrong.
 */
export function readOrder({ orderBy = 'createdAt', orderDir = 'desc' }: Ordering, reader: QueryReader): Order {
  const direction = (dir: unknown, path: string): 'asc' | 'desc' => {
    if (dir === 'asc' || dir === 'desc') return dir
    return reader.refuse(mismatch(path, '"asc" or "desc"', dir))
  }
  const fieldAt = (field: unknown, path: string): string => {
    if (typeof field !== 'string') return reader.refuse(mismatch(path, 'a field name', field))
    if (reader.kindOf(field, path) === 'json') {
      reader.refuse(`${path}: the field ${quoted(field)} is json, which has no order`, field)
    }
    return field
  }

  const usual = direction(orderDir, 'orderDir')
  if (!Array.isArray(orderBy)) return [{ field: fieldAt(orderBy, 'orderBy'), dir: usual }]
  if (orderBy.length === 0 || orderBy.length > maxKeys) {
    return reader.refuse(`orderBy: expected 1 to ${maxKeys} keys, received ${orderBy.length}`)
  }
  return orderBy.map((key: unknown, index) => {
    const path = `orderBy[${index}]`
    if (!isPlainObject(key)) return { field: fieldAt(key, path), dir: usual }
    const { field, dir = usual, ...others } = key
    for (const name in others) reader.refuse(`${path}: unknown option ${quoted(name)} (field, dir)`)
    return { field: fieldAt(field, `${path}.field`), dir: direction(dir, `${path}.dir`) }
  })
}

/** The order of a query's records: negative when `a` comes first. Total, since ids differ. */
export type Comparator = (a: RecordEnvelope, b: RecordEnvelope) => number

/** The comparator of an order. It orders as SQLite does: null, then false and true, then numbers, then text by code point. */
export function comparatorOf(order: Order): Comparator {
  return order.reduceRight<Comparator>(
    (otherwise, { field, dir }) => {
      const valueIn = readerOf(field)
      const sign = dir === 'desc' ? -1 : 1
      return (a, b) => sign * compareValues(valueIn(a), valueIn(b)) || otherwise(a, b)
    },
    (a, b) => compareText(a.recordId, b.recordId),
  )
}

/** Where a field's value stands is asked once: a comparator runs some fifteen times for each row that moves. */
function readerOf(field: string): (record: RecordEnvelope) => Json {
  if (isEnvelopeField(field)) return (record) => record[field]
  if (isReserved(field)) return () => null
  return (record) => record.data[field] ?? null
}

export function compareValues(a: Json, b: Json): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  return rank(a) - rank(b)
}

function rank(value: Json): number {
  switch (typeof value) {
    case 'boolean':
      return value ? 2 : 1
    case 'number':
      return 3
    case 'string':
      return 4
    default:
      return value === null ? 0 : 5
  }
}

/**
 * Compares text by code point, as SQLite's BINARY collation compares UTF-8. JavaScript's own `<` compares UTF-16
 * units, which puts an emoji (a surrogate pair) before U+E000 to U+FFFF.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! - b.codePointAt(i)!
  }
  return a.length - b.length
}
