import { mismatch } from '../errors.ts'
import { isPlainObject, type Json } from '../json.ts'
import type { FieldKind } from './field-kind.ts'
import { type Finds, leastSteps, type Operators, operators, type Spend } from './operator.ts'
import type { QueryReader } from './query-field.ts'
import { fieldValue, type RecordEnvelope } from './record.ts'

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
  | { readonly type: 'and' | 'or'; readonly of: readonly Test[] }
  | { readonly type: 'not'; readonly of: Test }
  | {
      readonly type: 'is'
      readonly field: string
      readonly operator: keyof Operators
      readonly value: Json
      readonly finds: Finds
    }

/** How deep combinations may nest. */
const maxDepth = 8
/** How many tests a `where` may hold. */
const maxTests = 100

/**
 * Reads a `where`: every field known, every operator one that the field's kind has, every value of its kind. Throws a `DeepSpaceError` with the code `invalid-query` that names the place, what was expected and what came.
 */
export function readWhere(where: unknown, reader: QueryReader): Test {
  let tests = 0

  const readAll = (value: unknown, path: string, depth: number): Test => {
    if (!isPlainObject(value)) return reader.refuse(mismatch(path, 'an object', value))
    if (depth > maxDepth) return reader.refuse(`${path}: nested deeper than ${maxDepth} levels`)
    const of = Object.entries(value).flatMap(([key, inner]): Test[] => {
      const here = `${path}.${key.slice(0, 64)}`
      switch (key) {
        case 'and':
        case 'or':
          if (!Array.isArray(inner)) return reader.refuse(mismatch(here, 'an array', inner))
          return [{ type: key, of: inner.map((each, index) => readAll(each, `${here}[${index}]`, depth + 1)) }]
        case 'not':
          return [{ type: key, of: readAll(inner, here, depth + 1) }]
        default:
          return readField(key, inner, path)
      }
    })
    return of.length === 1 ? of[0]! : { type: 'and', of }
  }

  const readField = (field: string, asked: unknown, path: string): Test[] => {
    const kind = reader.kindOf(field, path)
    const here = `${path}.${field}`
    // A field of JSON may equal an object: there it takes an operator's name to be one.
    const mayBeValue = kind === undefined || kind === 'json'
    if (!isPlainObject(asked) || (mayBeValue && !hasOnlyOperators(asked)))
      return [readOne(field, kind, 'eq', asked, here)]
    return Object.entries(asked).map(([name, value]) => {
      const at = `${here}.${name.slice(0, 64)}`
      if (isOperator(name)) return readOne(field, kind, name, value, at)
      return reader.refuse(`${at}: unknown operator (${Object.keys(operators).join(', ')})`, field)
    })
  }

  const readOne = (
    field: string,
    kind: FieldKind | undefined,
    operator: keyof Operators,
    asked: unknown,
    at: string,
  ): Test => {
    if (++tests > maxTests) return reader.refuse(`${at}: more than ${maxTests} conditions`, field)
    const { whyNot, finds, isPattern } = operators[operator]
    const why = whyNot(asked, kind, at)
    if (why) return reader.refuse(why, field)
    // A pattern is looked for in the spelling of a time; whatever is compared means one.
    const value = (isPattern ? asked : reader.compared(field, asked, at)) as Json
    return { type: 'is', field, operator, value, finds: finds(value) }
  }
  return readAll(where === undefined ? {} : where, 'where', 0)
}

function isOperator(name: string): name is keyof Operators {
  return Object.hasOwn(operators, name)
}

function hasOnlyOperators(value: Record<string, unknown>): boolean {
  const names = Object.keys(value)
  return names.length > 0 && names.every(isOperator)
}

/** Whether a record is one that a test finds. */
export function passesTest(test: Test, record: RecordEnvelope, spend?: Spend): boolean {
  switch (test.type) {
    case 'and':
      return test.of.every((each) => passesTest(each, record, spend))
    case 'or':
      return test.of.some((each) => passesTest(each, record, spend))
    case 'not':
      return !passesTest(test.of, record, spend)
    case 'is':
      spend?.(leastSteps)
      return test.finds(fieldValue(record, test.field), spend)
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
