import { clipped } from './errors.ts'

/** What JSON can carry. Everything that crosses the wire or is stored in a field is one of these. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** An object as `JSON.parse` makes it: neither an array nor an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const proto = Object.getPrototypeOf(value)
  return proto === Object.prototype || proto === null
}

/** Whether two JSON values say the same, whatever the order of their keys. `undefined` equals only `undefined`. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a)) {
    const other = b as unknown[]
    return a.length === other.length && a.every((item, index) => jsonEqual(item, other[index]))
  }
  const keys = Object.keys(a) as (keyof object)[]
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]))
}

/**
 * Says why a value would not come back from JSON and SQLite as it went in, or `undefined` when it would.
 * `path` names the value in the answer.
 */
export function whyNotJson(value: unknown, path: string, depth = 0): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : `${path}: expected well-formed text, received a lone surrogate`
    case 'number':
      return Number.isFinite(value) ? undefined : `${path}: expected a finite number, received ${value}`
    case 'boolean':
      return undefined
    case 'object':
      break
    default:
      return `${path}: expected a JSON value, received ${typeof value}`
  }
  if (value === null) return undefined
  if (depth >= maxDepth) return `${path}: nested deeper than ${maxDepth} levels`
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const why = whyNotJson(item, clipped(`${path}[${index}]`, maxPath), depth + 1)
      if (why) return why
    }
    return undefined
  }
  if (!isPlainObject(value)) return `${path}: expected a JSON value, received ${value.constructor?.name ?? 'object'}`
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return `${path}: the key "__proto__" is not allowed`
    if (!key.isWellFormed()) return `${path}: expected well-formed keys, received a lone surrogate`
    const why = whyNotJson(value[key], clipped(`${path}.${key}`, maxPath), depth + 1)
    if (why) return why
  }
  return undefined
}

/** How long the path to a value may become in a message: the keys on it are anybody's. */
const maxPath = 200

/** How many bytes of UTF-8 a value takes as JSON at most, found without writing it; past `enough` nothing more is counted. */
export function mostBytes(
  value: Json | undefined | Readonly<Record<string, Json | undefined>>,
  enough: number,
): number {
  if (typeof value === 'string') return 2 + longestCharacter * value.length
  if (typeof value !== 'object' || value === null) return longestNumber
  let bytes = 2
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && bytes <= enough; index++) {
      bytes += mostBytes(value[index], enough - bytes) + 1
    }
    return bytes
  }
  for (const key in value) {
    if (bytes > enough) return bytes
    bytes += mostBytes(key, enough) + mostBytes(value[key], enough - bytes) + 2
  }
  return bytes
}

/** A control character takes six, as `\u0000`; no other takes more than three. */
const longestCharacter = 6
/** As `-0.0000012345678901234567`; the other words are shorter. */
const longestNumber = 25

/** Deep enough for any document, shallow enough that no frame can exhaust the stack. */
const maxDepth = 64

/**
 * How deep brackets of a JSON text are open inside each other, and how many are opened, before anything parses it: whoever
 * parses or writes it does so by recursion. Of text that is no JSON it says anything.
 */
export function nestingOf(text: string): { readonly depth: number; readonly count: number } {
  let open = 0
  let depth = 0
  let count = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (quoted && character === '\\') index++
    else if (character === '"') quoted = !quoted
    else if (quoted) continue
    else if (character === '{' || character === '[') {
      count++
      if (++open > depth) depth = open
    } else if (character === '}' || character === ']') open--
  }
  return { depth, count }
}
