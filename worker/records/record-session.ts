import type { Caller } from '../../src/protocol/records/permissions.ts'
import type { Query } from '../../src/protocol/records/query.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { KeptAwareness } from '../documents/kept-awareness.ts'
import type { Session } from '../room/session.ts'

/** A connection to a record room. */
export type RecordSession = Session<Asked>

/** What a connection to a record room has asked for. */
export interface Asked {
  /** Whether this client has asked for the roster, and is told when it changes. */
  watchesRoster: boolean
  /** Its subscriptions, by the ids that it gave. */
  readonly subscriptions: Map<string, Subscription>
  /** The texts that it has joined, by their docKeys. */
  readonly texts: Map<string, JoinedText>
  /** It had joined some, and an attachment could not hold which. */
  readonly hasLostTexts?: true
}

/** A text that a connection has joined. */
export interface JoinedText {
  /** As it was last found, and told. */
  canWrite: boolean
  /** What it says of itself there, as it outlives a sleep; not there where that is nothing, since an attachment is small. */
  awareness?: KeptAwareness
  /** Whether what it has was written for a record that is gone. */
  isFormer?: true
}

/** What a connection has asked under one id, as far as it matters after the answer. */
export interface Subscription {
  readonly collection: string
  /** The query, where only the number of its records was asked. */
  readonly counted?: Query
}

/** Who asks, as permission rules see a connection. */
export function callerOf({ identity, role }: RecordSession): Caller {
  return { userId: identity.userId, role }
}

/** Whether a connection is to hear of a collection: one that speaks part B only while it asks of it (A9), any other always. */
export function isInterested({ version, kept }: RecordSession, { name }: Collection): boolean {
  if (version === 0) return true
  for (const { collection, counted } of kept.subscriptions.values()) if (collection === name && !counted) return true
  return false
}
