import { findDemoUser } from '../demo-users.ts'

/** What somebody is called who plays, or has played. */
export function nameOf(userId: string): string {
  return findDemoUser(userId)?.name ?? userId
}

/** Names as one says them: `Ada, Ben and Chloe`. */
export function namesOf(userIds: readonly string[]): string {
  return new Intl.ListFormat('en').format(userIds.map(nameOf))
}
