import * as v from 'valibot'
import { DeepSpaceError, received, typeName } from '../errors.ts'
import { checkPayload } from '../frame.ts'
import { isPlainObject } from '../json.ts'
import { namePattern } from './names.ts'
import { isRecordId, type RecordData } from './record.ts'

/** One write of a commit. */
export type WriteOperation =
  | { readonly type: 'put'; readonly collection: string; readonly recordId: string; readonly data: RecordData }
  | { readonly type: 'remove'; readonly collection: string; readonly recordId: string }

/** The name of a collection, as it comes. */
export const nameSchema = v.pipe(
  v.string(),
  v.regex(namePattern, 'expected a name: a letter, then letters, digits, "_" or "-"'),
)
/** An object as it comes: `v.record` would drop keys like "__proto__" in silence; the fields are checked by name later. */
export const objectSchema = v.custom<Record<string, unknown>>(isPlainObject, 'expected an object')

/** The record that a write is about. */
export const placeEntries = {
  collection: nameSchema,
  recordId: v.custom<string>(isRecordId, 'expected an id of 1 to 128 printable characters'),
}

const operations = {
  put: v.object({ ...placeEntries, data: objectSchema }),
  remove: v.object(placeEntries),
}

/** Reads the writes of a commit. Throws a `DeepSpaceError` with the code `invalid-message` that names what is wrong. */
export function readOperations(value: unknown): WriteOperation[] {
  if (!Array.isArray(value)) return refuse(`operations: expected an array, received ${typeName(value)}`)
  return value.map((operation: unknown, index) => {
    const at = `operations[${index}]`
    if (!isPlainObject(operation)) return refuse(`${at}: expected an object, received ${typeName(operation)}`)
    const { type } = operation
    if (type === 'put' || type === 'remove') {
      return {
        type,
        ...(checkPayload(operations, { type, payload: operation, replyTo: {} }) as object),
      } as WriteOperation
    }
    return refuse(`${at}.type: expected "put" or "remove", received ${received(type)}`)
  })
}

function refuse(reason: string): never {
  throw new DeepSpaceError('invalid-message', `Invalid message: ${reason}`)
}
