/**
 * What outlives a sleep of the awareness of a connection, in its socket's attachment. Rather than be too long it says
 * less: a state is `undefined` where there was no room for it, `null` where the client has none.
 */
export interface KeptAwareness {
  /** Of two connections that claim an id, the one with the higher number came later. */
  readonly order: number
  /** When the connection was last heard, in milliseconds since 1970. */
  readonly heardAt: number
  readonly ids: readonly (readonly [clientId: number, clock: number, state: string | null | undefined])[]
  /** Whether all ids are there. */
  readonly whole: boolean
}

/** What the rest takes at most, in bytes of a structured clone; and an id with its clock. */
const frameBytes = 80
const idBytes = 40

/** As much as fits: the ids first, since without its holder an id is anybody's, then the states in their order. */
export function keepWithin(maxBytes: number, all: Omit<KeptAwareness, 'whole'>): KeptAwareness {
  const room = Math.max(0, Math.floor((maxBytes - frameBytes) / idBytes))
  let left = maxBytes - frameBytes - Math.min(room, all.ids.length) * idBytes
  const ids = all.ids.slice(0, room).map(([clientId, clock, state]) => {
    const bytes = clonedBytes(state)
    if (bytes > left) return [clientId, clock, undefined] as const
    left -= bytes
    return [clientId, clock, state] as const
  })
  return { order: all.order, heardAt: all.heardAt, ids, whole: ids.length === all.ids.length }
}

/** What a state takes in a structured clone beyond its id: one byte a character, two as soon as one is beyond Latin-1. */
function clonedBytes(state: string | null | undefined): number {
  if (!state) return 0
  return /[\u0100-\uffff]/.test(state) ? 2 * state.length : state.length
}
