import fc from 'fast-check'
import { createRandom } from '../../bench/random.ts'

/** Where every decision of a run comes from: the same seed decides the same. */
export class Dice {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = createRandom(seed)
  }

  /** Dice of their own for somebody else, so that who comes first does not change what the others decide. */
  fork(): Dice {
    return new Dice(this.below(2 ** 32))
  }

  /** A whole number from 0 up to, not including, this. */
  below(end: number): number {
    return Math.floor(this.#next() * end)
  }

  /** A number from one up to, not including, the other. */
  between(start: number, end: number): number {
    return start + this.#next() * (end - start)
  }

  /** Times between events that have no memory, with this mean. */
  wait(mean: number): number {
    return -mean * Math.log(1 - this.#next())
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** One of the names, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][]
    let left = this.between(
      0,
      entries.reduce((sum, [, weight]) => sum + weight, 0),
    )
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name
    }
    return entries.at(-1)![0]
  }

  /** One value of an arbitrary. */
  draw<T>(arbitrary: fc.Arbitrary<T>): T {
    return fc.sample(arbitrary, { seed: this.below(2 ** 31), numRuns: 1 })[0]!
  }
}
