import { quoted, typeName } from './errors.ts'
import type { Json } from './json.ts'
import { type Comparator, comparatorOf, compareText, type Order, type Ordering, readOrder } from './order.ts'
import { invalidQuery } from './query-field.ts'
import type { RecordEnvelope } from './record.ts'
import type { Collection } from './schema.ts'
import { fieldsOfTest, passesTest, readWhere, type Test, type Where } from './where.ts'

/** A query as it travels in `core.subscribe` (PROTOCOL A2; operators, combinations and several keys are ours, B). */
export interface Query extends Ordering {
  readonly collection: string
  /** Which records; default all. */
  readonly where?: Where
  /** How many records at most: a positive whole number; default all. */
  readonly limit?: number
}

/** A query as it was understood: what both sides match and order by, one in memory and one in SQL. */
export interface Question {
  readonly test: Test
  readonly order: Order
  readonly limit: number | undefined
}

const queryOptions: ReadonlySet<string> = new Set(['collection', 'where', 'orderBy', 'orderDir', 'limit'])

/**
 * Reads a query: every option known, every field known, every value of its field's kind, the order possible, the limit
 * a positive whole number. Without a collection (an untyped name) only the shape is checked.
 * Throws a `DeepSpaceError` with the code `invalid-query` that names what is wrong.
 */
export function readQuery(query: Query, collection?: Collection): Question {
  const refuse = (reason: string): never => {
    throw invalidQuery(query.collection, reason)
  }
  for (const option of Object.keys(query)) {
    if (!queryOptions.has(option)) refuse(`: unknown option ${quoted(option)} (${[...queryOptions].join(', ')})`)
  }
  const { where, limit } = query
  const test = readWhere(where, query.collection, collection)
  const order = readOrder(query, query.collection, collection)
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    refuse(`.limit: expected a positive whole number, received ${typeof limit === 'number' ? limit : typeName(limit)}`)
  }
  return { test, order, limit }
}

/** Whether a record is one that a question asks for. */
export function matches({ test }: Question, record: RecordEnvelope): boolean {
  return passesTest(test, record)
}

/** The order of a question's records. */
export function orderOf({ order }: Question): Comparator {
  return comparatorOf(order)
}

/** The fields whose change can move a record into, out of or within a query. */
export function fieldsOf({ test, order }: Question): ReadonlySet<string> {
  return new Set([...fieldsOfTest(test), ...order.map(({ field }) => field)])
}

/** One text for all queries that ask for the same records in the same order. */
export function queryKey(query: Query): string {
  const { collection, where, orderBy = 'createdAt', orderDir = 'desc', limit = null } = query
  return JSON.stringify([collection, sortedKeys((where ?? {}) as Json), orderBy as Json, orderDir, limit])
}

function sortedKeys(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortedKeys)
  const keys = Object.keys(value).sort(compareText)
  return Object.fromEntries(keys.map((key) => [key, sortedKeys(value[key]!)]))
}
