import fc from 'fast-check'
import { createEffect, createRoot } from 'solid-js'
import { createStore, produce, unwrap } from 'solid-js/store'
import { expect, test } from 'vitest'
import { type Container, changeState } from '../../../src/game/change-state.ts'
import { applyDelta, deltaOf, type GameState } from '../../../src/protocol/game/delta.ts'

const keys = fc.constantFrom('a', 'b', 'c', 'length', 'constructor', '0', '1', '')
const { json } = fc.letrec<{ json: unknown; leaf: unknown; object: object }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    tie('object'),
    fc.array(tie('json'), { maxLength: 4 }),
  ),
  leaf: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', 'y', null, true, false)),
  object: fc.dictionary(keys, tie('json'), { maxKeys: 4, noNullPrototype: true }),
}))
const states = fc.dictionary(keys, json, { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<GameState>

test('J2: whatever a state becomes, the store says so too, and runs who reads what is different, and nobody else', () => {
  fc.assert(
    fc.property(fc.array(states, { minLength: 2, maxLength: 6 }), (all) => {
      const [store, set] = createStore<{ state: GameState }>({ state: structuredClone(all[0]!) })
      let plain = all[0]!
      let ran: string[] = []
      for (let step = 1; step < all.length; step++) {
        const [before, after] = [plain, all[step]!]
        const delta = deltaOf(before, after)
        if (!delta) continue
        for (const path of leavesOf(before)) {
          createRoot((stop) => {
            createEffect(() => {
              at(store.state, path)
              ran.push(JSON.stringify(path))
            })
            stops.push(stop)
          })
        }
        ran = []
        set(
          'state',
          produce((state) => changeState(state as Container, JSON.parse(JSON.stringify(delta)))),
        )
        plain = applyDelta(before, delta)
        expect(unwrap(store.state)).toEqual(after)
        expect(plain).toEqual(after)
        for (const path of ran.map((each) => JSON.parse(each) as string[])) {
          expect(wayTo(before, path)).not.toEqual(wayTo(after, path))
        }
        for (const path of leavesOf(before)) {
          const isOther = JSON.stringify(at(before, path)) !== JSON.stringify(at(after, path))
          if (isOther) expect(ran).toContain(JSON.stringify(path))
        }
        for (const stop of stops.splice(0)) stop()
      }
    }),
    { numRuns: 300 },
  )
})

const stops: (() => void)[] = []

/** The paths of everything in a state that is no object and no list. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, key]))
}

/** What is on the way to something, and that: an object in the place of a list is another thing. */
function wayTo(value: unknown, path: readonly string[]): unknown[] {
  const kinds = path.map((_, index) => Array.isArray(at(value, path.slice(0, index))))
  return [...kinds, at(value, path)]
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    return typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key)
      ? (inside as Record<string, unknown>)[key]
      : undefined
  }, value)
}
