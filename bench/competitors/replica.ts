import { batch, untrack } from 'solid-js'
import { LiveQuery } from '../../src/records/replica/live-query.ts'
import { Replica } from '../../src/records/replica/replica.ts'
import { type Item, query } from '../client/room.ts'
import type { Competitor } from './competitor.ts'

/** This package, entered where a parsed frame enters it. */
export function createReplica(): Competitor {
  const replica = new Replica()
  const live = new LiveQuery(
    'q1',
    query,
    () => {},
    (row) => replica.released(query.collection, row),
  )
  replica.open(live)
  return {
    load: (records: Item[]) => batch(() => replica.result(live, { subscriptionId: live.id, records, hasMore: false })),
    change: (change) => batch(() => replica.change(change)),
    catchUp: (changes) =>
      batch(() => {
        for (const change of changes) replica.change(change)
      }),
    ids: () => untrack(() => live.records.map((row) => row.recordId)),
    length: () => live.records.length,
    rows: () => live.records,
    reader: (position, field) => {
      const row = untrack(() => live.records[position]!)
      return () => row.data[field]
    },
  }
}
