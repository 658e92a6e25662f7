import { $PROXY } from 'solid-js'
import { copied, differing, Fields, reads } from '../../live/fields.ts'
import type { RecordData, RecordEnvelope } from '../../protocol/records/record.ts'

/** What of the envelope can differ between two images of a record. */
const mutableEnvelope = ['createdBy', 'createdAt', 'updatedAt'] as const

/**
 * One record in the cache, the same for as long as it is there, in every query that shows it. What a component reads of
 * its {@link record} is tracked field by field; the signals are made when first read, so a row that nobody looks at costs
 * one small object.
 */
export class Row extends Fields<RecordData> {
  /** The record as it came, for whoever must not be tracked: matching, ordering, comparing. */
  raw: RecordEnvelope
  /** How many queries hold the row; at none it leaves the cache. */
  holders = 0
  /** How many properties of the record were read one after the other in their order. */
  read = 0
  #record: RecordEnvelope | undefined
  #data: RecordData | undefined

  constructor(record: RecordEnvelope) {
    super()
    this.raw = record
  }

  /** What components hold of it. */
  get record(): RecordEnvelope {
    this.#record ??= recordOf(this)
    return this.#record
  }

  /** Its fields, live. */
  get data(): RecordData {
    this.#data ??= new Proxy<Fields>(this, reads) as unknown as RecordData
    return this.#data
  }

  get fields(): RecordData {
    return this.raw.data
  }

  /** The names of what a newer image of the record changes. Equal JSON in it is put in place of its twin, so that it stays identical. */
  changedBy(next: RecordEnvelope): string[] {
    const changed = differing(this.raw.data, next.data)
    // A record that was deleted and made again while we were away comes as a newer image too.
    for (const field of mutableEnvelope) if (this.raw[field] !== next[field]) changed.push(field)
    return changed
  }

  /** Takes a newer image; runs whoever read one of the changed fields, and nobody else. */
  assign(next: RecordEnvelope, changed: readonly string[]): void {
    const before = this.raw.data
    this.raw = next
    this.tell(changed, before)
  }
}

/** Where a record keeps its row. */
const rowOf = Symbol('row')

type Held = RecordEnvelope & { readonly [rowOf]: Row }

/**
 * The record of a row as components hold it: an object of five getters and nothing else, so that it can be spread, split
 * and cloned like any other. Its `data` is live. But whoever reads the whole of it, one property after the other in their
 * order, is taking a copy, and gets the fields as they are now; a structured clone could not take in a proxy.
 */
function recordOf(row: Row): RecordEnvelope {
  const record = Object.defineProperty({}, rowOf, { value: row })
  return Object.preventExtensions(Object.defineProperties(record, properties)) as RecordEnvelope
}

/** The properties of every record, in an order in which nobody reads them one by one. */
const properties = Object.fromEntries(
  (['recordId', 'updatedAt', 'createdAt', 'createdBy', 'data'] as const).map((property, place) => [
    property,
    {
      enumerable: true,
      get(this: Held): unknown {
        const row = this[rowOf]
        row.read = place === row.read ? place + 1 : Number(place === 0)
        if (property === 'data') return row.read > place ? copied(row) : row.data
        if (place > 0) row.track(property)
        return row.raw[property]
      },
    },
  ]),
)
// Props are split and merged by reading them where they stand, and not by taking their getters elsewhere.
Object.assign(properties, { [$PROXY]: { value: true } })
