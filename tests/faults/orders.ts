import type { RecordData, RecordEnvelope } from 'deepspace-solid/schema'

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

/** What the drill may ask of the worker, past the edge. */
export type Order =
  | { readonly type: 'sleep'; readonly room: string; readonly closes: boolean }
  | { readonly type: 'crash'; readonly room: string }
  | { readonly type: 'skew'; readonly milliseconds: number }
  | { readonly type: 'state'; readonly room: string }
  | { readonly type: 'batch'; readonly room: string; readonly operations: readonly Operation[] }
