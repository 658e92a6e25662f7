import * as v from 'valibot'
import { checkPayload } from '../frame.ts'
import { placeEntries } from './write-operation.ts'

/** Which field of which record a text belongs to. The field need not be declared: a text is no value of its record. */
export interface TextPlace {
  readonly collection: string
  readonly recordId: string
  readonly fieldName: string
}

/** A field as a text is asked for by it. A colon would make its key in binary frames that of another. */
const fieldName = v.custom<string>(
  (value) => typeof value === 'string' && /^[^\p{Cc}\p{Cs}\u2028\u2029:]{1,128}$/u.test(value) && value.length <= 128,
  'expected a name of 1 to 128 printable characters without ":"',
)

/** What says of a frame which text it is about. */
export const textPlaceEntries = { ...placeEntries, fieldName }

/** Reads which text a call is about. Throws a `DeepSpaceError` with the code `invalid-message` that names what is wrong. */
export function readTextPlace(place: TextPlace): TextPlace {
  return checkPayload(
    { text: v.object(textPlaceEntries) },
    { type: 'text', payload: { ...place }, replyTo: {} },
  ) as TextPlace
}
