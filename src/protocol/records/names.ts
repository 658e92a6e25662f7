/** How a collection may be called. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

/** How a field may be called, unless {@link isReserved} or a name of the envelope or of a `where` stands against it. */
export const fieldPattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** The names that a `where` gives to combinations; no field can have them. */
export const combinators = ['and', 'or', 'not'] as const

/** Whether a name would reach something else than its own value if anyone used it as a key. */
export function isReserved(name: string): boolean {
  return reserved.has(name)
}

const reserved: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])
