import type { Competitor } from './competitor.ts'
import { createFloor } from './floor.ts'
import { createReconcile } from './reconcile.ts'
import { createReplica } from './replica.ts'

/** Who takes part, in the order of the columns. */
export const competitors = {
  floor: createFloor,
  ours: createReplica,
  reconcile: createReconcile,
} satisfies Record<string, () => Competitor>

export type Name = keyof typeof competitors
export const names = Object.keys(competitors) as readonly Name[]
