import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, inject, test, vi } from 'vitest'
import * as Y from 'yjs'
import { Document, type Outcome } from '../../../worker/documents/document.ts'
import { readUpdate } from '../../../worker/documents/read-update.ts'
import { KeptLog } from './kept-log.ts'
import { isInOrder } from './order.ts'
import { createSeeds } from './seeds.ts'

const { whole, updates } = createSeeds()

/** One thing done to the bytes of an update. */
type Change =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'put'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number }

function changed(update: Uint8Array, change: Change): Uint8Array {
  const at = change.at % (update.length + 1)
  switch (change.kind) {
    case 'set':
      return update.with(Math.min(at, update.length - 1), change.byte)
    case 'cut':
      return new Uint8Array([...update.subarray(0, at), ...update.subarray(at + change.length)])
    case 'put':
      return new Uint8Array([...update.subarray(0, at), ...change.bytes, ...update.subarray(at)])
    case 'repeat':
      return new Uint8Array([...update.subarray(0, at + change.length), ...update.subarray(at)])
  }
}

const at = fc.nat(1_000)
const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 32, 64, 127, 128, 132, 196, 255))
const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), at, byte }) },
  fc.record({ kind: fc.constant('cut' as const), at, length: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('put' as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at, length: fc.integer({ min: 1, max: 8 }) }),
)

/** All that a document says, whatever its runs are cut into. */
function meaningOf(doc: Y.Doc): unknown {
  const parts = [doc.getText('text').toDelta(), doc.getMap('map'), doc.getXmlFragment('xml').toString()]
  const told = JSON.stringify(parts, (_, value) => {
    if (value instanceof Y.Doc) return value.guid
    return typeof value === 'bigint' ? `${value}n` : value
  })
  return [told, Y.encodeStateVector(doc)]
}

test('updates with bytes changed are refused without a trace, are gaps, or are applied whole', {
  timeout: 300_000,
}, async () => {
  const takenBack = vi.spyOn(console, 'error')
  const counts = { applied: 0, known: 0, gap: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...updates),
      fc.array(changes, { minLength: 1, maxLength: 3 }),
      async (update, steps) => {
        // Others are let in between: the connection to the worker is to outlive it.
        await setImmediate()
        let frame = steps.reduce(changed, update)
        if (frame.length === 0) frame = new Uint8Array([0])
        const peer = new Y.Doc()
        const log = new KeptLog()
        const document = Document.open(log, { updated: (told) => Y.applyUpdate(peer, told) })
        document.apply(whole)
        const before = document.whole()
        let outcome: Outcome | 'refused' = 'refused'
        try {
          outcome = document.apply(frame)
        } catch (error) {
          expect(error).toMatchObject({ name: 'DeepSpaceError', code: 'invalid-message' })
        }
        if (outcome === 'former') throw new Error('nothing was ever removed')
        counts[outcome]++
        const after = document.whole()
        if (outcome !== 'applied' && Buffer.compare(after, before) !== 0)
          throw new Error(`${outcome}, and it is another`)
        document.close()
        if (outcome !== 'applied') return
        // Whoever was told, whoever joins and whoever opens it later have the same, and wait for nothing.
        const joins = new Y.Doc()
        Y.applyUpdate(joins, after)
        const opens = new Y.Doc()
        Y.applyUpdate(opens, Document.open(log).whole())
        for (const doc of [peer, joins, opens]) {
          expect([doc.store.pendingStructs, doc.store.pendingDs]).toEqual([null, null])
          if (isInOrder(readUpdate(frame), peer)) expect(meaningOf(doc)).toEqual(meaningOf(peer))
        }
      },
    ),
    { numRuns: 5_000 * inject('effort') },
  )
  // There was nothing that Yjs would have failed at.
  expect(takenBack).not.toHaveBeenCalled()
  // Each was drawn often enough to say something.
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(10)
})
