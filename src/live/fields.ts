import { $RAW } from 'solid-js/store'
import { type Json, jsonEqual } from '../protocol/json.ts'

/** Fields of JSON that are read one by one, each tracked. */
export interface Fields {
  /** The fields as they are, not tracked. */
  readonly fields: object
  /** Subscribes the running computation, if there is one, to a field; a symbol is the name of none. */
  track(field: string | symbol): void
}

/** What is tracked by whoever asks which fields there are; no field can have this name. */
export const keys = ''

/** Reads of fields through a proxy, tracked; its target is whoever has them. `writes` are the traps of who would write. */
export function readsOf(writes: ProxyHandler<Fields>): ProxyHandler<Fields> {
  const has = (target: Fields, field: string | symbol): field is keyof Fields['fields'] => {
    target.track(field)
    return Object.hasOwn(target.fields, field)
  }
  return {
    get(target, field) {
      // A store that takes the fields in takes a copy.
      if (field === $RAW) return structuredClone(copied(target))
      // Conversions to text and the like look for the methods of every object.
      return has(target, field) ? frozen(target.fields[field]) : Object.prototype[field as keyof object]
    },
    has,
    ownKeys(target) {
      target.track(keys)
      return Object.keys(target.fields)
    },
    getOwnPropertyDescriptor(target, field) {
      if (!has(target, field)) return undefined
      return { value: frozen(target.fields[field]), enumerable: true, configurable: true, writable: false }
    },
    getPrototypeOf: () => Object.prototype,
    ...writes,
  }
}

/** All fields as they are now; who asks for them depends on each. */
export function copied<T extends object>(source: Fields & { readonly fields: T }): T {
  source.track(keys)
  for (const field in source.fields) source.track(field)
  return frozen(source.fields)
}

/** JSON as it may be handed out: nobody writes into ours by way of it. */
function frozen<T>(value: T): T {
  // What is no object counts as frozen.
  if (!Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value as object).forEach(frozen)
  }
  return value
}

/** A value with those parts of the former one that say the same, so that they stay identical. */
export function sharing(before: Json | undefined, after: Json): Json {
  if (jsonEqual(before, after)) return before!
  if (typeof before !== 'object' || typeof after !== 'object' || !before || !after) return after
  if (Array.isArray(after)) {
    if (!Array.isArray(before)) return after
    const known = new Map(before.map((each) => [JSON.stringify(each), each]))
    return after.map((each, index) => known.get(JSON.stringify(each)) ?? sharing(before[index], each))
  }
  // It may have been handed out before, and be frozen.
  return Object.fromEntries(
    Object.entries(after).map(([key, value]) => [key, sharing((before as typeof after)[key], value)]),
  )
}
