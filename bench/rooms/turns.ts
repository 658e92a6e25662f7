import { median } from '../median.ts'
import type { Delivery } from './crowd.ts'

/** How often to measure. The first rounds are not counted: both sides get warm in them. */
export interface Rounds {
  readonly warmUp: number
  readonly counted: number
}

/** What each side needed in each round. */
export type Turns<Side extends string = 'bare' | 'ours'> = Readonly<Record<Side, readonly Delivery[]>>

/** The sides take turns, and who begins changes from round to round. */
export async function takeTurns<Side extends string>(
  { warmUp, counted }: Rounds,
  sides: Readonly<Record<Side, () => Promise<Delivery>>>,
): Promise<Turns<Side>> {
  const names = Object.keys(sides) as Side[]
  const turns = Object.fromEntries(names.map((name) => [name, [] as Delivery[]])) as Record<Side, Delivery[]>
  for (let round = -warmUp; round < counted; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      globalThis.gc?.({ type: 'minor' })
      const delivery = await sides[name]()
      if (round >= 0) turns[name].push(delivery)
    }
  }
  return turns
}

type Figure = (delivery: Delivery) => number

/** The median of a figure over the rounds. */
export function middle(deliveries: readonly Delivery[], figure: Figure): number {
  return median(deliveries.map(figure))
}

/**
 * How a figure of ours compares with that of the bare object: the median of what it was in each round. The two turns
 * of a round are close in time, so whatever else the machine does slows both.
 */
export function compared({ bare, ours }: Turns, figure: Figure): number {
  return median(ours.map((delivery, round) => figure(delivery) / figure(bare[round]!)))
}

/** Several deliveries as one. */
export function together(deliveries: readonly Delivery[]): Delivery {
  return deliveries.reduce((sum, each) => ({
    micros: sum.micros + each.micros,
    cpu: sum.cpu + each.cpu,
    frames: sum.frames + each.frames,
    bytes: sum.bytes + each.bytes,
    counted: sum.counted + each.counted,
    unserved: sum.unserved + each.unserved,
    frame: each.frame,
  }))
}
