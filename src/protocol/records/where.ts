import { typeName } from '../errors.ts'
import { isPlainObject, type Json, jsonEqual, whyNotJson } from '../json.ts'
import { type FieldKind, isOfKind } from './field-kind.ts'
import { compareValues } from './order.ts'
import { beginning, containing, like, type Pattern } from './pattern.ts'
import type { QueryReader } from './query-field.ts'
import { fieldValue, type RecordEnvelope } from './record.ts'

/**
 * What a query asks of a field, where a bare value (equality) does not say it. Several operators in one object must all
 * hold. `null` also means absent.
 */
export interface Operators {
  readonly eq?: Json
  /** Not equal: whatever `eq` does not find, `null` among it. */
  readonly ne?: Json
  /** Greater than; a null is neither greater nor less than anything. Text is compared by code point. */
  readonly gt?: Json
  readonly gte?: Json
  readonly lt?: Json
  readonly lte?: Json
  /** Equal to one of these, at most 1,000. */
  readonly in?: readonly Json[]
  /** Equal to none of these. */
  readonly nin?: readonly Json[]
  /** Text with `%` for anything and `_` for one character, whatever the case. */
  readonly like?: string
  /** Text that begins so, case and all. */
  readonly startsWith?: string
  /** Text with this in it, case and all; of an array, one of its elements. */
  readonly contains?: Json
  /** Null or absent, or neither. */
  readonly isNull?: boolean
}

/**
 * Which records a query asks for: fields with what is asked of them, and `and`, `or`, `not` of more of the same.
 * Everything in one object must hold.
 */
export interface Where {
  readonly [field: string]: unknown
  readonly and?: readonly Where[]
  readonly or?: readonly Where[]
  readonly not?: Where
}

/** A `where` as it was understood: checked, and in one shape for memory and for SQL. */
export type Test =
  | { readonly type: 'all' | 'any'; readonly of: readonly Test[] }
  | { readonly type: 'not'; readonly of: Test }
  | { readonly type: 'is'; readonly field: string; readonly operator: keyof Operators; readonly value: Json }

const operators: ReadonlySet<string> = new Set([
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'nin',
  'like',
  'startsWith',
  'contains',
  'isNull',
] satisfies (keyof Operators)[])

/** How deep combinations may nest. */
const maxDepth = 8
/** How many tests a `where` may hold. */
const maxTests = 100
/** How many values `in` and `nin` may have. */
export const maxValues = 1000
/** How long a pattern may be, in characters. */
const maxPattern = 1000

/**
 * Reads a `where`: every field known, every operator one that the field's kind has, every value of its kind. Throws a `DeepSpaceError` with the code `invalid-query` that names the place, what was expected and what came.
 */
export function readWhere(where: unknown, reader: QueryReader): Test {
  let tests = 0

  const readAll = (value: unknown, path: string, depth: number): Test => {
    if (!isPlainObject(value)) return reader.refuse(`${path}: expected an object, received ${typeName(value)}`)
    if (depth > maxDepth) return reader.refuse(`${path}: nested deeper than ${maxDepth} levels`)
    const of = Object.entries(value).flatMap(([key, inner]): Test[] => {
      const here = `${path}.${key.slice(0, 64)}`
      switch (key) {
        case 'and':
        case 'or':
          if (!Array.isArray(inner)) return reader.refuse(`${here}: expected an array, received ${typeName(inner)}`)
          return [
            {
              type: key === 'and' ? 'all' : 'any',
              of: inner.map((each, index) => readAll(each, `${here}[${index}]`, depth + 1)),
            },
          ]
        case 'not':
          return [{ type: 'not', of: readAll(inner, here, depth + 1) }]
        default:
          return readField(key, inner, path)
      }
    })
    return of.length === 1 ? of[0]! : { type: 'all', of }
  }

  const readField = (field: string, asked: unknown, path: string): Test[] => {
    const kind = reader.kindOf(field, path)
    const here = `${path}.${field}`
    // A field of JSON may equal an object: there it takes an operator's name to be one.
    const asOperators = isPlainObject(asked) && (kind === undefined || kind === 'json' ? hasOnlyOperators(asked) : true)
    const entries = asOperators ? Object.entries(asked as object) : [['eq', asked] as const]
    return entries.flatMap(([name, value]): Test[] => {
      const at = asOperators ? `${here}.${name.slice(0, 64)}` : here
      if (!operators.has(name)) return reader.refuse(`${at}: unknown operator (${[...operators].join(', ')})`, field)
      if (++tests > maxTests) return reader.refuse(`${at}: more than ${maxTests} conditions`, field)
      const operator = name as keyof Operators
      const why = whyNotAsked(operator, value, kind, at)
      if (why) return reader.refuse(why, field)
      // A pattern is looked for in the spelling of a time; whatever is compared means one.
      const meant = operator in patterns ? value : reader.compared(field, value, at)
      return [{ type: 'is', field, operator, value: meant as Json }]
    })
  }
  return where === undefined ? everything : readAll(where, 'where', 0)
}

const everything: Test = { type: 'all', of: [] }

function hasOnlyOperators(value: Record<string, unknown>): boolean {
  const names = Object.keys(value)
  return names.length > 0 && names.every((name) => operators.has(name))
}

/** Why an operator cannot be asked of a field with this value, or `undefined` when it can. */
export function whyNotAsked(
  operator: keyof Operators,
  value: unknown,
  kind: FieldKind | undefined,
  at: string,
): string | undefined {
  const expected = (what: string): string => `${at}: expected ${what}, received ${typeName(value)}`
  const ofKind = (each: unknown): boolean => kind === undefined || isOfKind(kind, each)
  const kindName = kind === 'text' ? 'string' : kind
  switch (operator) {
    case 'eq':
    case 'ne':
      return whyNotJson(value, at) ?? (ofKind(value) ? undefined : expected(`${kindName} or null`))
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      if (kind === 'json') return `${at}: a json field has no order`
      if (value === null || typeof value === 'object' || !ofKind(value))
        return expected(kindName ?? 'a value with an order')
      return whyNotJson(value, at)
    case 'in':
    case 'nin': {
      if (!Array.isArray(value)) return expected('an array')
      if (value.length > maxValues) return `${at}: ${value.length} values, at most ${maxValues} are compared`
      const wrong = value.findIndex((each) => !ofKind(each))
      if (wrong >= 0) return `${at}[${wrong}]: expected ${kindName} or null, received ${typeName(value[wrong])}`
      return whyNotJson(value, at)
    }
    case 'like':
    case 'startsWith':
      if (kind !== undefined && kind !== 'text')
        return `${at}: only a text field can be asked this, the field is ${kind}`
      return typeof value === 'string' ? whyNotPattern(value, at) : expected('string')
    case 'contains':
      if (kind === 'number' || kind === 'boolean')
        return `${at}: only text and arrays can be asked this, the field is ${kind}`
      if (kind === 'text' && typeof value !== 'string') return expected('string')
      return typeof value === 'string' ? whyNotPattern(value, at) : whyNotJson(value, at)
    case 'isNull':
      return typeof value === 'boolean' ? undefined : expected('boolean')
    default:
      return operator satisfies never
  }
}

function whyNotPattern(value: string, at: string): string | undefined {
  if (value.length > maxPattern) return `${at}: ${value.length} characters, at most ${maxPattern} are looked for`
  return whyNotJson(value, at)
}

/** Takes note of work, in steps of about a nanosecond, before it is done; may throw to prevent it. */
export type Spend = (steps: number) => void

/** Whether a record is one that a test finds. */
export function passesTest(test: Test, record: RecordEnvelope, spend?: Spend): boolean {
  switch (test.type) {
    case 'all':
      return test.of.every((each) => passesTest(each, record, spend))
    case 'any':
      return test.of.some((each) => passesTest(each, record, spend))
    case 'not':
      return !passesTest(test.of, record, spend)
    case 'is':
      return holds(test, fieldValue(record, test.field), spend)
    default:
      return test satisfies never
  }
}

/** The fields that a test looks at. */
export function fieldsOfTest(test: Test): string[] {
  switch (test.type) {
    case 'is':
      return [test.field]
    case 'not':
      return fieldsOfTest(test.of)
    default:
      return test.of.flatMap(fieldsOfTest)
  }
}

type Condition = Extract<Test, { type: 'is' }>

/** What the simplest condition costs, in steps. */
const leastSteps = 16

function holds(condition: Condition, value: Json, spend?: Spend): boolean {
  const { operator, value: asked } = condition
  spend?.(leastSteps)
  switch (operator) {
    case 'eq':
      return jsonEqual(value, asked)
    case 'ne':
      return !jsonEqual(value, asked)
    case 'gt':
      return compared(value, asked, (order) => order > 0)
    case 'gte':
      return compared(value, asked, (order) => order >= 0)
    case 'lt':
      return compared(value, asked, (order) => order < 0)
    case 'lte':
      return compared(value, asked, (order) => order <= 0)
    case 'in':
    case 'nin':
      return isAmong(condition, value, spend) === (operator === 'in')
    case 'like':
    case 'startsWith':
      return typeof value === 'string' && isFound(condition, value, spend)
    case 'contains':
      if (typeof value === 'string') return typeof asked === 'string' && isFound(condition, value, spend)
      if (!Array.isArray(value)) return false
      spend?.(value.length * leastSteps)
      return value.some((each) => jsonEqual(each, asked))
    case 'isNull':
      return (value === null) === asked
    default:
      return operator satisfies never
  }
}

/** What a condition is asked with is prepared once, for all the records that it is asked of. */
const prepared = new WeakMap<Condition, Pattern | ReadonlySet<Json>>()

function preparedFor<T extends Pattern | ReadonlySet<Json>>(condition: Condition, make: () => T): T {
  const made = (prepared.get(condition) as T | undefined) ?? make()
  prepared.set(condition, made)
  return made
}

function isAmong(condition: Condition, value: Json, spend?: Spend): boolean {
  const values = condition.value as Json[]
  if (typeof value !== 'object' || value === null) return preparedFor(condition, () => new Set(values)).has(value)
  // An object equals another one that says the same: each is looked at.
  spend?.(values.length * leastSteps)
  return values.some((each) => jsonEqual(value, each))
}

const patterns = { like, startsWith: beginning, contains: containing }

function isFound(condition: Condition, text: string, spend?: Spend): boolean {
  const pattern = preparedFor(condition, () =>
    patterns[condition.operator as keyof typeof patterns](condition.value as string),
  )
  spend?.(pattern.steps(text))
  return pattern.isIn(text)
}

/** Only values of one type have an order among them. */
function compared(a: Json, b: Json, wanted: (order: number) => boolean): boolean {
  return typeof a === typeof b && wanted(compareValues(a, b))
}
