import { createSignal, untrack } from 'solid-js'
import { jsonEqual } from '../protocol/json.ts'
import type { User, UserList } from '../protocol/records/messages.ts'
import { isVisitorId } from '../protocol/visitor-id.ts'
import type { RoomClient, RosterKeeper } from './room-client.ts'

/** Who was ever signed in in a room, kept up to date while somebody looks. */
export class Roster implements RosterKeeper {
  /** Everyone, empty until the room has answered. Tracked. */
  readonly users: () => readonly User[]
  /** Whether it has. Tracked. */
  readonly loaded: () => boolean
  readonly #setUsers: (users: readonly User[] | undefined) => void
  readonly #client: RoomClient
  #watchers = 0

  constructor(client: RoomClient) {
    this.#client = client
    const [users, setUsers] = createSignal<readonly User[]>()
    this.users = () => users() ?? nobody
    this.loaded = () => users() !== undefined
    this.#setUsers = setUsers
  }

  /** Keeps it up to date until the returned function is called. */
  watch(): () => void {
    if (this.#watchers++ === 0) this.ask()
    return () => {
      this.#watchers--
    }
  }

  /** Anonymous visitors are not shown the roster, so they do not ask. */
  ask(): void {
    if (this.#mayAsk()) this.#client.send({ type: 'user.list', payload: {} })
  }

  /** Says that we are here, and asks who else is. */
  beat(): void {
    if (this.#mayAsk()) this.#client.send({ type: 'user.update', payload: {} })
    this.ask()
  }

  #mayAsk(): boolean {
    const user = untrack(this.#client.user)
    return this.#watchers > 0 && user !== undefined && !isVisitorId(user.id)
  }

  /** A user who is as before stays the same object, so that a list of users redraws no more than what changed. */
  take({ users, removed }: UserList): void {
    const known = new Map(untrack(this.users).map((user) => [user.id, user]))
    const next = new Map(removed && known)
    for (const shown of users) {
      // A room that knows part A alone says less of a user.
      const user = Object.assign({ email: '', createdAt: '' }, shown)
      next.set(user.id, jsonEqual(known.get(user.id), user) ? known.get(user.id)! : user)
    }
    for (const id of removed ?? []) next.delete(id)
    this.#setUsers([...next.values()])
  }

  reset(): void {
    this.#setUsers(undefined)
  }
}

const nobody: readonly User[] = []

const rosters = new WeakMap<RoomClient, Roster>()

/** The roster of a room. */
export function rosterOf(client: RoomClient): Roster {
  const roster = rosters.get(client) ?? new Roster(client)
  rosters.set(client, roster)
  client.roster = roster
  return roster
}
