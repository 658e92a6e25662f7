import { competitors, names, slowLoaders } from '../competitors/competitors.ts'
import { median } from '../median.ts'
import { emptySamples, medians, rotated, type Timings } from './changes.ts'
import { mountLength } from './mount.ts'
import { parseSnapshot } from './room.ts'
import { turn } from './turn.ts'

/** How often to measure. */
export interface LoadEffort {
  readonly rounds: number
  /** Who is slow takes part in the first rounds only, so many of them. */
  readonly slowRounds: number
}

/** Microseconds from a parsed snapshot until the effect on the length has run: an empty query takes its first result. */
export async function timeLoad(snapshot: string, effort: LoadEffort): Promise<Timings> {
  const samples = emptySamples()
  const fast = names.filter((name) => !slowLoaders.includes(name))
  for (let round = -1; round < effort.rounds; round++) {
    for (const name of rotated(round < effort.slowRounds ? names : fast, round)) {
      const competitor = competitors[name]()
      await turn()
      const length = mountLength(competitor)
      const records = parseSnapshot(snapshot)
      const { length: size } = records
      globalThis.gc?.()
      const start = performance.now()
      competitor.load(records)
      const micros = (performance.now() - start) * 1000
      if (length.runs < 2 || (length.runs > 2 && name === 'ours')) {
        throw new Error(`load: ${name} ran ${length.runs - 1} effects, not 1`)
      }
      if (competitor.ids().length !== size)
        throw new Error(`load: ${name} has ${competitor.ids().length} rows of ${size}`)
      await turn()
      length.dispose()
      await competitor.dispose?.()
      if (round >= 0) samples[name].push(micros)
    }
  }
  return medians(samples)
}

/** Microseconds that `JSON.parse` of the same snapshot takes, for comparison. */
export function timeParse(snapshot: string, rounds: number): number {
  const samples = Array.from({ length: rounds }, () => {
    globalThis.gc?.()
    const start = performance.now()
    parseSnapshot(snapshot)
    return (performance.now() - start) * 1000
  })
  return median(samples)
}
