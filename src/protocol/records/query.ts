import { quoted, typeName } from '../errors.ts'
import { isPlainObject, type Json } from '../json.ts'
import { type Cursor, readCursor, recordAt } from './cursor.ts'
import type { Spend } from './operator.ts'
import { type Comparator, comparatorOf, type Order, type Ordering, readOrder } from './order.ts'
import { QueryReader } from './query-field.ts'
import type { RecordEnvelope } from './record.ts'
import type { Collection } from './schema.ts'
import { fieldsOfTest, passesTest, readWhere, type Test, type Where } from './where.ts'

/** A query as it travels in `core.subscribe` (`docs/protocol.md`; operators, combinations, several keys and `after` are part B). */
export interface Query extends Ordering {
  readonly collection: string
  /** Which records; default all. */
  readonly where?: Where | undefined
  /** Only the records behind this place of the order; see `cursorOf`. Default, and `null`: from the beginning. */
  readonly after?: Cursor | null | undefined
  /** How many records at most: a positive whole number; default all. */
  readonly limit?: number | undefined
}

/** A query as it was understood: what both sides match and order by, one in memory and one in SQL. */
export interface Question {
  readonly test: Test
  readonly order: Order
  readonly compare: Comparator
  /** The place behind which its records lie, as a record that stands there. */
  readonly after: RecordEnvelope | undefined
  readonly limit: number | undefined
}

const queryOptions: ReadonlySet<string> = new Set(['collection', 'where', 'orderBy', 'orderDir', 'after', 'limit'])

/**
 * Reads a query: every option known, every field known, every value of its field's kind, the order possible, the limit
 * a positive whole number. Without a collection (an untyped name) only the shape is checked.
 * Throws a `DeepSpaceError` with the code `invalid-query` that names what is wrong.
 */
export function readQuery(
  query: Query,
  collection?: Collection,
  reader = new QueryReader(query.collection, collection),
): Question {
  for (const option of Object.keys(query)) {
    if (!queryOptions.has(option)) {
      reader.refuse(`: unknown option ${quoted(option)} (${[...queryOptions].join(', ')})`)
    }
  }
  const { after = null } = query
  const test = readWhere(query.where, reader)
  const order = readOrder(query, reader)
  const place = after === null ? undefined : recordAt(readCursor(after, order, 'after', reader))
  const limit = readLimit(query.limit, 'limit', reader)
  return { test, order, compare: comparatorOf(order), after: place, limit }
}

/** Reads a limit, at its place in a query. Throws a `DeepSpaceError` with the code `invalid-query`. */
export function readLimit(limit: unknown, path: string, reader: QueryReader): number | undefined {
  if (limit === undefined || (Number.isSafeInteger(limit) && (limit as number) > 0)) return limit as number | undefined
  const received = typeof limit === 'number' ? limit : typeName(limit)
  return reader.refuse(`${path}: expected a positive whole number, received ${received}`)
}

/** Whether a record is one that a question asks for; `spend` takes note of what that costs. */
export function matches({ test, after, compare }: Question, record: RecordEnvelope, spend?: Spend): boolean {
  return passesTest(test, record, spend) && (after === undefined || compare(record, after) > 0)
}

/** The fields whose change can move a record into, out of or within a query. */
export function fieldsOf({ test, order }: Question): ReadonlySet<string> {
  return new Set([...fieldsOfTest(test), ...order.map(({ field }) => field)])
}

/** One text for all queries that ask for the same records in the same order. */
export function queryKey(query: Query): string {
  const { collection, where = {}, orderBy = 'createdAt', orderDir = 'desc', after = null, limit = null } = query
  return JSON.stringify(sortedKeys([collection, where, orderBy, orderDir, after, limit] as Json))
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isPlainObject(value)) return value
  const keys = Object.keys(value).sort()
  return Object.fromEntries(keys.map((key) => [key, sortedKeys(value[key] as Json)]))
}
