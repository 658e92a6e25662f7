import { plainFields } from '../protocol/canvas/fields.ts'
import { readChange } from '../protocol/canvas/read-shape.ts'
import type { ShapeChange } from '../protocol/canvas/shape.ts'
import { DeepSpaceError, mismatch } from '../protocol/errors.ts'

const known: readonly string[] = [...plainFields, 'props', 'unset']

/**
 * A change of a shape as a copy of our own: what was given may be changed by whoever has given it. Throws a `DeepSpaceError` that
 * names the shape, the field, what it is, and what was expected.
 */
export function checkedChange(recordId: string, given: object): ShapeChange {
  for (const [field, value] of Object.entries(given)) {
    if (value !== undefined && known.includes(field)) continue
    const why = mismatch(field, 'a field of a shape', value)
    throw new DeepSpaceError('invalid-field', `FIELD ERROR: ${why}`, { recordId, field })
  }
  return JSON.parse(JSON.stringify(readChange(given, recordId)))
}
