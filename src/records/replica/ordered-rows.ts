import type { Comparator } from '../../protocol/records/order.ts'
import type { RecordEnvelope } from '../../protocol/records/record.ts'
import type { Row } from './row.ts'

/** A chunk is split when it grows past this: large enough for few chunks, small enough that a splice costs nothing. */
const maxChunk = 512

/**
 * Rows in the order of a query, kept as a list of short arrays. Inserting or removing shifts one chunk, not the whole
 * list, so it costs the same among a hundred rows and a hundred thousand.
 *
 * A row is found by comparing, so its order fields must not change while it is in the list: remove, change, insert.
 */
export class OrderedRows {
  readonly #compare: Comparator
  #chunks: Row[][] = []
  #length = 0
  /** The list as one array, made when first read after a change. */
  #flat: readonly Row[] | undefined = []
  #records: readonly RecordEnvelope[] | undefined

  constructor(compare: Comparator) {
    this.#compare = compare
  }

  get length(): number {
    return this.#length
  }

  get last(): Row | undefined {
    return this.#chunks.at(-1)?.at(-1)
  }

  /** The rows as one array, the same one until the list changes. */
  toArray(): readonly Row[] {
    this.#flat ??= this.#chunks.flat()
    return this.#flat
  }

  /**
   * The records of so many rows, the first ones, as components hold them: in one array, the same one until the list or the length
   * changes.
   */
  toRecords(length: number): readonly RecordEnvelope[] {
    if (this.#records?.length === length) return this.#records
    const records: RecordEnvelope[] = []
    this.#records = records
    for (const chunk of this.#chunks) {
      for (const row of chunk) {
        if (records.length === length) return records
        records.push(row.record)
      }
    }
    return records
  }

  /** Takes these rows in the place of whatever was there, sorted unless they are known to be `ordered`. */
  replace(rows: readonly Row[], ordered: boolean): void {
    const sorted = ordered ? rows : rows.toSorted((a, b) => this.#compare(a.raw, b.raw))
    this.#chunks = []
    this.#length = 0
    this.#push(sorted)
    this.#flat = sorted
    this.#records = undefined
  }

  /** Takes these rows, which come after all that are there. */
  append(rows: readonly Row[], ordered: boolean): void {
    if (this.#length === 0) return this.replace(rows, ordered)
    this.#push(rows)
    this.#flat = this.#records = undefined
  }

  /** Inserts a row and gives the index where it now is. */
  insert(row: Row): number {
    this.#flat = this.#records = undefined
    this.#length++
    if (this.#chunks.length === 0) {
      this.#chunks.push([row])
      return 0
    }
    const at = Math.min(this.#chunkOf(row), this.#chunks.length - 1)
    const chunk = this.#chunks[at]!
    const offset = this.#offsetIn(chunk, row)
    chunk.splice(offset, 0, row)
    const index = this.#startOf(at) + offset
    if (chunk.length > maxChunk) this.#chunks.splice(at + 1, 0, chunk.splice(maxChunk / 2))
    return index
  }

  /** Removes a row and gives the index where it was, or -1 when it is not in the list. */
  remove(row: Row): number {
    const at = this.#chunkOf(row)
    const chunk = this.#chunks[at]
    if (!chunk) return -1
    const offset = this.#offsetIn(chunk, row)
    if (chunk[offset] !== row) return -1
    const index = this.#startOf(at) + offset
    this.#flat = this.#records = undefined
    this.#length--
    chunk.splice(offset, 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
    return index
  }

  /** Cuts the list after its first rows and gives those that went. */
  truncate(length: number): readonly Row[] {
    const rows = this.toArray()
    const cut = rows.slice(length)
    this.replace(rows.slice(0, length), true)
    return cut
  }

  #push(rows: readonly Row[]): void {
    for (let start = 0; start < rows.length; start += maxChunk / 2) {
      this.#chunks.push(rows.slice(start, start + maxChunk / 2))
    }
    this.#length += rows.length
  }

  /** The first chunk whose last row is not before this one; past the end when every row is. */
  #chunkOf(row: Row): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const chunk = this.#chunks[middle]!
      if (this.#compare(chunk[chunk.length - 1]!.raw, row.raw) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where in a chunk a row is or belongs. */
  #offsetIn(chunk: readonly Row[], row: Row): number {
    let low = 0
    let high = chunk.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#compare(chunk[middle]!.raw, row.raw) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #startOf(chunk: number): number {
    let start = 0
    for (let i = 0; i < chunk; i++) start += this.#chunks[i]!.length
    return start
  }
}
