import type { Write } from './ledger.ts'
import type { Entry } from './orders.ts'
import type { Sightings } from './sightings.ts'

/** What is wrong with what became of the writes, by the journal of the database (W2, W3, W5, W7). */
export function* judgeWrites(writes: readonly Write[], journal: readonly Entry[]): Generator<string> {
  const entries = new Map<string, Entry[]>()
  const removals = new Map<string, number>()
  for (const entry of journal) {
    if (entry.stamp === null) removals.set(entry.recordId, (removals.get(entry.recordId) ?? 0) + 1)
    else entries.set(entry.stamp, [...(entries.get(entry.stamp) ?? []), entry])
  }
  const removes = new Map<string, { acknowledged: number; possible: number }>()
  for (const { type, stamp, recordId, outcome, by } of writes) {
    if (type === 'remove') {
      const counted = removes.get(recordId) ?? { acknowledged: 0, possible: 0 }
      removes.set(recordId, counted)
      if (outcome === 'acknowledged') counted.acknowledged++
      if (outcome === 'acknowledged' || outcome === 'unknown') counted.possible++
      continue
    }
    const stored = entries.get(stamp!)?.length ?? 0
    const what = `the write ${stamp} of ${recordId} by ${by}`
    if (outcome === 'acknowledged' && stored === 0) yield `${what} was acknowledged and is not in the room (W7)`
    if ((outcome === 'refused' || outcome === 'unsent') && stored > 0)
      yield `${what} was ${outcome}, and is stored (W2)`
    if (stored > 1) yield `${what} was stored ${stored} times`
  }
  const known = new Set(writes.map(({ stamp }) => stamp))
  for (const { stamp, recordId } of journal) {
    if (stamp !== null && !known.has(stamp)) yield `${recordId} was given ${stamp}, which nobody wrote`
  }
  for (const recordId of new Set([...removals.keys(), ...removes.keys()])) {
    const { acknowledged, possible } = removes.get(recordId) ?? { acknowledged: 0, possible: 0 }
    const stored = removals.get(recordId) ?? 0
    if (stored < acknowledged)
      yield `${acknowledged} removals of ${recordId} were acknowledged, ${stored} are stored (W7)`
    if (stored > possible) yield `${recordId} was removed ${stored} times, which was asked ${possible} times at most`
  }
  yield* judgeRealTime(writes, entries)
  yield* judgeBatches(writes, journal)
}

/** A write that was sent when another was acknowledged already comes behind it. */
function* judgeRealTime(writes: readonly Write[], entries: ReadonlyMap<string, readonly Entry[]>): Generator<string> {
  const stored = writes
    .flatMap((write) => (entries.get(write.stamp ?? '') ?? []).map(({ seq }) => ({ write, seq })))
    .toSorted((a, b) => a.seq - b.seq)
  let latest: Write | undefined
  for (const { write } of stored) {
    if (latest && write.answeredAt < latest.sentAt) {
      yield `${write.stamp} was acknowledged before ${latest.stamp} was sent, and is stored behind it (W3)`
    }
    if (!latest || write.sentAt > latest.sentAt) latest = write
  }
}

/** Of a batch everything is stored or nothing, and nothing comes between. */
function* judgeBatches(writes: readonly Write[], journal: readonly Entry[]): Generator<string> {
  const places = new Map(journal.map(({ stamp }, at) => [stamp, at]))
  const batches = Map.groupBy(writes, ({ batch }) => batch)
  batches.delete(undefined)
  for (const batch of batches.values()) {
    const at = batch.map(({ stamp }) => (stamp === undefined ? undefined : places.get(stamp)))
    const isNowhere = at.every((place) => place === undefined)
    const end = at.findLastIndex((place) => place !== undefined)
    const first = isNowhere ? 0 : at[end]! - end
    const isThere = batch.every(({ stamp = null, recordId }, index) => {
      const entry = journal[first + index]
      return entry?.recordId === recordId && entry.stamp === stamp
    })
    if (!isNowhere && !isThere) yield `of a batch not everything is stored in its order: ${batch.map(nameOf)} (W2)`
  }
}

function nameOf({ stamp = 'removal', recordId }: Write): string {
  return `${recordId} ${stamp}`
}

/** What is wrong with the order in which somebody saw a record change: it is that of the commits, for everyone (W3). */
export function* judgeSightings(sightings: Sightings, journal: readonly Entry[]): Generator<string> {
  const histories = Map.groupBy(journal, ({ recordId }) => recordId)
  const places = new Map(
    [...histories].map(([recordId, history]) => [recordId, new Map(history.map(({ stamp }, at) => [stamp, at]))]),
  )
  for (const [observer, recordId, stamps] of sightings.all()) {
    const history = histories.get(recordId) ?? []
    let at = -1
    for (const stamp of stamps) {
      const what = stamp === null ? 'a removal' : stamp
      const place =
        stamp === null
          ? history.findIndex((entry, index) => index > at && entry.stamp === null)
          : (places.get(recordId)?.get(stamp) ?? -1)
      if (place < 0) yield `${observer} saw ${what} of ${recordId}, which is not in the room`
      else if (place < at)
        yield `${observer} saw ${what} of ${recordId} behind ${history[at]!.stamp}, which came later (W3)`
      at = Math.max(at, place)
    }
  }
}

/** What is wrong with the records as they are, by the journal. */
export function* judgeRecords(records: ReadonlyMap<string, unknown>, journal: readonly Entry[]): Generator<string> {
  const last = new Map(journal.map(({ recordId, stamp }) => [recordId, stamp]))
  for (const recordId of new Set([...last.keys(), ...records.keys()])) {
    const expected = last.get(recordId) ?? null
    const found = records.get(recordId) ?? null
    if (found !== expected) yield `${recordId} says ${found}, and ${expected} was written last`
  }
}
