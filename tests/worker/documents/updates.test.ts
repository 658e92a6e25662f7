import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { fitOf } from '../../../worker/documents/fit.ts'
import { readUpdate, type Update } from '../../../worker/documents/read-update.ts'
import { endOf, structsOf } from '../../../worker/documents/struct-lists.ts'
import { altered, mutated, storm } from '../../protocol/documents/mutations.ts'
import { createSeeds } from './seeds.ts'

const { whole, updates } = createSeeds()

/** The document as it is before each of the updates, so that it fits as it was made. */
const befores = updates.map((_, which) => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, whole)
  for (const update of updates.slice(0, which)) Y.applyUpdate(doc, update)
  return { doc, state: Y.encodeStateAsUpdate(doc) }
})

test.for([
  ['mutated updates', mutated, 1000, 1],
  // Applying is what takes long, and one in ten says enough.
  ['updates with one byte changed', altered, 20_000, 10],
] as const)(
  '100,000 %s are refused, or are what Yjs reads in them; and those that fit are applied whole',
  {
    timeout: 60_000,
  },
  async ([, change, often, appliedEach]) => {
    const counts = { known: 0, news: 0, gap: 0 }
    const look = (bytes: Uint8Array, which: number): void => {
      const update = readUpdate(bytes, 500_000)
      expectSame(update, Y.decodeUpdate(bytes))
      const { doc, state } = befores[which]!
      // Of what is known in part no more is looked at than the rest, which Yjs cuts.
      if (isKnownInPart(update, doc)) return
      const fit = fitOf(update, doc)
      if (fit === 'gap') return void counts.gap++
      const kind = fit.isNews ? 'news' : 'known'
      if (counts[kind]++ % appliedEach > 0) return
      const copy = new Y.Doc()
      Y.applyUpdate(copy, state)
      Y.applyUpdate(copy, bytes)
      const { pendingStructs, pendingDs } = copy.store
      if (pendingStructs || pendingDs) expect.fail('something waits for what is missing')
      const isSame = Buffer.compare(Y.encodeStateAsUpdate(copy), state) === 0
      if (isSame === fit.isNews) expect.fail(`said to be ${kind}`)
    }
    const { read, refused } = await storm(look, updates, 7, change)
    if (process.env.FIGURES) console.log({ read, refused, ...counts })
    // Looking has changed nothing.
    for (const { doc, state } of befores) expect(Buffer.compare(Y.encodeStateAsUpdate(doc), state)).toBe(0)
    expect(read).toBeGreaterThan(often)
    expect(refused).toBeGreaterThan(10_000)
    expect(counts.news).toBeGreaterThan(1000)
    expect(counts.gap).toBeGreaterThan(100)
  },
)

/** Compares what we read with what Yjs does: whose structs, where they begin and how long they are, and what is deleted. */
function expectSame({ structs, deletes }: Update, theirs: ReturnType<typeof Y.decodeUpdate>): void {
  const ours = [...structs].flatMap(([client, run]) => run.map(({ clock, length }) => [client, clock, length]))
  // Of a client of whom nothing is deleted Yjs keeps nothing.
  const said = [...deletes].filter(([, ranges]) => ranges.length > 0)
  const read = theirs.structs.map(({ id, length }) => [id.client, id.clock, length])
  const gone = [...theirs.ds.clients].map(([client, ranges]) => [
    client,
    ranges.flatMap(({ clock, len }) => [clock, len]),
  ])
  if (JSON.stringify([ours, said]) !== JSON.stringify([read, gone])) expect.fail('Yjs reads something else')
}

function isKnownInPart({ structs }: Update, doc: Y.Doc): boolean {
  return [...structs].some(([client, [first]]) => first!.clock < endOf(structsOf(doc, client)))
}
