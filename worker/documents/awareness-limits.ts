/** How much a connection may say of itself. */
export interface AwarenessLimits {
  /** How many client ids a connection may hold; default 8. */
  readonly ids: number
  /** The longest state that a client may give an id, in bytes of UTF-8; default 16 KiB. */
  readonly stateBytes: number
  /** How many objects and lists of a state may be inside each other; default 32. */
  readonly depth: number
  /** How many entries of an update are read; default 4,096, since stock clients send back all that they were told. */
  readonly entries: number
}

export const defaultAwarenessLimits: AwarenessLimits = { ids: 8, stateBytes: 16 * 1024, depth: 32, entries: 4096 }
