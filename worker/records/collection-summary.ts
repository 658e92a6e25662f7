import type { CollectionSummary } from '../../src/protocol/records/messages.ts'
import { rulesOf } from '../../src/protocol/records/permissions.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { RecordSession } from './record-session.ts'

/** The collections that a connection may read anything of, as `records.list_schemas` tells it (U6). */
export function summariesFor(
  { role, identity }: RecordSession,
  collections: readonly Collection[],
): CollectionSummary[] {
  return collections
    .filter((collection) => role === 'admin' || rulesOf(collection, role).read)
    .map((collection) => ({
      name: collection.name,
      fields: Object.fromEntries(
        Object.entries(collection.kinds).map(([field, type]) => [
          field,
          { type, required: isRequired(collection, field) },
        ]),
      ),
      ...(role === 'admin' && { permissions: collection.permissions }),
      ...(role !== 'admin' && !identity.anonymous && { permissions: { [role]: rulesOf(collection, role) } }),
    }))
}

function isRequired(collection: Collection, field: string): boolean {
  const { type } = collection.fields[field]!
  return type !== 'optional' && type !== 'exact_optional' && type !== 'nullish'
}
