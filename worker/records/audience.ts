import { judge, type MembersOf, passes, rulesOf, type Verdict } from '../../src/protocol/records/permissions.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import { type Outbox, ToldChange } from './outbox.ts'
import { isInterested, type RecordSession } from './record-session.ts'

/** Who may read one record at one moment: a verdict for each role that is connected. */
export type Readers = ReadonlyMap<string, Verdict>

/** A record that was written, with who could read the record before it and who can after. */
export interface Written {
  readonly collection: Collection
  readonly changeType: 'create' | 'update' | 'delete'
  /** The record as it is now; for a delete, as it was. */
  readonly record: RecordEnvelope
  /** The number of the commit. */
  readonly version: number
  readonly before: Readers
  readonly after: Readers
}

/**
 * The open connections, grouped by what decides what they may read: role, then user. A rule is judged once a role,
 * and asked once a user only where it depends on who asks; a frame is serialised once, and only if somebody gets it.
 */
export class Audience {
  readonly #roles = new Map<string, Map<string, Set<RecordSession>>>()
  readonly #outbox: Outbox

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  add(session: RecordSession): void {
    const userId = session.identity.userId
    const users = this.#roles.get(session.role) ?? new Map<string, Set<RecordSession>>()
    const sessions = users.get(userId) ?? new Set<RecordSession>()
    this.#roles.set(session.role, users.set(userId, sessions.add(session)))
  }

  remove(session: RecordSession): void {
    const userId = session.identity.userId
    const users = this.#roles.get(session.role)
    const sessions = users?.get(userId)
    if (!users || !sessions) return
    sessions.delete(session)
    if (sessions.size === 0) users.delete(userId)
    if (users.size === 0) this.#roles.delete(session.role)
  }

  /** The connections of one user. */
  of(userId: string): RecordSession[] {
    return [...this.#roles.values()].flatMap((users) => [...(users.get(userId) ?? [])])
  }

  /** Judges who may read a record as things stand; nobody reads a record that does not exist. */
  readers(collection: Collection, record: RecordEnvelope | undefined, membersOf: MembersOf): Readers {
    const readers = new Map<string, Verdict>()
    if (!record) return readers
    for (const role of this.#roles.keys()) {
      readers.set(role, judge(rulesOf(collection, role).read, collection, record, membersOf))
    }
    return readers
  }

  /** Tells a write to every connection that it concerns, each what it may know. */
  publish(written: Written): void {
    const change = changesOf(written)
    for (const [role, users] of this.#roles) {
      const before = written.before.get(role) ?? false
      const after = written.after.get(role) ?? false
      if (before === false && after === false) continue
      for (const [userId, sessions] of users) {
        const told = change(passes(before, userId), passes(after, userId))
        if (told === undefined) continue
        for (const session of sessions) {
          if (isInterested(session, written.collection)) this.#outbox.tell(session, told)
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

/** What somebody who could, or could not, read the record before and after gets to see of a write. */
function changesOf({
  collection,
  changeType,
  record,
  version,
}: Written): (before: boolean, after: boolean) => ToldChange | undefined {
  let whole: ToldChange | undefined
  let revoked: ToldChange | undefined
  return (before, after) => {
    if (changeType === 'delete' ? before : after) {
      whole ??= new ToldChange({ collection: collection.name, record, changeType }, version)
      return whole
    }
    if (!before) return undefined
    revoked ??= revocation(collection, record, version)
    return revoked
  }
}

function revocation({ name }: Collection, { recordId }: RecordEnvelope, version: number): ToldChange {
  return new ToldChange({ collection: name, record: { recordId }, changeType: 'update', revoked: true }, version)
}
