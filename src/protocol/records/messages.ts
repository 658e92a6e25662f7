import * as v from 'valibot'
import type { ErrorPayload } from '../error-payload.ts'
import { checkPayload, type Incoming, type MarkFrame, markPayload, requestId } from '../frame.ts'
import type { Cursor } from './cursor.ts'
import type { Query } from './query.ts'
import type { RecordData, RecordEnvelope } from './record.ts'
import { type TextPlace, textPlaceEntries } from './text-place.ts'
import { nameSchema, objectSchema, placeEntries } from './write-operation.ts'

/** A user as the roster and `user.info` show them. `email` is `''` where the reader has no business with it. */
export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly imageUrl?: string
  readonly role: string
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601, to the minute: a visit is not worth a write. */
  readonly lastSeenAt: string
}

/** What `records.list_schemas` says of a collection. `permissions` holds the asker's own role only, unless an admin asks. */
export interface CollectionSummary {
  readonly name: string
  readonly fields: Readonly<Record<string, { readonly type: string; readonly required: boolean }>>
  readonly permissions?: Readonly<Record<string, unknown>>
}

/** What `records.list_schemas` says of a collection to a connection that does not speak version 1: as its apps declare one. */
export interface BaselineSchema {
  readonly name: string
  readonly columns: readonly {
    readonly name: string
    readonly storage: 'text' | 'number'
    readonly interpretation: { readonly kind: 'plain' | 'boolean' | 'json' }
    readonly required?: true
    readonly userBound?: true
    readonly immutable?: true
    readonly timestampTrigger?: { readonly field: string; readonly value?: unknown }
  }[]
  readonly permissions?: Readonly<Record<string, unknown>>
  readonly ownerField?: string
  readonly collaboratorsField?: string
  readonly teamField?: string
  readonly visibilityField?: { readonly field: string; readonly value: unknown }
}

/** A user as the roster shows them to a connection that does not speak version 1; with the rest, to an admin. */
export type BaselineUser = Omit<User, 'email' | 'createdAt'> & Partial<Pick<User, 'email' | 'createdAt'>>

/** A part of a query's result that is asked for by itself: the records behind a place of its order (Q10). */
export interface PageRequest {
  readonly after: Cursor
  readonly limit: number
}

/**
 * Asks a query under an id. With `page` only that part is answered; with `count` only how many records there are, now
 * and at every change (Q12). A worker that knows neither answers with the records of the query.
 */
export interface Subscribe {
  readonly subscriptionId: string
  readonly query: Query
  readonly page?: PageRequest
  readonly count?: boolean
  /** What has changed since this version is enough (V2); a worker that cannot tell answers with the whole. */
  readonly since?: number | undefined
  readonly requestId?: string
}

/** The answer to {@link Subscribe}; what a baseline worker does not say is optional. */
export interface QueryResult {
  readonly subscriptionId: string
  /** In the order of the query. */
  readonly records: readonly RecordEnvelope[]
  /** Whether there are more records behind these. */
  readonly hasMore?: boolean
  /** The place behind which these records lie, when a page was asked for. */
  readonly page?: Cursor
  /** The rest of the answer follows at once, in more frames of the same kind. */
  readonly partial?: boolean
  /** How many records there are, when that was asked. Sent again whenever it changes. */
  readonly count?: number
  /** The number of the room's last commit; everything up to it is in the answer, or has been told (V1). */
  readonly version?: number
  /** The answer is a difference: `records` are those that were written since this version and that the query has now. */
  readonly since?: number
  /** With `since`: the ids of records that it may have had then, and has not any more. */
  readonly removed?: readonly string[]
}

/** Every frame a client sends on a records socket (`docs/protocol.md`). `requestId` asks for exactly one `records.ack`. */
export type ClientFrame =
  | { type: 'core.subscribe'; payload: Subscribe }
  | { type: 'core.unsubscribe'; payload: { subscriptionId: string; requestId?: string } }
  | { type: 'core.put'; payload: { collection: string; recordId: string; data: RecordData; requestId?: string } }
  | { type: 'core.delete'; payload: { collection: string; recordId: string; requestId?: string } }
  | { type: 'user.list'; payload: { requestId?: string } }
  | { type: 'user.update'; payload: { requestId?: string } }
  | { type: 'user.set_role'; payload: { userId: string; role: string; requestId?: string } }
  | { type: 'records.list_schemas'; payload: { requestId?: string } }
  | { type: 'yjs.join'; payload: TextPlace & { synced?: boolean; requestId?: string } }
  | { type: 'yjs.leave'; payload: TextPlace & { requestId?: string } }
  | { type: 'yjs.saved'; payload: TextSaved & { requestId?: string } }
  | MarkFrame

/**
 * What a connection may do with the text of a field: after the first frames of a join, and whenever it changes. `revoked`
 * says to version 1 that it may not read the record any more, and has joined the text no longer.
 */
export interface TextJoined extends TextPlace {
  readonly canWrite: boolean
  readonly revoked?: true
}

/** A client counts what it has sent of a text, and the room says the number back once everything before it is stored. */
export interface TextSaved extends TextPlace {
  readonly counter: number
}

/** The roster: everyone; or, with `removed`, who has changed on it and who is on it no more. */
export interface UserList {
  readonly users: readonly User[]
  readonly removed?: readonly string[]
}

/** What happened to a record; `revoked` says that the receiver may no longer read it, which a baseline one is told as a `delete` (A3). */
export interface RecordChange {
  readonly collection: string
  readonly record: RecordEnvelope | { readonly recordId: string }
  readonly changeType: 'create' | 'update' | 'delete'
  readonly revoked?: true
}

/** Several changes in one frame (A10). */
export interface RecordChanges {
  readonly changes: readonly RecordChange[]
  /** The last commit in it goes on in the next frame. */
  readonly partial?: true
}

/** Every frame a record room sends (`docs/protocol.md`). */
export type ServerFrame =
  | { type: 'user.info'; payload: User & { capabilities?: readonly string[] } }
  | { type: 'user.list'; payload: UserList }
  | { type: 'core.query_result'; payload: QueryResult }
  | { type: 'core.record_change'; payload: (RecordChange | RecordChanges) & { readonly version?: number } }
  | { type: 'records.ack'; payload: { requestId: string; success: true; recordId?: string } }
  | { type: 'records.ack'; payload: { requestId: string; success: false } & ErrorPayload }
  | { type: 'core.error'; payload: ErrorPayload & { subscriptionId?: string } }
  | { type: 'records.list_schemas'; payload: { schemas: readonly CollectionSummary[] } }
  | { type: 'records.resubscribe'; payload: Record<string, never> }
  | MarkFrame

/** What is sent beside to a connection that has joined a text; the text itself travels in binary frames (A3). */
export type TextServerFrame = { type: 'yjs.join'; payload: TextJoined } | { type: 'yjs.saved'; payload: TextSaved }

/** What a connection that does not speak version 1 is sent in the place of the frames of these types. */
export type BaselineFrame =
  | { type: 'user.list'; payload: { readonly users: readonly BaselineUser[] } }
  | { type: 'records.list_schemas'; payload: { readonly schemas: readonly BaselineSchema[] } }

const subscriptionId = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const bare = v.object({ requestId })

/** The payload of every type that a client may send. `readQuery` and the schema of the collection judge the rest. */
const payloads = {
  'core.subscribe': v.object({
    subscriptionId,
    query: v.looseObject({ collection: nameSchema }),
    page: v.optional(v.strictObject({ after: objectSchema, limit: v.number() })),
    count: v.optional(v.boolean()),
    since: v.optional(v.number()),
    requestId,
  }),
  'core.unsubscribe': v.object({ subscriptionId, requestId }),
  'core.put': v.object({ ...placeEntries, data: objectSchema, requestId }),
  'core.delete': v.object({ ...placeEntries, requestId }),
  'user.list': bare,
  'user.update': bare,
  'user.set_role': v.object({
    userId: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
    role: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
    requestId,
  }),
  'records.list_schemas': bare,
  'yjs.join': v.object({ ...textPlaceEntries, synced: v.optional(v.boolean()), requestId }),
  'yjs.leave': v.object({ ...textPlaceEntries, requestId }),
  'yjs.saved': v.object({ ...textPlaceEntries, counter: v.pipe(v.number(), v.safeInteger()), requestId }),
  'core.mark': markPayload,
} satisfies { [T in ClientFrame['type']]: v.GenericSchema }

/** Reads a client's frame; the collection's schema and `readQuery` judge the rest. Throws like {@link checkPayload}. */
export function readFrame(incoming: Incoming): ClientFrame {
  return { type: incoming.type, payload: checkPayload(payloads, incoming) } as ClientFrame
}
