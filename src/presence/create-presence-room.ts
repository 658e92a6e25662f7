import { type Accessor, createMemo, mergeProps, untrack } from 'solid-js'
import { pageArrival } from '../connection/arrival.ts'
import type { ConnectionStatus } from '../connection/connection.ts'
import { createRoomClient } from '../connection/create-room-client.ts'
import type { RoomId } from '../connection/room-id.ts'
import { type DeepSpaceError, mismatch } from '../protocol/errors.ts'
import { bytesOver } from '../protocol/frame.ts'
import { isPlainObject, type Json, whyNotJson } from '../protocol/json.ts'
import { longestState, type PresenceState } from '../protocol/presence/messages.ts'
import type { Peer, PresentUser } from './peers.ts'
import { PresenceClient, type Self } from './presence-client.ts'

/** Options of {@link createPresenceRoom}. */
export interface PresenceRoomOptions<State extends object, Event = Json> {
  /** What we say of ourselves at first; others see it as soon as they see us. */
  readonly initial?: State | undefined
  /** The shortest time between two frames that say something of us, in milliseconds, at least 16; default 33. Only the last of what is said meanwhile is sent. */
  readonly throttle?: number | undefined
  /** Somebody has told everybody something by `broadcast`; `from` is one of the peers, or `undefined` where it was we. */
  readonly onEvent?: ((event: Event, from: Peer<State> | undefined) => void) | undefined
}

/** Who is here, and what they say of themselves. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface PresenceRoom<State extends object, Event = Json> {
  /** We ourselves, by this page's connection: who the room says we are (`undefined` until it has greeted us), and what we say, at once. */
  readonly self: Self & { readonly state: Readonly<Partial<State>> }
  /**
   * The others, one for each connection: another list when somebody comes or goes, and the same objects for as long as they are here. While we are
   * offline those who were here last are still shown.
   */
  readonly peers: readonly Peer<State>[]
  /** The same, by user: the same object for as long as one of their connections is here. Our own other pages are among them. */
  readonly users: readonly PresentUser<State>[]
  /** As that of `createConnection`; `off` without an id. */
  readonly status: ConnectionStatus | 'off'
  /** Why we are refused, or why the last attempt to connect failed. */
  readonly error: DeepSpaceError | undefined
  /** Whether the room lets us take part. Where not, we see the others and are not seen. */
  readonly canWrite: boolean
  /**
   * Lays fields over what we say of ourselves; `undefined` takes one away. It may be called at any time, also offline: what is said last is
   * told when it can be. Throws a `TypeError` for what is no JSON, or longer than 16 KiB.
   */
  readonly update: (patch: { readonly [Field in keyof State]?: State[Field] | undefined }) => void
  /** Says this of us instead of all that was said. Throws as `update` does. */
  readonly replace: (state: State) => void
  /** Tells everybody who is here something that nobody keeps, ourselves included. Says whether it could be sent. Throws as `update` does. */
  readonly broadcast: (event: Event) => boolean
  /** Drops the socket, if there is one, and connects at once. Without an id it does nothing. */
  readonly reconnect: () => void
  /** Drops the socket and stays offline until `reconnect`; for the others we are gone at once. Without an id it does nothing. */
  readonly disconnect: () => void
}

const defaultThrottle = 33
const shortestThrottle = 16

/**
 * Who is in the room at `/ws/presence/<roomId>`, a `PresenceRoom` of the worker, and what they say of themselves: cursors, selections,
 * what they look at. `roomId` may be an accessor; without one it is switched off. Components that name the same are here once,
 * for as long as one of them is. Throws where no `RecordProvider` is above.
 *
 * @example
 * const room = createPresenceRoom<{ cursor?: { x: number; y: number } }>(() => props.id)
 * <main onPointerMove={({ clientX: x, clientY: y }) => room.update({ cursor: { x, y } })}>
 *   <For each={room.peers}>{(peer) => <Cursor at={peer.state.cursor} name={peer.userName} />}</For>
 * </main>
 */
export function createPresenceRoom<State extends object = PresenceState, Event = Json>(
  roomId: RoomId | Accessor<RoomId>,
  options: PresenceRoomOptions<State, Event> = {},
): PresenceRoom<State, Event> {
  const { initial = {}, throttle = defaultThrottle } = options
  const stateAtFirst = checked(initial, 'initial')
  const { client, isNamed } = createRoomClient(
    'createPresenceRoom',
    'presence',
    roomId,
    (door) => new PresenceClient(door),
    (client) => {
      const letGo = client.hold(stateAtFirst, Math.max(shortestThrottle, throttle))
      const listener = (event: Json, from: Peer | undefined): void =>
        options.onEvent?.(event as Event, from as Peer<State> | undefined)
      client.listeners.add(listener)
      return () => {
        client.listeners.delete(listener)
        letGo()
      }
    },
  )
  const arrival = pageArrival()
  /** The server has rendered nobody, and so does the browser at first. */
  const shown = (): PresenceClient | undefined => (arrival?.isComing() ? undefined : client())
  const peers = (): readonly Peer[] => shown()?.peers.list() ?? nobody
  const users = createMemo<readonly PresentUser[]>((before) => usersOf(peers, before), [], { equals: sameList })
  const self = mergeProps(() => shown()?.self.shown ?? {}, {
    get state() {
      return shown()?.state.shown ?? {}
    },
  })
  const say = (state: PresenceState): void => untrack(client)?.say(state)
  return {
    self: self as PresenceRoom<State>['self'],
    get peers() {
      return peers() as readonly Peer<never>[]
    },
    get users() {
      return users() as readonly PresentUser<never>[]
    },
    get status() {
      return isNamed() ? (client()?.connection.status() ?? 'connecting') : 'off'
    },
    get error() {
      return client()?.connection.error()
    },
    get canWrite() {
      return shown()?.canWrite() ?? false
    },
    update(patch) {
      const entries = Object.entries({ ...untrack(client)?.state.fields, ...asObject(patch, 'patch') })
      say(checked(Object.fromEntries(entries.filter(([, value]) => value !== undefined)), 'patch'))
    },
    replace: (state) => say(checked(state, 'state')),
    broadcast: (event) => untrack(client)?.broadcast(checkedJson(event as Json, 'event')) ?? false,
    reconnect: () => untrack(client)?.connection.reconnect(),
    disconnect: () => untrack(client)?.connection.disconnect(),
  }
}

const nobody: readonly Peer[] = []

/** The users of a list of peers; of those who were there before the same objects. */
function usersOf(peers: Accessor<readonly Peer[]>, before: readonly PresentUser[]): readonly PresentUser[] {
  return [...new Set(peers().map(({ userId }) => userId))].map((userId) => {
    const of = (): readonly Peer[] => peers().filter((peer) => peer.userId === userId)
    const { userName } = of()[0]!
    return (
      before.find((user) => user.userId === userId) ?? {
        userId,
        userName,
        get peers() {
          return of()
        },
      }
    )
  })
}

function sameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index])
}

/** What may be said of us. Throws a `TypeError` for what may not. */
function checked(state: object, name: string): PresenceState {
  return checkedJson(asObject(state, name) as PresenceState, name)
}

function asObject(value: object, name: string): object {
  if (isPlainObject(value)) return value
  throw new TypeError(mismatch(name, 'an object', value))
}

function checkedJson<T extends Json>(value: T, name: string): T {
  const why = whyNotJson(value, name)
  if (why) throw new TypeError(why)
  // What the caller does with it later is not said of us.
  const text = JSON.stringify(value)
  if (bytesOver(longestState, text)) throw new TypeError(`${name}: expected at most ${longestState} bytes of JSON`)
  return JSON.parse(text)
}
