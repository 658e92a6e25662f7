import type { KindName } from '../client/kinds.ts'
import type { Competitor } from './competitor.ts'
import { createFloor } from './floor.ts'
import { createReconcile } from './reconcile.ts'
import { createReplica } from './replica.ts'
import { createTanStack } from './tanstack.ts'
import { createTinyBase } from './tinybase.ts'

/** Who takes part, in the order of the columns. */
export const competitors = {
  floor: createFloor,
  ours: createReplica,
  reconcile: createReconcile,
  TinyBase: createTinyBase,
  'TanStack DB': createTanStack,
} satisfies Record<string, () => Competitor>

export type Name = keyof typeof competitors
export const names = Object.keys(competitors) as readonly Name[]

/** Who is compared with the floor and with ours. */
export const others = ['reconcile', 'TinyBase', 'TanStack DB'] as const satisfies readonly Name[]

const everyKind: readonly KindName[] = ['update', 'insert', 'move', 'delete', 'list']

/** What takes so long, milliseconds or nearly, that fewer changes are measured. */
export const slowKinds: Readonly<Record<Name, readonly KindName[]>> = {
  floor: [],
  ours: [],
  reconcile: everyKind,
  TinyBase: ['insert', 'move', 'list'],
  'TanStack DB': everyKind,
}

/** Who takes so long to load that it is measured less often. */
export const slowLoaders: readonly Name[] = ['TinyBase', 'TanStack DB']

/** Something for each competitor. */
export function perName<T>(make: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>
}
