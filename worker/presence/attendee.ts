import type { PeerPayload, PresenceState } from '../../src/protocol/presence/messages.ts'
import { isVisitorId } from '../../src/protocol/visitor-id.ts'
import type { Identity } from '../edge/identity.ts'
import type { Session } from '../room/session.ts'

/** Somebody who is here by one connection, or was until a moment ago. It outlives a sleep in the attachment of that connection. */
export interface Attendee {
  readonly connectionId: string
  /** Says that a new connection is this one's continuation. */
  readonly resume: string
  readonly userId: string
  readonly userName: string
  /** ISO 8601. */
  readonly joinedAt: string
  /** What they say of themselves; `undefined` where it was too much to outlive a sleep. */
  state: PresenceState | undefined
}

/** What a presence room keeps of a connection. */
export interface Attending {
  /** `undefined` for one that has not entered, or only watches. */
  attendee: Attendee | undefined
}

/** A connection to a presence room. */
export type PresenceSession = Session<Attending>

/** Somebody who comes. */
export function attendeeOf(identity: Identity, state: PresenceState, connectionId?: string, resume?: string): Attendee {
  return {
    connectionId: connectionId ?? crypto.randomUUID(),
    resume: resume ?? crypto.randomUUID(),
    userId: identity.userId,
    userName: identity.name,
    joinedAt: new Date().toISOString(),
    state,
  }
}

/** Whether somebody may go on as who was here: it is the same user, or as much a visitor. */
export function isSameUser({ userId }: Attendee, identity: Identity): boolean {
  return userId === identity.userId || (isVisitorId(userId) && identity.anonymous)
}

/** What is told of somebody to version 1. */
export function peerOf({ connectionId, userId, userName, joinedAt, state = {} }: Attendee): PeerPayload {
  return { connectionId, userId, userName, joinedAt, state }
}
