import type { Competitor } from '../competitors/competitor.ts'
import { competitors, type Name } from '../competitors/competitors.ts'
import { mountLength, mountList, mountReaders } from './mount.ts'
import { parseChanges, parseSnapshot, Room } from './room.ts'
import { turn } from './turn.ts'

/** How often something runs; unlike times, these are right or wrong. */
export interface Counts {
  /** Effects run by a change of one field of one row, when every row has an effect that reads it. */
  readonly update: number
  /** Rows that `<For>` mounts again when one moves. */
  readonly move: number
  /** Effects run by a snapshot that says what is there already. */
  readonly snapshot: number
}

export const expectedCounts: Counts = { update: 1, move: 0, snapshot: 0 }

export async function countEffects(name: Name, size: number): Promise<Counts> {
  const room = new Room(size, 1)
  const competitor = competitors[name]()
  competitor.load(parseSnapshot(room.snapshot()))
  await turn()
  const mounted = [
    mountReaders(competitor, [...Array(size).keys()], 'title'),
    mountLength(competitor),
    mountList(competitor),
  ]
  const runs = () => mounted.reduce((sum, each) => sum + each.runs, 0)
  const mounts = () => mounted.reduce((sum, each) => sum + each.mounts, 0)

  const counts = {
    update: during(runs, () => take(competitor, room.update(room.pick(1)))),
    move: during(mounts, () => take(competitor, room.move(room.pick(1)))),
    snapshot: during(runs, () => competitor.load(parseSnapshot(room.snapshot()))),
  }
  for (const each of mounted) each.dispose()
  await competitor.dispose?.()
  return counts
}

function take(competitor: Competitor, texts: readonly string[]): void {
  for (const change of parseChanges(texts)) competitor.change(change)
}

/** By how much a count grows while something is done. */
function during(count: () => number, act: () => void): number {
  const before = count()
  act()
  return count() - before
}
