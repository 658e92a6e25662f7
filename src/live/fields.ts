import { getListener } from 'solid-js'
import { $RAW } from 'solid-js/store'
import { type Json, jsonEqual } from '../protocol/json.ts'
import { type Atom, createAtom } from './atom.ts'
import { readOnlyTraps } from './read-only.ts'

/** What is tracked by whoever asks which fields there are. Should a field have this name, its readers run once too often. */
export const keys = ''

/** Fields of JSON that are read one by one, each tracked. The signals are made when first read: what nobody looks at costs nothing. */
export abstract class Fields<T extends object = object> {
  /** The signals of what is read, by field. */
  protected atoms: Map<string, Atom> | undefined

  /** The fields as they are, not tracked. */
  abstract readonly fields: T

  /** Subscribes the running computation, if there is one, to a field; a symbol is the name of none. */
  track(field: string | symbol): void {
    if (typeof field === 'symbol' || !getListener()) return
    this.atoms ??= new Map()
    const atom = this.atoms.get(field) ?? createAtom()
    this.atoms.set(field, atom)
    atom[0]()
  }

  /** Runs whoever read one of the fields that have changed since, and nobody else. Call it in a batch. */
  protected tell(changed: readonly string[], before: object): void {
    for (const field of changed) {
      this.atoms?.get(field)?.[1]()
      if (Object.hasOwn(before, field) !== Object.hasOwn(this.fields, field)) this.atoms?.get(keys)?.[1]()
    }
  }
}

/** The names of the fields that say something else than before. Equal JSON among the later is put in place of its twin, so that it stays identical. */
export function differing(before: object, after: object): string[] {
  const changed: string[] = []
  const then = before as Readonly<Record<string, Json>>
  const now = after as Record<string, Json>
  for (const field in now) {
    const value = now[field]!
    if (value === then[field]) continue
    now[field] = sharing(then[field], value)
    if (now[field] !== then[field]) changed.push(field)
  }
  for (const field in then) if (!Object.hasOwn(now, field)) changed.push(field)
  return changed
}

function has(target: Fields, field: string | symbol): field is keyof Fields['fields'] {
  target.track(field)
  return Object.hasOwn(target.fields, field)
}

/** Reads of fields through a proxy, tracked; its target is whoever has them. */
export const reads: ProxyHandler<Fields> = {
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
  ...readOnlyTraps,
}

/** All fields as they are now; who asks for them depends on each. */
export function copied<T extends object>(source: Fields<T>): T {
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
function sharing(before: Json | undefined, after: Json): Json {
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
