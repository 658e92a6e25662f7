import type { Competitor } from '../competitors/competitor.ts'
import { type Name, names, perName, slowKinds } from '../competitors/competitors.ts'
import { median } from '../median.ts'
import type { Arena } from './arena.ts'
import { type Kind, type KindName, kinds } from './kinds.ts'
import { mountLength } from './mount.ts'
import { type ItemChange, parseChanges } from './room.ts'

/** How often to measure, and how many changes at a time. */
export interface Effort {
  readonly rounds: number
  readonly changes: number
  /** Who is slow in some kind is measured in every so many rounds ... */
  readonly slowEvery: number
  /** ... in that kind with so many changes, and takes the others in one go. */
  readonly slowChanges: number
}

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
export function timeChanges(order: readonly KindName[], arena: Arena, effort: Effort): Result {
  const measured = order.map((kind) => ({ kind, samples: emptySamples(), effects: emptySamples() }))
  const slow = names.filter((name) => order.some((kind) => slowKinds[name].includes(kind)))
  const fast = names.filter((name) => !slow.includes(name))
  const behind: string[] = []
  const catchUp = () => {
    for (const name of slow) arena.competitors[name].catchUp(parseChanges(behind))
    behind.length = 0
  }
  for (let round = -Math.ceil(effort.rounds / 5); round < effort.rounds; round++) {
    const slowRound = round % effort.slowEvery === 0
    // Before they are measured, the slow ones catch up: a position must mean the same row to everyone.
    if (slowRound) catchUp()
    const takingPart = slowRound ? rotated(names, round / effort.slowEvery) : rotated(fast, round)
    for (const { kind, samples, effects } of measured) {
      const positions = arena.room.pick(effort.changes)
      const texts = kinds[kind].send(arena.room, positions)
      if (!slowRound) behind.push(...texts)
      for (const name of takingPart) {
        const taken = slowKinds[name].includes(kind) ? effort.slowChanges : effort.changes
        const { micros, runs } = timeOne(arena.competitors[name], kinds[kind], positions, parseChanges(texts), taken)
        effects[name].push(runs / taken)
        if (round >= 0) samples[name].push(micros / taken)
      }
    }
  }
  catchUp()

  const timings = new Map(measured.map(({ kind, samples }) => [kind, medians(samples)]))
  const wrong = measured.flatMap(({ kind, effects }) =>
    names.flatMap((name) => {
      // An effect that did not run was not timed; one too many is a fault of ours, and of another only what it costs.
      const runs = effects[name].find((each) => each < 1 || (each > 1 && name === 'ours'))
      return runs === undefined ? [] : `${kind}: ${name} ran ${runs} effects a change, not 1`
    }),
  )
  return { timings, wrong }
}

export function emptySamples(): Record<Name, number[]> {
  return perName(() => [])
}

export function medians(samples: Readonly<Record<Name, readonly number[]>>): Timings {
  return perName((name) => median(samples[name]))
}

/** These competitors, each beginning in its turn. */
export function rotated(takingPart: readonly Name[], turn: number): readonly Name[] {
  const first = Math.abs(turn) % takingPart.length
  return [...takingPart.slice(first), ...takingPart.slice(0, first)]
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
  // The garbage of whoever came before is not to be collected in this one's time.
  globalThis.gc?.({ type: 'minor' })
  const start = performance.now()
  for (const change of timed) competitor.change(change)
  const micros = (performance.now() - start) * 1000
  const runs = watched.runs - runsBefore
  if (taken < changes.length) competitor.catchUp(changes.slice(taken))
  watched.dispose()
  length.dispose()
  return { micros, runs }
}
