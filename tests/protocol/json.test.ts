import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainObject, type Json, jsonEqual, mostBytes, whyNotJson } from '../../src/protocol/json.ts'
import { anyJson, reversed } from './records/fixtures.ts'

describe('jsonEqual', () => {
  test('F7: JSON is equal whatever the order of its keys, at every depth', () => {
    expect(jsonEqual({ a: 1, b: { c: [1, 2], d: null } }, { b: { d: null, c: [1, 2] }, a: 1 })).toBe(true)
  })

  test.each<[string, unknown, unknown]>([
    ['the order of a list', [1, 2], [2, 1]],
    ['the length of a list', [1], [1, 1]],
    ['a number and its text', 1, '1'],
    ['false and 0', false, 0],
    ['true and 1', true, 1],
    ['null and false', null, false],
    ['null and an empty object', null, {}],
    ['an empty list and an empty object', [], {}],
    ['a list and an object of its indexes', ['a'], { 0: 'a' }],
    ['a key with null and no key', { a: null }, {}],
    ['one key and another', { a: 1 }, { b: 1 }],
    ['a key and a name that every object inherits', { toString: null }, { a: null }],
    ['a key with undefined and another key', { a: undefined }, { b: 1 }],
    ['absent and null', undefined, null],
  ])('F1, Q2: %s differ', (_, a, b) => {
    expect(jsonEqual(a, b)).toBe(false)
    expect(jsonEqual(b, a)).toBe(false)
  })

  test('absent equals absent', () => {
    expect(jsonEqual(undefined, undefined)).toBe(true)
  })

  test('agrees with comparing the texts of both, their keys sorted', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        expect(jsonEqual(a, b)).toBe(canonical(a) === canonical(b))
      }),
    )
  })

  test('finds every value equal to itself, parsed anew and with its keys reversed', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(jsonEqual(value, JSON.parse(JSON.stringify(value)))).toBe(true)
        expect(jsonEqual(value, reversed(value))).toBe(true)
      }),
    )
  })
})

describe('whyNotJson', () => {
  test('F1: finds nothing wrong with JSON', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(whyNotJson(value, 'value')).toBeUndefined()
      }),
    )
  })

  test.each<[string, unknown, string]>([
    ['NaN', Number.NaN, 'f: expected a finite number, received NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'f: expected a finite number, received Infinity'],
    ['a lone high surrogate', 'a\ud800', 'f: expected well-formed text, received a lone surrogate'],
    ['a lone low surrogate', '\udc00a', 'f: expected well-formed text, received a lone surrogate'],
    ['undefined', undefined, 'f: expected a JSON value, received undefined'],
    ['a bigint', 1n, 'f: expected a JSON value, received bigint'],
    ['a function', () => 1, 'f: expected a JSON value, received function'],
    ['a symbol', Symbol('s'), 'f: expected a JSON value, received symbol'],
    ['a date', new Date(0), 'f: expected a JSON value, received Date'],
    ['a map', new Map(), 'f: expected a JSON value, received Map'],
    ['an instance without a class', Object.create({}), 'f: expected a JSON value, received Object'],
    ['undefined in a list', [1, undefined], 'f[1]: expected a JSON value, received undefined'],
    ['a hole in a list', new Array(1), 'f[0]: expected a JSON value, received undefined'],
    ['undefined under a key', { a: undefined }, 'f.a: expected a JSON value, received undefined'],
    ['NaN deep inside', { a: [{ b: Number.NaN }] }, 'f.a[0].b: expected a finite number, received NaN'],
    ['a lone surrogate in a key', { '\ud800': 1 }, 'f: expected well-formed keys, received a lone surrogate'],
    ['the key __proto__', JSON.parse('{"__proto__":{}}'), 'f: the key "__proto__" is not allowed'],
    [
      'the key __proto__ deep inside',
      JSON.parse('{"a":[{"__proto__":1}]}'),
      'f.a[0]: the key "__proto__" is not allowed',
    ],
  ])('F6: refuses %s', (_, value, why) => {
    expect(whyNotJson(value, 'f')).toBe(why)
  })

  test('F6: JSON may be nested 64 levels deep and no deeper, in lists and in objects', () => {
    expect(whyNotJson(nestedList(64), 'f')).toBeUndefined()
    expect(whyNotJson(nestedList(65), 'f')).toMatch(/nested deeper than 64 levels$/)
    expect(whyNotJson(nestedObject(64), 'f')).toBeUndefined()
    expect(whyNotJson(nestedObject(65), 'f')).toMatch(/nested deeper than 64 levels$/)
  })

  test('F6: a value nested a hundred thousand levels deep is refused, not a stack overflow', () => {
    expect(whyNotJson(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)), 'f')).toMatch(
      /nested deeper than 64 levels$/,
    )
  })

  test('F6: the reason stays short however long the keys on the way are', () => {
    const why = whyNotJson({ ['k'.repeat(100_000)]: Number.NaN }, 'f')
    expect(why).toMatch(/expected a finite number/)
    expect(why!.length).toBeLessThan(1_000)
  })
})

test('F13: a value takes no more bytes as JSON than it is said to take at most, and what is cut short is said to take more', () => {
  const bytesOf = (value: Json) => new TextEncoder().encode(JSON.stringify(value)).length
  fc.assert(
    fc.property(anyJson, fc.nat(200), (value, enough) => {
      expect(mostBytes(value, Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(bytesOf(value))
      if (mostBytes(value, enough) <= enough) expect(bytesOf(value)).toBeLessThanOrEqual(enough)
    }),
  )
  fc.assert(
    fc.property(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ unit: 'binary' })),
      (value) => {
        expect(mostBytes({ [String(value)]: [value] }, 1e6)).toBeGreaterThanOrEqual(
          bytesOf({ [String(value)]: [value] }),
        )
      },
    ),
  )
  for (const value of ['\u0000', '\ud800', '\u6f22', -0.0000016370364054321384, -1.234567890123456e-300]) {
    expect(mostBytes(value, 0)).toBeGreaterThanOrEqual(bytesOf(value))
  }
})

test('isPlainObject: objects as JSON.parse makes them, and nothing else', () => {
  expect([{}, Object.create(null), JSON.parse('{"__proto__":1}')].map(isPlainObject)).toEqual([true, true, true])
  expect([null, [], new Date(), new Map(), 'x', 1, undefined, Object.create({})].some(isPlainObject)).toBe(false)
})

function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join()}}`
}

function nestedList(levels: number): Json {
  let value: Json = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

function nestedObject(levels: number): Json {
  let value: Json = {}
  for (let level = 1; level < levels; level++) value = { a: value }
  return value
}
