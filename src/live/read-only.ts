/** Nobody writes into what is kept of a room by way of what it hands out. */
export function readOnly(): never {
  throw new TypeError('Read-only: copy it, or write with the functions for that')
}

/** What every proxy says to who would write. */
export const readOnlyTraps = {
  set: readOnly,
  defineProperty: readOnly,
  deleteProperty: readOnly,
  // Whoever freezes it for safety has nothing to fear, and must not freeze what is behind it.
  preventExtensions: readOnly,
}
