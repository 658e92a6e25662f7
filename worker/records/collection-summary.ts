import type {
  BaselineFrame,
  BaselineSchema,
  CollectionSummary,
  ServerFrame,
} from '../../src/protocol/records/messages.ts'
import { rulesOf } from '../../src/protocol/records/permissions.ts'
import type { Collection, RolePermissions } from '../../src/protocol/records/schema.ts'
import type { RecordSession } from './record-session.ts'

/** The answer to `records.list_schemas`: the collections that a connection may read anything of (U6), in the words that it knows. */
export function schemasFor(
  session: RecordSession,
  collections: readonly Collection[],
): (ServerFrame | BaselineFrame) & { readonly type: 'records.list_schemas' } {
  const type = 'records.list_schemas'
  if (session.version > 0) return { type, payload: { schemas: summariesFor(session, collections) } }
  return { type, payload: { schemas: baselineSchemasFor(session, collections) } }
}

function summariesFor(session: RecordSession, collections: readonly Collection[]): CollectionSummary[] {
  return readableBy(session, collections).map((collection) => ({
    name: collection.name,
    fields: Object.fromEntries(
      Object.entries(collection.kinds).map(([field, type]) => [
        field,
        { type, required: isRequired(collection, field) },
      ]),
    ),
    ...rulesShownTo(session, collection),
  }))
}

/** The same in the words of a baseline client, which knows columns. */
function baselineSchemasFor(session: RecordSession, collections: readonly Collection[]): BaselineSchema[] {
  return readableBy(session, collections).map((collection) => {
    const { name, ownerField, collaboratorsField, teamField, visibility } = collection
    const rules = rulesShownTo(session, collection)
    return {
      name,
      columns: Object.keys(collection.kinds).map((field) => columnOf(collection, field)),
      ...rules,
      // What decides who may read is a part of the rules.
      ...(rules && {
        ...(ownerField !== undefined && { ownerField }),
        ...(collaboratorsField !== undefined && { collaboratorsField }),
        ...(teamField !== undefined && { teamField }),
        ...(visibility && { visibilityField: visibility }),
      }),
    }
  })
}

function readableBy({ role }: RecordSession, collections: readonly Collection[]): Collection[] {
  return collections.filter((collection) => role === 'admin' || rulesOf(collection, role).read)
}

/** An admin sees all rules, who is signed in those of their role, an anonymous visitor none. */
function rulesShownTo(
  { role, identity }: RecordSession,
  collection: Collection,
): { readonly permissions: Readonly<Record<string, RolePermissions>> } | undefined {
  if (role === 'admin') return { permissions: collection.permissions }
  return identity.anonymous ? undefined : { permissions: { [role]: rulesOf(collection, role) } }
}

function columnOf(collection: Collection, field: string): BaselineSchema['columns'][number] {
  const kind = collection.kinds[field]!
  const isNumber = kind === 'number' || kind === 'boolean'
  const trigger = Object.hasOwn(collection.timestamps, field) ? collection.timestamps[field] : undefined
  return {
    name: field,
    storage: isNumber ? 'number' : 'text',
    interpretation: { kind: kind === 'text' || kind === 'number' ? 'plain' : kind },
    ...(isRequired(collection, field) && { required: true }),
    ...(collection.userBound.includes(field) && { userBound: true }),
    ...(collection.immutable.includes(field) && { immutable: true }),
    ...(trigger && { timestampTrigger: trigger }),
  }
}

function isRequired(collection: Collection, field: string): boolean {
  const { type } = collection.fields[field]!
  return type !== 'optional' && type !== 'exact_optional' && type !== 'nullish'
}
