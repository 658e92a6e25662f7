import type { PeerPayload } from '../../src/protocol/presence/messages.ts'
import type { Attendee } from './attendee.ts'

/**
 * Those who are here as baseline clients know them: users, each with what one of their connections says. That is the one that
 * has said something last; one that has said nothing yet takes nothing away. `own` is that of the client that is told.
 */
export function usersOf(attendees: Iterable<Attendee>, own?: Attendee): PeerPayload[] {
  const users = new Map<string, PeerPayload>()
  for (const attendee of attendees) {
    if (attendee === own) continue
    const { userId, userName, joinedAt, state = {} } = attendee
    const before = users.get(userId)
    const says = before && Object.keys(state).length === 0 ? before.state : state
    users.set(userId, { userId, userName, joinedAt: before?.joinedAt ?? joinedAt, state: says })
  }
  return [...users.values()]
}

/** One user of {@link usersOf}; `undefined` where none of their connections is here. */
export function userOf(userId: string, attendees: Iterable<Attendee>, own?: Attendee): PeerPayload | undefined {
  return usersOf(
    [...attendees].filter((attendee) => attendee.userId === userId),
    own,
  )[0]
}
