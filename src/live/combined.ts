/** What numbers are moved in: a number, or an object or a list with some in it, at any depth. */
export type Movable = number | object | undefined

/**
 * The second value, with each of its numbers that the first has a number for combined with that. What the first has no twin of is
 * as it is.
 */
export function combined<T>(one: unknown, other: T, combine: (one: number, other: number) => number): T {
  if (typeof one === 'number' && typeof other === 'number') return combine(one, other) as T
  if (!isObject(one) || !isObject(other)) return other
  const entries = Object.entries(other).map(([key, value]) => [key, combined(one[key], value, combine)] as const)
  return (Array.isArray(other) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
