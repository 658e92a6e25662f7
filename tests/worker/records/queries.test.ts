import fc from 'fast-check'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Cursor, cursorOf } from '../../../src/protocol/records/cursor.ts'
import { matches, type Query, readQuery } from '../../../src/protocol/records/query.ts'
import type { RecordEnvelope } from '../../../src/protocol/records/record.ts'
import { selectSql } from '../../../worker/records/record-sql.ts'
import { samples, tasks } from '../../support/collections.ts'
import { adversarial, anyData, anyOrder, anyWhere, spelt } from '../../support/questions.ts'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const room = crypto.randomUUID()
let root: Wire

beforeAll(async () => {
  root = await Wire.open(base, room, 'root')
})

async function ids(query: Record<string, unknown>, collection = 'samples'): Promise<string[] | string> {
  const answer = await root.query(collection, query)
  return typeof answer === 'string' ? answer : answer.map(({ recordId }) => recordId)
}

test('Q3: without an order the newest come first; ties are ordered by id', async () => {
  for (const id of ['b', 'c', 'a']) await root.put('tasks', id, { title: id, priority: id === 'a' ? 1 : 2 })
  const byTime = (await root.query('tasks')) as RecordEnvelope[]
  expect(byTime).toEqual(byTime.toSorted(readQuery({ collection: 'tasks' }).compare))
  expect(await ids({ orderBy: 'priority' }, 'tasks')).toEqual(['b', 'c', 'a'])
  expect(await ids({ orderBy: 'priority', orderDir: 'asc' }, 'tasks')).toEqual(['a', 'b', 'c'])
  expect(await ids({ orderBy: 'priority', orderDir: 'asc', limit: 2 }, 'tasks')).toEqual(['a', 'b'])
  expect(await ids({ where: { recordId: 'b' } }, 'tasks')).toEqual(['b'])
  const created = byTime[0]!.createdAt
  expect(await ids({ where: { createdAt: created, recordId: byTime[0]!.recordId } }, 'tasks')).toEqual([
    byTime[0]!.recordId,
  ])
})

test('Q2: booleans, numbers, null and JSON are found as what they are', async () => {
  await root.put('samples', 'yes', { flag: true, number: 1, json: { a: [1, 2] } })
  await root.put('samples', 'no', { flag: false, number: 0, json: [1, 2] })
  await root.put('samples', 'null', { flag: null, number: null, json: null })
  await root.put('samples', 'absent', {})
  expect(await ids({ where: { flag: true } })).toEqual(['yes'])
  expect(await ids({ where: { flag: false } })).toEqual(['no'])
  expect(((await ids({ where: { flag: null } })) as string[]).toSorted()).toEqual(['absent', 'null'])
  expect(await ids({ where: { number: 0 } })).toEqual(['no'])
  expect(await ids({ where: { json: { a: [1, 2] } } })).toEqual(['yes'])
  expect(await ids({ where: { json: [1, 2], flag: false } })).toEqual(['no'])
  expect(((await ids({ where: { json: null } })) as string[]).toSorted()).toEqual(['absent', 'null'])
  expect(await ids({ where: { text: 'none' } })).toEqual([])
})

test.for([
  [
    { where: { colour: 1 } },
    'Invalid message: query.where: unknown field "colour" of samples (fields: text, number, flag, json, required, recordId, createdBy, createdAt, updatedAt)',
  ],
  [{ where: { flag: 1 } }, 'Invalid message: query.where.flag: expected boolean or null, received number'],
  [{ where: { number: '1' } }, 'Invalid message: query.where.number: expected number or null, received string'],
  [{ where: { text: ['a'] } }, 'Invalid message: query.where.text: expected string or null, received array'],
  [{ where: [] }, 'Invalid message: query.where: expected an object, received array'],
  [{ orderBy: 'size' }, /^Invalid message: query\.orderBy: unknown field "size" of samples/],
  [{ orderBy: 'json' }, 'Invalid message: query.orderBy: the field "json" is json, which has no order'],
  [{ orderBy: 'text', orderDir: 'up' }, 'Invalid message: query.orderDir: expected "asc" or "desc", received string'],
  [{ orderBy: 'number', after: 5 }, 'Invalid message: query.after: expected an object, received number'],
  [{ orderBy: 'number', after: false }, 'Invalid message: query.after: expected an object, received boolean'],
  [{ orderBy: 'number', after: { number: 5 } }, 'Invalid message: query.after.recordId: is missing'],
  [{ orderBy: 'number', after: { recordId: 'x' } }, 'Invalid message: query.after.number: is missing'],
  [
    { orderBy: 'number', after: { number: '5', recordId: 'x' } },
    'Invalid message: query.after.number: expected number or null, received string',
  ],
  [
    { orderBy: 'number', after: { number: { gt: 5 }, recordId: 'x' } },
    'Invalid message: query.after.number: expected number or null, received object',
  ],
  [
    { after: { createdAt: '2026-01-01T00:00:00.000Z', recordId: null } },
    'Invalid message: query.after.recordId: expected string, received null',
  ],
  [
    { orderBy: 'number', after: { number: 5, text: 'a', recordId: 'x' } },
    'Invalid message: query.after: the order has no field "text" (number, recordId)',
  ],
  [{ limt: 5 }, 'Invalid message: query: unknown option "limt" (collection, where, orderBy, orderDir, after, limit)'],
  [{ limit: 0 }, 'Invalid message: query.limit: expected a positive whole number, received 0'],
  [{ limit: -1 }, 'Invalid message: query.limit: expected a positive whole number, received -1'],
  [{ limit: 1.5 }, 'Invalid message: query.limit: expected a positive whole number, received 1.5'],
  [{ limit: '5' }, 'Invalid message: query.limit: expected a positive whole number, received string'],
] as const)('Q4: %o is an error that names what is wrong, told to the query', async ([query, error]) => {
  const answer = await root.query('samples', query)
  if (typeof error === 'string') expect(answer).toBe(error)
  else expect(answer).toMatch(error)
})

test('Q5: a collection that is not there, or not for this role, is a refusal and not an empty list', async () => {
  const visitor = await Wire.open(base, room)
  expect(await visitor.query('nope')).toBe(
    'Schema not registered for collection: nope - declare it in the collections of the room',
  )
  expect(await visitor.query('secrets')).toBe('READ DENIED: role=viewer, collection=secrets')
  expect(await visitor.query('tasks')).toEqual([])
})

test('Q5: a refused subscription with a request id tells both the query and the call', async () => {
  const ack = await root.request('core.subscribe', { subscriptionId: 'twice', query: { collection: 'nope' } })
  expect(ack).toMatchObject({ success: false, code: 'unknown-collection' })
  const frames = await root.drain()
  expect(frames.filter(({ payload }) => payload.subscriptionId === 'twice')).toHaveLength(1)
  expect(
    await root.request('core.subscribe', { subscriptionId: 'good', query: { collection: 'tasks' } }),
  ).toMatchObject({ success: true })
  expect(await root.request('core.unsubscribe', { subscriptionId: 'good' })).toMatchObject({ success: true })
})

const kinds = { text: 'text', number: 'number', flag: 'boolean', json: 'json' } as const

/** Two records: the place of the first, with the id of the second. */
const from = fc.option(fc.tuple(fc.nat(11), fc.nat(11)))

/** A place in an order, of a record that is there or between two that are. */
function placeBetween(query: Query, records: readonly RecordEnvelope[], [a, b]: [number, number]): Cursor {
  const record = records[a % records.length]!
  const place = cursorOf(query, record)
  return { ...place, recordId: records[b % records.length]!.recordId }
}

test('Q1-Q3, Q8, F1: over random data and questions, SQL finds and orders what the shared matcher and comparator do, and gives back what went in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyData(kinds, adversarial), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(anyWhere(kinds, adversarial), anyOrder(kinds), fc.integer({ min: 1, max: 15 }), from), {
        minLength: 25,
        maxLength: 25,
      }),
      async (rows, questions) => {
        const alice = await Wire.open(base, crypto.randomUUID(), 'alice')
        const acks = await Promise.all(rows.map((row, i) => alice.put('samples', `r${i}`, row)))
        expect(acks.filter(({ success }) => !success)).toEqual([])
        const all = (await alice.query('samples', { orderBy: 'recordId', orderDir: 'asc' })) as RecordEnvelope[]
        for (const record of all) {
          const row = rows[Number(record.recordId.slice(1))]
          expect(record.data).toEqual(JSON.parse(JSON.stringify({ ...row, required: '' })))
        }
        for (const [where, order, limit, from] of [[rows[0]!, {}, 15, null] as const, ...questions]) {
          const asked = JSON.parse(JSON.stringify({ collection: 'samples', where, ...order, limit })) as Query
          const query = from === null ? asked : { ...asked, after: placeBetween(asked, all, from) }
          const read = readQuery(query, samples)
          const expected = all
            .filter((record) => matches(read, record))
            .toSorted(read.compare)
            .slice(0, query.limit)
          expect(await alice.query('samples', { ...query })).toEqual(expected)
        }
        await alice.close()
      },
    ),
    { numRuns: 100 },
  )
}, 240_000)

/** How SQLite finds what a query of tasks asks, step by step. */
async function planOf(query: Omit<Query, 'collection'>): Promise<string[]> {
  const plans: string[] = []
  for (const { text, values } of selectSql(readQuery({ collection: 'tasks', ...query }, tasks), tasks)) {
    const plan = (await callRoom(base, room, 'sql', [`EXPLAIN QUERY PLAN ${text}`, values])).result
    plans.push(...(plan as { detail: string }[]).map(({ detail }) => detail))
  }
  return plans
}

test('Q9: an index that is declared is used', async () => {
  expect(await planOf({ where: { done: false }, orderBy: 'priority', orderDir: 'asc' })).toEqual([
    'SEARCH records_tasks USING INDEX tasks by done, priority (done=?)',
  ])
  expect(await planOf({ limit: 10 })).toEqual([
    'SCAN records_tasks USING INDEX tasks by createdAt',
    'USE TEMP B-TREE FOR LAST TERM OF ORDER BY',
  ])
})

test('Q9: a page begins in the index where the one before it ended, nulls and all', async () => {
  const where = { done: false }
  const after = { priority: 3, recordId: 'x' }
  const index = 'SEARCH records_tasks USING INDEX tasks by done, priority'
  const ties = 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY'
  expect(await planOf({ where, orderBy: 'priority', orderDir: 'asc', after })).toEqual([
    `${index} (done=? AND priority>?)`,
  ])
  expect(await planOf({ where, orderBy: 'priority', after })).toEqual([
    `${index} (done=? AND priority<?)`,
    ties,
    `${index} (done=? AND priority=?)`,
  ])
  expect(await planOf({ after: { createdAt: '2026-01-01T00:00:00.000Z', recordId: 'x' } })).toEqual([
    'SEARCH records_tasks USING INDEX tasks by createdAt (_createdAt<?)',
    ties,
  ])
})

test.for([
  ['emoji', { text: '\u{1F469}\u200D\u{1F680} ok' }],
  ['an empty string', { text: '' }],
  ['text with a NUL', { text: 'a\u0000b' }],
  ['false, zero and null', { flag: false, number: 0, text: null }],
  ['the largest and the smallest numbers', { number: 1.7976931348623157e308, json: [5e-324, 9007199254740991, -0.1] }],
  ['nested JSON, with its keys in their order', { json: { z: [{ b: null, a: true }], a: { '': '' } } }],
  ['JSON that is only a string, a number, a boolean', { json: '"quoted"' }],
  ['a number that looks like text, text that looks like a number', { text: '1e3', number: 1e3 }],
] as const)('F1: %s comes back as it went in', async ([, value]) => {
  const id = crypto.randomUUID()
  expect(await root.put('samples', id, value)).toMatchObject({ success: true })
  const { data: back } = (await root.see('samples', id))!
  expect(JSON.stringify(back)).toBe(JSON.stringify({ ...pick(back, Object.keys(value)), required: '' }))
  expect(back).toEqual({ ...value, required: '' })
  if ('json' in value) expect(JSON.stringify(back.json)).toBe(JSON.stringify(value.json))
})

function pick(data: Record<string, unknown>, fields: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([field]) => fields.includes(field)))
}

test.for([
  ['a lone surrogate', '{"text":"\\ud800"}', /text: expected well-formed text/],
  ['a number beyond all numbers', '{"number":1e999}', /number: expected a finite number/],
  ['JSON too deep', `{"json":${'['.repeat(70)}${']'.repeat(70)}}`, /nested deeper than 64/],
  ['a key that reaches into objects', '{"json":{"__proto__":1}}', /the key "__proto__" is not allowed/],
  ['a field that reaches into objects', '{"__proto__":1}', /unknown field "__proto__" of samples/],
] as const)('F6: %s is refused', async ([, json, error]) => {
  const requestId = crypto.randomUUID()
  root.socket.send(
    `{"type":"core.put","payload":{"collection":"samples","recordId":"x","requestId":"${requestId}","data":${json}}}`,
  )
  const { payload } = await root.until((frame) => frame.payload.requestId === requestId)
  expect(payload).toMatchObject({ success: false, error: expect.stringMatching(error) })
})

test('Q2: of a long list every value is found, whatever it is', async () => {
  const room = `counting:${crypto.randomUUID()}`
  const titles = [
    'plain',
    'Ünï',
    '😀',
    'quote " and \\ back',
    "it's",
    '\u2028',
    'nul \u0000 in it',
    '[]',
    '1',
    'true',
    'null',
  ]
  const operations = titles.map((text, number) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${number}`,
    data: { text, number: number * 3, flag: number % 2 === 0 },
  }))
  await callRoom(base, room, 'batch', [operations, 'system'])
  const alice = await Wire.open(base, room, 'alice')
  const found = async (where: object) => {
    const records = await alice.query('samples', { where, orderBy: 'number', orderDir: 'asc' })
    return (records as { recordId: string }[]).map(({ recordId }) => recordId)
  }
  const all = titles.map((_, number) => `s${number}`)
  const others = Array.from({ length: 900 }, (_, n) => `nobody ${n}`)
  expect(await found({ text: { in: [...others, ...titles] } })).toEqual(all)
  expect(await found({ text: { in: [...others, ...titles.filter((text) => !text.includes('\u0000'))] } })).toHaveLength(
    10,
  )
  expect(await found({ text: { nin: [...others, ...titles.slice(1)] } })).toEqual(['s0'])
  const numbers = Array.from({ length: 900 }, (_, n) => n + 6)
  expect(await found({ number: { in: numbers } })).toEqual(all.slice(2))
  expect(await found({ number: { in: [...numbers, 0.5, 1e300, null] } })).toEqual(all.slice(2))
  expect(await found({ recordId: { in: [...others, 's3', 's1'] } })).toEqual(['s1', 's3'])
})

describe('Q15: a time of the envelope is compared by what it means', () => {
  const room = crypto.randomUUID()
  let wire: Wire
  let record: RecordEnvelope
  beforeAll(async () => {
    wire = await Wire.open(base, room, 'root')
    await wire.put('samples', 'a', {})
    record = (await wire.see('samples', 'a'))!
  })
  const found = async (query: object): Promise<number | string> => {
    const answer = await wire.query('samples', query)
    return typeof answer === 'string' ? answer : answer.length
  }

  test('in whatever way it is said, by every operator that compares, and in a place', async () => {
    const at = Date.parse(record.createdAt)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('createdAt', 'updatedAt'),
        fc.integer({ min: -2, max: 2 }),
        fc.integer({ min: -720, max: 840 }),
        async (field, later, offset) => {
          const time = spelt(at + later, offset)
          const expected = {
            eq: later === 0,
            ne: later !== 0,
            gt: later < 0,
            gte: later <= 0,
            lt: later > 0,
            lte: later >= 0,
          }
          for (const [operator, is] of Object.entries(expected)) {
            expect(await found({ where: { [field]: { [operator]: time } } })).toBe(Number(is))
            // Whatever SQL leaves to the matcher, or the matcher to SQL.
            expect(await found({ where: { not: { [field]: { [operator]: time } } } })).toBe(Number(!is))
          }
          expect(await found({ where: { [field]: time } })).toBe(Number(later === 0))
          expect(await found({ where: { [field]: { in: [null, time] } } })).toBe(Number(later === 0))
          expect(await found({ where: { [field]: { nin: [null, time] } } })).toBe(Number(later !== 0))
          const place = { [field]: time, recordId: '0' }
          expect(await found({ orderBy: field, orderDir: 'asc', after: place })).toBe(Number(later <= 0))
          expect(await found({ orderBy: field, orderDir: 'desc', after: place })).toBe(Number(later >= 0))
        },
      ),
      { numRuns: 15 * inject('effort') },
    )
  })

  test('a pattern is looked for in its one spelling, and there is always a time', async () => {
    const day = record.createdAt.slice(0, 10)
    expect(await found({ where: { createdAt: { startsWith: day } } })).toBe(1)
    expect(await found({ where: { createdAt: { contains: 'T' } } })).toBe(1)
    expect(await found({ where: { createdAt: { like: `${day}t%z` } } })).toBe(1)
    expect(await found({ where: { createdAt: { isNull: true } } })).toBe(0)
    expect(await found({ where: { createdAt: null } })).toBe(0)
    expect(await found({ where: { createdAt: { gte: day } } })).toBe(1)
    expect(await found({ where: { createdAt: { lt: day } } })).toBe(0)
  })

  test.each([
    'yesterday',
    '',
    '7',
    'May 3, 2026',
    '2026',
    '2026-01',
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '2026-13-01',
    '2026-01-01T25:00Z',
    // On which clock?
    '2026-01-01T10:00:00',
    '2026-01-01 10:00:00Z',
    '2026-01-01T10:00:00.0005Z',
    '9999-12-31T23:59:59-01:00',
    '+002026-01-01T00:00:00Z',
    ' 2026-01-01T10:00:00Z',
  ])('%j is none, and is refused by its place', async (time) => {
    const refusal = (path: string) =>
      expect.stringMatching(
        new RegExp(`^Invalid message: query\\.${path}: expected a day like .* or a time like .*, received "`),
      )
    expect(await found({ where: { createdAt: time } })).toEqual(refusal('where\\.createdAt'))
    expect(await found({ where: { or: [{ updatedAt: { gt: time } }] } })).toEqual(
      refusal('where\\.or\\[0\\]\\.updatedAt\\.gt'),
    )
    expect(await found({ where: { createdAt: { nin: ['2026-01-01', time] } } })).toEqual(
      refusal('where\\.createdAt\\.nin'),
    )
    expect(await found({ after: { createdAt: time, recordId: 'a' } })).toEqual(refusal('after\\.createdAt'))
    // A field of the app is text, whatever it means.
    expect(await found({ where: { text: { gt: time } } })).toBe(0)
  })
})
