import { $RAW } from 'solid-js/store'
import { type Atom, createAtom } from './atom.ts'
import { type Fields, keys, reads } from './fields.ts'
import { LiveObject } from './live-object.ts'

/** Live objects by their ids. Whoever reads one runs again when it comes or goes, and not when anything in it changes. */
export class LiveMap<T extends object> extends LiveObject<Record<string, T>> {
  readonly #make: (fields: T) => LiveObject<T>
  readonly #compare: (a: T, b: T) => number
  readonly #objects = new Map<string, LiveObject<T>>()
  readonly #order: Atom = createAtom()
  #list: readonly T[] | undefined

  /** `make` makes the object of an element; `compare` orders the list of all, which without it is in the order of their coming. */
  constructor(make: (fields: T) => LiveObject<T>, compare: (a: T, b: T) => number = () => 0) {
    super(Object.create(null), byId as ProxyHandler<Fields>)
    this.#make = make
    this.#compare = compare
  }

  /** An element as components hold it, not tracked. */
  at(id: string): T | undefined {
    return this.#objects.get(id)?.shown
  }

  /** All elements as components hold them, in order: the same list until one comes, goes, or is compared otherwise. Tracked. */
  get list(): readonly T[] {
    this.#order[0]()
    this.#list ??= Object.freeze(
      [...this.#objects.values()].sort((a, b) => this.#compare(a.fields, b.fields)).map(({ shown }) => shown),
    )
    return this.#list
  }

  /** Puts an element under an id, or other fields in place of those of the element there; none: it goes. Call it in a batch. */
  put(id: string, next: T | undefined): void {
    const object = this.#objects.get(id)
    if (!object && !next) return
    const before = object?.fields
    if (next) {
      if (object) object.assign(next)
      else this.#objects.set(id, this.#make(next))
      this.fields[id] = next
    } else {
      this.#objects.delete(id)
      delete this.fields[id]
    }
    if (before && next) {
      if (this.#compare(before, next) === 0) return
    } else {
      this.atoms?.get(id)?.[1]()
      // Who asks for what is not there is told that it has gone, and is forgotten.
      if (!next) this.atoms?.delete(id)
      this.atoms?.get(keys)?.[1]()
    }
    this.#list = undefined
    this.#order[1]()
  }
}

/** An element is read as the live object that it is; a store takes a copy of all. */
const byId: ProxyHandler<LiveMap<object>> = {
  ...(reads as ProxyHandler<LiveMap<object>>),
  get(target, id, receiver) {
    if (id === $RAW) {
      target.track(keys)
      return structuredClone({ ...target.fields })
    }
    if (!Object.hasOwn(target.fields, id)) return reads.get!(target, id, receiver)
    target.track(id)
    return target.at(id as string)
  },
}
