import type { Field, Item, ItemChange } from '../client/room.ts'

/** A way of keeping the result of one ordered query, and of reading it from effects. */
export interface Competitor {
  /** Takes the answer to the query, in order; also a second time, after a reconnect. */
  load(records: Item[]): void
  /** Takes one change from the server; when it returns, the effects have run. */
  change(change: ItemChange): void
  /** Takes many changes at once, outside of any measurement. */
  catchUp(changes: readonly ItemChange[]): void
  /** The ids of the records in the result, in order. Not tracked. */
  ids(): readonly string[]
  /** Tracked. */
  length(): number
  /** What `<For>` is given. Tracked. */
  rows(): readonly unknown[]
  /** A tracked read of one field of the row that is at this position now; called as in a component, under an owner. */
  reader(position: number, field: Field): () => unknown
  /** Ends it; only of those that something else would still hold. */
  dispose?(): Promise<void>
}
