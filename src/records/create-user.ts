import { createComputed, mergeProps, untrack } from 'solid-js'
import { onMovedOn } from '../connection/transition.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import type { User } from '../protocol/records/messages.ts'
import { rosterOf } from './roster.ts'
import { useScope } from './scope.ts'

/** Who the room says we are. Its properties are tracked getters, `undefined` until the room has greeted us. */
export type OwnUser = { readonly [K in keyof Required<User>]: User[K] | undefined }

/** Our own identity and role in the room of the nearest scope. Throws when there is no `RecordScope` above. */
export function createUser(): OwnUser {
  const { client } = useScope('createUser')
  return mergeProps(() => client()?.user() ?? {}) as OwnUser
}

/** The users of a room. */
export interface Users {
  /** Everyone who was ever signed in here, with their roles, kept up to date; empty for anonymous visitors. Tracked. */
  readonly users: readonly User[]
  /**
   * Gives a user a role, on all their open connections at once. For admins only. Rejects with a `DeepSpaceError`:
   * `denied`, `not-found` for an unknown user, `invalid-field` for an unknown role, and as confirmed writes do.
   */
  readonly setRole: (userId: string, role: string) => Promise<void>
}

/** The roster of the room of the nearest scope. Throws when there is no `RecordScope` above. */
export function createUsers(): Users {
  const { client } = useScope('createUsers')
  createComputed(() => {
    const room = client()
    if (room) onMovedOn(rosterOf(room).watch())
  })
  return {
    get users() {
      const room = client()
      return room ? rosterOf(room).users() : []
    },
    async setRole(userId, role) {
      const room = untrack(client)
      if (!room) throw new DeepSpaceError('not-connected', 'WebSocket not connected')
      await room.request({ type: 'user.set_role', payload: { userId, role } })
    },
  }
}
