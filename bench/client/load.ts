import { competitors } from '../competitors/competitors.ts'
import { median } from '../median.ts'
import { emptySamples, medians, rotated, type Timings } from './changes.ts'
import { mountLength } from './mount.ts'
import { parseSnapshot } from './room.ts'

/** Microseconds from a parsed snapshot until the effect on the length has run: an empty query takes its first result. */
export function timeLoad(snapshot: string, rounds: number): Timings {
  const samples = emptySamples()
  for (let round = -1; round < rounds; round++) {
    for (const name of rotated(round + 1)) {
      const competitor = competitors[name]()
      const length = mountLength(competitor)
      const records = parseSnapshot(snapshot)
      globalThis.gc?.()
      const start = performance.now()
      competitor.load(records)
      const micros = (performance.now() - start) * 1000
      if (length.runs !== 2) throw new Error(`load: ${name} ran ${length.runs - 1} effects, not 1`)
      length.dispose()
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
