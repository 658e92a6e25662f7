import { type Accessor, createMemo, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { type Client, type Door, useProvider } from './provider.ts'
import { namedBy, type RoomId } from './room-id.ts'
import { onMovedOn } from './transition.ts'

/** What a primitive stands on that speaks with a room of its own. */
export interface NamedClient<C extends Client> {
  /** The client of the room, shared by all who name it; `undefined` where none is named, and on the server. Tracked. */
  readonly client: Accessor<C | undefined>
  /** Whether a room is named at all. Tracked. */
  readonly isNamed: Accessor<boolean>
}

/**
 * The client of the room of a kind that `id` names, for as long as the owner lives; the connection stays for `keepFor` after
 * the last who names the room has gone. `hold` is told of it, and gives what is to be done when it is let go of. Throws where no
 * `RecordProvider` is above, and a `TypeError` for an id that is none; `who` is named in both.
 */
export function createRoomClient<C extends Client>(
  who: string,
  kind: string,
  id: RoomId | Accessor<RoomId>,
  make: (door: Door) => C,
  hold: (client: C) => () => void,
): NamedClient<C> {
  const provider = useProvider(who)
  const named = createMemo(() => namedBy(who, id))
  const client = createMemo(() => {
    const name = named()
    if (isServer || name === undefined) return undefined
    const path = `/ws/${kind}/${encodeURIComponent(name)}`
    const client = provider.acquire(path, make)
    // Whom it tells may read what is none of our business.
    const letGo = untrack(() => hold(client))
    onMovedOn(() => {
      letGo()
      provider.release(path)
    })
    return client
  })
  return { client, isNamed: () => named() !== undefined }
}
