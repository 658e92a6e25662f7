import {
  type Accessor,
  createComponent,
  createContext,
  createMemo,
  getOwner,
  type JSX,
  untrack,
  useContext,
} from 'solid-js'
import { isServer } from 'solid-js/web'
import { type Provider, useProvider } from '../connection/provider.ts'
import { checkedName } from '../connection/room-id.ts'
import { onMovedOn } from '../connection/transition.ts'
import type { Collection } from '../protocol/records/schema.ts'
import type { CollectionLike } from '../protocol/records/typed-record.ts'
import { RoomClient } from './room-client.ts'

/** A room and the collections that are looked for there. */
export interface SharedScope {
  readonly roomId: string
  readonly collections: readonly CollectionLike[]
}

/** The properties of {@link RecordScope}. */
export interface RecordScopeProps extends SharedScope {
  /** Other rooms whose collections can be used below this scope; a scope's own collections come first. */
  readonly sharedScopes?: readonly SharedScope[] | undefined
  readonly children?: JSX.Element
}

/** One scope as its descendants see it. */
export interface Scope {
  readonly parent: Scope | undefined
  /** The id of the scope's own room. */
  readonly roomId: Room['roomId']
  /** The scope's own room; `undefined` on the server, where there are no connections. */
  readonly client: Room['client']
  /** The room that this scope has a collection in, and the collection if its schema is known. */
  readonly find: (name: string) => Resolved | undefined
}

/** A room that a scope names. */
export interface Room {
  readonly roomId: Accessor<string | null | undefined>
  readonly client: Accessor<RoomClient | undefined>
}

/** Where a collection was found. */
export interface Resolved extends Room {
  readonly name: string
  readonly collection: Collection | undefined
}

const ScopeContext = createContext<Scope>()

/**
 * One room: its connection, and the collections that its descendants use of it. Scopes nest; a collection is looked for
 * in the nearest scope that has it. When `roomId` changes, everything below moves to the new room and shows nothing of
 * the old one.
 */
export function RecordScope(props: RecordScopeProps): JSX.Element {
  const provider = useProvider('<RecordScope>')
  const parent = useContext(ScopeContext)
  const rooms: (Room & { readonly collections: Accessor<readonly CollectionLike[]> })[] = [
    // One that is not known is a mistake here, and none where the list of shared rooms has become shorter.
    { collections: () => props.collections, ...createRoom(provider, () => props.roomId ?? null) },
    // The list of shared rooms is read once; the rooms themselves may change.
    ...untrack(() => props.sharedScopes ?? []).map((_shared, index) => ({
      collections: () => props.sharedScopes?.[index]?.collections ?? [],
      ...createRoom(provider, () => props.sharedScopes?.[index]?.roomId),
    })),
  ]
  const scope: Scope = {
    parent,
    roomId: rooms[0]!.roomId,
    client: rooms[0]!.client,
    find(name) {
      for (const { collections, ...room } of rooms) {
        for (const each of untrack(collections)) {
          if (typeof each === 'string' ? each === name : each.name === name) {
            return { name, collection: typeof each === 'string' ? undefined : each, ...room }
          }
        }
      }
      return undefined
    },
  }
  return createComponent(ScopeContext.Provider, {
    value: scope,
    get children() {
      return props.children
    },
  })
}

/** The nearest scope. Throws when there is none above. */
export function useScope(who: string): Scope {
  const scope = useContext(ScopeContext)
  if (!scope)
    throw new Error(`${who} needs a <RecordScope> above it${getOwner() ? '' : ': call it in a component, not later'}`)
  return scope
}

/** The nearest scope that has a collection. Throws an error that names the collection when there is none. */
export function useCollection(who: string, collection: CollectionLike): Resolved {
  const name = typeof collection === 'string' ? collection : collection.name
  const nearest = useScope(`${who}(${JSON.stringify(name)})`)
  for (let scope: Scope | undefined = nearest; scope; scope = scope.parent) {
    const found = scope.find(name)
    if (found) return { ...found, collection: typeof collection === 'string' ? found.collection : collection }
  }
  throw new Error(
    `${who}: no <RecordScope> above has the collection ${JSON.stringify(name)}; add it to its collections`,
  )
}

/** The room that `roomId` names, and its client for as long as it names it. */
function createRoom(provider: Provider, roomId: Room['roomId']): Room {
  const named = (): string | undefined => {
    const id = roomId()
    return id === undefined ? undefined : checkedName('<RecordScope> roomId', id)
  }
  if (isServer) return { roomId: named, client: () => undefined }
  const client = createMemo(() => {
    const id = named()
    if (id === undefined) return undefined
    const path = `/ws/${encodeURIComponent(id)}`
    onMovedOn(() => provider.release(path))
    return provider.acquire(path, (door) => new RoomClient(door))
  })
  return { roomId: named, client }
}
