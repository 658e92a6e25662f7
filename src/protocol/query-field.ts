import { DeepSpaceError, quoted } from './errors.ts'
import type { FieldKind } from './field-kind.ts'
import { envelopeFields, isEnvelopeField } from './record.ts'
import type { Collection } from './schema.ts'

/** The refusal of a query; `reason` begins with the place in it, e.g. `.limit: expected ...`. */
export function invalidQuery(collectionName: string, reason: string, field?: string): DeepSpaceError {
  const place = { collection: collectionName, ...(field && { field: field.slice(0, 64) }) }
  return new DeepSpaceError('invalid-query', `Invalid message: query${reason}`, place)
}

/**
 * The kind of a field that a query names at `path`, of the envelope or of the collection; `undefined` when the
 * collection is not known. Throws a `DeepSpaceError` with the code `invalid-query` when it has no such field.
 */
export function kindAsked(field: string, path: string, collection?: Collection): FieldKind | undefined {
  if (isEnvelopeField(field)) return 'text'
  if (!collection) return undefined
  if (Object.hasOwn(collection.kinds, field)) return collection.kinds[field]
  const names = [...Object.keys(collection.kinds), ...envelopeFields].join(', ')
  throw invalidQuery(
    collection.name,
    `${path}: unknown field ${quoted(field)} of ${collection.name} (fields: ${names})`,
    field,
  )
}
