import { clipped, DeepSpaceError, quoted } from '../../src/protocol/errors.ts'
import type { BaselineUser, User } from '../../src/protocol/records/messages.ts'
import type { Caller } from '../../src/protocol/records/permissions.ts'
import type { Identity } from '../edge/identity.ts'
import type { RecordSession } from './record-session.ts'
import type { Seen, StoredUser, Users } from './users.ts'

/** What an app says of the roles in its room. */
export interface RoleSettings {
  readonly admins: readonly string[]
  readonly defaultRole: string
  /** The roles that may be given; with `'*'` among them, any may. */
  readonly known: ReadonlySet<string>
  readonly roleOf: (identity: Identity) => string | undefined
}

/** A role that an app has declared somebody to have. */
interface Declared {
  readonly role: string
  /** The member of the room that says so. */
  readonly by: 'roleOf' | 'admins'
}

/** Who is in a room, and with which role. */
export class Roster {
  readonly #users: Users
  readonly #settings: RoleSettings

  constructor(users: Users, settings: RoleSettings) {
    this.#users = users
    this.#settings = settings
  }

  /** The role of an identity: what the app declares, else the one an admin gave, else the usual one. */
  roleOf(identity: Identity): string {
    const declared = this.#declared(identity)
    if (declared) return declared.role
    if (identity.anonymous) return 'viewer'
    return this.#users.get(identity.userId)?.role ?? this.#settings.defaultRole
  }

  /** The role that nobody can give or take, and which of the room's members says so. */
  #declared(identity: Identity): Declared | undefined {
    const { admins, roleOf } = this.#settings
    const role = roleOf(identity)
    if (role !== undefined) return { role, by: 'roleOf' }
    return !identity.anonymous && admins.includes(identity.userId) ? { role: 'admin', by: 'admins' } : undefined
  }

  /** The same of somebody who may not be here. Where the app cannot say it now, it is asked again for each connection. */
  #declaredOf(user: StoredUser): Declared | undefined {
    try {
      return this.#declared(identityOf(user))
    } catch (error) {
      console.error('roleOf failed', error)
      return undefined
    }
  }

  /** Notes a visit. Says what the roster shows that it did not: a profile, or only that they were here. */
  seen(identity: Identity): Seen {
    return identity.anonymous ? undefined : this.#users.seen(identity, Date.now())
  }

  /** Gives a user a role on behalf of somebody. Throws a `DeepSpaceError` when they may not, or it cannot be. */
  setRole(by: Caller, userId: string, role: string): void {
    if (by.role !== null && by.role !== 'admin')
      throw new DeepSpaceError('denied', `UPDATE DENIED: role=${by.role}, collection=users`)
    const user = this.#users.get(userId)
    if (!user) throw new DeepSpaceError('not-found', `User not found: ${clipped(userId)}`)
    const { known } = this.#settings
    if (!known.has('*') && !known.has(role)) {
      const message = `FIELD ERROR: unknown role '${role}' (roles: ${[...known].join(', ')})`
      throw new DeepSpaceError('invalid-field', message, { field: 'role' })
    }
    const declared = this.#declaredOf(user)
    if (declared && declared.role !== role) {
      const reason = `${quoted(userId)} is ${declared.role} by what the room declares in \`${declared.by}\``
      throw new DeepSpaceError('denied', `UPDATE DENIED: role=${by.role ?? 'system'}, collection=users: ${reason}`)
    }
    this.#users.setRole(userId, role)
  }

  /** Forgets a user, and the role that they were given. */
  remove(userId: string): void {
    this.#users.remove(userId)
  }

  /** What somebody is told of themselves. */
  self({ identity, role }: Pick<RecordSession, 'identity' | 'role'>): User {
    const now = Date.now()
    const stored = this.#users.get(identity.userId)
    const { createdAt, lastSeenAt } = stored ?? { createdAt: now, lastSeenAt: now }
    return shown({ ...identity, id: identity.userId, createdAt, lastSeenAt }, role, identity.email)
  }

  /** Everyone on it. */
  everyone(): Entry[] {
    return this.#users.all().map((user) => this.#entryOf(user))
  }

  /** One user on it, as a list; empty when there is no such user. */
  one(userId: string): Entry[] {
    const user = this.#users.get(userId)
    return user ? [this.#entryOf(user)] : []
  }

  #entryOf(user: StoredUser): Entry {
    return { user, role: this.roleOf(identityOf(user)) }
  }
}

/** A user on the roster, with the role that they have. */
export interface Entry {
  readonly user: StoredUser
  readonly role: string
}

/** Users as a version 1 connection may see them: mail addresses are for admins and for oneself. */
export function shownTo({ identity, role }: RecordSession, entries: readonly Entry[]): User[] {
  return entries.map((entry) => {
    const seesMail = role === 'admin' || identity.userId === entry.user.id
    return shown(entry.user, entry.role, seesMail ? entry.user.email : '')
  })
}

/** A user as any other connection may see them: what a baseline room shows admins, and what it shows others. */
export function baselineUser(isAdmin: boolean, { user, role }: Entry): BaselineUser {
  const { email, createdAt, ...rest } = shown(user, role, user.email)
  return isAdmin ? { ...rest, email, createdAt } : rest
}

/** Users as the room itself sees them. */
export function shownToRoom(entries: readonly Entry[]): User[] {
  return entries.map(({ user, role }) => shown(user, role, user.email))
}

function shown(user: Omit<StoredUser, 'role'>, role: string, email: string): User {
  return {
    id: user.id,
    name: user.name,
    email,
    ...(user.imageUrl !== undefined && { imageUrl: user.imageUrl }),
    role,
    createdAt: new Date(user.createdAt).toISOString(),
    lastSeenAt: new Date(user.lastSeenAt).toISOString(),
  }
}

function identityOf({ id, name, email, imageUrl }: StoredUser): Identity {
  return { userId: id, name, email, ...(imageUrl !== undefined && { imageUrl }), anonymous: false }
}
