import * as v from 'valibot'
import { readFields } from '../../src/protocol/canvas/read-shape.ts'
import type { ShapeFields } from '../../src/protocol/canvas/shape.ts'
import { DeepSpaceError, typeName } from '../../src/protocol/errors.ts'
import { reasonOf } from '../../src/protocol/frame.ts'
import { isPlainObject } from '../../src/protocol/json.ts'

/**
 * What is kept of a shape where the app declares what shapes there are: what its schema makes of it. Of what the schema says
 * nothing about, the shape's own is kept. Throws `invalid-field` with the field that it refuses.
 */
export function conform(schema: v.GenericSchema | undefined, fields: ShapeFields, id: string): ShapeFields {
  if (!schema) return fields
  const result = v.safeParse(schema, fields)
  if (!result.success) {
    const [issue] = result.issues
    const path = v.getDotPath(issue) ?? 'shape'
    const field = /^props\.[^.]+|^[^.]+/.exec(path)![0]
    throw new DeepSpaceError('invalid-field', `FIELD ERROR: ${path}: ${reasonOf(issue)}`, { recordId: id, field })
  }
  if (!isPlainObject(result.output))
    throw new TypeError(`shape: its schema gives no object, but ${typeName(result.output)}`)
  return { ...fields, ...readFields(result.output, id) }
}
