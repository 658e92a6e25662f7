import { findDemoUser } from '../demo-users.ts'

/** The colour of somebody, by who the room says they are: what a client says of its colour would stand in a `style` as it is. */
export function colorOf(userId: string): string {
  return `var(--${findDemoUser(userId)?.id ?? 'visitor'})`
}
