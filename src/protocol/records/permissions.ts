import { fieldValue, type RecordEnvelope } from './record.ts'
import type { Collection, Level, RolePermissions } from './schema.ts'

/** Who asks. A `role` of null is the room itself, which no permission rule binds. */
export interface Caller {
  readonly userId: string
  readonly role: string | null
}

/** The room's own hand: server functions, cron, imports. */
export const system: Caller = { userId: 'system', role: null }

/** The active members of a team, for the collection whose `teams` option says where membership lives. */
export type MembersOf = (collection: Collection, teamId: string) => ReadonlySet<string>

/**
 * Who passes a rule on one record: everyone of the role, no one, or whom the predicate names. It holds what it needs,
 * so a verdict taken before a write still speaks of the time before the write.
 */
export type Verdict = boolean | ((userId: string) => boolean)

const nothing: RolePermissions = {}

/** What a role may do in a collection: its entry, else that of `'*'`, else nothing. */
export function rulesOf(collection: Collection, role: string): RolePermissions {
  const rules = collection.permissions
  if (Object.hasOwn(rules, role)) return rules[role]!
  return Object.hasOwn(rules, '*') ? rules['*']! : nothing
}

/** The id of the user who owns a record, or `null` while its owner field is empty. */
export function ownerOf(collection: Collection, record: RecordEnvelope): string | null {
  if (collection.ownerField === undefined) return record.createdBy
  const owner = fieldValue(record, collection.ownerField)
  return typeof owner === 'string' && owner !== '' ? owner : null
}

/**
 * Judges one level on one record. The only place where a level is given its meaning: the snapshot, the live updates
 * and the writes all ask here.
 */
export function judge(
  level: Level | undefined,
  collection: Collection,
  record: RecordEnvelope,
  membersOf: MembersOf,
): Verdict {
  switch (level) {
    case true:
      return true
    case false:
    case undefined:
      return false
    case 'own':
      return owns(collection, record)
    case 'unclaimed-or-own':
      return ownerOf(collection, record) === null || owns(collection, record)
    case 'published':
      return isVisible(collection, record) || owns(collection, record)
    case 'collaborator':
      return either(owns(collection, record), collaborates(collection, record))
    case 'shared':
      return isVisible(collection, record) || either(owns(collection, record), collaborates(collection, record))
    case 'team':
      return either(
        either(owns(collection, record), collaborates(collection, record)),
        inTeam(collection, record, membersOf),
      )
    default:
      return level satisfies never
  }
}

/** Whether a verdict lets a user pass. */
export function passes(verdict: Verdict, userId: string): boolean {
  return typeof verdict === 'boolean' ? verdict : verdict(userId)
}

/** Whether a caller may read, update or delete a record. */
export function may(
  action: 'read' | 'update' | 'delete',
  caller: Caller,
  collection: Collection,
  record: RecordEnvelope,
  membersOf: MembersOf,
): boolean {
  if (caller.role === null) return true
  return passes(judge(rulesOf(collection, caller.role)[action], collection, record, membersOf), caller.userId)
}

/** Whether a role may set the owner field to whomever it likes: update everything, or name the field as writable. */
export function mayAssignOwner(rules: RolePermissions, ownerField: string): boolean {
  if (rules.writableFields) return rules.writableFields.includes(ownerField) && rules.update !== 'unclaimed-or-own'
  return rules.update === true
}

function isVisible(collection: Collection, record: RecordEnvelope): boolean {
  const visibility = collection.visibility
  return visibility !== undefined && fieldValue(record, visibility.field) === visibility.value
}

function owns(collection: Collection, record: RecordEnvelope): Verdict {
  const owner = ownerOf(collection, record)
  return owner === null ? false : (userId) => userId === owner
}

function collaborates(collection: Collection, record: RecordEnvelope): Verdict {
  if (collection.collaboratorsField === undefined) return false
  const listed = fieldValue(record, collection.collaboratorsField)
  return Array.isArray(listed) && listed.length > 0 ? (userId) => listed.includes(userId) : false
}

function inTeam(collection: Collection, record: RecordEnvelope, membersOf: MembersOf): Verdict {
  if (collection.teamField === undefined) return false
  const team = fieldValue(record, collection.teamField)
  if (typeof team !== 'string' || team === '') return false
  const members = membersOf(collection, team)
  return members.size > 0 ? (userId) => members.has(userId) : false
}

function either(a: Verdict, b: Verdict): Verdict {
  if (a === true || b === true) return true
  if (a === false) return b
  if (b === false) return a
  return (userId) => a(userId) || b(userId)
}
