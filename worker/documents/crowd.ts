import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { Placed } from './fit.ts'
import type { Id } from './read-update.ts'
import { endOf, indexAt, isItem, structsOf } from './struct-lists.ts'

/** How many neighbours may be compared for one update: a second or two. */
const mostSteps = 4_000_000
/** Up to how many it is not worth counting them exactly. */
const fewSteps = 100_000

/**
 * Whether an update may make Yjs compare so many neighbours that they are to be counted, see {@link applyCounting}. Where
 * many have inserted in the same place, each that comes is compared with all of them; people seldom do that, but
 * an update of 50 kB can be made that takes a minute.
 */
export function isCrowded(order: readonly Placed[], doc: Y.Doc): boolean {
  let steps = 0
  let siblings = 0
  const origins = new Set<string>()
  for (const placed of order) {
    const { struct } = placed
    if (struct.kind !== 'insertion') continue
    const { origin, parent, key } = struct
    const place = origin ? `${origin.client} ${origin.clock}` : JSON.stringify([parent, key])
    if (origins.has(place)) siblings++
    else origins.add(place)
    steps += stepsOf(placed, doc, fewSteps)
    if (steps > fewSteps || siblings * order.length > mostSteps) return true
  }
  return false
}

/**
 * Applies an update struct by struct, in one transaction, and counts what each is compared with. Throws `too-large` where
 * that becomes too much; part of it has been applied then.
 */
export function applyCounting(update: Uint8Array, order: readonly Placed[], doc: Y.Doc, origin: unknown): void {
  let steps = 0
  doc.transact(() => {
    for (const placed of order) {
      steps += stepsOf(placed, doc, mostSteps - steps)
      if (steps >= mostSteps) {
        const reason = 'Too large: the update inserts too much where too much has been inserted: send less at once'
        throw new DeepSpaceError('too-large', reason)
      }
      Y.applyUpdate(doc, alone(update, placed))
    }
    // What it deletes, with all that it inserts known by now.
    Y.applyUpdate(doc, update)
  }, origin)
}

/** A struct as an update of its own. */
function alone(update: Uint8Array, { client, struct }: Placed): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const number of [1, 1, client, struct.clock]) encoding.writeVarUint(encoder, number)
  encoding.writeUint8Array(encoder, update.subarray(struct.from, struct.to))
  encoding.writeVarUint(encoder, 0)
  return encoding.toUint8Array(encoder)
}

/** With how many others Yjs would compare an insertion, going by what is in the document; no further than `most`. */
function stepsOf({ client, struct }: Placed, doc: Y.Doc, most: number): number {
  if (struct.kind !== 'insertion') return 0
  const { origin, rightOrigin } = struct
  const left = origin && itemAt(origin, doc)
  const right = rightOrigin && itemAt(rightOrigin, doc)
  // Beside what is still to come, or has gone.
  if (left === null || (right === null && !origin)) return 0
  let steps = 0
  let item = left ? left.right : firstBeside(right ?? undefined, struct.parent, struct.key, doc)
  // In a list of values of a key Yjs begins with the last, and goes back first.
  for (; !left && item?.left && steps < most; steps++) item = item.left
  const passed = new Set<Y.Item>()
  for (; item && item !== right && steps < most; steps++, item = item.right) {
    passed.add(item)
    if (isSame(item.origin, origin)) {
      if (item.id.client >= client && isSame(item.rightOrigin, rightOrigin)) break
      continue
    }
    const before = item.origin && itemAt(item.origin, doc)
    if (!before || !passed.has(before)) break
  }
  return steps
}

/** Where Yjs begins to look for the place of an insertion that has nothing to its left. */
function firstBeside(
  right: Y.Item | undefined,
  parent: string | Id | undefined,
  key: string | undefined,
  doc: Y.Doc,
): Y.Item | null {
  if (right) {
    // Nothing is to the left of what is first.
    if (!right.left) return null
    const list = right.parent as Y.AbstractType<unknown>
    return right.parentSub === null ? list._start : (list._map.get(right.parentSub) ?? null)
  }
  const made = typeof parent === 'object' ? itemAt(parent, doc) : undefined
  const type = typeof parent === 'string' ? doc.share.get(parent) : made?.content
  const list = type instanceof Y.ContentType ? type.type : type
  if (!(list instanceof Y.AbstractType)) return null
  return key === undefined ? list._start : (list._map.get(key) ?? null)
}

/** What has an id; `null` where it has gone, or is not there yet. */
function itemAt({ client, clock }: Id, doc: Y.Doc): Y.Item | null {
  const structs = structsOf(doc, client)
  if (clock >= endOf(structs)) return null
  const struct = structs[indexAt(structs, clock)]!
  return isItem(struct) ? struct : null
}

function isSame(one: Id | null, other: Id | undefined): boolean {
  if (!one || !other) return !one && !other
  return one.client === other.client && one.clock === other.clock
}
