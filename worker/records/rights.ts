import { rulesOf } from '../../src/protocol/records/permissions.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { Identity } from '../edge/identity.ts'

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
