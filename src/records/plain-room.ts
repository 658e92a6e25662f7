import { isPlainObject } from '../protocol/json.ts'
import { combinators } from '../protocol/records/names.ts'
import type { Query } from '../protocol/records/query.ts'
import type { RecordEnvelope } from '../protocol/records/record.ts'
import type { Collection } from '../protocol/records/schema.ts'

/**
 * What a room that knows part A alone can be asked of a query: equalities, one key of an order, and a limit where that is
 * all there is to it. The rest is for the client to find and to order.
 */
export function plainQuery({ collection, where = {}, orderBy, orderDir, limit, after }: Query): Query {
  const asked = Object.entries(where)
  const equalities = asked.filter(
    ([field, value]) => value !== null && !isPlainObject(value) && !(combinators as readonly string[]).includes(field),
  )
  const hasOneKey = typeof orderBy !== 'object'
  const isAll = hasOneKey && equalities.length === asked.length && !after
  return {
    collection,
    where: Object.fromEntries(equalities),
    ...(hasOneKey && { orderBy, orderDir }),
    limit: isAll ? limit : undefined,
  }
}

/** Such a room keeps booleans as 1 and 0. */
export function readBooleans(collection: Collection | undefined, { data }: Partial<RecordEnvelope>): void {
  for (const field in data) {
    if (collection?.kinds[field] === 'boolean' && typeof data[field] === 'number') data[field] = data[field] !== 0
  }
}
