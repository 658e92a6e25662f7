import { collection } from 'deepspace-solid/schema'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/protocol/json.ts'
import { compareText } from '../../../src/protocol/records/order.ts'
import { QueryReader } from '../../../src/protocol/records/query-field.ts'
import type { RecordData } from '../../../src/protocol/records/record.ts'
import { fieldsOfTest, passesTest, readWhere } from '../../../src/protocol/records/where.ts'
import { anyText, recordWith, refusal } from './fixtures.ts'

const notes = collection('notes', {
  fields: {
    text: v.optional(v.nullable(v.string())),
    number: v.optional(v.nullable(v.number())),
    flag: v.optional(v.nullable(v.boolean())),
    tags: v.optional(v.array(v.string())),
    json: v.optional(v.any()),
  },
  permissions: {},
})

/** Whether a `where` finds a record with this data. */
function finds(where: object, data: RecordData): boolean {
  return passesTest(readWhere(where, new QueryReader('notes', notes)), recordWith(data))
}

describe('Q2: operators', () => {
  test.each<[object, RecordData[], RecordData[]]>([
    [{ text: { eq: 'a' } }, [{ text: 'a' }], [{ text: 'A' }, { text: null }, {}]],
    [{ text: { eq: null } }, [{ text: null }, {}], [{ text: '' }]],
    [{ text: { ne: 'a' } }, [{ text: 'b' }, { text: null }, {}], [{ text: 'a' }]],
    [{ text: { ne: null } }, [{ text: '' }], [{ text: null }, {}]],
    [{ number: { gt: 1 } }, [{ number: 1.5 }], [{ number: 1 }, { number: null }, {}]],
    [{ number: { gte: 1 } }, [{ number: 1 }], [{ number: 0.9 }, {}]],
    [{ number: { lt: 0 } }, [{ number: -1e308 }], [{ number: 0 }, { number: null }, {}]],
    [{ number: { lte: 0 } }, [{ number: 0 }, { number: -1 }], [{ number: 5e-324 }, {}]],
    [{ number: { gt: 1, lt: 3 } }, [{ number: 2 }], [{ number: 1 }, { number: 3 }]],
    [{ text: { gt: '\uFFFD' } }, [{ text: '\u{1F600}' }], [{ text: '\uE000' }]],
    [{ flag: { gt: false } }, [{ flag: true }], [{ flag: false }, {}]],
    [{ text: { in: ['a', null] } }, [{ text: 'a' }, {}], [{ text: 'b' }]],
    [{ text: { in: [] } }, [], [{ text: 'a' }, {}]],
    [{ text: { nin: ['a', null] } }, [{ text: 'b' }], [{ text: 'a' }, {}]],
    [{ number: { nin: [] } }, [{}, { number: 1 }], []],
    [{ json: { in: [{ a: 1 }, [2]] } }, [{ json: { a: 1 } }, { json: [2] }], [{ json: 1 }, {}]],
    [{ text: { startsWith: 'ab' } }, [{ text: 'abc' }], [{ text: 'Abc' }, { text: 'cab' }, {}]],
    [{ text: { contains: 'b' } }, [{ text: 'abc' }], [{ text: 'aBc' }, {}]],
    [{ text: { contains: '' } }, [{ text: '' }, { text: 'a' }], [{}]],
    [{ tags: { contains: 'x' } }, [{ tags: ['a', 'x'] }], [{ tags: ['xy'] }, {}]],
    [{ text: { like: '%STRASSE_' } }, [{ text: 'Hauptstrasse!' }], [{ text: 'strasse' }, {}]],
    [{ text: { isNull: true } }, [{ text: null }, {}], [{ text: '' }]],
    [{ text: { isNull: false } }, [{ text: '' }], [{ text: null }, {}]],
    [{ and: [{ number: { gt: 1 } }, { flag: true }] }, [{ number: 2, flag: true }], [{ number: 2 }, { flag: true }]],
    [{ or: [{ number: 1 }, { flag: true }] }, [{ number: 1 }, { flag: true }], [{ number: 2 }]],
    [{ or: [] }, [], [{}, { number: 1 }]],
    [{ and: [] }, [{}, { number: 1 }], []],
    [{ not: { number: { gt: 1 } } }, [{ number: 1 }, { number: null }, {}], [{ number: 2 }]],
    [{ not: {} }, [], [{}]],
    [{ flag: true, not: { or: [{ number: 1 }, { text: 'a' }] } }, [{ flag: true }], [{ flag: true, number: 1 }, {}]],
  ])('%j', (where, found, passedBy) => {
    for (const data of found) expect(finds(where, data), JSON.stringify(data)).toBe(true)
    for (const data of passedBy) expect(finds(where, data), JSON.stringify(data)).toBe(false)
  })

  test('an object asked of a JSON field is a value, unless every key is an operator', () => {
    expect(finds({ json: { a: 1 } }, { json: { a: 1 } })).toBe(true)
    expect(finds({ json: { eq: 1, a: 1 } }, { json: { eq: 1, a: 1 } })).toBe(true)
    expect(finds({ json: { eq: 1 } }, { json: { eq: 1 } })).toBe(false)
    expect(finds({ json: { eq: { eq: 1 } } }, { json: { eq: 1 } })).toBe(true)
    expect(finds({ json: {} }, { json: {} })).toBe(true)
  })

  test('the fields that a where looks at, however deep', () => {
    const where = { text: 'a', or: [{ number: 1 }, { not: { and: [{ createdAt: { gt: '2026-01-01' } }] } }] }
    expect(fieldsOfTest(readWhere(where, new QueryReader('notes', notes))).toSorted()).toEqual([
      'createdAt',
      'number',
      'text',
    ])
  })
})

describe('Q4: what cannot be asked is refused by name', () => {
  const deep = (levels: number): object => (levels === 0 ? { flag: true } : { not: deep(levels - 1) })

  test.each<[object, string]>([
    [{ text: { greater: 1 } }, 'where.text.greater: unknown operator (eq, ne, gt,'],
    [{ number: { gt: '1' } }, 'where.number.gt: expected number, received string'],
    [{ number: { gt: null } }, 'where.number.gt: expected number, received null'],
    [{ number: { in: 1 } }, 'where.number.in: expected an array, received number'],
    [{ number: { in: [1, '2'] } }, 'where.number.in[1]: expected number or null, received string'],
    [{ number: { in: Array(10_000).fill(1) } }, 'where.number.in: 10000 values, at most 1000 are compared'],
    [{ number: { like: '1%' } }, 'where.number.like: only a text field can be asked this, the field is number'],
    [{ flag: { contains: 't' } }, 'where.flag.contains: only text and arrays can be asked this, the field is boolean'],
    [{ text: { contains: 1 } }, 'where.text.contains: expected string, received number'],
    [{ text: { like: 5 } }, 'where.text.like: expected string, received number'],
    [{ text: { like: '%'.repeat(1001) } }, 'where.text.like: 1001 characters, at most 1000 are looked for'],
    [{ text: { isNull: 1 } }, 'where.text.isNull: expected boolean, received number'],
    [{ json: { gt: 1 } }, 'where.json.gt: a json field has no order'],
    [{ text: { eq: undefined } }, 'where.text.eq: expected a JSON value, received undefined'],
    [{ or: { text: 'a' } }, 'where.or: expected an array, received object'],
    [{ and: [1] }, 'where.and[0]: expected an object, received number'],
    [{ not: [] }, 'where.not: expected an object, received array'],
    [{ not: { or: [{ colour: 1 }] } }, 'where.not.or[0]: unknown field "colour" of notes'],
    [deep(9), 'where.not.not.not.not.not.not.not.not.not: nested deeper than 8 levels'],
    [{ or: Array(101).fill({ flag: true }) }, 'where.or[100].flag: more than 100 conditions'],
  ])('%o', (where, reason) => {
    const error = refusal(() => readWhere(where, new QueryReader('notes', notes)))
    expect(error.message).toContain(`Invalid message: query.${reason}`)
    expect(error.code).toBe('invalid-query')
    expect(error.message.length).toBeLessThan(500)
  })

  test('eight levels are deep enough', () => {
    expect(() => readWhere(deep(8), new QueryReader('notes', notes))).not.toThrow()
  })
})

describe('Q2: the laws of operators, over whatever text and numbers', () => {
  const anyValue: fc.Arbitrary<Json> = fc.oneof(fc.constant(null), anyText)

  test('each operator is the opposite of its opposite, but for what has no order', () => {
    fc.assert(
      fc.property(anyValue, anyText, (text, asked) => {
        const data = text === null ? {} : { text }
        expect(finds({ text: { ne: asked } }, data)).toBe(!finds({ text: asked }, data))
        expect(finds({ text: { nin: [asked] } }, data)).toBe(!finds({ text: { in: [asked] } }, data))
        expect(finds({ not: { text: { gt: asked } } }, data)).toBe(!finds({ text: { gt: asked } }, data))
        const ordered = ['lt', 'eq', 'gt'].filter((operator) => finds({ text: { [operator]: asked } }, data))
        expect(ordered).toHaveLength(text === null ? 0 : 1)
      }),
    )
  })

  test('text is compared as it is ordered', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, asked) => {
        expect(finds({ text: { lt: asked } }, { text })).toBe(compareText(text, asked) < 0)
        expect(finds({ text: { gte: asked } }, { text })).toBe(compareText(text, asked) >= 0)
      }),
    )
  })

  test('like finds what a regular expression of the same meaning finds', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'b', 'ä', '\u{1F600}', '.', '\n'), maxLength: 8 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'B', 'ä', '\u{1F600}', '.', '%', '_'), maxLength: 8 })
    fc.assert(
      fc.property(letters, pattern, (text, like) => {
        const source = like.toLowerCase().replaceAll('.', '\\.').replaceAll('%', '[^]*').replaceAll('_', '[^]')
        expect(finds({ text: { like } }, { text })).toBe(new RegExp(`^${source}$`, 'u').test(text.toLowerCase()))
      }),
      { numRuns: 1000 },
    )
  })

  test('a pattern made to be slow is not: it goes back to its last "%" only', () => {
    // One that went back to every "%" would not end in anybody's lifetime.
    expect(finds({ text: { like: `${'%a'.repeat(400)}%b` } }, { text: 'a'.repeat(20_000) })).toBe(false)
  })
})
