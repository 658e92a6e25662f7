import * as v from 'valibot'
import type { RecordChange } from '../../src/protocol/records/messages.ts'
import { matches, type Query, readQuery } from '../../src/protocol/records/query.ts'
import type { RecordData, RecordEnvelope } from '../../src/protocol/records/record.ts'
import { collection } from '../../src/protocol/records/schema.ts'
import type { Meter } from './meter.ts'
import type { RecordSession } from './record-session.ts'
import { baselineUser, type Entry, type Roster } from './roster.ts'

/** What a baseline app may ask of its users; when somebody came first is a field of the envelope here. */
const users = collection('users', {
  fields: {
    name: v.string(),
    email: v.optional(v.string()),
    imageUrl: v.optional(v.string()),
    role: v.string(),
    lastSeenAt: v.string(),
  },
  permissions: {},
})

/** About as many characters a user takes to be read. */
const charactersPerUser = 512

/**
 * The roster as a collection `users`, which baseline apps query like any other. It is there for connections that do not
 * speak version 1, to read; where the app declares a collection of that name it is that one.
 */
export class UserRecords {
  readonly #roster: Roster
  readonly #isDeclared: boolean
  readonly #maySee: (session: RecordSession) => boolean

  constructor(roster: Roster, isDeclared: boolean, maySee: (session: RecordSession) => boolean) {
    this.#roster = roster
    this.#isDeclared = isDeclared
    this.#maySee = maySee
  }

  /** Whether a query of a connection is one of users. */
  isAsked({ version }: RecordSession, query: Query): boolean {
    return version === 0 && !this.#isDeclared && query.collection === users.name
  }

  /** Whether a connection has asked for users and may see them. */
  isWatched(session: RecordSession): boolean {
    if (session.version > 0 || this.#isDeclared || !this.#maySee(session)) return false
    return [...session.kept.subscriptions.values()].some(({ collection: name }) => name === users.name)
  }

  /** The users of a query as a connection may see them. Throws a `DeepSpaceError` when it is refused. */
  select(session: RecordSession, query: Query, meter: Meter): RecordEnvelope[] {
    const question = readQuery(query, users)
    if (!this.#maySee(session)) return []
    const found: RecordEnvelope[] = []
    for (const entry of this.#roster.everyone()) {
      meter.record(charactersPerUser)
      const record = recordOf(session.role === 'admin', entry)
      // Of a mail address that is not shown nothing is learned by asking.
      if (matches(question, record, (steps) => meter.steps(steps))) found.push(record)
    }
    return found.sort(question.compare).slice(0, question.limit)
  }

  /** What has become of one user, as admins and as others see it. */
  change(userId: string, isAdmin: boolean): RecordChange {
    const [entry] = this.#roster.one(userId)
    if (!entry) return { collection: users.name, record: { recordId: userId }, changeType: 'delete' }
    return { collection: users.name, record: recordOf(isAdmin, entry), changeType: 'update' }
  }
}

function recordOf(isAdmin: boolean, entry: Entry): RecordEnvelope {
  const { id, ...data } = baselineUser(isAdmin, entry)
  return {
    recordId: id,
    data: data satisfies RecordData,
    createdBy: id,
    createdAt: new Date(entry.user.createdAt).toISOString(),
    updatedAt: data.lastSeenAt,
  }
}
