import fc from 'fast-check'
import { createComputed, createMemo, createRoot, createSignal, getOwner, mapArray } from 'solid-js'
import { expect, inject, test } from 'vitest'
import * as Y from 'yjs'
import { createYMap } from '../../../src/documents/create-y-map.ts'
import type { TextDelta, YTextValue } from '../../../src/documents/y-value.ts'
import { isArray, isMap, isText, observersOf, plain } from '../../support/solid-values.ts'

/** What is put somewhere. */
type Content = 'map' | 'list' | 'text' | number | string | { readonly json: number }

/** Something that is done to one of the types that are there. */
interface Deed {
  readonly to: number
  readonly does: 'put' | 'remove'
  readonly at: number
  readonly content: Content
}

/** What one of two people does in one transaction, or that what they have done arrives at the other. */
type Step =
  | { readonly by: 0 | 1; readonly deeds: readonly Deed[] }
  | { readonly arrivesAt: 0 | 1 }
  | { readonly undo: 0 }

const anyDeed: fc.Arbitrary<Deed> = fc.record({
  to: fc.nat(20),
  does: fc.constantFrom('put', 'put', 'put', 'remove'),
  at: fc.nat(4),
  content: fc.oneof(
    fc.constantFrom('map' as const, 'list' as const, 'text' as const),
    fc.nat(2),
    fc.constantFrom('a', 'b'),
    fc.record({ json: fc.nat(2) }, { noNullPrototype: true }),
  ),
})
const anyone = fc.constantFrom(0 as const, 1 as const)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ by: anyone, deeds: fc.array(anyDeed, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ arrivesAt: anyone }) },
  { weight: 1, arbitrary: fc.record({ undo: fc.constant(0 as const) }) },
)

/** Every type in a document, from the outside in. */
function typesIn(type: unknown): (Y.Map<unknown> | Y.Array<unknown> | Y.Text)[] {
  if (type instanceof Y.Map) return [type, ...[...type.values()].flatMap(typesIn)]
  if (type instanceof Y.Array) return [type, ...type.toArray().flatMap(typesIn)]
  return type instanceof Y.Text ? [type] : []
}

function typeFor(content: Content): unknown {
  if (content === 'map') return new Y.Map([['a', 0]])
  if (content === 'list') return Y.Array.from([0, 'a'])
  return content === 'text' ? new Y.Text('text') : content
}

function act(root: Y.Map<unknown>, { to, does, at, content }: Deed): void {
  const types = typesIn(root)
  const type = types[to % types.length]!
  if (type instanceof Y.Map) {
    if (does === 'put') type.set(`k${at}`, typeFor(content))
    else type.delete(`k${at}`)
  } else if (does === 'remove') {
    if (at < type.length) type.delete(at, Math.min(2, type.length - at))
  } else if (type instanceof Y.Text) {
    type.insert(Math.min(at, type.length), `${JSON.stringify(content)}`)
  } else type.insert(Math.min(at, type.length), [typeFor(content)])
}

/** What is wrong with what was told so far. */
const wrongs: string[] = []

/**
 * Follows a value all the way down, each part in a computation of its own as the parts of a page do; gives what has arrived
 * there. A computation that runs and reads what it has read before has run for nothing.
 */
function follow(value: unknown): () => unknown {
  if (isMap(value)) {
    const entries = createMemo(
      mapArray(
        () => once('the keys', value.keys()),
        (key) => {
          const content = createMemo(() => once(key, value.get(key)))
          const followed = createMemo(() => follow(content()))
          return [key, () => followed()()] as const
        },
      ),
    )
    return createMemo(() => Object.fromEntries(entries().map(([key, read]) => [key, read()])))
  }
  if (isArray(value)) {
    const elements = createMemo(mapArray(() => once('a list', value.items), follow))
    return createMemo(() => elements().map((read) => read()))
  }
  return isText(value) ? followText(value) : () => value
}

function followText(text: YTextValue): () => unknown {
  let copy = text.value
  text.onDelta((delta) => {
    copy = changed(copy, delta)
  })
  return createMemo((before: string | undefined) => {
    if (before === text.value) wrongs.push(`again: ${before}`)
    // A deleted text tells no delta.
    queue.push(() => text.value !== '' && copy !== text.value && wrongs.push(`deltas: ${copy}, text: ${text.value}`))
    return text.value
  })
}

const queue: (() => void)[] = []

function changed(text: string, delta: readonly TextDelta[]): string {
  let at = 0
  let now = text
  for (const step of delta) {
    if ('retain' in step) at += step.retain
    else if ('delete' in step) now = now.slice(0, at) + now.slice(at + step.delete)
    else {
      now = now.slice(0, at) + step.insert + now.slice(at)
      at += String(step.insert).length
    }
  }
  return now
}

/** What the running computation has read when it ran before. */
const before = new WeakMap<object, unknown>()

function once<T>(what: string, value: T): T {
  const owner = getOwner()!
  if (before.has(owner) && Object.is(before.get(owner), value)) wrongs.push(`again: ${what}`)
  before.set(owner, value)
  return value
}

test('whatever two people do, what is followed is what is there, and nobody runs for nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), fc.boolean(), async (steps, readsInside) => {
      wrongs.length = 0
      const roots = [new Y.Doc(), new Y.Doc()].map((doc) => doc.getMap<unknown>('root'))
      const docs = roots.map((root) => root.doc!)
      const undo = new Y.UndoManager(roots[0]!, { captureTimeout: 0 })
      const bare = await Promise.all(docs.map((doc) => observersOf(doc)))
      // Somebody who reads in the middle of transactions, too, may be shown what the others never see; then all are told.
      const [tick, setTick] = createSignal(0)
      const seen: unknown[] = []
      const { dispose, followed, runs } = createRoot((dispose) => {
        const runs = [0, 0]
        for (const [index, root] of roots.entries()) {
          createComputed(() => {
            tick()
            seen[index] = plain(createYMap(root))
          })
        }
        const followed = roots.map((root, index) => {
          const read = follow(createYMap(root))
          createComputed(() => {
            read()
            runs[index]!++
          })
          return read
        })
        return { dispose, followed, runs }
      })
      for (const step of steps) {
        const before = [...runs]
        if ('undo' in step) undo.undo()
        else if ('by' in step) {
          docs[step.by]!.transact(() => {
            for (const deed of step.deeds) {
              act(roots[step.by]!, deed)
              const now = roots[step.by]!.toJSON()
              expect(plain(createYMap(roots[step.by]!))).toEqual(now)
              if (!readsInside || deed.at > 2) continue
              setTick(tick() + 1)
              expect(seen[step.by]).toEqual(now)
            }
          })
        } else {
          const from = docs[1 - step.arrivesAt]!
          const to = docs[step.arrivesAt]!
          Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
        }
        for (const [index, root] of roots.entries()) {
          expect(followed[index]!()).toEqual(root.toJSON())
          expect(plain(createYMap(root))).toEqual(root.toJSON())
          expect(seen[index]).toEqual(root.toJSON())
          expect(runs[index]! - before[index]!).toBeLessThanOrEqual(1)
        }
        for (const check of queue.splice(0)) check()
        expect(wrongs.filter((wrong) => !(readsInside && wrong.startsWith('again')))).toEqual([])
      }
      dispose()
      expect(await Promise.all(docs.map((doc, index) => observersOf(doc, ...typesIn(roots[index]))))).toEqual(bare)
    }),
    { numRuns: 100 * inject('effort') },
  )
})
