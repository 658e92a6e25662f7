import { maxValues } from '../protocol/records/operator.ts'
import type { Query } from '../protocol/records/query.ts'
import type { Rendered } from '../protocol/records/snapshot.ts'
import type { LiveQuery } from './replica/live-query.ts'
import type { RoomClient } from './room-client.ts'

/** Records that are asked for as one. */
interface Group {
  readonly ids: string[]
  readonly query: () => Query
  readonly live: LiveQuery
  /** The oldest of what the server has rendered of them. */
  version: number | undefined
}

/** The records that are asked for one by one in this turn, of each room by their collection; those that the server has rendered apart. */
const open = new WeakMap<RoomClient, Map<string, Group>>()

/**
 * A live query that has one record, to be held and given back like any other; it begins with what the server has `rendered` of
 * it. Those that are asked for in the same turn share it: they travel as one question, and count as one.
 */
export function findRecord(
  client: RoomClient,
  collection: string,
  recordId: string,
  rendered: Rendered | undefined,
): LiveQuery {
  const groups = open.get(client) ?? new Map<string, Group>()
  open.set(client, groups)
  const name = `${rendered ? 'rendered ' : ''}${collection}`
  let group = groups.get(name)
  const key = JSON.stringify({ collection, recordId })
  const known = client.known(key)
  if (known && (known === group?.live || !rendered || !known.isBefore(rendered.version))) return known
  if (group && group.ids.length < maxValues) client.name(group.live, key)
  else group = openGroup(client, groups, name, collection, key)
  group.ids.push(recordId)
  if (rendered) {
    group.live.become(group.query())
    client.begin(group.live, rendered, true)
    if (rendered.version) group.version = Math.min(group.version ?? rendered.version, rendered.version)
  }
  return group.live
}

function openGroup(
  client: RoomClient,
  groups: Map<string, Group>,
  name: string,
  collection: string,
  key: string,
): Group {
  const ids: string[] = []
  const query = () => ({ collection, where: { recordId: { in: ids } } })
  const live = client.open(query(), false, key)
  const group: Group = { ids, query, live, version: undefined }
  groups.set(name, group)
  queueMicrotask(() => {
    if (groups.get(name) === group) groups.delete(name)
    live.become(query())
    if (group.version !== undefined)
      client.begin(live, { version: group.version, answer: { records: '[]', hasMore: false } })
    client.ask(live)
  })
  return group
}
