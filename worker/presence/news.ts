import type { Json } from '../../src/protocol/json.ts'
import type { PeerChange, PresenceChanges, PresenceEvent, PresenceState } from '../../src/protocol/presence/messages.ts'
import { type Attendee, peerOf } from './attendee.ts'

/** What is new of somebody; `fields` are those that changed, `undefined` where it is everything. */
type Item =
  | { readonly what: 'joined' | 'left'; readonly of: Attendee }
  | { readonly what: 'updated'; readonly of: Attendee; readonly fields: Set<string> | undefined }

/** What has happened to those who are here since it was last told, one thing of each: what comes later is laid over it. */
export class News {
  readonly #items = new Map<string, Item>()
  readonly #events: PresenceEvent[] = []

  get isEmpty(): boolean {
    return this.#items.size === 0 && this.#events.length === 0
  }

  joined(of: Attendee): void {
    // Who has left without anybody having been told is there as before, but for what they say.
    const what = this.#items.get(of.connectionId)?.what === 'left' ? 'updated' : 'joined'
    this.#items.set(of.connectionId, { what, of, fields: undefined })
  }

  /** These fields say something else, or are no more; without any, everything may. */
  updated(of: Attendee, fields: readonly string[] | undefined): void {
    const before = this.#items.get(of.connectionId)
    if (before?.what === 'joined' || (before?.what === 'updated' && !before.fields)) return
    const all = fields && new Set([...(before?.what === 'updated' ? before.fields! : []), ...fields])
    this.#items.set(of.connectionId, { what: 'updated', of, fields: all })
  }

  left(of: Attendee): void {
    // Of who has come and gone meanwhile nobody has heard.
    if (this.#items.get(of.connectionId)?.what === 'joined') this.#items.delete(of.connectionId)
    else this.#items.set(of.connectionId, { what: 'left', of })
  }

  happened({ connectionId }: Attendee, event: Json): void {
    this.#events.push({ connectionId, event })
  }

  /** Whether anything of it is of somebody. */
  isOf(attendee: Attendee): boolean {
    return this.#items.has(attendee.connectionId)
  }

  /** What is told to a version 1 connection: all of it but what is its own; `undefined` where that is nothing. Events are told to all. */
  changesFor(own: Attendee | undefined): PresenceChanges | undefined {
    const items = [...this.#items.values()].filter(({ of }) => of !== own)
    const joined = items.filter(({ what }) => what === 'joined').map(({ of }) => peerOf(of))
    const updated = items.flatMap((item) => (item.what === 'updated' ? [changeOf(item.of, item.fields)] : []))
    const left = items.filter(({ what }) => what === 'left').map(({ of }) => of.connectionId)
    const events = this.#events
    if (items.length === 0 && events.length === 0) return undefined
    return {
      ...(joined.length > 0 && { joined }),
      ...(updated.length > 0 && { updated }),
      ...(events.length > 0 && { events }),
      ...(left.length > 0 && { left }),
    }
  }

  /** Everything that concerns baseline clients, in order. */
  get items(): readonly { readonly what: Item['what']; readonly of: Attendee }[] {
    return [...this.#items.values()]
  }
}

function changeOf({ connectionId, state = {} }: Attendee, fields: ReadonlySet<string> | undefined): PeerChange {
  if (!fields) return { connectionId, state }
  const names = [...fields]
  const set: PresenceState = Object.fromEntries(
    names.filter((name) => Object.hasOwn(state, name)).map((name) => [name, state[name]!]),
  )
  const unset = names.filter((name) => !Object.hasOwn(state, name))
  return {
    connectionId,
    ...(Object.keys(set).length > 0 && { set }),
    ...(unset.length > 0 && { unset }),
  }
}
