import { batch } from 'solid-js'
import { LiveObject } from '../live/live-object.ts'
import { createShown } from '../live/shown.ts'
import type { PeerChange, PeerPayload, PresenceChanges, PresenceState } from '../protocol/presence/messages.ts'

/** Somebody who is here, by one connection of theirs: the same object for as long as they are. */
export interface Peer<State extends object = PresenceState> {
  /** Which connection it is, the same also past a short drop. Of a room that knows users only it is the user's id. */
  readonly connectionId: string
  /** Who it is, as their token says: `anon-…` for a visitor. */
  readonly userId: string
  readonly userName: string
  /** ISO 8601. */
  readonly joinedAt: string
  /** What they say of themselves, read-only; each field is tracked. Nobody has checked it but for being JSON. */
  readonly state: Readonly<Partial<State>>
}

/** A user who is here, with all their connections. */
export interface PresentUser<State extends object = PresenceState> {
  readonly userId: string
  readonly userName: string
  /** Their connections, in the order in which they came. Tracked. */
  readonly peers: readonly Peer<State>[]
}

/** A peer and what keeps it. */
interface Entry {
  readonly peer: Peer
  readonly state: LiveObject<PresenceState>
  /** Where the room has not told of it again since we are back: when it goes. */
  ends?: ReturnType<typeof setTimeout> | undefined
}

/** How long whoever was here before we lost the connection, and may have lost it with us, is shown, in milliseconds. */
const returnWithin = 3000

/** Those who are here beside us, as the room says. */
export class Peers {
  /** Tracked; another list when somebody comes or goes, and not when they say something. */
  readonly list = createShown<readonly Peer[]>([])
  readonly #entries = new Map<string, Entry>()

  get(connectionId: string): Peer | undefined {
    return this.#entries.get(connectionId)?.peer
  }

  /** The room says who is here. Who was before, and is not named, may be about to come back. */
  sync(peers: readonly PeerPayload[]): void {
    const named = new Set(peers.map(idOf))
    for (const [id, entry] of this.#entries) {
      if (!named.has(id)) entry.ends ??= setTimeout(() => batch(() => this.#drop([id])), returnWithin)
    }
    this.#join(peers)
  }

  take({ joined = [], updated = [], left = [] }: PresenceChanges): void {
    this.#join(joined)
    for (const change of updated) this.#change(change)
    this.#drop(left)
  }

  clear(): void {
    this.#drop([...this.#entries.keys()])
  }

  #join(peers: readonly PeerPayload[]): void {
    let isNew = false
    for (const payload of peers) {
      const { userId, userName, joinedAt } = payload
      const id = idOf(payload)
      const known = this.#entries.get(id)
      clearTimeout(known?.ends)
      if (known?.peer.userId === userId && known.peer.userName === userName) {
        known.ends = undefined
        known.state.assign(payload.state)
        continue
      }
      const state = new LiveObject(payload.state)
      this.#entries.set(id, { peer: { connectionId: id, userId, userName, joinedAt, state: state.shown }, state })
      isNew = true
    }
    if (isNew) this.#show()
  }

  #change({ connectionId, set, unset = [], state }: PeerChange): void {
    const entry = this.#entries.get(connectionId)
    if (!entry) return
    const next = state ?? { ...entry.state.fields, ...set }
    for (const field of unset) delete next[field]
    entry.state.assign(next)
  }

  #drop(ids: readonly string[]): void {
    let isGone = false
    for (const id of ids) {
      clearTimeout(this.#entries.get(id)?.ends)
      isGone = this.#entries.delete(id) || isGone
    }
    if (isGone) this.#show()
  }

  #show(): void {
    this.list.set([...this.#entries.values()].map(({ peer }) => peer))
  }
}

/** A room that knows part A alone names users. */
export function idOf({ connectionId, userId }: PeerPayload): string {
  return connectionId ?? userId
}
