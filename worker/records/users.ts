import type { Identity } from '../edge/identity.ts'

/** A signed-in user as the room remembers them. `role` is null until an admin sets one. */
export interface StoredUser {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly imageUrl?: string
  readonly role: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly lastSeenAt: number
}

/** What a visit has changed: the user's profile, or only when they were seen last. */
export type Seen = 'profile' | 'time' | undefined

/** A visit within this time of the last one is not written again. */
const seenEvery = 60_000

/** The signed-in users of a room. Anonymous visitors leave no trace here: a room would grow with every one. */
export class Users {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  prepare(): void {
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS _users (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, imageUrl TEXT, ' +
        'role TEXT, createdAt INTEGER NOT NULL, lastSeenAt INTEGER NOT NULL) WITHOUT ROWID',
    )
  }

  get(id: string): StoredUser | undefined {
    const [row] = this.#sql.exec('SELECT * FROM _users WHERE id = ?', id).toArray()
    return row && decode(row)
  }

  all(): StoredUser[] {
    return this.#sql.exec('SELECT * FROM _users ORDER BY createdAt, id').toArray().map(decode)
  }

  /** Notes that a user is here, with the profile of the token. */
  seen(identity: Identity, now: number): Seen {
    const { userId, name, email, imageUrl } = identity
    const before = this.get(userId)
    const sameProfile =
      before !== undefined && before.name === name && before.email === email && before.imageUrl === imageUrl
    if (sameProfile && now - before.lastSeenAt < seenEvery) return undefined
    this.#sql.exec(
      'INSERT INTO _users (id, name, email, imageUrl, role, createdAt, lastSeenAt) VALUES (?, ?, ?, ?, NULL, ?, ?) ' +
        'ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, imageUrl = excluded.imageUrl, ' +
        'lastSeenAt = excluded.lastSeenAt',
      userId,
      name,
      email,
      imageUrl ?? null,
      now,
      now,
    )
    return sameProfile ? 'time' : 'profile'
  }

  remove(id: string): void {
    this.#sql.exec('DELETE FROM _users WHERE id = ?', id)
  }

  setRole(id: string, role: string): void {
    this.#sql.exec('UPDATE _users SET role = ? WHERE id = ?', role, id)
  }
}

function decode(row: Record<string, SqlStorageValue>): StoredUser {
  return {
    id: row.id as string,
    name: row.name as string,
    email: row.email as string,
    ...(row.imageUrl !== null && { imageUrl: row.imageUrl as string }),
    role: row.role as string | null,
    createdAt: row.createdAt as number,
    lastSeenAt: row.lastSeenAt as number,
  }
}
