import { isOfKind } from '../../src/protocol/records/field-kind.ts'
import type { MembersOf } from '../../src/protocol/records/permissions.ts'
import { readQuery } from '../../src/protocol/records/query.ts'
import { fieldValue, type RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection, Teams } from '../../src/protocol/records/schema.ts'
import { unbounded } from './meter.ts'
import type { RecordStorage } from './record-storage.ts'

/** One user's place in one team, as one membership collection tells it. */
export interface Membership {
  readonly teams: Teams
  readonly teamId: string
  readonly userId: string
}

/**
 * Who is in which team, read from the membership collections and kept by team until one of its members changes. A
 * set that was handed out is never changed afterwards: what was judged before a write stays judged so.
 */
export class TeamMembers {
  readonly #storage: RecordStorage
  readonly #collections: ReadonlyMap<string, Collection>
  /** What the collections say of memberships, each once. */
  readonly #declarations: readonly Teams[]
  /** By membership declaration, then by team. */
  readonly #members = new Map<string, Map<string, ReadonlySet<string>>>()

  /** Throws a `TypeError` when a `teams` option names a collection or a field that the room does not have. */
  constructor(storage: RecordStorage, collections: ReadonlyMap<string, Collection>) {
    this.#storage = storage
    this.#collections = collections
    const declared = new Map<string, Teams>()
    for (const { teams } of collections.values()) if (teams) declared.set(keyOf(teams), teams)
    this.#declarations = [...declared.values()]
    for (const { name, teams } of collections.values()) {
      if (!teams) continue
      const membership = collections.get(teams.collection)
      if (!membership)
        throw new TypeError(`collection "${name}": teams: the room has no collection "${teams.collection}"`)
      const { team, user, active } = teams
      for (const field of [team, user, ...(active ? [active.field] : [])]) {
        const kind = Object.hasOwn(membership.kinds, field) ? membership.kinds[field] : undefined
        if (!kind) throw new TypeError(`collection "${name}": teams: "${teams.collection}" has no field "${field}"`)
        if (kind === 'json' || (kind !== 'text' && field !== active?.field)) {
          throw new TypeError(
            `collection "${name}": teams: "${field}" of "${teams.collection}" is ${kind}, expected text`,
          )
        }
        if (active?.field === field && !isOfKind(kind, active.value)) {
          throw new TypeError(
            `collection "${name}": teams: "${field}" of "${teams.collection}" is ${kind}, and never ${JSON.stringify(active.value)}`,
          )
        }
      }
    }
  }

  readonly of: MembersOf = (collection, teamId) =>
    collection.teams ? this.#membersOf(collection.teams, teamId) : nobody

  /** Whether the records of a collection say who is in a team. */
  dependOn(collection: string): boolean {
    return this.#declarations.some((teams) => teams.collection === collection)
  }

  /** The memberships that a write to a record may begin or end: those it spoke of before and speaks of after. */
  touchedBy(collection: Collection, ...images: (RecordEnvelope | undefined)[]): Membership[] {
    const touched = new Map<string, Membership>()
    for (const teams of this.#declarations) {
      if (teams.collection !== collection.name) continue
      for (const image of images) {
        const teamId = image && fieldValue(image, teams.team)
        const userId = image && fieldValue(image, teams.user)
        if (typeof teamId !== 'string' || typeof userId !== 'string') continue
        const membership = { teams, teamId, userId }
        touched.set(membershipKey(membership), membership)
      }
    }
    return [...touched.values()]
  }

  holds({ teams, teamId, userId }: Membership): boolean {
    return this.#membersOf(teams, teamId).has(userId)
  }

  /** Reads the teams of these memberships anew when they are next asked for. */
  refresh(memberships: Iterable<Membership>): void {
    for (const { teams, teamId } of memberships) this.#members.get(keyOf(teams))?.delete(teamId)
  }

  /** Reads everything anew: after a transaction that was rolled back. */
  refreshAll(): void {
    this.#members.clear()
  }

  #membersOf(teams: Teams, teamId: string): ReadonlySet<string> {
    const key = keyOf(teams)
    const byTeam = this.#members.get(key) ?? new Map<string, ReadonlySet<string>>()
    const members = byTeam.get(teamId) ?? this.#read(teams, teamId)
    // The one that was asked for last stays longest: a record may name any team, and nobody has to be in it.
    byTeam.delete(teamId)
    this.#members.set(key, byTeam.set(teamId, members))
    if (byTeam.size > maxTeams) byTeam.delete(byTeam.keys().next().value!)
    return members
  }

  #read(teams: Teams, teamId: string): ReadonlySet<string> {
    const collection = this.#collections.get(teams.collection)!
    const where = { [teams.team]: teamId, ...(teams.active && { [teams.active.field]: teams.active.value }) }
    const members = new Set<string>()
    const question = readQuery({ collection: collection.name, where }, collection)
    for (const record of this.#storage.select(question, collection, unbounded)) {
      const userId = fieldValue(record, teams.user)
      if (typeof userId === 'string' && userId !== '') members.add(userId)
    }
    return members
  }
}

const nobody: ReadonlySet<string> = new Set()

/** How many teams are remembered of a membership declaration. */
const maxTeams = 1000

/** Two collections that declare the same membership share it. */
export function keyOf(teams: Teams): string {
  const { collection, team, user, active } = teams
  return JSON.stringify([collection, team, user, active?.field, active?.value])
}

/** One text for one user's place in one team. */
export function membershipKey({ teams, teamId, userId }: Membership): string {
  return JSON.stringify([keyOf(teams), teamId, userId])
}
