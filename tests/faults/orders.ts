import type { RecordData, RecordEnvelope } from 'deepspace-solid/schema'
import type { Declaration } from './declaration.ts'

/** One change of a record as the database itself noted it, in the order of the commits. */
export interface Entry {
  readonly seq: number
  readonly recordId: string
  /** What the write put into the field `f0`; `null` when the record was deleted. */
  readonly stamp: string | null
}

/** Everything that a room holds, read at one moment. */
export interface RoomState {
  readonly things: readonly RecordEnvelope[]
  readonly members: readonly RecordEnvelope[]
  readonly users: readonly { readonly id: string; readonly role: string | null }[]
  readonly journal: readonly Entry[]
}

/** One write of a batch of the room's own. */
export type Operation =
  | { readonly type: 'put'; readonly collection: string; readonly recordId: string; readonly data: RecordData }
  | { readonly type: 'remove'; readonly collection: string; readonly recordId: string }

/** What a room has stored of one of its documents; `null`: what was stored before is no more. */
export interface StoredRow {
  /** The name of the document, or of the record with which it went. */
  readonly doc: string
  readonly data: readonly number[] | null
}

/** Limits of a room that are set for a while. */
export type LowLimits = Readonly<
  Partial<Record<'subscriptions' | 'workPerSecond' | 'workBurst' | 'framesPerSecond' | 'frameBurst', number>>
>

/** What the drill may ask of the worker, past the edge. */
export type Order =
  /** A room, or that of a document which is bound to a record of it. */
  | { readonly type: 'sleep'; readonly room: string; readonly document?: string; readonly closes: boolean }
  | { readonly type: 'crash'; readonly room: string; readonly document?: string }
  | { readonly type: 'stored'; readonly room: string; readonly document?: string }
  | { readonly type: 'skew'; readonly milliseconds: number }
  | { readonly type: 'state'; readonly room: string }
  /** Several writes; in the same turn a user may be removed. */
  | {
      readonly type: 'batch'
      readonly room: string
      readonly operations: readonly Operation[]
      readonly dismissed: string | undefined
    }
  /** What the room declares from its next start on. It does not start before it is told. */
  | { readonly type: 'declare'; readonly room: string; readonly declaration: Declaration }
  /** One write as somebody, or as the room itself. */
  | { readonly type: 'write'; readonly room: string; readonly operation: Operation; readonly by: string }
  /** From its next start on the room has these limits instead of the default ones; it starts anew at once. */
  | { readonly type: 'limit'; readonly room: string; readonly limits: LowLimits }

/** After how many frames the spy says that it has read them. */
export const framesAtOnce = 20
