/** Nobody writes into the cache by way of what it hands out. */
export function readOnly(): never {
  throw new TypeError('Records are read-only: write with put() of createMutations, copy a list or use toSorted()')
}

/** What every proxy of the cache says to who would write. */
export const readOnlyTraps = {
  set: readOnly,
  defineProperty: readOnly,
  deleteProperty: readOnly,
  // Whoever freezes it for safety has nothing to fear, and must not freeze what is behind it.
  preventExtensions: readOnly,
}
