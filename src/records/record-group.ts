import { maxValues } from '../protocol/records/operator.ts'
import type { LiveQuery } from './replica/live-query.ts'
import type { RoomClient } from './room-client.ts'

/** The records that are asked for one by one in this turn, of each room by their collection. */
const open = new WeakMap<RoomClient, Map<string, { readonly ids: string[]; readonly live: LiveQuery }>>()

/**
 * A live query that has one record, to be held and given back like any other. Those that are asked for in the same turn
 * share it: they travel as one question, and count as one.
 */
export function findRecord(client: RoomClient, collection: string, recordId: string): LiveQuery {
  const key = JSON.stringify({ collection, recordId })
  const known = client.known(key)
  if (known) return known
  const groups = open.get(client) ?? new Map<string, { ids: string[]; live: LiveQuery }>()
  open.set(client, groups)
  const group = groups.get(collection)
  if (group && group.ids.length < maxValues) {
    group.ids.push(recordId)
    client.name(group.live, key)
    return group.live
  }
  const ids = [recordId]
  const live = client.open({ collection, where: { recordId: { in: ids } } }, false, key)
  groups.set(collection, { ids, live })
  queueMicrotask(() => {
    if (groups.get(collection)?.live === live) groups.delete(collection)
    live.become({ collection, where: { recordId: { in: ids } } })
    client.ask(live)
  })
  return live
}
