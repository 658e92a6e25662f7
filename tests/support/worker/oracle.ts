import type { Collection, Level } from 'deepspace-solid/schema'

/** A room's tables at one moment, as plain rows. */
export interface Snapshot {
  readonly records: ReadonlyMap<string, ReadonlyMap<string, PlainRecord>>
  readonly roles: ReadonlyMap<string, string | null>
}

/** A record as the tables hold it. */
export interface PlainRecord {
  readonly createdBy: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Who asks, as the edge has told the room. */
export interface Asker {
  readonly userId: string
  readonly anonymous: boolean
}

/**
 * Whether a user may read a record, written from the specification (P1 to P8, U2) and not from the library: the spy's
 * own opinion of every frame.
 */
export function mayRead(
  snapshot: Snapshot,
  asker: Asker,
  admins: readonly string[],
  collection: Collection,
  recordId: string,
): boolean {
  const record = snapshot.records.get(collection.name)?.get(recordId)
  if (!record) return false
  const role = asker.anonymous
    ? 'viewer'
    : admins.includes(asker.userId)
      ? 'admin'
      : (snapshot.roles.get(asker.userId) ?? 'member')
  const rules = collection.permissions[role] ?? collection.permissions['*']
  const level: Level = rules?.read ?? false
  if (typeof level === 'boolean') return level

  const owner = collection.ownerField ? record.fields[collection.ownerField] : record.createdBy
  const unclaimed = owner === null || owner === '' || owner === undefined
  const isOwner = !unclaimed && owner === asker.userId
  const people = collection.collaboratorsField ? record.fields[collection.collaboratorsField] : undefined
  const isCollaborator = Array.isArray(people) && people.includes(asker.userId)
  const shown = collection.visibility
  const isVisible = shown !== undefined && record.fields[shown.field] === shown.value
  const isMember = (): boolean => {
    const { teams, teamField } = collection
    const team = teamField ? record.fields[teamField] : undefined
    if (!teams || typeof team !== 'string' || team === '') return false
    return [...(snapshot.records.get(teams.collection)?.values() ?? [])].some(
      ({ fields }) =>
        fields[teams.team] === team &&
        fields[teams.user] === asker.userId &&
        (teams.active === undefined || fields[teams.active.field] === teams.active.value),
    )
  }
  switch (level) {
    case 'own':
      return isOwner
    case 'unclaimed-or-own':
      return unclaimed || isOwner
    case 'collaborator':
      return isOwner || isCollaborator
    case 'team':
      return isOwner || isCollaborator || isMember()
    case 'published':
      return isOwner || isVisible
    case 'shared':
      return isOwner || isCollaborator || isVisible
  }
}
