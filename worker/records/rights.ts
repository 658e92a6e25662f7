import { type Caller, type MembersOf, may, rulesOf } from '../../src/protocol/records/permissions.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { Identity } from '../edge/identity.ts'

/** What somebody may do with a record, and with whatever hangs on it: a text, or a room that is bound to it. */
export type Rights = 'none' | 'read' | 'write'

/** What a caller may do with a record as it is; nobody may do anything with one that is not there. */
export function rightsTo(
  record: RecordEnvelope | undefined,
  collection: Collection,
  caller: Caller,
  membersOf: MembersOf,
): Rights {
  if (!record || !may('read', caller, collection, record, membersOf)) return 'none'
  return may('update', caller, collection, record, membersOf) ? 'write' : 'read'
}

/** Whose rights an identity has: its own, or those of any anonymous visitor. */
export function rightsOf({ anonymous, userId }: Identity): string {
  return anonymous ? '' : userId
}

/**
 * Whether an anonymous visitor reads what any other does. Their id is another at each visit, so of what only its owner
 * may read nobody can say whether they could.
 */
export function readsAsAnyone(collection: Collection, role: string): boolean {
  const { read, create } = rulesOf(collection, role)
  return read === true || (read === 'published' && collection.ownerField === undefined && create !== true)
}
