import { DeepSpaceError, quoted } from '../errors.ts'
import { isPlainObject, type Json } from '../json.ts'

/** The state of a game, or what somebody sees of it. */
export type GameState = { readonly [key: string]: Json }

/**
 * What is different in an object or a list, member by member. The members of a list are named by their indices, as text; to be done
 * in this order: `length`, `remove`, `set`, `in`.
 */
export interface Delta {
  /** Of a list that has become shorter: so many items are left. */
  readonly length?: number
  /** Members of an object that are no more. */
  readonly remove?: readonly string[]
  /** Members that are new, or another value altogether. */
  readonly set?: Readonly<Record<string, Json>>
  /** Members that are different inside. */
  readonly in?: Readonly<Record<string, Delta>>
}

/** What turns one state into another; `undefined` where they say the same. Neither is changed, and parts that are the same object are not looked into. */
export function deltaOf(before: GameState, after: GameState): Delta | undefined {
  return differenceOf(before as Json & object, after as Json & object)?.[0]
}

/**
 * A state with a delta applied: another object, that shares with the one before what has not changed. Throws a `DeepSpaceError`
 * with the code `invalid-message` where the delta is of another state.
 */
export function applyDelta(state: GameState, delta: Delta): GameState {
  return applied(state as Json, delta) as GameState
}

type Container = Json & object

/** What is different, and whether something of what was there before still is. */
type Difference = readonly [delta: Delta, keeps: boolean]

function differenceOf(before: Container, after: Container): Difference | undefined {
  if (before === after) return undefined
  const set: Record<string, Json> = {}
  const inside: Record<string, Delta> = {}
  let keeps = false
  let changed = false
  for (const key of Object.keys(after)) {
    const value = memberOf(after, key)!
    const old = memberOf(before, key)
    const difference = old === undefined ? undefined : changeOf(old, value)
    if (difference === 'none') keeps = true
    else {
      changed = true
      if (difference === undefined || difference === 'all') set[key] = value
      else {
        keeps = true
        inside[key] = difference
      }
    }
  }
  const length = Array.isArray(after) && after.length < (before as Json[]).length ? after.length : undefined
  const remove = Array.isArray(after) ? [] : Object.keys(before).filter((key) => !Object.hasOwn(after, key))
  if (!changed && length === undefined && remove.length === 0) return undefined
  const delta = {
    ...(length !== undefined && { length }),
    ...(remove.length > 0 && { remove }),
    ...(Object.keys(set).length > 0 && { set }),
    ...(Object.keys(inside).length > 0 && { in: inside }),
  }
  return [delta, keeps]
}

/** How a member has changed: not at all, so that all of it is to be said, or in some of its members. */
function changeOf(old: Json, value: Json): 'none' | 'all' | Delta {
  if (old === value) return 'none'
  if (!isContainer(old) || !isContainer(value) || Array.isArray(old) !== Array.isArray(value)) return 'all'
  const difference = differenceOf(old, value)
  if (!difference) return 'none'
  const [delta, keeps] = difference
  return keeps ? delta : 'all'
}

function applied(before: Json | undefined, delta: Delta): Json {
  if (!isContainer(before)) throw astray('')
  const { length, remove = [], set = {}, in: inside = {} } = delta
  if (Array.isArray(before)) {
    const items = length === undefined ? [...before] : before.slice(0, length)
    for (const [key, value] of Object.entries(set)) {
      const index = Number(key)
      if (!Number.isInteger(index) || index < 0 || index > items.length) throw astray(key)
      items[index] = value
    }
    for (const [key, change] of Object.entries(inside)) {
      if (!Object.hasOwn(items, key) || key === 'length') throw astray(key)
      items[Number(key)] = applied(items[Number(key)], change)
    }
    return items
  }
  const members: Record<string, Json> = { ...before }
  for (const key of remove) delete members[key]
  for (const [key, value] of Object.entries(set)) {
    if (key === '__proto__') throw astray(key)
    members[key] = value
  }
  for (const [key, change] of Object.entries(inside)) {
    if (!Object.hasOwn(members, key)) throw astray(key)
    members[key] = applied(members[key], change)
  }
  return members
}

function memberOf(container: Container, key: string): Json | undefined {
  return Object.hasOwn(container, key) ? (container as Record<string, Json>)[key] : undefined
}

function isContainer(value: Json | undefined): value is Container {
  return Array.isArray(value) || isPlainObject(value)
}

function astray(key: string): DeepSpaceError {
  return new DeepSpaceError('invalid-message', `Invalid message: delta: there is no ${quoted(key)} to change`)
}
