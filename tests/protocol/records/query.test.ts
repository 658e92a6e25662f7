import { isDeepStrictEqual } from 'node:util'
import { collection } from 'deepspace-solid/schema'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/protocol/json.ts'
import { compareText, type Ordering } from '../../../src/protocol/records/order.ts'
import { fieldsOf, matches, type Query, queryKey, readQuery } from '../../../src/protocol/records/query.ts'
import type { RecordData, RecordEnvelope } from '../../../src/protocol/records/record.ts'
import { anyJson, anyNumber, anyText, earlier, now, recordWith, refusal, reversed, told } from './fixtures.ts'

const tasks = collection('tasks', {
  fields: {
    title: v.string(),
    priority: v.optional(v.number()),
    done: v.optional(v.boolean()),
    labels: v.optional(v.array(v.string())),
  },
  permissions: {},
})

/** Whether a `where` finds a record. */
function found(where: Query['where'], record: RecordEnvelope): boolean {
  return matches(readQuery({ collection: 'tasks', ...(where && { where }) }), record)
}

function comparatorFor({ orderBy, orderDir }: Ordering) {
  return readQuery({ collection: 'tasks', ...(orderBy && { orderBy }), ...(orderDir && { orderDir }) }).compare
}

describe('Q2: where', () => {
  const record = recordWith(
    { text: 'a', empty: '', number: 1, zero: 0, yes: true, no: false, nothing: null, json: { a: [1, { b: 2, c: 3 }] } },
    { createdBy: 'u1' },
  )

  test('nothing asked, every record matches', () => {
    expect(found(undefined, record)).toBe(true)
    expect(found({}, record)).toBe(true)
  })

  test.each<[Query['where']]>([
    [{ text: 'a' }],
    [{ empty: '' }],
    [{ number: 1 }],
    [{ zero: 0 }],
    [{ yes: true }],
    [{ no: false }],
    [{ nothing: null }],
    [{ absent: null }],
    [{ json: { a: [1, { c: 3, b: 2 }] } }],
    [{ recordId: 'r1' }],
    [{ createdBy: 'u1', createdAt: earlier, updatedAt: earlier }],
    [{ text: 'a', number: 1, absent: null }],
  ])('%j matches', (where) => {
    expect(found(where, record)).toBe(true)
  })

  test.each<[Query['where']]>([
    [{ text: 'A' }],
    [{ text: null }],
    [{ empty: null }],
    [{ number: '1' }],
    [{ number: true }],
    [{ zero: false }],
    [{ zero: null }],
    [{ zero: '' }],
    [{ yes: 1 }],
    [{ yes: 'true' }],
    [{ no: 0 }],
    [{ no: null }],
    [{ nothing: false }],
    [{ absent: '' }],
    [{ json: { a: [1] } }],
    [{ json: '{"a":[1,{"b":2,"c":3}]}' }],
    [{ recordId: 'r2' }],
    [{ text: 'a', number: 2 }],
  ])('%j does not match', (where) => {
    expect(found(where, record)).toBe(false)
  })

  test('a record matches when every field asked for is equal; absent is null', () => {
    const anyField = fc.constantFrom('a', 'b', 'c')
    const anyData = fc.dictionary(anyField, anyJson)
    fc.assert(
      fc.property(anyData, anyData, (where, data) => {
        const expected = Object.keys(where).every((field) =>
          isDeepStrictEqual(plain(where[field]!), plain(data[field] ?? null)),
        )
        expect(found(where, recordWith(data))).toBe(expected)
        expect(found(reversed(data as Json) as Query['where'], recordWith(data))).toBe(true)
      }),
    )
  })
})

describe('Q3: order', () => {
  /** The ids of records with these values of `it`, in the order of a query. */
  const ordered = (values: readonly (Json | undefined)[], query: Pick<Query, 'orderBy' | 'orderDir'>) =>
    values
      .map((it, index) => recordWith(it === undefined ? {} : { it }, { recordId: `r${index}` }))
      .sort(comparatorFor(query))
      .map((record) => record.data.it)

  const sorted = [null, false, true, -1, 0, 0.5, 1, 10, '', 'A', 'B', 'a', 'ab', 'b', 'é', '\uffff', '😀']

  test('null, then false and true, then numbers, then text by code point', () => {
    const shuffled = [...sorted].reverse()
    expect(ordered(shuffled, { orderBy: 'it', orderDir: 'asc' })).toEqual(sorted)
  })

  test('descending is the other way round, nulls last', () => {
    expect(ordered(sorted, { orderBy: 'it', orderDir: 'desc' })).toEqual([...sorted].reverse())
  })

  test('without orderDir: descending', () => {
    expect(ordered(sorted, { orderBy: 'it' })).toEqual([...sorted].reverse())
  })

  test('an absent field stands where null stands, and ties with it', () => {
    const records = [
      recordWith({ it: 1 }, { recordId: 'd' }),
      recordWith({ it: null }, { recordId: 'c' }),
      recordWith({}, { recordId: 'b' }),
      recordWith({ it: null }, { recordId: 'a' }),
    ]
    const ids = (orderDir: 'asc' | 'desc') =>
      [...records].sort(comparatorFor({ orderBy: 'it', orderDir })).map((record) => record.recordId)
    expect(ids('asc')).toEqual(['a', 'b', 'c', 'd'])
    expect(ids('desc')).toEqual(['d', 'a', 'b', 'c'])
  })

  test('without orderBy: createdAt descending', () => {
    const older = recordWith({}, { recordId: 'a', createdAt: earlier })
    const newer = recordWith({}, { recordId: 'b', createdAt: now })
    expect([older, newer].sort(comparatorFor({}))).toEqual([newer, older])
    expect([newer, older].sort(comparatorFor({ orderDir: 'asc' }))).toEqual([older, newer])
  })

  test('by a field of the envelope', () => {
    const first = recordWith({}, { recordId: 'a', createdBy: 'u2', updatedAt: earlier })
    const second = recordWith({}, { recordId: 'b', createdBy: 'u1', updatedAt: now })
    const by = (orderBy: string) => [first, second].sort(comparatorFor({ orderBy, orderDir: 'asc' }))
    expect(by('recordId')).toEqual([first, second])
    expect(by('createdBy')).toEqual([second, first])
    expect(by('updatedAt')).toEqual([first, second])
    expect([first, second].sort(comparatorFor({ orderBy: 'recordId', orderDir: 'desc' }))).toEqual([second, first])
  })

  test.each(['asc', 'desc'] as const)('ties of an order that is %s: recordId ascending, by code point', (orderDir) => {
    const ids = ['a', 'B', 'b', '\uffff', '😀', 'ab', 'z']
    const records = ids.map((recordId) => recordWith({ it: 1 }, { recordId }))
    expect(records.sort(comparatorFor({ orderBy: 'it', orderDir })).map((record) => record.recordId)).toEqual([
      'B',
      'a',
      'ab',
      'b',
      'z',
      '\uffff',
      '😀',
    ])
  })

  const anyValue = fc.oneof(fc.constantFrom(null, undefined, true, false), anyNumber, anyText)
  const anyRecord = fc
    .record({
      recordId: fc.constantFrom('a', 'b', 'c', '😀', '\uffff'),
      it: anyValue,
      createdAt: fc.constantFrom(earlier, now),
    })
    .map(({ recordId, it, createdAt }) => recordWith(it === undefined ? {} : { it }, { recordId, createdAt }))
  const anyOrder = fc.record(
    {
      orderBy: fc.constantFrom('it', 'createdAt', 'recordId'),
      orderDir: fc.constantFrom('asc' as const, 'desc' as const),
    },
    { requiredKeys: [] },
  )

  test('is total: two records with different ids never tie, and which comes first does not depend on who asks', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, anyOrder, (a, b, order) => {
        const compare = comparatorFor(order)
        expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0)
        if (a.recordId !== b.recordId) expect(compare(a, b)).not.toBe(0)
      }),
    )
  })

  test('is transitive', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, anyRecord, anyOrder, (a, b, c, order) => {
        const compare = comparatorFor(order)
        const [first, second, third] = [a, b, c].sort(compare) as [typeof a, typeof a, typeof a]
        expect(compare(first, second)).toBeLessThanOrEqual(0)
        expect(compare(second, third)).toBeLessThanOrEqual(0)
        expect(compare(first, third)).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('the direction turns the values round and leaves the ties', () => {
    fc.assert(
      fc.property(anyRecord, anyRecord, (a, b) => {
        const up = comparatorFor({ orderBy: 'it', orderDir: 'asc' })
        const down = comparatorFor({ orderBy: 'it', orderDir: 'desc' })
        const tie = (a.data.it ?? null) === (b.data.it ?? null)
        expect(Math.sign(down(a, b))).toBe(tie ? Math.sign(up(a, b)) : -Math.sign(up(a, b)) + 0)
      }),
    )
  })
})

describe('Q3: text is ordered by code point', () => {
  test.each([
    ['a', 'b'],
    ['', 'a'],
    ['a', 'aa'],
    ['Z', 'a'],
    ['z', 'é'],
    ['\ud7ff', '\ue000'],
    ['\uffff', '😀'],
    ['\ue000', '\u{10000}'],
    ['😀', '😁'],
    ['a\uffff', 'a😀'],
    ['e\u0301', 'é'],
  ])('%j before %j', (a, b) => {
    expect(compareText(a, b)).toBeLessThan(0)
    expect(compareText(b, a)).toBeGreaterThan(0)
  })

  test('as UTF-8 is by its bytes, which is what SQLite compares', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('and equal only to itself', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(compareText(a, a)).toBe(0)
        expect(compareText(a, b) === 0).toBe(a === b)
      }),
    )
  })
})

describe('Q4: a query that asks what cannot be is refused by name', () => {
  test.each<[Omit<Query, 'collection'>]>([
    [{}],
    [{ where: {} }],
    [{ where: { title: 'a', priority: 1.5, done: false, labels: ['a'] } }],
    [{ where: { title: null, priority: null, done: null, labels: null } }],
    [{ where: { labels: 'any JSON is asked of a JSON field' } }],
    [{ where: { recordId: 'r1', createdBy: 'u1', createdAt: now, updatedAt: null } }],
    [{ orderBy: 'title' }],
    [{ orderBy: 'priority', orderDir: 'asc' }],
    [{ orderBy: 'done', orderDir: 'desc' }],
    [{ orderBy: 'recordId' }],
    [{ orderBy: 'createdBy' }],
    [{ orderBy: 'updatedAt', limit: 1 }],
    [{ limit: 1_000_000 }],
  ])('%j is a good one', (query) => {
    expect(() => readQuery({ collection: 'tasks', ...query }, tasks)).not.toThrow()
  })

  const fields = '(fields: title, priority, done, labels, recordId, createdBy, createdAt, updatedAt)'

  const operators = '(eq, ne, gt, gte, lt, lte, in, nin, like, startsWith, contains, isNull)'

  test.each<[object, string, string | undefined]>([
    [{ where: { titel: 'a' } }, `where: unknown field "titel" of tasks ${fields}`, 'titel'],
    [{ where: { title: 'a', toString: 'b' } }, `where: unknown field "toString" of tasks ${fields}`, 'toString'],
    [{ where: JSON.parse('{"__proto__":1}') }, `where: unknown field "__proto__" of tasks ${fields}`, '__proto__'],
    [{ where: { 'labels.0': 'a' } }, `where: unknown field "labels.0" of tasks ${fields}`, 'labels.0'],
    [{ where: { title: 1 } }, 'where.title: expected string or null, received number', 'title'],
    [{ where: { title: true } }, 'where.title: expected string or null, received boolean', 'title'],
    [{ where: { title: ['a'] } }, 'where.title: expected string or null, received array', 'title'],
    [{ where: { title: { $gt: 'a' } } }, `where.title.$gt: unknown operator ${operators}`, 'title'],
    [{ where: { priority: '1' } }, 'where.priority: expected number or null, received string', 'priority'],
    [{ where: { priority: true } }, 'where.priority: expected number or null, received boolean', 'priority'],
    [{ where: { done: 1 } }, 'where.done: expected boolean or null, received number', 'done'],
    [{ where: { done: 'true' } }, 'where.done: expected boolean or null, received string', 'done'],
    [{ where: { createdAt: 1 } }, 'where.createdAt: expected string or null, received number', 'createdAt'],
    [{ where: { createdAt: 'yesterday' } }, 'where.createdAt: expected a time, received "yesterday"', 'createdAt'],
    [{ where: { updatedAt: { in: [now, ''] } } }, 'where.updatedAt.in: expected a time, received ""', 'updatedAt'],
    [{ where: { recordId: ['r1'] } }, 'where.recordId: expected string or null, received array', 'recordId'],
    [{ where: { title: undefined } }, 'where.title: expected a JSON value, received undefined', 'title'],
    [{ where: { priority: Number.NaN } }, 'where.priority: expected a finite number, received NaN', 'priority'],
    [{ where: { title: '\ud800' } }, 'where.title: expected well-formed text, received a lone surrogate', 'title'],
    [{ where: { labels: [undefined] } }, 'where.labels[0]: expected a JSON value, received undefined', 'labels'],
    [{ where: { done: new Date(0) } }, 'where.done: expected a JSON value, received Date', 'done'],
    [{ where: null }, 'where: expected an object, received null', undefined],
    [{ where: [] }, 'where: expected an object, received array', undefined],
    [{ where: 'done' }, 'where: expected an object, received string', undefined],
    [{ orderBy: 'titel' }, `orderBy: unknown field "titel" of tasks ${fields}`, 'titel'],
    [{ orderBy: '' }, `orderBy: unknown field "" of tasks ${fields}`, undefined],
    [{ orderBy: 'constructor' }, `orderBy: unknown field "constructor" of tasks ${fields}`, 'constructor'],
    [{ orderBy: 'labels' }, 'orderBy: the field "labels" is json, which has no order', 'labels'],
    [{ orderBy: 1 }, 'orderBy: expected a field name, received number', undefined],
    [{ orderBy: null }, 'orderBy: expected a field name, received null', undefined],
    [{ orderBy: [['title']] }, 'orderBy[0]: expected a field name, received array', undefined],
    [{ orderDir: 'up' }, 'orderDir: expected "asc" or "desc", received string', undefined],
    [{ orderDir: 'ASC' }, 'orderDir: expected "asc" or "desc", received string', undefined],
    [{ orderDir: null }, 'orderDir: expected "asc" or "desc", received null', undefined],
    [{ orderDir: 1 }, 'orderDir: expected "asc" or "desc", received number', undefined],
    [{ limit: 0 }, 'limit: expected a positive whole number, received 0', undefined],
    [{ limit: -1 }, 'limit: expected a positive whole number, received -1', undefined],
    [{ limit: 1.5 }, 'limit: expected a positive whole number, received 1.5', undefined],
    [{ limit: Number.POSITIVE_INFINITY }, 'limit: expected a positive whole number, received Infinity', undefined],
    [{ limit: Number.NaN }, 'limit: expected a positive whole number, received NaN', undefined],
    [{ limit: 2 ** 53 }, 'limit: expected a positive whole number, received 9007199254740992', undefined],
    [{ limit: '10' }, 'limit: expected a positive whole number, received string', undefined],
    [{ limit: null }, 'limit: expected a positive whole number, received null', undefined],
  ])('%j', (query, reason, field) => {
    expect(told(refusal(() => readQuery({ collection: 'tasks', ...query } as Query, tasks)))).toEqual({
      message: `Invalid message: query.${reason}`,
      code: 'invalid-query',
      collection: 'tasks',
      recordId: undefined,
      field,
    })
  })

  test('without its collection, only the shape of a query is checked', () => {
    const ask = (query: object) => () => readQuery({ collection: 'unknown', ...query } as Query)
    expect(ask({ where: { anything: 1 }, orderBy: 'whatever', orderDir: 'asc', limit: 1 })).not.toThrow()
    expect(refusal(ask({ where: [] })).message).toBe('Invalid message: query.where: expected an object, received array')
    expect(refusal(ask({ where: { a: undefined } })).code).toBe('invalid-query')
    expect(refusal(ask({ where: { createdAt: 1 } })).code).toBe('invalid-query')
    expect(refusal(ask({ orderBy: 1 })).code).toBe('invalid-query')
    expect(refusal(ask({ orderDir: 'up' })).code).toBe('invalid-query')
    expect(refusal(ask({ limit: 0 })).code).toBe('invalid-query')
  })

  test('an error never repeats a long name', () => {
    const error = refusal(() => readQuery({ collection: 'tasks', where: { ['x'.repeat(100_000)]: 1 } }, tasks))
    expect(error.message.length).toBeLessThan(500)
  })
})

describe('R5: queryKey is one text for one question', () => {
  test('the defaults, said or not', () => {
    const key = queryKey({ collection: 'tasks' })
    expect(queryKey({ collection: 'tasks', where: {} })).toBe(key)
    expect(queryKey({ collection: 'tasks', orderBy: 'createdAt' })).toBe(key)
    expect(queryKey({ collection: 'tasks', orderDir: 'desc' })).toBe(key)
    expect(queryKey({ limit: undefined, orderBy: 'createdAt', where: undefined, collection: 'tasks' } as Query)).toBe(
      key,
    )
  })

  test('whatever the order of the keys, in where and deep in its values', () => {
    expect(queryKey({ where: { b: { y: 1, x: [{ q: 1, p: 2 }] }, a: 1 }, collection: 'tasks' })).toBe(
      queryKey({ collection: 'tasks', where: { a: 1, b: { x: [{ p: 2, q: 1 }], y: 1 } } }),
    )
  })

  const base: Query = { collection: 'tasks', where: { a: 1 }, orderBy: 'a', orderDir: 'asc', limit: 10 }

  test.each<[string, Query]>([
    ['another collection', { ...base, collection: 'notes' }],
    ['no where', { ...base, where: {} }],
    ['null in where', { ...base, where: { a: null } }],
    ['text for a number', { ...base, where: { a: '1' } }],
    ['true for a number', { ...base, where: { a: true } }],
    ['a list for a value', { ...base, where: { a: [1] } }],
    ['another field', { ...base, where: { b: 1 } }],
    ['one field more', { ...base, where: { a: 1, b: null } }],
    ['another order', { ...base, orderBy: 'b' }],
    ['the default order', { collection: 'tasks', where: { a: 1 }, orderDir: 'asc', limit: 10 }],
    ['another direction', { ...base, orderDir: 'desc' }],
    ['another limit', { ...base, limit: 11 }],
    ['no limit', { collection: 'tasks', where: { a: 1 }, orderBy: 'a', orderDir: 'asc' }],
  ])('%s is another question', (_, other) => {
    expect(queryKey(other)).not.toBe(queryKey(base))
  })

  const anyQuery = fc.record(
    {
      collection: fc.constantFrom('tasks', 'notes'),
      where: fc.dictionary(fc.constantFrom('a', 'b', 'c'), anyJson),
      orderBy: fc.constantFrom('a', 'createdAt'),
      orderDir: fc.constantFrom('asc' as const, 'desc' as const),
      limit: fc.integer({ min: 1, max: 2 }),
    },
    { requiredKeys: ['collection'] },
  )

  test('equal exactly for queries that ask the same', () => {
    const question = ({ collection, where = {}, orderBy = 'createdAt', orderDir = 'desc', limit }: Query) =>
      plain({ collection, where, orderBy, orderDir, limit: limit ?? null } as Json)
    fc.assert(
      fc.property(anyQuery, anyQuery, (a, b) => {
        expect(queryKey(a) === queryKey(b)).toBe(isDeepStrictEqual(question(a), question(b)))
        expect(queryKey(reversed(a as unknown as Json) as unknown as Query)).toBe(queryKey(a))
      }),
    )
  })
})

describe('fieldsOf: the fields whose change can move a record in a query', () => {
  test('those of where and of the order', () => {
    expect(
      fieldsOf(readQuery({ collection: 'tasks', where: { done: false, title: null }, orderBy: 'priority' })),
    ).toEqual(new Set(['done', 'title', 'priority']))
    expect(fieldsOf(readQuery({ collection: 'tasks', where: { done: true }, orderBy: 'done' }))).toEqual(
      new Set(['done']),
    )
  })

  test('createdAt where no order is asked for', () => {
    expect(fieldsOf(readQuery({ collection: 'tasks' }))).toEqual(new Set(['createdAt']))
  })

  test('Q6: a change of any other field moves no record', () => {
    const query: Query = { collection: 'tasks', where: { a: 1 }, orderBy: 'b', orderDir: 'asc' }
    const anyData = fc.record({ a: fc.constantFrom(1, 2), b: anyNumber, c: anyJson })
    fc.assert(
      fc.property(anyData, anyData, anyJson, (one, two, other) => {
        const fixed = fieldsOf(readQuery(query))
        const changed: RecordData = Object.fromEntries(
          Object.entries(one).map(([field, value]) => [field, fixed.has(field) ? value : other]),
        )
        const before = recordWith(one, { recordId: 'a' })
        const after = recordWith(changed, { recordId: 'a' })
        const another = recordWith(two, { recordId: 'b' })
        expect(found(query.where, after)).toBe(found(query.where, before))
        expect(Math.sign(comparatorFor(query)(after, another))).toBe(Math.sign(comparatorFor(query)(before, another)))
      }),
    )
  })
})

/** The same JSON as plain objects, which is what `isDeepStrictEqual` compares by value. */
function plain(value: Json): Json {
  return JSON.parse(JSON.stringify(value))
}
