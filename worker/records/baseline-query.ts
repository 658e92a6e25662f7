import type { Query } from '../../src/protocol/records/query.ts'
import type { EnvelopeField } from '../../src/protocol/records/record.ts'

/** The system columns of a baseline room, by which its apps order and filter, and what they are called here. */
const systemColumns = new Map<unknown, EnvelopeField>([
  ['_row_id', 'recordId'],
  ['_created_by', 'createdBy'],
  ['_created_at', 'createdAt'],
  ['_updated_at', 'updatedAt'],
])

/** A query of a baseline client with the names of the envelope. No field can have those that are replaced (S5). */
export function fromBaseline(query: Query): Query {
  const { where, orderBy } = query
  const field = systemColumns.get(orderBy)
  const names = Object.keys(where ?? {})
  const isMeant = names.some((name) => systemColumns.has(name))
  return {
    ...query,
    ...(field && { orderBy: field }),
    ...(isMeant && { where: renamed(where as Readonly<Record<string, unknown>>) as Query['where'] }),
  }
}

/** A condition that stands there under its own name as well stays where it is, and is refused: both cannot be meant. */
function renamed(where: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(where).map(([name, value]) => {
      const field = systemColumns.get(name)
      return [field && !Object.hasOwn(where, field) ? field : name, value]
    }),
  )
}
