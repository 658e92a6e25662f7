import { DeepSpaceError, quoted } from '../errors.ts'

/** Which field of which record a document is. */
export interface DocPlace {
  readonly collection: string
  readonly recordId: string
  readonly fieldName: string
}

/**
 * Reads `collection:recordId:fieldName`, split at its first and its last colon: an id may have colons of its own. Throws
 * a `DeepSpaceError` with the code `invalid-message`.
 */
export function readDocKey(docKey: string): DocPlace {
  const first = docKey.indexOf(':')
  const last = docKey.lastIndexOf(':')
  const place = {
    collection: docKey.slice(0, Math.max(0, first)),
    recordId: docKey.slice(first + 1, Math.max(first + 1, last)),
    fieldName: docKey.slice(last + 1),
  }
  if (first === last || !place.collection || !place.recordId || !place.fieldName) throw noKey(docKey)
  return place
}

/** The key of a field's document. Throws a `DeepSpaceError` with the code `invalid-message` where it would be read as another's. */
export function docKeyOf({ collection, recordId, fieldName }: DocPlace): string {
  const docKey = `${collection}:${recordId}:${fieldName}`
  if (!collection || !recordId || !fieldName || `${collection}${fieldName}`.includes(':')) throw noKey(docKey)
  return docKey
}

function noKey(docKey: string): DeepSpaceError {
  return new DeepSpaceError(
    'invalid-message',
    `Invalid message: docKey: expected collection:recordId:fieldName, received ${quoted(docKey)}`,
  )
}
