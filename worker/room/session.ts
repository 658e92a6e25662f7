import type { Identity } from '../edge/identity.ts'
import type { Budget } from './budget.ts'
import type { KeptTraffic, Traffic } from './traffic.ts'

/** What a room knows of one connection. It lives in memory and, but for its traffic and budget, in the socket's attachment. */
export interface Session<Kept = unknown> {
  readonly socket: WebSocket
  readonly identity: Identity
  /** The part B version that the client asked for; 0 for a baseline client. */
  readonly version: number
  /** What this identity may do here. */
  role: string
  /** What the kind of room that this is keeps of a connection. */
  readonly kept: Kept
  /** What has passed over it since the room woke. */
  readonly traffic: Traffic
  /** How much work its user may still cause, on all their connections together. */
  readonly budget: Budget
}

/** A session as its socket's attachment keeps it. */
export type Attachment<Kept> = Omit<Session<Kept>, 'socket' | 'traffic' | 'budget'> & {
  readonly traffic: KeptTraffic
  readonly isWhole: boolean
}
