import type { RecordChange } from '../../src/protocol/records/messages.ts'
import type { Query } from '../../src/protocol/records/query.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import { createRandom } from '../random.ts'

export type ItemData = {
  listId: string
  rank: number
  title: string
  done: boolean
  body: string
}
export type Item = RecordEnvelope<ItemData>

/** What a list shows of an item. */
export const fields = ['title', 'rank', 'done', 'body'] as const
export type Field = (typeof fields)[number]

export const shownList = 'x'

/** The one live query of the work. */
export const query: Query = {
  collection: 'items',
  where: { listId: shownList },
  orderBy: 'rank',
  orderDir: 'asc',
}

/** The order of the query, with nothing that this work does not need. */
export function compareItems(a: Item, b: Item): number {
  return a.data.rank - b.data.rank || (a.recordId < b.recordId ? -1 : a.recordId > b.recordId ? 1 : 0)
}

/** The first position in an ordered list whose item is not before this one. */
export function positionOf(item: Item, list: readonly Item[]): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareItems(list[middle]!, item) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * What the server holds, and the changes that it sends. Everything is given as text, so that each competitor parses
 * objects and strings of its own, as it would from a socket.
 */
export class Room {
  readonly #random: () => number
  readonly #shown: Item[] = []
  readonly #others: Item[] = []
  #lastId = 0
  #clock = Date.UTC(2026, 0, 1)

  /** `size` rows that the query shows, and a tenth as many that it does not. */
  constructor(size: number, seed: number) {
    this.#random = createRandom(seed)
    for (let i = 0; i < size; i++) this.#shown.push(this.#create(shownList))
    for (let i = 0; i < size / 10; i++) this.#others.push(this.#create('y'))
    this.#shown.sort(compareItems)
  }

  /** What the query is to show, in order. */
  shown(): readonly Item[] {
    return this.#shown
  }

  /** The answer to the query, in order. */
  snapshot(): string {
    return JSON.stringify(this.#shown)
  }

  /** The creation of every row that the query does not show. */
  others(): string[] {
    return this.#others.map((record) => this.#frame(record, 'create'))
  }

  /** Positions in the result, each at most once. */
  pick(count: number): number[] {
    const picked = new Set<number>()
    while (picked.size < count) picked.add(Math.floor(this.#random() * this.#shown.length))
    return [...picked]
  }

  /** Another title for each of these rows. */
  update(positions: readonly number[]): string[] {
    return positions.map((position) => {
      const record = this.#change(this.#shown[position]!, { title: this.#title() })
      this.#shown[position] = record
      return this.#frame(record, 'update')
    })
  }

  /** Another rank for each of these rows. */
  move(positions: readonly number[]): string[] {
    const records = positions.map((position) => this.#shown[position]!)
    return records.map((before) => {
      const record = this.#change(before, { rank: this.#random() })
      this.#shown.splice(positionOf(before, this.#shown), 1)
      this.#shown.splice(positionOf(record, this.#shown), 0, record)
      return this.#frame(record, 'update')
    })
  }

  insert(count: number): string[] {
    return Array.from({ length: count }, () => {
      const record = this.#create(shownList)
      this.#shown.splice(positionOf(record, this.#shown), 0, record)
      return this.#frame(record, 'create')
    })
  }

  remove(count: number): string[] {
    return Array.from({ length: count }, () => {
      const position = Math.floor(this.#random() * this.#shown.length)
      return this.#frame(this.#shown.splice(position, 1)[0]!, 'delete')
    })
  }

  #frame(record: Item, changeType: RecordChange['changeType']): string {
    return JSON.stringify({ collection: query.collection, record, changeType })
  }

  #create(listId: string): Item {
    const now = this.#now()
    const body = `${this.#title()}: `.padEnd(65, 'lorem ipsum dolor sit amet ')
    const data = { listId, rank: this.#random(), title: this.#title(), done: this.#random() < 0.5, body }
    const recordId = `record-${String(++this.#lastId).padStart(8, '0')}`
    return { recordId, data, createdBy: 'user-1', createdAt: now, updatedAt: now }
  }

  #change(record: Item, fields: Partial<ItemData>): Item {
    return { ...record, data: { ...record.data, ...fields }, updatedAt: this.#now() }
  }

  #title(): string {
    return `Title ${this.#random().toString(36).slice(2, 12)}`
  }

  #now(): string {
    this.#clock += 1000
    return new Date(this.#clock).toISOString()
  }
}

/** A change as it comes from the socket; of this work every record is whole. */
export type ItemChange = RecordChange & { readonly record: Item }

export function parseChanges(texts: readonly string[]): ItemChange[] {
  return texts.map((text) => JSON.parse(text) as ItemChange)
}

export function parseSnapshot(text: string): Item[] {
  return JSON.parse(text) as Item[]
}
