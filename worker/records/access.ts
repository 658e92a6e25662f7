import { encodeFrame } from '../../src/protocol/frame.ts'
import type { ServerFrame } from '../../src/protocol/records/messages.ts'
import { judge, type MembersOf, may, passes, rulesOf } from '../../src/protocol/records/permissions.ts'
import { readQuery } from '../../src/protocol/records/query.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { Audience } from './audience.ts'
import type { Counts } from './counts.ts'
import type { Outbox, ToldChange } from './outbox.ts'
import { callerOf, isInterested, type RecordSession } from './record-session.ts'
import type { Commit, Move, Records } from './records.ts'
import { keyOf } from './teams.ts'

/** A record that a connection may have gained or lost, and whether it could read it before. */
interface Candidate {
  readonly collection: Collection
  readonly record: RecordEnvelope
  readonly was: boolean
}

/** Past this many changes for one connection, it is cheaper for it to subscribe again. */
const maxChanges = 1000

/**
 * Tells connections what has changed in what they may read: by a write to a record, by a membership that begins or
 * ends, by a change of role. Access is always compared before and after; who could read neither then nor now hears
 * nothing.
 */
export class Access {
  readonly #records: Records
  readonly #audience: Audience
  readonly #counts: Counts
  readonly #outbox: Outbox

  constructor(records: Records, audience: Audience, counts: Counts, outbox: Outbox) {
    this.#records = records
    this.#audience = audience
    this.#counts = counts
    this.#outbox = outbox
  }

  /** Tells a commit: every record that it wrote, then what its memberships show and hide, then the numbers. */
  committed({ version, touched, moves }: Commit): void {
    const { teams } = this.#records
    const afters = touched.map(({ collection, record }) => this.#audience.readers(collection, record, teams.of))
    for (const [index, { collection, existing, record, before }] of touched.entries()) {
      const changeType = record === undefined ? 'delete' : existing === undefined ? 'create' : 'update'
      const after = afters[index]!
      this.#audience.publish({ collection, changeType, record: (record ?? existing)!, version, before, after })
    }
    const written = new Set(touched.map(({ collection, recordId }) => `${collection.name}/${recordId}`))
    const moved = new Set<RecordSession>()
    for (const move of moves) {
      for (const session of this.#audience.of(move.membership.userId)) {
        this.#tell(session, this.#ofTeam(session, move, written), version)
        moved.add(session)
      }
    }
    this.#counts.committed(touched, afters)
    for (const session of moved) this.#counts.recount(session)
    this.#outbox.settle()
  }

  /** Tells a connection what its new role shows and hides. */
  roleChanged(session: RecordSession, before: string): void {
    this.#tell(session, this.#ofRole(session, before), this.#records.log.version)
    this.#counts.recount(session)
    this.#outbox.settle()
  }

  /** The records that a connection asked for of a team that its user has joined or left, less those that the same commit has told already. */
  *#ofTeam(session: RecordSession, { membership, held }: Move, written: ReadonlySet<string>): Generator<Candidate> {
    const { teams, teamId, userId } = membership
    const members = held ? new Set([userId]) : nobody
    const sharesTeams = (collection: Collection): boolean =>
      collection.teams !== undefined && keyOf(collection.teams) === keyOf(teams)
    // The membership as it was differs from the present one in this user alone.
    const former: MembersOf = (collection, id) =>
      id === teamId && sharesTeams(collection) ? members : this.#records.teams.of(collection, id)

    for (const collection of this.#records.collections.values()) {
      if (!sharesTeams(collection) || !isInterested(session, collection)) continue
      const question = readQuery(
        { collection: collection.name, where: { [collection.teamField!]: teamId }, limit: maxChanges },
        collection,
      )
      for (const record of this.#records.storage.select(question, collection)) {
        if (written.has(`${collection.name}/${record.recordId}`)) continue
        yield { collection, record, was: may('read', callerOf(session), collection, record, former) }
      }
    }
  }

  /** The records of every collection that the former role read by another rule. */
  *#ofRole(session: RecordSession, before: string): Generator<Candidate> {
    for (const collection of this.#records.collections.values()) {
      const level = rulesOf(collection, before).read
      if (level === rulesOf(collection, session.role).read || !isInterested(session, collection)) continue
      const question = readQuery({ collection: collection.name, orderBy: 'recordId', limit: maxChanges }, collection)
      for (const record of this.#records.storage.select(question, collection)) {
        const verdict = judge(level, collection, record, this.#records.teams.of)
        yield { collection, record, was: passes(verdict, session.identity.userId) }
      }
    }
  }

  #tell(session: RecordSession, candidates: Iterable<Candidate>, version: number): void {
    const changes: ToldChange[] = []
    for (const { collection, record, was } of candidates) {
      const is = may('read', callerOf(session), collection, record, this.#records.teams.of)
      if (was === is) continue
      changes.push(this.#audience.accessChange(collection, record, is, version))
      if (changes.length > maxChanges) {
        // What waits may have been lost by now; it is asked for again.
        this.#outbox.drop(session)
        return this.#outbox.send(session, encodeFrame<ServerFrame>({ type: 'records.resubscribe', payload: {} }))
      }
    }
    for (const change of changes) this.#outbox.tell(session, change)
  }
}

const nobody: ReadonlySet<string> = new Set()
