import { createStore, reconcile } from 'solid-js/store'
import { type Item, type ItemChange, positionOf, shownList } from '../client/room.ts'
import type { Competitor } from './competitor.ts'

/**
 * The usual way: the result as an array in a Solid store, and `reconcile` of the new list at each change. The list
 * keeps the objects of the rows that did not change, which is the kindest case for `reconcile`.
 */
export function createReconcile(): Competitor {
  const records = new Map<string, Item>()
  let list: Item[] = []
  const [state, setState] = createStore<{ rows: Item[] }>({ rows: [] })

  function apply({ record, changeType }: ItemChange): void {
    const before = records.get(record.recordId)
    if (before) list.splice(positionOf(before, list), 1)
    records.delete(record.recordId)
    if (changeType === 'delete' || record.data.listId !== shownList) return
    records.set(record.recordId, record)
    list.splice(positionOf(record, list), 0, record)
  }

  function show(): void {
    setState('rows', reconcile(list.slice(), { key: 'recordId' }))
  }

  return {
    load(loaded) {
      list = loaded
      records.clear()
      for (const record of loaded) records.set(record.recordId, record)
      show()
    },
    change(change) {
      apply(change)
      show()
    },
    catchUp(changes) {
      for (const change of changes) apply(change)
      show()
    },
    ids: () => list.map((record) => record.recordId),
    length: () => state.rows.length,
    rows: () => state.rows,
    reader(position, field) {
      const row = state.rows[position]!
      return () => row.data[field]
    },
  }
}
