import { untrack } from 'solid-js'
import { DeepSpaceError, mismatch } from '../protocol/errors.ts'
import type { RecordData } from '../protocol/records/record.ts'
import type { CollectionLike, NewData, Patch } from '../protocol/records/typed-record.ts'
import { invalid, parseFields } from '../protocol/records/write.ts'
import { useWriteFailed, type WriteError } from './record-provider.ts'
import { useCollection } from './scope.ts'

/**
 * Writes to one collection. The plain calls return at once and are dropped while offline; what becomes of them is told
 * to the provider's `onWriteError` only if they fail. The confirmed ones resolve when the room has stored the write,
 * after it has come back to this client, and reject with a `DeepSpaceError`:
 * the room's refusal (`denied`, `invalid-field`, `not-found`, `duplicate`, ...), `not-connected`, `disconnected` when
 * the socket drops, the scope unmounts or the user changes while the call is in flight, `timeout` after 10 s.
 */
export interface Mutations<C> {
  /** Whether a call would reach the room now. Tracked. */
  readonly ready: boolean
  /** Creates a record and returns its new id at once. */
  create(data: NewData<C>): string
  /**
   * Writes some fields of a record, and leaves the others; creates the record when there is none with this id. `immutable`
   * fields are for those who give all that a create needs.
   */
  put(recordId: string, data: NewData<C>): void
  put(recordId: string, data: Patch<C>): void
  remove(recordId: string): void
  /** Like `create`; resolves with the id. */
  createConfirmed(data: NewData<C>): Promise<string>
  /** Like `put`. */
  putConfirmed(recordId: string, data: NewData<C>): Promise<void>
  putConfirmed(recordId: string, data: Patch<C>): Promise<void>
  removeConfirmed(recordId: string): Promise<void>
}

/**
 * The writes of a collection, to the room of the nearest scope that has it. The functions may be destructured. Throws
 * when no `RecordScope` above has the collection.
 */
export function createMutations<C extends CollectionLike>(collection: C): Mutations<C> {
  const resolved = useCollection('createMutations', collection)
  const { name } = resolved
  const writeFailed = useWriteFailed()

  const write = async (operation: WriteError['operation'], recordId: string, data: RecordData): Promise<void> => {
    const client = untrack(resolved.client)
    if (!client) throw new DeepSpaceError('not-connected', 'WebSocket not connected')
    if (operation === 'remove') {
      return client.request({ type: 'core.delete', payload: { collection: name, recordId } })
    }
    // Bad values are told here, with the same words, before they travel. One that does not travel at all no room could refuse.
    if (resolved.collection) parseFields(resolved.collection, data, recordId, operation === 'put')
    else if (operation === 'put') {
      for (const field in data) {
        const value = data[field]
        if (value === undefined) throw invalid(name, field, recordId, mismatch(field, 'a JSON value', value))
      }
    }
    return client.request({ type: 'core.put', payload: { collection: name, recordId, data } })
  }
  const attempt = (operation: WriteError['operation'], recordId: string, data: RecordData = {}): void => {
    write(operation, recordId, data).catch((error: DeepSpaceError) => {
      writeFailed({ operation, collection: name, recordId, data, error })
    })
  }

  return {
    get ready() {
      return resolved.client()?.connection.status() === 'connected'
    },
    create(data) {
      const recordId = crypto.randomUUID()
      attempt('create', recordId, data as RecordData)
      return recordId
    },
    put: (recordId: string, data: object) => attempt('put', recordId, data as RecordData),
    remove: (recordId) => attempt('remove', recordId),
    async createConfirmed(data) {
      const recordId = crypto.randomUUID()
      await write('create', recordId, data as RecordData)
      return recordId
    },
    putConfirmed: (recordId: string, data: object) => write('put', recordId, data as RecordData),
    removeConfirmed: (recordId) => write('remove', recordId, {}),
  }
}
