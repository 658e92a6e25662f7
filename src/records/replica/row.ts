import { createSignal, getListener } from 'solid-js'
import { type Json, jsonEqual } from '../../protocol/json.ts'
import type { RecordData, RecordEnvelope } from '../../protocol/records/record.ts'

/** A signal without a value: reading it subscribes, writing it re-runs whoever did. */
type Atom = readonly [track: () => void, trigger: () => void]

/** The atom of the list of fields, beside those of the fields; no field can have this name. */
const keys = ''

/** What of the envelope can differ between two images of a record. */
const mutableEnvelope = ['createdBy', 'createdAt', 'updatedAt'] as const

/**
 * One record in the cache, and the object that components hold. It is the same object for as long as the record is in
 * the cache, in every query that shows it. What a component reads of it is tracked field by field; the signals are
 * made when first read, so a row that nobody looks at costs one small object.
 */
export class Row implements RecordEnvelope {
  /** The record as it came, for whoever must not be tracked: matching, ordering, comparing. */
  raw: RecordEnvelope
  /** How many queries hold the row; at none it leaves the cache. */
  holders = 0
  #atoms: Map<string, Atom> | undefined
  #data: RecordData | undefined

  constructor(record: RecordEnvelope) {
    this.raw = record
  }

  get recordId(): string {
    return this.raw.recordId
  }

  get createdBy(): string {
    this.track('createdBy')
    return this.raw.createdBy
  }

  get createdAt(): string {
    this.track('createdAt')
    return this.raw.createdAt
  }

  get updatedAt(): string {
    this.track('updatedAt')
    return this.raw.updatedAt
  }

  /** The fields. Reads are tracked each on its own; writes throw, the worker decides what a record says. */
  get data(): RecordData {
    this.#data ??= new Proxy(this as unknown as RecordData, dataHandler)
    return this.#data
  }

  toJSON(): RecordEnvelope {
    this.track(keys)
    return { ...this.raw, data: { ...this.data } }
  }

  /** The names of what a newer image of the record changes. Equal JSON is put in place of its twin, so that it stays identical. */
  changedBy(next: RecordEnvelope): string[] {
    const changed: string[] = []
    const before = this.raw.data
    const after = next.data as { [field: string]: Json }
    for (const field in after) {
      const value = before[field]
      if (value === after[field]) continue
      if (jsonEqual(value, after[field])) after[field] = value!
      else changed.push(field)
    }
    for (const field in before) if (!(field in after)) changed.push(field)
    // A record that was deleted and made again while we were away comes as a newer image too.
    for (const field of mutableEnvelope) if (this.raw[field] !== next[field]) changed.push(field)
    return changed
  }

  /** Takes a newer image; runs whoever read one of the changed fields, and nobody else. */
  assign(next: RecordEnvelope, changed: readonly string[]): void {
    const before = this.raw.data
    this.raw = next
    if (!this.#atoms) return
    let reshaped = false
    for (const field of changed) {
      this.#atoms.get(field)?.[1]()
      reshaped ||= field in before !== field in next.data
    }
    if (reshaped) this.#atoms.get(keys)?.[1]()
  }

  /** Subscribes the running computation, if there is one, to a field. */
  track(field: string): void {
    if (!getListener()) return
    this.#atoms ??= new Map()
    const atom = this.#atoms.get(field) ?? createAtom()
    this.#atoms.set(field, atom)
    atom[0]()
  }
}

/** Makes a signal that only tells that something has changed. */
export function createAtom(): Atom {
  const [track, trigger] = createSignal(undefined, { equals: false })
  return [track, trigger]
}

const readOnly = (): never => {
  throw new TypeError('Records are read-only: write with put() of createMutations')
}

/** JSON as it may be handed out: nobody writes into the cache by way of it. */
function frozen(value: Json | undefined): Json | undefined {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(frozen)
  }
  return value
}

/** Reads of `row.data`, tracked; the target is the row itself. */
const dataHandler: ProxyHandler<RecordData> = {
  get(target, field) {
    if (typeof field === 'symbol') return undefined
    const row = target as unknown as Row
    row.track(field)
    const data = row.raw.data
    // Conversions to text and the like look for the methods of every object.
    return Object.hasOwn(data, field) ? frozen(data[field]) : Object.prototype[field as keyof object]
  },
  has(target, field) {
    if (typeof field === 'symbol') return false
    const row = target as unknown as Row
    row.track(field)
    return Object.hasOwn(row.raw.data, field)
  },
  ownKeys(target) {
    const row = target as unknown as Row
    row.track(keys)
    return Object.keys(row.raw.data)
  },
  getOwnPropertyDescriptor(target, field) {
    const row = target as unknown as Row
    if (typeof field === 'symbol') return undefined
    row.track(field)
    if (!Object.hasOwn(row.raw.data, field)) return undefined
    return { value: frozen(row.raw.data[field]), enumerable: true, configurable: true, writable: false }
  },
  getPrototypeOf: () => Object.prototype,
  set: readOnly,
  defineProperty: readOnly,
  deleteProperty: readOnly,
}
