import { getRequestEvent } from 'solid-js/web'
import { DeepSpaceError, type ErrorCode, received } from '../src/protocol/errors.ts'
import type { Query } from '../src/protocol/records/query.ts'
import type { RecordData, RecordEnvelope } from '../src/protocol/records/record.ts'
import type { CollectionLike, NewData, Patch, RecordIn } from '../src/protocol/records/typed-record.ts'
import type { WriteOperation } from '../src/protocol/records/write-operation.ts'
import { within } from '../src/protocol/within.ts'
import { reach } from '../worker/edge/reach.ts'
import type { RpcCaller } from '../worker/edge/rpc-caller.ts'
import { type RequestLocals, visitorKey } from './live-records.ts'

/**
 * A record room, for server code. Every call rejects with a `DeepSpaceError`: what the room would answer a connection of the
 * same user, with its code and field; `unauthorized`, `token-expired` or `forbidden` where they may not come in; `room-failed`;
 * `timeout` after 10 s and `disconnected` where the room ended under the call, when it is not known whether a write happened.
 */
export interface ServerRoom {
  /** The records of a query that the caller may read. */
  query<C extends CollectionLike>(collection: C, options?: Omit<Query, 'collection'>): Promise<RecordIn<C>[]>
  /** Creates a record, or writes some of its fields and leaves the others. */
  put<C extends CollectionLike>(collection: C, recordId: string, data: NewData<C> | Patch<C>): Promise<void>
  remove(collection: CollectionLike, recordId: string): Promise<void>
  /** Applies several writes as one: when any is refused, none happens. */
  batch(operations: readonly WriteOperation[]): Promise<void>
}

/** As whom {@link room} acts. */
export interface RoomOptions {
  /** The room itself, which no permission binds; default: the user of the request. */
  readonly as?: 'system' | undefined
}

/** The methods of a room that are called here. */
interface RecordRooms {
  query(query: Query, as: RpcCaller): Promise<RecordEnvelope[]>
  batch(operations: readonly WriteOperation[], as: RpcCaller): Promise<void>
}

/**
 * A record room in a server function, an action or an API route, as the user of the request. What is written is told to every
 * connection like any other write. Throws an `Error` outside a request, and where {@link liveRecords} is not among the middleware.
 *
 * @example
 * 'use server'
 * await room('board').put(tasks, id, { title })
 */
export function room(roomId: string, { as }: RoomOptions = {}): ServerRoom {
  if (typeof roomId !== 'string' || !roomId)
    throw new TypeError(`room: expected a room id, received ${received(roomId)}`)
  if (as !== undefined && as !== 'system') throw new TypeError(`room: as: expected 'system', received ${received(as)}`)
  // Asked now, while it is certain whose request this is.
  const event = getRequestEvent() as { readonly request: Request; readonly locals: RequestLocals } | undefined
  const visitor = event?.locals[visitorKey]?.(event.request)
  if (!visitor) throw new Error('room: there is no request here, or liveRecords is not among its middleware')
  const { rooms } = visitor
  const callerOf = async (): Promise<RpcCaller> => as ?? (await visitor.identityIn(roomId))

  return {
    async query<C extends CollectionLike>(collection: C, options: Omit<Query, 'collection'> = {}) {
      const query = { ...options, collection: nameOf(collection) }
      return answered(async () => {
        const caller = await callerOf()
        // What comes by RPC holds what must be given back; records do not.
        const records = await reach(rooms, roomId, (stub: RecordRooms) => stub.query(query, caller))
        return [...records] as unknown as RecordIn<C>[]
      })
    },
    put: (collection, recordId, data) =>
      write([{ type: 'put', collection: nameOf(collection), recordId, data: data as RecordData }]),
    remove: (collection, recordId) => write([{ type: 'remove', collection: nameOf(collection), recordId }]),
    batch: (operations) => write(operations),
  }

  function write(operations: readonly WriteOperation[]): Promise<void> {
    return answered(async () => {
      const caller = await callerOf()
      const stub = rooms.get(rooms.idFromName(roomId)) as unknown as RecordRooms
      await stub.batch(operations, caller)
    })
  }
}

function nameOf(collection: CollectionLike): string {
  return typeof collection === 'string' ? collection : collection.name
}

/** In milliseconds. */
const answersWithin = 10_000

/** Gives what a call gives; what it rejects with is a `DeepSpaceError`. */
async function answered<T>(call: () => Promise<T>): Promise<T> {
  try {
    const late = new DeepSpaceError('timeout', `The room gave no answer within ${answersWithin} ms`)
    return await within(answersWithin, call(), late)
  } catch (error) {
    throw errorOf(error)
  }
}

/** An error of a room as it was before it came by RPC, which leaves no more of it than its properties. */
function errorOf(error: unknown): DeepSpaceError {
  if (error instanceof DeepSpaceError) return error
  const remote = error as Partial<DeepSpaceError> & { readonly durableObjectReset?: boolean }
  if (remote.name === 'DeepSpaceError') return new DeepSpaceError(remote.code as ErrorCode, remote.message!, remote)
  console.error('room: a call failed', error)
  if (remote.durableObjectReset)
    return new DeepSpaceError('disconnected', 'The room ended while the call was in flight')
  return new DeepSpaceError('internal', 'The room could not be reached')
}
