import { createComputed, createMemo, mergeProps, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { onMovedOn } from '../connection/transition.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import type { User } from '../protocol/records/messages.ts'
import { createHydration, createRendered } from './create-rendered.ts'
import { type Roster, rosterOf } from './roster.ts'
import { useScope } from './scope.ts'

/** Who the room says we are. Its properties are tracked getters, `undefined` until the room has greeted us. */
export type OwnUser = { readonly [K in keyof Required<User>]: User[K] | undefined } & {
  /** Whether the room has greeted us. */
  readonly loaded: boolean
}

/** Our own identity and role in the room of the nearest scope. Throws when there is no `RecordScope` above. */
export function createUser(): OwnUser {
  const { roomId, client } = useScope('createUser')
  const hydration = isServer ? undefined : createHydration()
  const rendered = isServer ? createRendered(roomId, 'user') : hydration?.rendered
  const atFirst = rendered?.user
  if (atFirst) createComputed(() => client()?.meet(atFirst))
  return mergeProps(unknown, () => {
    const user = isServer || hydration?.isComing() ? atFirst : client()?.user()
    return user && { ...user, loaded: true }
  })
}

const unknown: OwnUser = {
  id: undefined,
  name: undefined,
  email: undefined,
  imageUrl: undefined,
  role: undefined,
  createdAt: undefined,
  lastSeenAt: undefined,
  loaded: false,
}

/** The users of a room. */
export interface Users {
  /** Everyone who was ever signed in here, with their roles, kept up to date; empty for anonymous visitors. Tracked. */
  readonly users: readonly User[]
  /** Whether the room has said who there is; never for anonymous visitors. Tracked. */
  readonly loaded: boolean
  /**
   * Gives a user a role, on all their open connections at once. For admins only. Rejects with a `DeepSpaceError`:
   * `denied`, `not-found` for an unknown user, `invalid-field` for an unknown role, and as confirmed writes do.
   */
  readonly setRole: (userId: string, role: string) => Promise<void>
}

/** The roster of the room of the nearest scope. Throws when there is no `RecordScope` above. */
export function createUsers(): Users {
  const { client } = useScope('createUsers')
  const roster = createRoster('createUsers')
  return {
    get users() {
      return roster()?.users() ?? []
    },
    get loaded() {
      return roster()?.loaded() ?? false
    },
    async setRole(userId, role) {
      const room = untrack(client)
      if (!room) throw new DeepSpaceError('not-connected', 'WebSocket not connected')
      await room.request({ type: 'user.set_role', payload: { userId, role } })
    },
  }
}

/** Users by their ids. */
export interface UserLookup {
  /** Whether the room has said who there is; never for anonymous visitors. Tracked. */
  readonly loaded: boolean
  /** The user with an id, such as the `createdBy` of a record; `undefined` for one who is not on the roster. Tracked. */
  readonly get: (userId: string | null | undefined) => User | undefined
}

/**
 * Finds users of the room of the nearest scope by their ids. Throws when there is no `RecordScope` above.
 *
 * @example
 * const people = createUserLookup()
 * <small>{people.get(task.createdBy)?.name ?? 'somebody'}</small>
 */
export function createUserLookup(): UserLookup {
  const roster = createRoster('createUserLookup')
  const byId = createMemo(
    () =>
      new Map(
        roster()
          ?.users()
          .map((user) => [user.id, user]),
      ),
  )
  return {
    get loaded() {
      return roster()?.loaded() ?? false
    },
    get: (userId) => byId().get(userId ?? ''),
  }
}

/** The roster of the room of the nearest scope, kept up to date for as long as the owner lives. */
export function createRoster(who: string): () => Roster | undefined {
  const { client } = useScope(who)
  const roster = createMemo(() => {
    const room = client()
    return room && rosterOf(room)
  })
  createComputed(() => {
    const watched = roster()
    if (watched) onMovedOn(watched.watch())
  })
  return roster
}
