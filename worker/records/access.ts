import { judge, type MembersOf, may, passes, rulesOf } from '../../src/protocol/records/permissions.ts'
import { readQuery } from '../../src/protocol/records/query.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { Audience } from './audience.ts'
import type { Counts } from './counts.ts'
import { chargedTo } from './meter.ts'
import type { Outbox, ToldChange } from './outbox.ts'
import { callerOf, isInterested, type RecordSession } from './record-session.ts'
import type { Commit, Move, Records, Touched } from './records.ts'
import { keyOf } from './teams.ts'

/** Does something for one connection, and ends it should that fail. */
export type Attend = (session: RecordSession, work: () => void) => void

/** A record that a connection may have gained or lost, and whether it could read it before. */
interface Candidate {
  readonly collection: Collection
  readonly record: RecordEnvelope
  readonly was: boolean
}

/** Past this many changes for one connection, it is cheaper for it to subscribe again. */
const maxChanges = 1000
/** Past this many records to look at, it is cheaper for the room. */
const maxLooked = 5000

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
  readonly #attend: Attend

  constructor(records: Records, audience: Audience, counts: Counts, outbox: Outbox, attend: Attend) {
    this.#attend = attend
    this.#records = records
    this.#audience = audience
    this.#counts = counts
    this.#outbox = outbox
  }

  /**
   * Tells a commit that is stored: every record that it wrote, then what its memberships show and hide, then the numbers.
   * Each connection is told on its own, and one that cannot be is ended. Throws only where nobody can be told, since it
   * cannot be judged who may read what was written.
   */
  committed({ version, touched, moves }: Commit): void {
    const { teams } = this.#records
    const afters = touched.map(({ collection, record }) => this.#audience.readers(collection, record, teams.of))
    for (const [index, each] of touched.entries()) this.#audience.publish(each, afters[index]!, version)
    const moved = moves.length > 0 ? this.#tellMoves(moves, touched, version) : []
    this.#counts.committed(touched, afters)
    for (const session of moved) this.#counts.recount(session)
    this.#outbox.settle()
  }

  /** Tells what the memberships of a commit show and hide; gives whom it concerns. */
  #tellMoves(moves: readonly Move[], touched: readonly Touched[], version: number): Iterable<RecordSession> {
    const written = new Set(touched.map(({ key }) => key))
    const moved = new Set<RecordSession>()
    for (const move of moves) {
      for (const sessions of byRole(this.#audience.of(move.membership.userId))) {
        this.#tell(sessions, this.#ofTeam(sessions, move, written), version)
        for (const session of sessions) moved.add(session)
      }
    }
    return moved
  }

  /** Tells connections of one user, who all had one role and all have another now, what that shows and hides. Never throws. */
  roleChanged(sessions: readonly RecordSession[], before: string): void {
    for (const group of byRole(sessions)) this.#tell(group, this.#ofRole(group, before), this.#records.log.version)
    for (const session of sessions) this.#counts.recount(session)
    this.#outbox.settle()
  }

  /** The records that a user asked for of a team that they have joined or left, less those that the same commit has told already. */
  *#ofTeam(sessions: Group, { membership, held }: Move, written: ReadonlySet<string>): Generator<Candidate> {
    const { teams, teamId, userId } = membership
    const members = held ? new Set([userId]) : nobody
    const sharesTeams = (collection: Collection): boolean =>
      collection.teams !== undefined && keyOf(collection.teams) === keyOf(teams)
    // The membership as it was differs from the present one in this user alone.
    const former: MembersOf = (collection, id) =>
      id === teamId && sharesTeams(collection) ? members : this.#records.teams.of(collection, id)

    for (const collection of this.#records.collections.values()) {
      if (!sharesTeams(collection) || !sessions.some((session) => isInterested(session, collection))) continue
      const question = readQuery(
        { collection: collection.name, where: { [collection.teamField!]: teamId }, limit: maxChanges },
        collection,
      )
      for (const record of this.#records.storage.select(question, collection, chargedTo(sessions[0].budget))) {
        if (written.has(`${collection.name}/${record.recordId}`)) continue
        yield { collection, record, was: may('read', callerOf(sessions[0]), collection, record, former) }
      }
    }
  }

  /** The records of every collection that the former role read by another rule. */
  *#ofRole(sessions: Group, before: string): Generator<Candidate> {
    const { role, identity } = sessions[0]
    for (const collection of this.#records.collections.values()) {
      const level = rulesOf(collection, before).read
      if (level === rulesOf(collection, role).read) continue
      if (!sessions.some((session) => isInterested(session, collection))) continue
      const question = readQuery({ collection: collection.name, orderBy: 'recordId', limit: maxChanges }, collection)
      for (const record of this.#records.storage.select(question, collection, chargedTo(sessions[0].budget))) {
        const verdict = judge(level, collection, record, this.#records.teams.of)
        yield { collection, record, was: passes(verdict, identity.userId) }
      }
    }
  }

  /** Looks at the candidates once, however many connections the user has; then each connection is told on its own. */
  #tell(sessions: Group, candidates: Iterable<Candidate>, version: number): void {
    const changes: { readonly collection: Collection; readonly change: ToldChange }[] = []
    let isTooMuch = false
    try {
      let looked = 0
      for (const { collection, record, was } of candidates) {
        const is = may('read', callerOf(sessions[0]), collection, record, this.#records.teams.of)
        if (was !== is)
          changes.push({ collection, change: this.#audience.accessChange(collection, record, is, version) })
        isTooMuch = ++looked > maxLooked || changes.length > maxChanges
        if (isTooMuch) break
      }
    } catch (error) {
      console.error('what a user gained and lost could not be told one by one', error)
      isTooMuch = true
    }
    for (const session of sessions) {
      this.#attend(session, () => {
        if (isTooMuch) return this.#outbox.resubscribe(session)
        for (const { collection, change } of changes) {
          if (isInterested(session, collection)) this.#outbox.tell(session, change)
        }
      })
    }
  }
}

/** Connections of one user in one role, of which there is at least one. */
type Group = readonly [RecordSession, ...RecordSession[]]

function byRole(sessions: readonly RecordSession[]): Group[] {
  return [...Map.groupBy(sessions, ({ role }) => role).values()] as unknown as Group[]
}

const nobody: ReadonlySet<string> = new Set()
