import type { Json } from '../../src/protocol/json.ts'
import type { FieldKind } from '../../src/protocol/records/field-kind.ts'
import type { Order } from '../../src/protocol/records/order.ts'
import { type Caller, rulesOf } from '../../src/protocol/records/permissions.ts'
import type { Question } from '../../src/protocol/records/query.ts'
import { fieldValue, isEnvelopeField, isTimeField } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { Test } from '../../src/protocol/records/where.ts'

export type SqlValue = string | number | null

/** A part of a statement, with the values of its placeholders. */
export interface Sql {
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** A Durable Object binds at most 100 values in a statement. */
const maxValues = 90

/**
 * The statements that answer a question in its order, one after the other: narrowed to what may be asked for and to
 * what `reader` may read, if one is given; never too narrow. With `idsOnly` they give the ids of the records alone, which
 * is what SQLite then sorts.
 */
export function selectSql(question: Question, collection: Collection, reader?: Caller, idsOnly = false): Sql[] {
  const rule = reader && readerSql(collection, reader)
  const indexed = indexedFields(collection)
  const isIndexed = question.order.every(({ field }) => indexed.has(field))
  return rangesOf(question, collection).map((range) => {
    // Where the place is not looked up in an index, it is a condition like any other.
    const behind = rule && range && !isIndexed ? guarded(rule, range) : range
    const { text, values } = whereSql([behind, ...narrowing(question.test, collection, rule, false)])
    const columns = idsOnly ? '_id' : '*'
    return { text: `SELECT ${columns} FROM ${tableOf(collection.name)}${text}${orderSql(question.order)}`, values }
  })
}

/** The statement that counts a question's records for a reader, or `undefined` where SQL cannot say it exactly. */
export function countSql(question: Question, collection: Collection, reader: Caller): Sql | undefined {
  if (question.after || !testSql(question.test, collection, true)) return undefined
  const parts = narrowing(question.test, collection, readerSql(collection, reader), true)
  const { text, values } = whereSql(parts)
  // What was left out for its many values would be counted too.
  if (values.length < parts.reduce((count, part) => count + (part?.values.length ?? 0), 0)) return undefined
  return { text: `SELECT COUNT(*) AS n FROM ${tableOf(collection.name)}${text}`, values }
}

/** The statement that gives the records with these ids, in any order. */
export function recordsSql(collection: Collection, ids: readonly string[]): Sql {
  const marks = ids.map(() => '?').join(', ')
  return { text: `SELECT * FROM ${tableOf(collection.name)} WHERE _id IN (${marks})`, values: ids }
}

/**
 * What a test and a read rule say of a record. Of a record that the reader may not read SQL learns nothing by the test:
 * how long a condition takes depends on the value that it meets. Only what a declared index answers comes before the rule.
 */
function narrowing(test: Test, collection: Collection, rule: Sql | undefined, exact: boolean): (Sql | undefined)[] {
  if (!rule) return [testSql(test, collection, exact)]
  const tests = test.type === 'and' ? test.of : [test]
  const isIndexed = indexedIn(collection)
  const first = testSql({ type: 'and', of: tests.filter(isIndexed) }, collection, false)
  const rest = testSql({ type: 'and', of: tests.filter((each) => !isIndexed(each)) }, collection, exact)
  return [first, rule, rest && guarded(rule, rest)]
}

/** A condition that is looked at only where a rule holds: of two that are joined SQLite may take either one first. */
function guarded(rule: Sql, condition: Sql): Sql {
  return {
    text: `CASE WHEN ${rule.text} THEN ${condition.text} ELSE 0 END`,
    values: [...rule.values, ...condition.values],
  }
}

function indexedFields({ indexes, unique }: Collection): ReadonlySet<string> {
  return new Set(['recordId', ...indexes.flat(), ...unique.flat()])
}

/** Whether an index of a collection answers a test: comparisons of its fields, one by one or several at once. */
function indexedIn(collection: Collection): (test: Test) => boolean {
  const fields = indexedFields(collection)
  const isIndexed = (test: Test): boolean => {
    switch (test.type) {
      case 'is':
        return fields.has(test.field) && comparing.has(test.operator)
      case 'not':
        return false
      default:
        return test.of.every(isIndexed)
    }
  }
  return isIndexed
}

const comparing: ReadonlySet<string> = new Set(['eq', 'in', 'gt', 'gte', 'lt', 'lte', 'isNull'])

/** All of these conditions; what would bind too many values is left out, the last ones first. */
function whereSql(parts: readonly (Sql | undefined)[]): Sql {
  const taken: Sql[] = []
  let count = 0
  for (const part of parts) {
    if (!part || count + part.values.length > maxValues) continue
    taken.push(part)
    count += part.values.length
  }
  if (taken.length === 0) return { text: '', values: [] }
  const { text, values } = joined(taken, ' AND ')
  return { text: ` WHERE ${text}`, values }
}

/** The order of a query, ties and all. */
function orderSql(order: Order): string {
  const keys = order.map(({ field, dir }) => `${columnOf(field)} ${dir.toUpperCase()}`)
  return ` ORDER BY ${[...keys, '_id ASC'].join(', ')}`
}

/**
 * What lies behind the place of a question, in parts that follow each other: SQLite finds a part in an index, but not
 * the two together in which a descending order ends with the nulls. Without a place it is everything.
 */
function rangesOf({ after, order }: Question, collection: Collection): (Sql | undefined)[] {
  if (!after) return [undefined]
  const parts: Sql[] = []
  const equal: Sql[] = []
  for (const { field, dir } of [...order, { field: 'recordId', dir: 'asc' }]) {
    const column = columnOf(field)
    const value = columnValue(field, collection, fieldValue(after, field))
    const behind = behindSql(column, dir === 'desc', value)
    if (behind) parts.push(joined([...equal, behind], ' AND '))
    equal.push({ text: `${column} IS ?`, values: [value] })
  }
  const behind = joined(parts, ' OR ')
  const { field, dir } = order[0]!
  const column = columnOf(field)
  const value = equal[0]!.values[0]!
  if (value === null) return [behind]
  const values = [value]
  if (dir === 'asc') return [joined([{ text: `${column} >= ?`, values }, behind], ' AND ')]
  const upTo = joined([{ text: `${column} <= ?`, values }, behind], ' AND ')
  return isEnvelopeField(field) ? [upTo] : [upTo, { text: `${column} IS NULL`, values: [] }]
}

/** What comes after a value in one key of an order, where null is the least; `undefined` when nothing does. */
function behindSql(column: string, descending: boolean, value: SqlValue): Sql | undefined {
  if (!descending) {
    return value === null ? { text: `${column} IS NOT NULL`, values: [] } : { text: `${column} > ?`, values: [value] }
  }
  return value === null ? undefined : { text: `(${column} < ? OR ${column} IS NULL)`, values: [value] }
}

/**
 * A test as an SQL condition, or `undefined` where SQL cannot say it. An exact one is true of the same records as the
 * test, and is never NULL; any other may be true of more. Only what is exact can be negated.
 */
function testSql(test: Test, collection: Collection, exact: boolean): Sql | undefined {
  switch (test.type) {
    case 'is':
      return conditionSql(test, collection, exact)
    case 'not': {
      const inner = testSql(test.of, collection, true)
      return inner && { ...inner, text: `NOT ${inner.text}` }
    }
    case 'and': {
      const parts = test.of.map((each) => testSql(each, collection, exact))
      const known = parts.filter((part) => part !== undefined)
      if (exact && known.length < parts.length) return undefined
      return known.length > 0 ? joined(known, ' AND ') : exact ? { text: '(1)', values: [] } : undefined
    }
    case 'or': {
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
  exact: boolean,
): Sql | undefined {
  const column = columnOf(field)
  const isTime = isTimeField(field)
  const kind = kindOf(field, collection)
  if (operator === 'isNull') return { text: `(${column} IS ${value ? '' : 'NOT '}NULL)`, values: [] }
  if ((operator === 'eq' || operator === 'ne') && value === null) {
    return { text: `(${column} IS ${operator === 'eq' ? '' : 'NOT '}NULL)`, values: [] }
  }
  if (kind === 'json') return undefined
  const bind = (one: Json) => columnValue(field, collection, one)
  switch (operator) {
    case 'eq':
      return { text: `(${column} IS ?)`, values: [bind(value)] }
    case 'ne':
      return { text: `(${column} IS NOT ?)`, values: [bind(value)] }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return { text: `(${column} IS NOT NULL AND ${column} ${comparisons[operator]} ?)`, values: [bind(value)] }
    case 'in':
    case 'nin': {
      const values = (value as Json[]).map(bind)
      const list = listSql(values.filter((each) => each !== null) as (string | number)[])
      const found = list && `COALESCE(${column} IN (${list.text}), 0)`
      const orNull = values.includes(null) ? ` OR ${column} IS NULL` : ''
      return list && { text: `(${operator === 'nin' ? 'NOT ' : ''}(${found}${orNull}))`, values: list.values }
    }
    case 'startsWith':
    case 'contains': {
      // SQLite's own search costs as much as both are long: what is longer is left to the matcher.
      const piece = value as string
      if (isTime || exact || piece.length > shortPattern) return undefined
      const found = `instr(${column}, ?) ${operator === 'contains' ? '> 0' : '= 1'}`
      return { text: `(octet_length(${column}) > ${shortText} OR ${found})`, values: [piece] }
    }
    case 'like':
      // SQLite's own folds the case of ASCII alone, and a Durable Object bounds its patterns to 50 bytes.
      return undefined
    default:
      return operator satisfies never
  }
}

/**
 * Values to look among: few are bound one by one, many as one list of JSON; `undefined` where JSON does not bring a value
 * back as SQLite holds it.
 */
function listSql(values: readonly (string | number)[]): Sql | undefined {
  if (values.length <= fewValues) return { text: values.map(() => '?').join(', '), values }
  const survives = (value: string | number): boolean =>
    typeof value === 'string' ? !value.includes('\0') : Number.isSafeInteger(value)
  if (!values.every(survives)) return undefined
  return { text: 'SELECT value FROM json_each(?)', values: [JSON.stringify(values)] }
}

/** So many values are bound one by one. */
const fewValues = 16

/** Texts that SQLite searches itself, in bytes, and what it looks for in them, in characters. */
const shortText = 1024
const shortPattern = 32

const comparisons = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function kindOf(field: string, collection: Collection): FieldKind {
  return isEnvelopeField(field) ? 'text' : collection.kinds[field]!
}

/** A value that a query names, as the column of its field holds it: a time of the envelope in milliseconds. */
function columnValue(field: string, collection: Collection, value: Json): SqlValue {
  if (isTimeField(field)) return value === null ? null : Date.parse(value as string)
  return encodeValue(kindOf(field, collection), value)
}

/** The records that a caller's read rule can pass, or `undefined` when that is no narrower than all. */
function readerSql(collection: Collection, { role, userId }: Caller): Sql | undefined {
  if (role === null) return undefined
  const level = rulesOf(collection, role).read
  const owner = columnOf(collection.ownerField ?? 'createdBy')
  const own: Sql = { text: `${owner} IS ?`, values: [userId] }
  const visible = (): Sql => {
    const { field, value } = collection.visibility!
    return { text: `${quote(field)} IS ?`, values: [encodeValue(collection.kinds[field]!, value)] }
  }
  const collaborates = (): Sql[] => {
    if (collection.collaboratorsField === undefined) return []
    // What is not a list lists nobody.
    const column = quote(collection.collaboratorsField)
    const list = `CASE WHEN json_type(${column}) = 'array' THEN ${column} END`
    return [{ text: `EXISTS (SELECT 1 FROM json_each(${list}) WHERE type = 'text' AND value IS ?)`, values: [userId] }]
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
  const { collection: membership, team, user, active } = collection.teams!
  const values: SqlValue[] = [userId]
  const conditions = [`${quote(user)} IS ?`, `${quote(team)} <> ''`]
  if (active) {
    conditions.push(`${quote(active.field)} IS ?`)
    values.push(typeof active.value === 'boolean' ? Number(active.value) : active.value)
  }
  const teams = `SELECT ${quote(team)} FROM ${tableOf(membership)} WHERE ${conditions.join(' AND ')}`
  return { text: `COALESCE(${quote(collection.teamField!)} IN (${teams}), 0)`, values }
}

/** The parts in one expression, as shallow as it can be: SQLite bounds the depth, and takes a chain for as deep as it is long. */
function joined(parts: readonly Sql[], by: ' AND ' | ' OR '): Sql {
  if (parts.length === 1) return { text: `(${parts[0]!.text})`, values: parts[0]!.values }
  const middle = parts.length >> 1
  const [left, right] = [joined(parts.slice(0, middle), by), joined(parts.slice(middle), by)]
  return { text: `(${left.text}${by}${right.text})`, values: [...left.values, ...right.values] }
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

export function columnOf(field: string): string {
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
