import type { GameState } from '../../src/protocol/game/delta.ts'
import { isPlainObject, type Json, whyNotJson } from '../../src/protocol/json.ts'

/**
 * A copy of a state that nobody can change, checked to be JSON. What says the same as before is the same object as before, so that
 * what has changed is found without looking at what has not. Throws a `TypeError` with the path of what is no JSON; `name` is how
 * the path begins.
 */
export function settled(value: unknown, before: GameState | undefined, name: string): GameState {
  const copy = isPlainObject(value) ? copied(value, before as Json, 0) : undefined
  if (copy !== undefined) return copy as GameState
  throw new TypeError(whyNotJson(value, name) ?? `${name}: expected an object`)
}

/** `undefined` where something is no JSON. */
function copied(value: unknown, before: Json | undefined, depth: number): Json | undefined {
  if (typeof value !== 'object' || value === null)
    return whyNotJson(value, '') === undefined ? (value as Json) : undefined
  // What was settled before cannot have changed.
  if (value === before) return before
  if (depth > maxDepth) return undefined
  if (Array.isArray(value)) {
    const old = Array.isArray(before) ? before : undefined
    let same = old?.length === value.length
    const items: Json[] = []
    for (let index = 0; index < value.length; index++) {
      const item = copied(value[index], old?.[index], depth + 1)
      if (item === undefined) return undefined
      same &&= item === old![index]
      items.push(item)
    }
    return same ? old : (Object.freeze(items) as Json)
  }
  if (!isPlainObject(value)) return undefined
  const old = isPlainObject(before) ? (before as Record<string, Json>) : undefined
  const keys = Object.keys(value)
  let same = old !== undefined && Object.keys(old).length === keys.length
  const members: Record<string, Json> = {}
  for (const key of keys) {
    if (key === '__proto__' || !key.isWellFormed()) return undefined
    const known = old && Object.hasOwn(old, key) ? old[key] : undefined
    const member = copied(value[key], known, depth + 1)
    if (member === undefined) return undefined
    same &&= member === known
    members[key] = member
  }
  return same ? (old as Json) : (Object.freeze(members) as Json)
}

/** The same as of whatever else is JSON here: a little less, so that what is refused has its reason. */
const maxDepth = 63
