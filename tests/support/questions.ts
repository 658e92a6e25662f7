import { DeepSpaceError, type FieldKind } from 'deepspace-solid/schema'
import fc from 'fast-check'
import { QueryReader } from '../../src/protocol/records/query-field.ts'
import { readWhere } from '../../src/protocol/records/where.ts'

/** The fields that questions are drawn over, and of which kind each is. */
export type Kinds = Readonly<Record<string, FieldKind>>

/** What values of each kind are drawn from. */
export type Values = Readonly<Record<FieldKind, fc.Arbitrary<unknown>>>

/** Text where orders disagree: case, accents, emoji (above U+FFFF), private use (below it), NUL, the empty string. */
const text = fc.oneof(
  fc.constantFrom('', 'a', 'A', 'ä', 'z', 'Z', 'ß', '\u{1F600}', '\uE000', '\uFFFD', '\u0000', 'a\u0000b', '10', '9'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 3 }).filter((each) => each.isWellFormed()),
)

/** Values that tell apart what should be told apart. */
export const adversarial: Values = {
  text,
  number: fc.oneof(
    fc.constantFrom(
      0,
      1,
      -1,
      0.1,
      1e308,
      -1e308,
      5e-324,
      Number.MAX_SAFE_INTEGER,
      -Number.MAX_SAFE_INTEGER,
      2 ** 53 + 2,
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
  ),
  boolean: fc.boolean(),
  json: fc
    .jsonValue({ maxDepth: 2 })
    .filter((each) => !JSON.stringify(each).includes('__proto__') && JSON.stringify(each).isWellFormed()),
}

/** So few values that records meet in them, pass each other and tie. */
export const few: Values = {
  text: fc.constantFrom('', 'a', 'B', 'b', 'é', '\uE000', '\u{1F600}'),
  number: fc.constantFrom(-1, 0, 0.5, 1, 2, 3),
  boolean: fc.boolean(),
  json: fc.constantFrom(null, [], ['a'], ['a', 1], { a: 1 }, { eq: 1 }, 1, 'a', false),
}

const started = Date.now()

/** A moment as it is said in one place of the earth or another, with milliseconds or, where there are none, without. */
const anyTime: fc.Arbitrary<string> = fc
  .record({
    at: fc.oneof(
      fc.constantFrom(Date.parse('2020-01-01'), Date.parse('2999-01-01')),
      // Records are made while the tests run.
      fc.integer({ min: 0, max: 60_000 }).map((later) => started + later),
    ),
    offset: fc.integer({ min: -12 * 60, max: 14 * 60 }),
  })
  .map(({ at, offset }) => spelt(at, offset))

/** A moment as the clocks say it that are so many minutes ahead of UTC. */
export function spelt(at: number, offset: number): string {
  const local = new Date(at + offset * 60_000)
    .toISOString()
    .slice(0, -1)
    .replace(/:00\.000$|\.000$/, '')
  if (offset === 0) return local.endsWith('T00:00') ? local.slice(0, 10) : `${local}Z`
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
  return `${local}${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

const envelope = {
  createdAt: anyTime,
  updatedAt: anyTime,
  recordId: fc.constantFrom('r0', 'r1', 'r', ''),
  createdBy: fc.constantFrom('alice', 'bob'),
}

/** Data of a record; any field may be absent or null. */
export function anyData(kinds: Kinds, values: Values): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(kinds).map(([field, kind]) => [field, fc.option(values[kind])])
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] })
}

/** What may be asked in a `where`. */
export function anyWhere(kinds: Kinds, values: Values): fc.Arbitrary<object> {
  const valuesIn: Record<string, fc.Arbitrary<unknown>> = { ...envelope }
  for (const [field, kind] of Object.entries(kinds)) valuesIn[field] = values[kind]
  const condition = fc.constantFrom(...Object.keys(valuesIn)).chain((field) => {
    const value = valuesIn[field]!
    const kind = kinds[field] ?? 'text'
    const operators: Record<string, fc.Arbitrary<unknown>> = {
      eq: fc.option(value),
      ne: fc.option(value),
      in: fc.array(fc.option(value), { maxLength: 4 }),
      nin: fc.array(fc.option(value), { maxLength: 4 }),
      isNull: fc.boolean(),
      ...(kind !== 'json' && { gt: value, gte: value, lt: value, lte: value }),
      ...(kind === 'text' && { like: values.text, startsWith: values.text, contains: values.text }),
      ...(kind === 'json' && { contains: value }),
    }
    const some = fc.record(operators, { requiredKeys: [] }).filter((each) => Object.keys(each).length > 0)
    return fc.oneof({ weight: 3, arbitrary: some }, fc.option(value)).map((asked) => ({ [field]: asked }))
  })
  const { where } = fc.letrec<{ where: object }>((tie) => ({
    where: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      condition,
      fc.tuple(condition, tie('where')).map(([a, b]) => ({ ...b, ...a })),
      fc.record({ and: fc.array(tie('where'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('where'), { maxLength: 3 }) }),
      fc.record({ not: tie('where') }),
    ),
  }))
  return where.filter(isShortEnough)
}

/** A where of more conditions than may be asked is another test's affair. */
function isShortEnough(asked: object): boolean {
  try {
    readWhere(asked, new QueryReader(''))
    return true
  } catch (error) {
    if (error instanceof DeepSpaceError && error.message.endsWith('more than 100 conditions')) return false
    throw error
  }
}

const direction = fc.constantFrom<'asc' | 'desc'>('asc', 'desc')

/** What may be said of an order. */
export function anyOrder(kinds: Kinds) {
  const ordered = Object.keys(kinds).filter((field) => kinds[field] !== 'json')
  const field = fc.constantFrom(...ordered, ...Object.keys(envelope))
  const key = fc.oneof(field, fc.record({ field, dir: direction }, { requiredKeys: ['field'] }))
  return fc.record(
    { orderBy: fc.oneof(field, fc.array(key, { minLength: 1, maxLength: 3 })), orderDir: direction },
    { requiredKeys: ['orderDir'] },
  )
}
