import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beginning, containing, like } from '../../../src/protocol/records/pattern.ts'

/** Text of few characters, so that pieces are found, found again, and almost found. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'ß', '😀', '.', '_'), maxLength: 60 })
const pattern = fc.string({ unit: fc.constantFrom('a', 'a', 'b', 'B', '😀', '.', '%', '_'), maxLength: 60 })

/** A `like` as a regular expression, whose cost nobody bounds. */
function asExpression(like: string): RegExp {
  const source = [...like.toLowerCase()].map((each) =>
    each === '%' ? '.*' : each === '_' ? '.' : `\\u{${each.codePointAt(0)!.toString(16)}}`,
  )
  return new RegExp(`^${source.join('')}$`, 'su')
}

describe('Q2: patterns mean what they say', () => {
  test('like', () => {
    fc.assert(
      fc.property(text, pattern, (text, pattern) => {
        expect(like(pattern).isIn(text)).toBe(asExpression(pattern).test(text.toLowerCase()))
      }),
      { numRuns: 3000 },
    )
  })

  test('like: a pattern that was made from the text is found in it', () => {
    const made = text.chain((text) =>
      fc.array(fc.constantFrom('keep', 'one', 'any', 'more'), { minLength: 60, maxLength: 60 }).map((fates) => ({
        text,
        pattern: [...text]
          .map((each, index) => ({ keep: each, one: '_', any: '%', more: `%${each}` })[fates[index]!])
          .join(''),
      })),
    )
    fc.assert(
      fc.property(made, ({ text, pattern }) => {
        expect(like(pattern).isIn(text)).toBe(true)
      }),
    )
  })

  test('contains and startsWith', () => {
    fc.assert(
      fc.property(text, text, fc.nat(60), fc.nat(60), (text, other, from, length) => {
        for (const piece of [other, text.slice(from, from + length)]) {
          expect(containing(piece).isIn(text)).toBe(text.includes(piece))
          expect(beginning(piece).isIn(text)).toBe(text.startsWith(piece))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

test('L7: what a pattern costs follows the lengths, not what they say', () => {
  const long = 'a'.repeat(1_000_000)
  const hostile = [`${'a'.repeat(999)}b`, `%${'a'.repeat(997)}b%`, `b${'a'.repeat(999)}`, `%${'_a'.repeat(400)}b%`]
  for (const pattern of hostile) {
    for (const { isIn, steps } of [containing(pattern), like(pattern), beginning(pattern)]) {
      expect(isIn(long)).toBe(false)
      expect(steps(long)).toBeLessThanOrEqual(32_000_000)
    }
  }
  expect(like('%a'.repeat(499)).isIn(long)).toBe(true)
  expect(containing('short').steps(long)).toBe(1_000_000)
})
