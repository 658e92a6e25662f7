import type { Json } from '../json.ts'
import { isReserved } from './names.ts'

/** The user's fields of a record, as JSON. */
export type RecordData = { [field: string]: Json | undefined }

/**
 * The envelope of a record as it travels (F1). Times are ISO 8601 in UTC with milliseconds; `createdBy` is
 * the id of the user who created it, `system` for writes of the room itself.
 */
export interface RecordEnvelope<Data = RecordData> {
  readonly recordId: string
  readonly data: Data
  readonly createdBy: string
  readonly createdAt: string
  readonly updatedAt: string
}

/** The envelope's own fields: a query may filter and order by them, and no field of a collection may take their names. */
export const envelopeFields = ['recordId', 'createdBy', 'createdAt', 'updatedAt'] as const
export type EnvelopeField = (typeof envelopeFields)[number]

export function isEnvelopeField(name: string): name is EnvelopeField {
  return (envelopeFields as readonly string[]).includes(name)
}

/** Whether a field is one of the envelope's times. */
export function isTimeField(name: string): boolean {
  return name === 'createdAt' || name === 'updatedAt'
}

/** The value that a query means by `field`: one of the envelope's own, else one of `data`; absent reads as `null`. */
export function fieldValue(record: RecordEnvelope, field: string): Json {
  if (isEnvelopeField(field)) return record[field]
  return Object.hasOwn(record.data, field) ? (record.data[field] ?? null) : null
}

/** The id of a record: 1 to 128 characters of printable text, and none of the names that JavaScript gives objects. */
export function isRecordId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128 && idPattern.test(value) && !isReserved(value)
}

/** Whatever is neither a control character, a line separator nor half of a surrogate pair. */
const idPattern = /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u
