import { getListener } from 'solid-js'
import type { Json } from '../protocol/json.ts'
import { type Atom, createAtom } from './atom.ts'
import { type Fields, keys, readsOf, sharing } from './fields.ts'

function readOnly(): never {
  throw new TypeError('What a room has said is read-only: change it by the functions beside it, or copy it')
}

/** How what a room has said is read: field by field, and not written. */
export const reads = readsOf({
  set: readOnly,
  defineProperty: readOnly,
  deleteProperty: readOnly,
  preventExtensions: readOnly,
})

/**
 * An object of JSON that components read field by field, the same object for as long as what it speaks of is there. Whoever
 * reads a field runs again when that field says something else, and not when another does; the signals are made when first read.
 */
export class LiveObject<T extends object> implements Fields {
  /** What components hold of it: read-only, and live. */
  readonly shown: T
  #fields: T
  #atoms: Map<string, Atom> | undefined

  /** `handler` says how it is read, where not each field as it is. */
  constructor(fields: T, handler = reads) {
    this.#fields = fields
    this.shown = new Proxy<Fields>(this, handler) as unknown as T
  }

  get fields(): T {
    return this.#fields
  }

  track(field: string | symbol): void {
    if (typeof field === 'symbol' || !getListener()) return
    this.#atoms ??= new Map()
    const atom = this.#atoms.get(field) ?? createAtom()
    this.#atoms.set(field, atom)
    atom[0]()
  }

  /** Puts other fields in place of all of them, and runs who has read one that says something else now. Call it in a batch. */
  assign(next: T): void {
    const before = this.#fields as Readonly<Record<string, Json | undefined>>
    const after = Object.fromEntries(
      Object.entries<Json>(next as never).map(([field, value]) => [field, sharing(before[field], value)]),
    )
    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (field) => before[field] !== after[field],
    )
    if (changed.length === 0) return
    this.#fields = after as T
    for (const field of changed) this.trigger(field)
    if (changed.some((field) => Object.hasOwn(before, field) !== Object.hasOwn(after, field))) this.trigger(keys)
  }

  /** Runs who has read a field; one that is gone for good is forgotten. */
  protected trigger(field: string, isGone = false): void {
    this.#atoms?.get(field)?.[1]()
    if (isGone) this.#atoms?.delete(field)
  }
}
