import { BasicIndex, createCollection, eq, type SyncConfig, useLiveQuery } from '@tanstack/solid-db'
import { createRoot, untrack } from 'solid-js'
import { type Item, type ItemChange, type ItemData, shownList } from '../client/room.ts'
import type { Competitor } from './competitor.ts'

/**
 * TanStack DB with its Solid adapter. Records come into a collection as from a sync engine: `begin`, `write`, `commit`,
 * and `markReady` after the first answer; a later answer writes only what differs, as its own query collection does
 * ("Creating a Collection Options Creator"). The collection is indexed as its documents tell ("Indexing":
 * `autoIndex: 'eager'` with a `BasicIndex`). The query filters, orders and selects what a list shows ("Live Queries",
 * https://tanstack.com/db/latest/docs/guides/live-queries); without `select` each change takes about 1.4 times as long.
 * Its rows carry an `id`, by which the adapter keeps them apart, and are read as the Solid overview has it: `<For>` over
 * `query()`, a field of a row where it is shown. What the adapter does in a later task, after the first answer, is not
 * counted.
 */
export function createTanStack(): Competitor {
  let sync!: Parameters<SyncConfig<ItemRow, string>['sync']>[0]
  const items = createCollection<ItemRow, string>({
    getKey: (row) => row.id,
    autoIndex: 'eager',
    defaultIndexType: BasicIndex,
    sync: {
      sync: (started) => {
        sync = started
      },
      rowUpdateMode: 'full',
    },
  })
  const [shown, unmount] = createRoot((dispose) => [
    useLiveQuery((q) =>
      q
        .from({ item: items })
        .where(({ item }) => eq(item.listId, shownList))
        .orderBy(({ item }) => item.rank, 'asc')
        .select(({ item }) => ({
          id: item.id,
          rank: item.rank,
          title: item.title,
          done: item.done,
          body: item.body,
        })),
    ),
    dispose,
  ])

  function apply({ record, changeType }: ItemChange): void {
    if (changeType === 'delete') sync.write({ type: 'delete', key: record.recordId })
    else sync.write({ type: changeType === 'create' ? 'insert' : 'update', value: rowOf(record) })
  }

  return {
    load(records) {
      const gone = new Set(untrack(shown).map((row) => row.id))
      sync.begin()
      for (const record of records) {
        gone.delete(record.recordId)
        const value = rowOf(record)
        const before = items.get(record.recordId)
        if (!before) sync.write({ type: 'insert', value })
        else if (!sameRow(before, value)) sync.write({ type: 'update', value })
      }
      for (const key of gone) sync.write({ type: 'delete', key })
      sync.commit()
      if (!items.isReady()) sync.markReady()
    },
    change(change) {
      sync.begin()
      apply(change)
      sync.commit()
    },
    catchUp(changes) {
      sync.begin()
      changes.forEach(apply)
      sync.commit()
    },
    ids: () => untrack(shown).map((row) => row.id),
    length: () => shown().length,
    rows: () => shown(),
    reader(position, field) {
      const row = untrack(shown)[position]!
      return () => row[field]
    },
    async dispose() {
      const query = shown.collection
      unmount()
      // At once: of themselves they would be kept for seconds and minutes, and in the way of what is measured then.
      await query.cleanup()
      await items.cleanup()
    },
  }
}

interface ItemRow extends ItemData {
  id: string
  createdBy: string
  createdAt: string
  updatedAt: string
}

/** A row is flat; it holds all that a record holds. */
function rowOf({ recordId, data, createdBy, createdAt, updatedAt }: Item): ItemRow {
  return { id: recordId, ...data, createdBy, createdAt, updatedAt }
}

function sameRow(a: ItemRow, b: ItemRow): boolean {
  for (const key in b) if (a[key as keyof ItemRow] !== b[key as keyof ItemRow]) return false
  return true
}
