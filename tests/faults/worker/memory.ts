import type { Collection } from 'deepspace-solid/schema'
import type { RecordSession } from '../../../worker/records/record-session.ts'
import { admin } from '../../support/users.ts'
import { mayRead, type Snapshot } from '../../support/worker/oracle.ts'
import { snapshotOf } from '../../support/worker/snapshot.ts'

/** How the tables of each room stood after its commits, by their numbers. Rooms sleep too often to remember it themselves. */
const memories = new Map<string, Map<number, Snapshot>>()

/** As many commits as clients come back from. */
const longEnough = 1_000

/** Remembers how a room's tables stand. */
export function remember({ id, storage }: DurableObjectState, collections: readonly Collection[]): void {
  const memory = memories.get(id.name!) ?? new Map<number, Snapshot>()
  memories.set(id.name!, memory)
  const version = versionOf(storage)
  if (memory.has(version)) return
  memory.set(version, snapshotOf(storage.sql, collections))
  if (memory.size > longEnough) memory.delete(memory.keys().next().value!)
}

/** How the tables of rooms with documents stood when they were looked at last. */
const last = new Map<string, Snapshot>()

/** Remembers how a room's tables stand now, for the rooms that are bound to its records. */
export function rememberLatest({ id, storage }: DurableObjectState, collections: readonly Collection[]): void {
  last.set(id.name!, snapshotOf(storage.sql, collections))
}

/** How the tables of a room stood when they were looked at last. */
export function latest(room: string): Snapshot | undefined {
  return last.get(room)
}

/** Forgets all of it. */
export function forget({ id }: DurableObjectState): void {
  memories.delete(id.name!)
  last.delete(id.name!)
}

/** What is wrong with the ids in a difference: they are of records that the receiver could read at its beginning (V3). */
export function* judgeDifference(
  { id }: DurableObjectState,
  { identity }: RecordSession,
  text: string,
  collections: readonly Collection[],
): Generator<string> {
  if (!text.includes('"removed":["')) return
  const { removed, since } = JSON.parse(text).payload as { removed: readonly string[]; since: number }
  const memory = memories.get(id.name!) ?? new Map<number, Snapshot>()
  const known = [...memory.keys()].filter((version) => version <= since)
  if (known.length === 0) return
  const snapshot = memory.get(Math.max(...known))!
  for (const recordId of removed) {
    if (mayRead(snapshot, identity, [admin], collections[0]!, recordId)) continue
    yield `${identity.userId} is told of ${recordId}, which they could not read at ${since} (V3)`
  }
}

function versionOf({ sql }: DurableObjectStorage): number {
  return sql.exec<{ version: number }>('SELECT MAX(version) AS version FROM _log').one().version
}
