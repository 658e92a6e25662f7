import { createRoot, untrack } from 'solid-js'
import { createIndexes, createStore, type Row } from 'tinybase'
import { useCell, useSliceRowIds } from 'tinybase/ui-solid'
import { type Item, type ItemChange, shownList } from '../client/room.ts'
import type { Competitor } from './competitor.ts'

/**
 * TinyBase with its Solid primitives. An index cuts the table into slices by one cell and sorts the rows of each by
 * another ("Advanced Index Definition", https://tinybase.org/guides/using-indexes/advanced-index-definition), which is
 * this query; as a query definition, read by `useResultSortedRowIds`, it is slower to load and to delete from, and
 * otherwise much the same. A list shows the ids of a slice by `useSliceRowIds`, each row its cells by `useCell`
 * ("Building UIs With Solid"), so an effect hears of its own cell alone. Many changes at once are one transaction
 * ("Transactions"), one change is a transaction of itself.
 */
export function createTinyBase(): Competitor {
  const store = createStore()
  const indexes = createIndexes(store).setIndexDefinition('byList', 'items', 'listId', 'rank')
  const shownIds = createRoot(() => useSliceRowIds('byList', shownList, indexes))

  function put(record: Item): void {
    store.setRow('items', record.recordId, rowOf(record))
  }

  function apply({ record, changeType }: ItemChange): void {
    if (changeType === 'delete') store.delRow('items', record.recordId)
    else put(record)
  }

  return {
    load(records) {
      store.transaction(() => {
        const gone = new Set(untrack(shownIds))
        for (const record of records) {
          gone.delete(record.recordId)
          put(record)
        }
        for (const id of gone) store.delRow('items', id)
      })
    },
    change: apply,
    catchUp: (changes) => store.transaction(() => changes.forEach(apply)),
    ids: () => untrack(shownIds),
    length: () => shownIds().length,
    rows: shownIds,
    reader: (position, field) => useCell('items', untrack(shownIds)[position]!, field, store),
  }
}

/** A row is flat; it holds all that a record holds. */
function rowOf({ data, createdBy, createdAt, updatedAt }: Item): Row {
  return { ...data, createdBy, createdAt, updatedAt }
}
