import { batch, createSignal, getListener } from 'solid-js'
import { compareItems, type Item, type ItemChange, shownList } from '../client/room.ts'
import type { Competitor } from './competitor.ts'

/**
 * The least that does the work: a Map, one signal a row made when first read, one sorted array, one version signal.
 * It knows this one query only: no other queries, no limit, no field-level tracking. The sorted array holds whole
 * numbers, because moving a hundred thousand pointers costs V8 ten times as much: each is looked at by the collector.
 */
export function createFloor(): Competitor {
  const slots = new Map<string, number>()
  const rows: (FloorRow | undefined)[] = []
  const free: number[] = []
  let order: number[] = []
  const [version, bump] = createSignal(undefined, { equals: false })

  function create(record: Item): number {
    const slot = free.pop() ?? rows.length
    rows[slot] = new FloorRow(record)
    slots.set(record.recordId, slot)
    return slot
  }

  function forget(slot: number): void {
    slots.delete(rows[slot]!.record.recordId)
    rows[slot] = undefined
    free.push(slot)
  }

  /** The first position whose row is not before this one. */
  function positionIn(item: Item): number {
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareItems(rows[order[middle]!]!.record, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  function place(slot: number, record: Item): void {
    order.splice(positionIn(record), 0, slot)
    bump()
  }

  function take(record: Item): void {
    order.splice(positionIn(record), 1)
    bump()
  }

  function apply({ record, changeType }: ItemChange): void {
    const slot = slots.get(record.recordId)
    if (slot === undefined) {
      if (changeType === 'delete') return
      const created = create(record)
      if (record.data.listId === shownList) place(created, record)
      return
    }
    const row = rows[slot]!
    const before = row.record
    if (changeType === 'delete') {
      if (before.data.listId === shownList) take(before)
      forget(slot)
      return
    }
    const moves = before.data.rank !== record.data.rank || before.data.listId !== record.data.listId
    if (moves && before.data.listId === shownList) take(before)
    row.assign(record)
    if (moves && record.data.listId === shownList) place(slot, record)
  }

  return {
    load(records) {
      batch(() => {
        const next = records.map((record) => {
          const slot = slots.get(record.recordId)
          if (slot === undefined) return create(record)
          if (!sameItem(rows[slot]!.record, record)) rows[slot]!.assign(record)
          return slot
        })
        if (next.length === order.length && next.every((slot, index) => slot === order[index])) return
        if (order.length > 0) {
          const kept = new Set(next)
          for (const slot of order) if (!kept.has(slot)) forget(slot)
        }
        order = next
        bump()
      })
    },
    change: (change) => batch(() => apply(change)),
    catchUp: (changes) => batch(() => changes.forEach(apply)),
    ids: () => order.map((slot) => rows[slot]!.record.recordId),
    length() {
      version()
      return order.length
    },
    rows() {
      version()
      return order.map((slot) => rows[slot]!)
    },
    reader(position, field) {
      const row = rows[order[position]!]!
      return () => row.read().data[field]
    },
  }
}

class FloorRow {
  record: Item
  track: (() => void) | undefined = undefined
  trigger: (() => void) | undefined = undefined

  constructor(record: Item) {
    this.record = record
  }

  assign(record: Item): void {
    this.record = record
    this.trigger?.()
  }

  read(): Item {
    if (getListener()) {
      if (!this.track) [this.track, this.trigger] = createSignal(undefined, { equals: false })
      this.track()
    }
    return this.record
  }
}

function sameItem(a: Item, b: Item): boolean {
  const [left, right] = [a.data, b.data]
  return (
    a.updatedAt === b.updatedAt &&
    left.title === right.title &&
    left.rank === right.rank &&
    left.done === right.done &&
    left.listId === right.listId &&
    left.body === right.body
  )
}
