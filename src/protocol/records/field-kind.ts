import type * as v from 'valibot'
import { typeName } from '../errors.ts'

/**
 * How a field is kept and compared: `text`, `number` and `boolean` have an order and an SQL value of their own;
 * everything else is `json`, compared for equality only.
 */
export type FieldKind = 'text' | 'number' | 'boolean' | 'json'

/**
 * The fields that have an order, and so can be ordered by, indexed and made unique, as far as their schemas' output types
 * tell: their values are all text, all numbers or all booleans.
 */
export type PlainField<F> = string extends keyof F
  ? string
  : {
      [K in Extract<keyof F, string>]: F[K] extends v.GenericSchema<unknown, infer Output>
        ? IsPlain<Output> extends true
          ? K
          : never
        : never
    }[Extract<keyof F, string>]

type IsPlain<T> = unknown extends T
  ? false
  : [NonNullable<T>] extends [never]
    ? false
    : [NonNullable<T>] extends [string] | [number] | [boolean]
      ? true
      : false

/** What the kind of a schema is read from: the parts of valibot's schema objects that say so. */
interface Described {
  readonly kind: string
  readonly type: string
  readonly async?: boolean
  readonly pipe?: readonly Described[]
  readonly wrapped?: Described
  readonly literal?: unknown
  /** The values of a picklist or an enum, the schemas of a union or an intersection. */
  readonly options?: readonly unknown[]
  readonly entries?: Readonly<Record<string, Described>>
  readonly items?: readonly Described[]
  readonly item?: Described
  readonly value?: Described
  readonly rest?: Described
}

/** The kinds of the types that SQL has an order for. */
const kindsOfTypes: Readonly<Record<string, FieldKind>> = { string: 'text', number: 'number', boolean: 'boolean' }

const wrappers = new Set([
  'optional',
  'exact_optional',
  'nullable',
  'nullish',
  'undefinedable',
  'non_optional',
  'non_nullable',
  'non_nullish',
])

/** Transformations that keep the kind of what they are given. Any other may give anything: its field is kept as JSON. */
const kindKeeping = new Set([
  'trim',
  'trim_start',
  'trim_end',
  'to_lower_case',
  'to_upper_case',
  'normalize',
  'to_min_value',
  'to_max_value',
  'brand',
  'flavor',
  'readonly',
])

/** Schemas whose output JSON cannot carry. */
const notJson = new Set([
  'bigint',
  'blob',
  'date',
  'file',
  'function',
  'instance',
  'map',
  'nan',
  'promise',
  'set',
  'symbol',
])

/** The kind of a field from its valibot schema. Throws a `TypeError` for what is no schema, or has no JSON output. */
export function fieldKind(schema: v.GenericSchema): FieldKind {
  const given: unknown = schema
  if (typeof given !== 'object' || given === null || (given as Partial<Described>).kind !== 'schema') {
    throw new TypeError(`expected a valibot schema, received ${typeName(given)}`)
  }
  return kindOf(given as Described)
}

function kindOf(schema: Described): FieldKind {
  if (schema.async) throw new TypeError('async schemas are not supported: a write is checked in one step')
  if (!schema.pipe) return kindOfOne(schema)
  const [first, ...steps] = schema.pipe
  let kind = kindOf(first!)
  let lastType = ''
  for (const step of steps) {
    if (step.kind === 'schema') kind = kindOf(step)
    else if (step.kind !== 'transformation' || kindKeeping.has(step.type)) continue
    else kind = 'json'
    lastType = step.type
  }
  if (lastType === 'to_date') throw new TypeError(notDate('v.toDate()'))
  if (lastType === 'to_bigint') throw new TypeError(doesNotSurvive('v.toBigint()'))
  return kind
}

function kindOfOne(schema: Described): FieldKind {
  if (schema.type === 'date') throw new TypeError(notDate('v.date()'))
  if (notJson.has(schema.type)) throw new TypeError(doesNotSurvive(`v.${schema.type}()`))
  if (schema.wrapped && wrappers.has(schema.type)) return kindOf(schema.wrapped)
  if (Object.hasOwn(kindsOfTypes, schema.type)) return kindsOfTypes[schema.type]!
  switch (schema.type) {
    case 'literal':
      return kindOfValues([schema.literal])
    case 'picklist':
    case 'enum':
      return kindOfValues(schema.options ?? [])
    case 'union': {
      const kinds = new Set((schema.options as readonly Described[]).map(kindOf))
      return kinds.size === 1 ? [...kinds][0]! : 'json'
    }
    default:
      // What is inside is kept as JSON with it, so that must be JSON too.
      for (const inner of innerSchemas(schema)) kindOf(inner)
      return 'json'
  }
}

function innerSchemas(schema: Described): Described[] {
  const { entries = {}, items = [], item, value, rest, options = [] } = schema
  const all = [...Object.values(entries), ...items, item, value, rest, ...(options as Described[])]
  return all.filter((inner) => inner !== undefined && inner !== null)
}

function kindOfValues(values: readonly unknown[]): FieldKind {
  const types = new Set(values.map(typeName))
  for (const type of types) if (notJson.has(type)) throw new TypeError(doesNotSurvive(`a ${type}`))
  const [type] = types
  return types.size === 1 && Object.hasOwn(kindsOfTypes, type!) ? kindsOfTypes[type!]! : 'json'
}

function notDate(what: string): string {
  return `${what} does not survive JSON; use v.pipe(v.string(), v.isoTimestamp())`
}

function doesNotSurvive(what: string): string {
  return `${what} does not survive JSON`
}

/** Whether a value is of a kind; `null` is of every kind, and every value of one that is not known. */
export function isOfKind(kind: FieldKind | undefined, value: unknown): boolean {
  if (value === null || kind === undefined || kind === 'json') return true
  return typeof value === typeOfKind(kind)
}

/** What `typeof` says of the values of a kind that has an order. */
export function typeOfKind(kind: FieldKind | undefined): string | undefined {
  return kind === 'text' ? 'string' : kind
}
