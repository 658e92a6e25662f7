import type { ShapeChange, View } from '../protocol/canvas/shape.ts'
import { DeepSpaceError, mismatch, received } from '../protocol/errors.ts'
import { isPlainObject, type Json, whyNotJson } from '../protocol/json.ts'

/** No coordinate and no size is further from zero. */
const furthest = 1e9

/** The longest id of a shape, in characters. */
const longestId = 128

/** The id of a shape that is to be. Throws a `DeepSpaceError` for what cannot be one. */
export function checkedId(id: unknown): string {
  if (typeof id === 'string' && id && id.length <= longestId && id !== '__proto__' && id.isWellFormed()) return id
  throw new DeepSpaceError('invalid-field', `id: expected 1 to ${longestId} characters, received ${received(id)}`, {
    field: 'id',
  })
}

/**
 * What fields are to be set and which are to go, as a change of our own: a copy. Throws a `DeepSpaceError` that names the
 * field, what it is, and what was expected.
 */
export function checkedChange(id: string | undefined, given: object, others: readonly string[] = []): ShapeChange {
  const change: Record<string, unknown> = {}
  const unset: string[] = []
  for (const [field, value] of Object.entries(given)) {
    if (value === undefined && field === 'rotation') {
      unset.push(field)
      continue
    }
    const why = whyNot(field, value, others)
    if (why) {
      const [path] = why.split(':')
      throw new DeepSpaceError('invalid-field', why, { recordId: id, field: path })
    }
    if (field !== 'props') change[field] = value
    else {
      const set = Object.entries(value as object).filter(
        ([key, each]) => each !== undefined || !unset.push(`props.${key}`),
      )
      if (set.length > 0) change.props = JSON.parse(JSON.stringify(Object.fromEntries(set))) as Json
    }
  }
  return unset.length > 0 ? { ...change, unset } : change
}

/** What somebody looks at, as a copy. Throws a `DeepSpaceError` for what is none. */
export function checkedView({ x, y, width, height, zoom }: View): View {
  const view = { x, y, width, height, zoom }
  for (const [field, value] of Object.entries(view)) {
    const why = whyNotNumber(field, value)
    if (why) throw new DeepSpaceError('invalid-field', `viewport.${why}`, { field: `viewport.${field}` })
  }
  return view
}

function whyNot(field: string, value: unknown, others: readonly string[]): string | undefined {
  switch (field) {
    case 'x':
    case 'y':
    case 'width':
    case 'height':
    case 'rotation':
      return whyNotNumber(field, value)
    case 'props': {
      if (!isPlainObject(value)) return mismatch(field, 'an object', value)
      // What is undefined goes.
      const set = Object.entries(value).filter(([, each]) => each !== undefined)
      return whyNotJson(Object.fromEntries(set), field)
    }
    default:
      if (field !== 'type' && !others.includes(field)) return `${field}: expected a field of a shape that can be set`
      return typeof value === 'string' ? whyNotJson(value, field) : mismatch(field, 'a text', value)
  }
}

function whyNotNumber(field: string, value: unknown): string | undefined {
  const least = field === 'width' || field === 'height' || field === 'zoom' ? 0 : -furthest
  if (typeof value === 'number' && value >= least && value <= furthest) return undefined
  return `${field}: expected a number from ${least} to ${furthest}, received ${typeof value === 'number' ? value : received(value)}`
}
