import { judge, type MembersOf, passes, rulesOf, type Verdict } from '../../src/protocol/records/permissions.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import { type Outbox, ToldChange } from './outbox.ts'
import { isInterested, type RecordSession } from './record-session.ts'

/** Who may read one record at one moment: a verdict for each role that is connected. */
export type Readers = ReadonlyMap<string, Verdict>

/** Nobody reads a record that does not exist. */
const nobody: Readers = new Map()

/** A record that was written: as it was, who could read it then, and as it is. */
export interface Written {
  readonly collection: Collection
  readonly recordId: string
  readonly existing: RecordEnvelope | undefined
  readonly before: Readers
  readonly record: RecordEnvelope | undefined
}

/**
 * The open connections, grouped by what decides what they may read: role, then user. A rule is judged once a role,
 * and asked once a user only where it depends on who asks; a frame is serialised once, and only if somebody gets it.
 */
export class Audience {
  readonly #roles = new Map<string, Map<string, Set<RecordSession>>>()
  /** Who reads every record of a collection alike, as long as the same roles are connected. */
  readonly #settled = new Map<Collection, Readers>()
  readonly #outbox: Outbox

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  add(session: RecordSession): void {
    const userId = session.identity.userId
    const users = this.#roles.get(session.role) ?? new Map<string, Set<RecordSession>>()
    const sessions = users.get(userId) ?? new Set<RecordSession>()
    if (!this.#roles.has(session.role)) this.#settled.clear()
    this.#roles.set(session.role, users.set(userId, sessions.add(session)))
  }

  remove(session: RecordSession): void {
    const userId = session.identity.userId
    const users = this.#roles.get(session.role)
    const sessions = users?.get(userId)
    if (!users || !sessions) return
    sessions.delete(session)
    if (sessions.size === 0) users.delete(userId)
    if (users.size > 0) return
    this.#roles.delete(session.role)
    this.#settled.clear()
  }

  /** The connections of one user. */
  of(userId: string): RecordSession[] {
    return [...this.#roles.values()].flatMap((users) => [...(users.get(userId) ?? [])])
  }

  /** Judges who may read a record as things stand; nobody reads a record that does not exist. */
  readers(collection: Collection, record: RecordEnvelope | undefined, membersOf: MembersOf): Readers {
    if (!record) return nobody
    const settled = this.#settled.get(collection)
    if (settled) return settled
    const readers = new Map<string, Verdict>()
    let isSettled = true
    for (const role of this.#roles.keys()) {
      const level = rulesOf(collection, role).read
      readers.set(role, judge(level, collection, record, membersOf))
      if (typeof level === 'string') isSettled = false
    }
    if (isSettled) this.#settled.set(collection, readers)
    return readers
  }

  /** Tells a write, in the commit of this number, to every connection that it concerns, each what it may know. */
  publish(written: Written, after: Readers, version: number): void {
    const { collection, before, record } = written
    let whole: ToldChange | undefined
    let revoked: ToldChange | undefined
    for (const [role, users] of this.#roles) {
      const was = before.get(role) ?? false
      const is = after.get(role) ?? false
      if (was === false && is === false) continue
      for (const [userId, sessions] of users) {
        const could = passes(was, userId)
        // Of a delete those are told who could read it before.
        const isShown = record ? passes(is, userId) : could
        if (!isShown && !could) continue
        for (const session of sessions) {
          if (!isInterested(session, collection)) continue
          if (isShown) whole ??= wholeChange(written, version)
          else revoked ??= revocation(collection, written, version)
          this.#outbox.tell(session, (isShown ? whole : revoked)!)
        }
      }
    }
  }

  /** The change that tells one user that a record has come into their sight, or gone from it, without being written. */
  accessChange(collection: Collection, record: RecordEnvelope, gained: boolean, version: number): ToldChange {
    return gained
      ? new ToldChange({ collection: collection.name, record, changeType: 'update' }, version)
      : revocation(collection, record, version)
  }
}

/** What is told of a write to who may see it: the record as it is now; of a delete, as it was. */
function wholeChange({ collection, existing, record }: Written, version: number): ToldChange {
  const changeType = record === undefined ? 'delete' : existing === undefined ? 'create' : 'update'
  return new ToldChange({ collection: collection.name, record: (record ?? existing)!, changeType }, version)
}

function revocation({ name }: Collection, { recordId }: { readonly recordId: string }, version: number): ToldChange {
  return new ToldChange({ collection: name, record: { recordId }, changeType: 'update', revoked: true }, version)
}
