import { mismatch } from '../errors.ts'
import { type Json, jsonEqual, whyNotJson } from '../json.ts'
import { type FieldKind, isOfKind, typeOfKind } from './field-kind.ts'
import { compareValues } from './order.ts'
import { beginning, containing, like, type Pattern } from './pattern.ts'

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

/** Takes note of work, in steps of about a nanosecond, before it is done; may throw to prevent it. */
export type Spend = (steps: number) => void

/** Whether a value is one that is asked for. */
export type Finds = (value: Json, spend?: Spend) => boolean

/** What the simplest comparison costs, in steps. */
export const leastSteps = 16

/** How many values `in` and `nin` may have. */
export const maxValues = 1000
/** How long a pattern may be, in characters. */
const maxPattern = 1000

/** Why a field of a kind cannot be asked this with a value, or `undefined` when it can. Without a kind the field is not known. */
type WhyNot = (value: unknown, kind: FieldKind | undefined, at: string) => string | undefined

interface Operator {
  readonly whyNot: WhyNot
  /** What is asked for; the value has been let pass by `whyNot`. */
  readonly finds: (asked: Json) => Finds
  /** Whether it looks at how a value is spelt, and not at what it means. */
  readonly isPattern?: true
}

/** Every operator, by what a query calls it. */
export const operators: { readonly [O in keyof Operators]-?: Operator } = {
  eq: { whyNot: whyNotOne, finds: (asked) => (value) => jsonEqual(value, asked) },
  ne: { whyNot: whyNotOne, finds: (asked) => (value) => !jsonEqual(value, asked) },
  gt: { whyNot: whyNotOrdered, finds: inOrder((order) => order > 0) },
  gte: { whyNot: whyNotOrdered, finds: inOrder((order) => order >= 0) },
  lt: { whyNot: whyNotOrdered, finds: inOrder((order) => order < 0) },
  lte: { whyNot: whyNotOrdered, finds: inOrder((order) => order <= 0) },
  in: { whyNot: whyNotList, finds: among },
  nin: {
    whyNot: whyNotList,
    finds(asked) {
      const isAmong = among(asked)
      return (value, spend) => !isAmong(value, spend)
    },
  },
  like: { whyNot: whyNotText, finds: matching(like), isPattern: true },
  startsWith: { whyNot: whyNotText, finds: matching(beginning), isPattern: true },
  contains: {
    isPattern: true,
    whyNot(value, kind, at) {
      if (kind === 'number' || kind === 'boolean')
        return `${at}: only text and arrays can be asked this, the field is ${kind}`
      return typeof value === 'string' || kind === 'text' ? whyNotPattern(value, at) : whyNotJson(value, at)
    },
    finds(asked) {
      const isInText = matching(containing)(asked)
      return (value, spend) => {
        if (!Array.isArray(value)) return isInText(value, spend)
        spend?.(value.length * leastSteps)
        return value.some((each) => jsonEqual(each, asked))
      }
    },
  },
  isNull: {
    whyNot: (value, _kind, at) => (typeof value === 'boolean' ? undefined : mismatch(at, 'boolean', value)),
    finds: (asked) => (value) => (value === null) === asked,
  },
}

function whyNotOne(value: unknown, kind: FieldKind | undefined, at: string): string | undefined {
  return whyNotJson(value, at) ?? (isOfKind(kind, value) ? undefined : mismatch(at, orNull(kind), value))
}

function whyNotOrdered(value: unknown, kind: FieldKind | undefined, at: string): string | undefined {
  if (kind === 'json') return `${at}: a json field has no order`
  const hasOrder = typeof value !== 'object' && isOfKind(kind, value)
  return hasOrder ? whyNotJson(value, at) : mismatch(at, typeOfKind(kind) ?? 'a value with an order', value)
}

function whyNotList(value: unknown, kind: FieldKind | undefined, at: string): string | undefined {
  if (!Array.isArray(value)) return mismatch(at, 'an array', value)
  if (value.length > maxValues) return `${at}: ${value.length} values, at most ${maxValues} are compared`
  const wrong = value.findIndex((each) => !isOfKind(kind, each))
  return wrong < 0 ? whyNotJson(value, at) : mismatch(`${at}[${wrong}]`, orNull(kind), value[wrong])
}

function whyNotText(value: unknown, kind: FieldKind | undefined, at: string): string | undefined {
  if (kind && kind !== 'text') return `${at}: only a text field can be asked this, the field is ${kind}`
  return whyNotPattern(value, at)
}

function whyNotPattern(value: unknown, at: string): string | undefined {
  if (typeof value !== 'string') return mismatch(at, 'string', value)
  if (value.length > maxPattern) return `${at}: ${value.length} characters, at most ${maxPattern} are looked for`
  return whyNotJson(value, at)
}

function orNull(kind: FieldKind | undefined): string {
  return `${typeOfKind(kind)} or null`
}

/** Only values of one type have an order among them. */
function inOrder(isWanted: (order: number) => boolean): Operator['finds'] {
  return (asked) => (value) => typeof value === typeof asked && isWanted(compareValues(value, asked))
}

function among(asked: Json): Finds {
  const values = asked as Json[]
  const plain = new Set(values)
  return (value, spend) => {
    if (typeof value !== 'object' || value === null) return plain.has(value)
    // An object equals another one that says the same: each is looked at.
    spend?.(values.length * leastSteps)
    return values.some((each) => jsonEqual(value, each))
  }
}

/** Text of a pattern, which is made when it is first needed. */
function matching(patternOf: (asked: string) => Pattern): Operator['finds'] {
  return (asked) => {
    let pattern: Pattern | undefined
    return (value, spend) => {
      if (typeof value !== 'string' || typeof asked !== 'string') return false
      pattern ??= patternOf(asked)
      spend?.(pattern.steps(value))
      return pattern.isIn(value)
    }
  }
}
