import type { Json, RecordEnvelope } from 'deepspace-solid/schema'

// What queries mean, written once more from the specification (Q2, Q3, Q8) and as simply as can be: a second opinion.

/** A query as the model reads it. */
export interface ModelQuery {
  readonly where?: object | undefined
  readonly orderBy?: string | readonly (string | { readonly field: string; readonly dir?: string })[]
  readonly orderDir?: 'asc' | 'desc'
  readonly after?: Readonly<Record<string, Json>> | undefined
}

/** The records of a query, all of them, in order. */
export function answerOf(query: ModelQuery, records: readonly RecordEnvelope[]): RecordEnvelope[] {
  const { where = {}, orderBy = 'createdAt', orderDir = 'desc', after } = query
  const keys = [orderBy].flat().map((key) => (typeof key === 'string' ? { field: key, dir: orderDir } : key))
  const compare = (a: Values, b: Values): number => {
    for (const { field, dir = orderDir } of keys) {
      const order = compareValues(a(field), b(field))
      if (order !== 0) return dir === 'asc' ? order : -order
    }
    return compareValues(a('recordId'), b('recordId'))
  }
  return records
    .filter((record) => isFound(where, record))
    .filter((record) => !after || compare(valuesOf(record), (field) => meant(field, after[field]!)) > 0)
    .sort((a, b) => compare(valuesOf(a), valuesOf(b)))
}

type Values = (field: string) => Json

function valuesOf({ data, ...envelope }: RecordEnvelope): Values {
  return (field) => ({ ...data, ...envelope })[field] ?? null
}

const names = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'like', 'startsWith', 'contains', 'isNull']

function isFound(where: object, record: RecordEnvelope): boolean {
  return Object.entries(where).every(([key, asked]) => {
    if (key === 'and') return asked.every((each: object) => isFound(each, record))
    if (key === 'or') return asked.some((each: object) => isFound(each, record))
    if (key === 'not') return !isFound(asked, record)
    const value = valuesOf(record)(key)
    const isOperators =
      typeof asked === 'object' &&
      asked !== null &&
      !Array.isArray(asked) &&
      Object.keys(asked).length > 0 &&
      Object.keys(asked).every((name) => names.includes(name))
    if (!isOperators) return isSame(value, meant(key, asked))
    return Object.entries(asked).every(([name, operand]) => {
      const isPattern = ['like', 'startsWith', 'contains'].includes(name)
      return holds(name, value, isPattern ? (operand as Json) : meant(key, operand as Json))
    })
  })
}

/** Times of the envelope are compared by what they mean. */
function meant(field: string, value: Json): Json {
  if (field !== 'createdAt' && field !== 'updatedAt') return value
  if (Array.isArray(value)) return value.map((each) => meant(field, each))
  return typeof value === 'string' ? new Date(value).toISOString() : value
}

function holds(name: string, value: Json, operand: Json): boolean {
  const isComparable = value !== null && typeof value !== 'object' && typeof value === typeof operand
  switch (name) {
    case 'eq':
      return isSame(value, operand)
    case 'ne':
      return !isSame(value, operand)
    case 'in':
      return (operand as Json[]).some((each) => isSame(value, each))
    case 'nin':
      return !(operand as Json[]).some((each) => isSame(value, each))
    case 'gt':
      return isComparable && compareValues(value, operand) > 0
    case 'gte':
      return isComparable && compareValues(value, operand) >= 0
    case 'lt':
      return isComparable && compareValues(value, operand) < 0
    case 'lte':
      return isComparable && compareValues(value, operand) <= 0
    case 'isNull':
      return (value === null) === operand
    case 'startsWith':
      return typeof value === 'string' && value.startsWith(operand as string)
    case 'contains':
      if (typeof value === 'string') return typeof operand === 'string' && value.includes(operand)
      return Array.isArray(value) && value.some((each) => isSame(each, operand))
    case 'like': {
      const pattern = (operand as string).toLowerCase().replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
      const expression = pattern.replaceAll('%', '[^]*').replaceAll('_', '[^]')
      return typeof value === 'string' && new RegExp(`^${expression}$`, 'u').test(value.toLowerCase())
    }
    default:
      throw new Error(`the model knows no operator ${name}`)
  }
}

function isSame(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b)
}

function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical)}]`
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`)}}`
}

/** Null, then booleans, then numbers, then text by code point. */
function compareValues(a: Json, b: Json): number {
  const rank = (value: Json): number => ['object', 'boolean', 'number', 'string'].indexOf(typeof value)
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a !== 'string') return Number(a) - Number(b)
  const [left, right] = [a, b as string].map((text) => [...text].map((character) => character.codePointAt(0)!))
  for (let at = 0; at < Math.min(left!.length, right!.length); at++) {
    if (left![at] !== right![at]) return left![at]! - right![at]!
  }
  return left!.length - right!.length
}
