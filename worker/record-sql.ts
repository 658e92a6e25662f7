import type { FieldKind } from '../src/protocol/field-kind.ts'
import type { Json } from '../src/protocol/json.ts'
import type { Order } from '../src/protocol/order.ts'
import { type Caller, rulesOf } from '../src/protocol/permissions.ts'
import { isEnvelopeField } from '../src/protocol/record.ts'
import type { Collection } from '../src/protocol/schema.ts'
import type { Test } from '../src/protocol/where.ts'

export type SqlValue = string | number | null

/** A part of a statement, with the values of its placeholders. */
export interface Sql {
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** A Durable Object binds at most 100 values in a statement. */
const maxValues = 90

/** The condition that narrows a query to what may be asked for and what the caller may read; never too narrow. */
export function whereSql(test: Test, collection: Collection, caller: Caller | undefined): Sql {
  const parts = [testSql(test, collection, false), caller && readerSql(collection, caller)].filter(
    (part) => part !== undefined,
  )
  const all = joined(parts, ' AND ')
  return parts.length === 0 || all.values.length > maxValues
    ? { text: '', values: [] }
    : { ...all, text: ` WHERE ${all.text}` }
}

/** The order of a query, ties and all. */
export function orderSql(order: Order): string {
  const keys = order.map(({ field, dir }) => `${columnOf(field)} ${dir.toUpperCase()}`)
  return ` ORDER BY ${[...keys, '_id ASC'].join(', ')}`
}

/**
 * A test as an SQL condition, or `undefined` where SQL cannot say it. An exact one is true of the same records as the
 * test, and is never NULL; any other may be true of more. Only what is exact can be negated.
 */
function testSql(test: Test, collection: Collection, exact: boolean): Sql | undefined {
  switch (test.type) {
    case 'is':
      return conditionSql(test, collection)
    case 'not': {
      const inner = testSql(test.of, collection, true)
      return inner && { ...inner, text: `NOT ${inner.text}` }
    }
    case 'all': {
      const parts = test.of.map((each) => testSql(each, collection, exact))
      const known = parts.filter((part) => part !== undefined)
      if (exact && known.length < parts.length) return undefined
      return known.length > 0 ? joined(known, ' AND ') : exact ? { text: '(1)', values: [] } : undefined
    }
    case 'any': {
      const parts = test.of.map((each) => testSql(each, collection, exact))
      const known = parts.filter((part) => part !== undefined)
      if (known.length < parts.length) return undefined
      return known.length > 0 ? joined(known, ' OR ') : { text: '(0)', values: [] }
    }
    default:
      return test satisfies never
  }
}

function conditionSql(
  { field, operator, value }: Extract<Test, { type: 'is' }>,
  collection: Collection,
): Sql | undefined {
  const column = columnOf(field)
  const isTime = field === 'createdAt' || field === 'updatedAt'
  const kind: FieldKind = isEnvelopeField(field) ? 'text' : collection.kinds[field]!
  if (operator === 'isNull') return { text: `(${column} IS ${value ? '' : 'NOT '}NULL)`, values: [] }
  if ((operator === 'eq' || operator === 'ne') && value === null) {
    return { text: `(${column} IS ${operator === 'eq' ? '' : 'NOT '}NULL)`, values: [] }
  }
  if (kind === 'json') return undefined
  const bind = (one: Json): SqlValue | undefined => (isTime ? timeValue(one) : encodeValue(kind, one))
  switch (operator) {
    case 'eq':
      return bound(bind(value), (mark) => `(${column} IS ${mark})`)
    case 'ne':
      return bound(bind(value), (mark) => `(${column} IS NOT ${mark})`)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return bound(bind(value), (mark) => `(${column} IS NOT NULL AND ${column} ${comparisons[operator]} ${mark})`)
    case 'in':
    case 'nin': {
      const values = (value as Json[]).map(bind)
      if (values.length > maxValues || values.includes(undefined)) return undefined
      const list = values.filter((each) => each !== null) as SqlValue[]
      const found = `COALESCE(${column} IN (${list.map(() => '?').join(', ')}), 0)`
      const orNull = values.includes(null) ? ` OR ${column} IS NULL` : ''
      return { text: `(${operator === 'nin' ? 'NOT ' : ''}(${found}${orNull}))`, values: list }
    }
    case 'startsWith':
      return isTime ? undefined : { text: `COALESCE(instr(${column}, ?) = 1, 0)`, values: [value as string] }
    case 'contains':
      return isTime ? undefined : { text: `COALESCE(instr(${column}, ?) > 0, 0)`, values: [value as string] }
    case 'like':
      // SQLite's own folds the case of ASCII alone, and a Durable Object bounds its patterns to 50 bytes.
      return undefined
    default:
      return operator satisfies never
  }
}

const comparisons = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function bound(value: SqlValue | undefined, text: (mark: string) => string): Sql | undefined {
  return value === undefined ? undefined : { text: text('?'), values: [value] }
}

/** A time of the envelope is kept in milliseconds; text in any other form than ours is left to the matcher. */
function timeValue(value: Json): number | null | undefined {
  if (value === null) return null
  const time = Date.parse(value as string)
  return Number.isNaN(time) || new Date(time).toISOString() !== value ? undefined : time
}

/** The records that a caller's read rule can pass, or `undefined` when that is no narrower than all. */
function readerSql(collection: Collection, { role, userId }: Caller): Sql | undefined {
  if (role === null) return undefined
  const level = rulesOf(collection, role).read
  const owner = collection.ownerField === undefined ? '_createdBy' : quote(collection.ownerField)
  const own: Sql = { text: `${owner} IS ?`, values: [userId] }
  const visible = (): Sql => {
    const { field, value } = collection.visibility!
    return { text: `${quote(field)} IS ?`, values: [encodeValue(collection.kinds[field]!, value)] }
  }
  const collaborates = (): Sql[] => {
    if (collection.collaboratorsField === undefined) return []
    // What is not a list lists nobody; json_each would refuse text that is not JSON at all.
    const column = quote(collection.collaboratorsField)
    return [{ text: `EXISTS (SELECT 1 FROM json_each(${column}) WHERE value IS ?)`, values: [userId] }]
  }
  switch (level) {
    case 'own':
      return joined([own], ' OR ')
    case 'unclaimed-or-own':
      return joined([own, { text: `COALESCE(${owner}, '') = ''`, values: [] }], ' OR ')
    case 'published':
      return joined([own, visible()], ' OR ')
    case 'collaborator':
      return joined([own, ...collaborates()], ' OR ')
    case 'shared':
      return joined([own, visible(), ...collaborates()], ' OR ')
    case 'team':
      return joined([own, ...collaborates(), inTeams(collection, userId)], ' OR ')
    default:
      return undefined
  }
}

function inTeams(collection: Collection, userId: string): Sql {
  const { collection: membership, team, user } = collection.teams!
  const teams = `SELECT ${quote(team)} FROM ${tableOf(membership)} WHERE ${quote(user)} = ?`
  return { text: `COALESCE(${quote(collection.teamField!)} IN (${teams}), 0)`, values: [userId] }
}

function joined(parts: readonly Sql[], by: ' AND ' | ' OR '): Sql {
  return { text: `(${parts.map(({ text }) => text).join(by)})`, values: parts.flatMap(({ values }) => values) }
}

/** A value as a column holds it. */
export function encodeValue(kind: FieldKind, value: Json | undefined): SqlValue {
  if (value === undefined || value === null) return null
  switch (kind) {
    case 'text':
    case 'number':
      return value as string | number
    case 'boolean':
      return value ? 1 : 0
    case 'json':
      return JSON.stringify(value)
  }
}

function columnOf(field: string): string {
  if (field === 'recordId') return '_id'
  return isEnvelopeField(field) ? `_${field}` : quote(field)
}

export function tableOf(collection: string): string {
  return quote(`records_${collection}`)
}

/** Names come from checked declarations only; quoting keeps those that SQL has a meaning for. */
export function quote(name: string): string {
  return `"${name}"`
}
