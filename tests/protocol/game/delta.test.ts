import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { applyDelta, type Delta, deltaOf, type GameState } from '../../../src/protocol/game/delta.ts'
import { jsonEqual } from '../../../src/protocol/json.ts'
import { settled } from '../../../worker/game/settled.ts'

const effort = inject('effort')

/** JSON that has much in common from one to the next. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(0, 1, 2, null, true, '', 'a'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', '0', 'length', 'constructor'), tie('value'), { noNullPrototype: true }),
  ),
}))
const state = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'length'), value, {
  noNullPrototype: true,
}) as fc.Arbitrary<GameState>

test('Y1: a delta turns the one state into the other, also as text, and changes neither', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const was = structuredClone({ before, after })
      const delta = deltaOf(before, after)
      expect(delta === undefined).toBe(jsonEqual(before, after))
      const said = JSON.parse(JSON.stringify(delta ?? {})) as Delta
      expect(jsonEqual(applyDelta(before, said), after)).toBe(true)
      expect({ before, after }).toEqual(was)
    }),
    { numRuns: 500 * effort },
  )
})

test('Y1: a state that is settled after another shares with it what says the same, and gives the same delta', () => {
  fc.assert(
    fc.property(state, state, (one, two) => {
      const before = settled(one, undefined, 'state')
      const after = settled(two, before, 'state')
      expect(jsonEqual(before, one) && jsonEqual(after, two)).toBe(true)
      expect(after === before).toBe(jsonEqual(one, two))
      expect(settled(structuredClone(two), after, 'state')).toBe(after)
      expect(deltaOf(before, after)).toEqual(deltaOf(one, two))
      for (const key of Object.keys(after)) {
        if (Object.hasOwn(before, key) && jsonEqual(before[key], after[key])) expect(after[key]).toBe(before[key])
      }
    }),
    { numRuns: 300 * effort },
  )
})

test('Y1: what is the same is not said', () => {
  const before = { players: { a: { x: 1, y: 2 }, b: { x: 3, y: 4 } }, list: [1, { n: 1, m: 0 }, 3] }
  const moved = { ...before, players: { ...before.players, a: { x: 5, y: 2 } } }
  expect(deltaOf(before, moved)).toEqual({ in: { players: { in: { a: { set: { x: 5 } } } } } })
  expect(deltaOf(before, { ...before, list: [1, { n: 2, m: 0 }] })).toEqual({
    in: { list: { length: 2, in: { 1: { set: { n: 2 } } } } },
  })
  expect(deltaOf(before, { ...before, players: { b: before.players.b } })).toEqual({
    in: { players: { remove: ['a'] } },
  })
})

test.for<[string, Delta]>([
  ['a member that is not there', { in: { none: { set: { a: 1 } } } }],
  ['the inside of what has none', { in: { n: { set: { a: 1 } } } }],
  ['an item beyond the end', { in: { list: { set: { 3: 1 } } } }],
  ['an item that is none', { in: { list: { set: { length: 3 } } } }],
  ['the inside of an item that is not there', { in: { list: { in: { 7: {} } } } }],
  ['a prototype', { set: JSON.parse('{"__proto__":{"a":1}}') }],
  ['what every object has', { in: { constructor: { set: { a: 1 } } } }],
])('Y1: a delta of another state is refused: %s', ([, delta]) => {
  expect(() => applyDelta({ n: 1, list: [1, 2] }, delta)).toThrow('Invalid message: delta: there is no')
})
