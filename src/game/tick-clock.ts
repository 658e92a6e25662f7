/** In milliseconds: how far behind the newest tick at most, and ahead of it, a moment of the game is shown. */
export const farthestBehind = 200
const farthestAhead = 100
/** Who is off by so much has slept, or hears of another game, in milliseconds. */
const lost = 1000

/**
 * Which moment of a game is to be shown: one that is as far behind as ticks come late, so that what is between two of them is known
 * when it is shown. It follows how they arrive: their mean, and how far they are from it.
 */
export class TickClock {
  /** How long a step is, in milliseconds. */
  length = 50
  /** When tick 0 would have come, by the clock of the page, and how far from that ticks are. */
  #start = Number.NaN
  #spread = 0
  #newest = -1

  /** A tick has come. */
  heard(tick: number): void {
    if (tick === this.#newest) return
    this.#newest = tick
    const start = performance.now() - tick * this.length
    const off = start - this.#start
    if (Math.abs(off) < lost) {
      this.#start += off / 8
      this.#spread += (Math.abs(off) - this.#spread) / 8
    } else {
      this.#start = start
      this.#spread = 0
    }
  }

  /** The moment to be shown now, in milliseconds since tick 0. */
  get shown(): number {
    const late = Math.min(farthestBehind, this.length + 2 * this.#spread)
    const newest = this.#newest * this.length
    const moment = performance.now() - this.#start - late
    return Math.min(newest + farthestAhead, Math.max(newest - farthestBehind, moment))
  }
}
