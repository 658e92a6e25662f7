import { mismatch, quoted } from '../errors.ts'
import { isPlainObject, type Json } from '../json.ts'
import { operators } from './operator.ts'
import { type Order, type Ordering, readOrder } from './order.ts'
import { QueryReader } from './query-field.ts'
import { fieldValue, type RecordEnvelope } from './record.ts'

/**
 * A place in an order: what its fields are there, and the id that settles ties. It stays good when the record that it
 * was taken from changes or goes.
 */
export interface Cursor {
  readonly recordId: string
  readonly [field: string]: Json
}

/**
 * The place of a record in the order of a query: give it as `after` to go on behind that record.
 *
 * @example
 * const rest = { ...query, after: cursorOf(query, page.at(-1)) }
 */
export function cursorOf(query: Ordering, record: RecordEnvelope<object>): Cursor {
  return placeOf(record as RecordEnvelope, readOrder(query, new QueryReader('')))
}

/** The place of a record in an order that was read before. */
export function placeOf(record: RecordEnvelope, order: Order): Cursor {
  const place: Record<string, Json> = {}
  for (const { field } of order) place[field] = fieldValue(record, field)
  return { ...place, recordId: record.recordId }
}

/** A place as a record that stands there, for a comparator. */
export function recordAt(cursor: Cursor): RecordEnvelope {
  return { ...cursor, data: cursor } as unknown as RecordEnvelope
}

/**
 * Reads a cursor at its path in a query: the fields of the order and `recordId`, no more and no less, each of its kind
 * or null. Throws a `DeepSpaceError` with the code `invalid-query` that names what is wrong.
 */
export function readCursor(after: unknown, order: Order, path: string, reader: QueryReader): Cursor {
  if (!isPlainObject(after)) return reader.refuse(mismatch(path, 'an object', after))
  const fields = new Set([...order.map(({ field }) => field), 'recordId'])
  for (const field in after) {
    if (!fields.has(field)) {
      reader.refuse(`${path}: the order has no field ${quoted(field)} (${[...fields].join(', ')})`, field)
    }
  }
  const place = { ...after }
  for (const field of fields) {
    const here = `${path}.${field}`
    if (after[field] === undefined) reader.refuse(`${here}: is missing`, field)
    const why = operators.eq.whyNot(after[field], reader.kindOf(field, here), here)
    if (why) reader.refuse(why, field)
    place[field] = reader.compared(field, after[field], here)
  }
  if (typeof after.recordId !== 'string') reader.refuse(mismatch(`${path}.recordId`, 'string', after.recordId))
  return place as Cursor
}
