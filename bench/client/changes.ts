import type { Competitor } from '../competitors/competitor.ts'
import { names as competitorNames, type Name } from '../competitors/competitors.ts'
import { median } from '../median.ts'
import { type Mounted, mountLength, mountList, mountReaders } from './mount.ts'
import { type ItemChange, parseChanges, type Room } from './room.ts'

/** Each competitor with the same rows, and the server that changes them. */
export interface Arena {
  readonly room: Room
  readonly competitors: Readonly<Record<Name, Competitor>>
}

/** How often to measure, and how many changes at a time. */
export interface Effort {
  readonly rounds: number
  readonly changes: number
  /** `reconcile` is measured in every so many rounds ... */
  readonly slowEvery: number
  /** ... with so many changes, and takes the others in one go. */
  readonly slowChanges: number
}

/** The kinds of change, and what waits for them. */
const kinds = {
  update: {
    send: (room: Room, positions: readonly number[]) => room.update(positions),
    watch: (competitor: Competitor, positions: readonly number[]) => mountReaders(competitor, positions, 'title'),
  },
  insert: {
    send: (room: Room, positions: readonly number[]) => room.insert(positions.length),
    watch: mountLength,
  },
  move: {
    send: (room: Room, positions: readonly number[]) => room.move(positions),
    watch: (competitor: Competitor, positions: readonly number[]) => mountReaders(competitor, positions, 'rank'),
  },
  delete: {
    send: (room: Room, positions: readonly number[]) => room.remove(positions.length),
    watch: mountLength,
  },
  list: {
    send: (room: Room, positions: readonly number[]) => room.insert(positions.length),
    watch: mountList,
  },
} satisfies Record<string, Kind>

interface Kind {
  send(room: Room, positions: readonly number[]): string[]
  watch(competitor: Competitor, positions: readonly number[]): Mounted
}

export type KindName = keyof typeof kinds

/** Microseconds a change, each competitor's median. */
export type Timings = Readonly<Record<Name, number>>

/** The times of some kinds of change, and what ran too often or not at all. */
export interface Result {
  readonly timings: ReadonlyMap<KindName, Timings>
  readonly wrong: readonly string[]
}

/**
 * Every competitor takes the same changes in every round, one after the other; who begins rotates. One change is timed
 * from the parsed frame until the effect that waits for it has run. A round goes through all kinds, so that what it
 * inserts it deletes again and the size stays what it is.
 */
export function timeChanges(names: readonly KindName[], arena: Arena, effort: Effort): Result {
  const measured = names.map((kind) => ({ kind, samples: emptySamples(), effects: emptySamples() }))
  const behind: string[] = []
  const warmUp = Math.ceil(effort.rounds / 5)
  for (let round = -warmUp; round < effort.rounds; round++) {
    const slowRound = round % effort.slowEvery === 0
    // Before it is measured, `reconcile` catches up: a position must mean the same row to everyone.
    if (slowRound) arena.competitors.reconcile.catchUp(parseChanges(behind.splice(0)))
    for (const { kind, samples, effects } of measured) {
      const positions = arena.room.pick(effort.changes)
      const texts = kinds[kind].send(arena.room, positions)
      globalThis.gc?.({ type: 'minor' })
      for (const name of rotated(round + warmUp)) {
        if (name === 'reconcile' && !slowRound) {
          behind.push(...texts)
          continue
        }
        const taken = name === 'reconcile' ? effort.slowChanges : effort.changes
        const { micros, runs } = timeOne(arena.competitors[name], kinds[kind], positions, parseChanges(texts), taken)
        effects[name].push(runs / taken)
        if (round >= 0) samples[name].push(micros / taken)
      }
    }
  }
  arena.competitors.reconcile.catchUp(parseChanges(behind))

  const timings = new Map(measured.map(({ kind, samples }) => [kind, medians(samples)]))
  const wrong = measured.flatMap(({ kind, effects }) =>
    competitorNames
      .filter((name) => effects[name].some((runs) => runs !== 1))
      .map((name) => `${kind}: ${name} ran ${effects[name].find((runs) => runs !== 1)} effects a change, not 1`),
  )
  return { timings, wrong }
}

export function emptySamples(): Record<Name, number[]> {
  return { floor: [], ours: [], reconcile: [] }
}

export function medians(samples: Readonly<Record<Name, readonly number[]>>): Timings {
  return { floor: median(samples.floor), ours: median(samples.ours), reconcile: median(samples.reconcile) }
}

/** The competitors, each beginning in its turn. */
export function rotated(turn: number): readonly Name[] {
  const first = turn % competitorNames.length
  return [...competitorNames.slice(first), ...competitorNames.slice(0, first)]
}

/** Times the first changes, `taken` of them; the others are taken unmeasured. */
function timeOne(
  competitor: Competitor,
  kind: Kind,
  positions: readonly number[],
  changes: readonly ItemChange[],
  taken: number,
): { micros: number; runs: number } {
  const watched = kind.watch(competitor, positions)
  const length = mountLength(competitor)
  const timed = changes.slice(0, taken)
  const runsBefore = watched.runs
  const start = performance.now()
  for (const change of timed) competitor.change(change)
  const micros = (performance.now() - start) * 1000
  const runs = watched.runs - runsBefore
  if (taken < changes.length) competitor.catchUp(changes.slice(taken))
  watched.dispose()
  length.dispose()
  return { micros, runs }
}
