import { type Json, jsonEqual } from '../json.ts'
import type { ShapeChange, ShapeFields } from './shape.ts'

/** What has the fields of a shape; `z` is one of them once the room has given it. */
export type Fielded = ShapeFields & { readonly z?: string }

/** The fields of a shape beside the keys of `props`, each of which is one too: `props.color`. */
export const plainFields = ['type', 'x', 'y', 'width', 'height', 'rotation', 'z'] as const

const propsPrefix = 'props.'

/** The field that a key of `props` is. */
export function fieldOfProp(key: string): string {
  return propsPrefix + key
}

/** The key of `props` that a field is; `undefined` where it is none. */
export function propOfField(field: string): string | undefined {
  return field.startsWith(propsPrefix) ? field.slice(propsPrefix.length) : undefined
}

/** What a shape says in a field; `undefined` where it says nothing. */
export function fieldOf(shape: Fielded, field: string): Json | undefined {
  const key = propOfField(field)
  if (key === undefined) return shape[field as (typeof plainFields)[number]]
  return Object.hasOwn(shape.props, key) ? shape.props[key] : undefined
}

/** The fields that a change sets or takes away. */
export function fieldsIn(change: ShapeChange): string[] {
  return [
    ...plainFields.filter((field) => change[field] !== undefined),
    ...Object.keys(change.props ?? {}).map(fieldOfProp),
    ...(change.unset ?? []),
  ]
}

/** What a change leaves of a shape. The shape itself stays as it is, and so does each of its values that is not changed. */
export function applyChange<S extends Fielded>(shape: S, { props, unset = [], ...fields }: ShapeChange): S {
  const next: { -readonly [K in keyof Fielded]: Fielded[K] } = { ...shape, ...fields }
  if (!props && unset.length === 0) return next as S
  const nextProps = { ...shape.props, ...props }
  for (const field of unset) {
    const key = propOfField(field)
    if (key === undefined) delete next.rotation
    else delete nextProps[key]
  }
  return { ...next, props: nextProps } as S
}

/** A change that gives these fields the values that they have in a shape, or takes them away where it has none. */
export function changeTo(shape: Fielded, fields: Iterable<string>): ShapeChange {
  const change: Record<string, unknown> = {}
  const props: Record<string, Json> = {}
  const unset: string[] = []
  for (const field of fields) {
    const value = fieldOf(shape, field)
    const key = propOfField(field)
    if (value === undefined) unset.push(field)
    else if (key === undefined) change[field] = value
    else props[key] = value
  }
  return {
    ...change,
    ...(Object.keys(props).length > 0 && { props }),
    ...(unset.length > 0 && { unset }),
  }
}

/** The fields in which two shapes differ. */
export function differences(one: Fielded, other: Fielded): string[] {
  const fields = new Set<string>(plainFields)
  for (const { props } of [one, other]) for (const key of Object.keys(props)) fields.add(fieldOfProp(key))
  return [...fields].filter((field) => !jsonEqual(fieldOf(one, field), fieldOf(other, field)))
}
