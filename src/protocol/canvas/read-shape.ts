import { DeepSpaceError, mismatch, quoted, received } from '../errors.ts'
import { isPlainObject, whyNotJson } from '../json.ts'
import { fieldOfProp, propOfField } from './fields.ts'
import type { ShapeChange, ShapeFields, View } from './shape.ts'

/** How far from the origin anything may be, and how large. */
export const farthest = 1e9
/** How long ids, names of kinds, keys of `props` and places in the order may be, in characters. */
export const longestName = 128

/** What a shape has of which nothing else is said. */
export const defaultFields: ShapeFields = { type: 'rect', x: 0, y: 0, width: 100, height: 100, props: {} }

/** The id of a shape. Throws a `DeepSpaceError` with the code `invalid-message` for what is none. */
export function readShapeId(id: unknown, path = 'id'): string {
  const why = whyNoName(id)
  if (why !== undefined)
    throw new DeepSpaceError('invalid-message', `Invalid message: ${path}: ${why}`, { field: path })
  return id as string
}

/**
 * What somebody says of a shape that is to be. What it has beside the fields of a shape is overlooked. Throws a
 * `DeepSpaceError` with the code `invalid-field` that names the shape and the field.
 */
export function readFields(given: unknown, recordId?: string): Partial<ShapeFields> {
  if (!isPlainObject(given)) throw refusal(recordId, 'shape', mismatch('shape', 'an object', given))
  const { z: _, ...fields } = readSet(given, recordId)
  return fields
}

/** What somebody says is to change. Throws like {@link readFields}. */
export function readChange(given: unknown, recordId: string): ShapeChange {
  if (!isPlainObject(given)) throw refusal(recordId, 'change', mismatch('change', 'an object', given))
  const { unset } = given
  if (unset === undefined) return readSet(given, recordId)
  if (!Array.isArray(unset)) throw refusal(recordId, 'unset', mismatch('unset', 'a list of fields', unset))
  for (const field of unset) {
    if (typeof field !== 'string' || !(field === 'rotation' || whyNoName(propOfField(field)) === undefined)) {
      const expected = `expected rotation or props.<key>, received ${received(field)}`
      throw refusal(recordId, 'unset', `unset: ${expected}`)
    }
  }
  return { ...readSet(given, recordId), unset: [...new Set<string>(unset)] }
}

/** What somebody sees. Throws a `DeepSpaceError` with the code `invalid-message` that names the field. */
export function readView(given: Readonly<Record<string, unknown>>): View {
  const view: Record<string, number> = {}
  for (const field of ['x', 'y', 'width', 'height', 'zoom'] as const) {
    const why = whyNoNumber(field, given[field])
    if (why !== undefined) {
      throw new DeepSpaceError('invalid-message', `Invalid message: canvas.viewport: ${field}: ${why}`, { field })
    }
    view[field] = given[field] as number
  }
  return view as unknown as View
}

function readSet(given: Readonly<Record<string, unknown>>, recordId?: string): Omit<ShapeChange, 'unset'> {
  const set: Record<string, unknown> = {}
  for (const field of ['type', 'z'] as const) {
    if (given[field] === undefined) continue
    const why = whyNoName(given[field])
    if (why !== undefined) throw refusal(recordId, field, `${field}: ${why}`)
    set[field] = given[field]
  }
  for (const field of ['x', 'y', 'width', 'height', 'rotation'] as const) {
    if (given[field] === undefined) continue
    const why = whyNoNumber(field, given[field])
    if (why !== undefined) throw refusal(recordId, field, `${field}: ${why}`)
    // A minus before nothing is lost in JSON.
    set[field] = (given[field] as number) + 0
  }
  const { props } = given
  if (props === undefined) return set
  if (!isPlainObject(props)) throw refusal(recordId, 'props', mismatch('props', 'an object', props))
  for (const key of Object.keys(props)) {
    const why = whyNoName(key)
    if (why !== undefined) throw refusal(recordId, 'props', `props: key: ${why}`)
    const whyNot = whyNotJson(props[key], fieldOfProp(key))
    if (whyNot !== undefined) throw refusal(recordId, fieldOfProp(key), whyNot)
  }
  return { ...set, props: { ...props } } as Omit<ShapeChange, 'unset'>
}

/** Says why a value is no name of 1 to {@link longestName} characters. */
function whyNoName(value: unknown): string | undefined {
  const expected = `expected text of 1 to ${longestName} characters`
  if (typeof value !== 'string' || value.length === 0 || value.length > longestName) {
    return `${expected}, received ${received(value)}`
  }
  if (!value.isWellFormed()) return `${expected}, received a lone surrogate`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value)) return `${expected}, received a control character`
  return value === '__proto__' ? `${quoted(value)} is not allowed` : undefined
}

/** Says why a value cannot be a number of a shape or of a view. */
function whyNoNumber(field: string, value: unknown): string | undefined {
  if (typeof value !== 'number') return `expected a number, received ${received(value)}`
  if (!(Math.abs(value) <= farthest)) return `expected a number from -1e9 to 1e9, received ${value}`
  const isSize = field === 'width' || field === 'height' || field === 'zoom'
  return isSize && value < 0 ? `expected a number of at least 0, received ${value}` : undefined
}

function refusal(recordId: string | undefined, field: string, why: string): DeepSpaceError {
  return new DeepSpaceError('invalid-field', `FIELD ERROR: ${why}`, { recordId, field })
}
