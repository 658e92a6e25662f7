import { type Accessor, createMemo } from 'solid-js'
import { createForkedMemo } from '../connection/transition.ts'
import type { DeepSpaceError } from '../protocol/errors.ts'
import type { CollectionLike, RecordIn } from '../protocol/records/typed-record.ts'
import { createSubscription, type MaybeOptions } from './create-subscription.ts'
import { findRecord } from './record-group.ts'
import type { QueryStatus } from './replica/live-query.ts'
import { useCollection } from './scope.ts'

/** One live record. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface RecordResult<R> {
  /**
   * The record; `undefined` while there is no answer for the present id, and when it does not exist or may not be read.
   * Under `<Suspense>` a read suspends until there is an answer.
   */
  readonly record: R | undefined
  /** `loading` until there is an answer for the present id, `off` without an id. Never suspends. */
  readonly status: QueryStatus
  readonly error: DeepSpaceError | undefined
}

/**
 * One record by its id, kept up to date. `id` may be an accessor; an empty one asks for nothing. Records that are asked for
 * in the same turn, a row each, travel as one question. Throws when no `RecordScope` above has the collection.
 *
 * @example
 * const task = createRecord(tasks, () => props.id)
 * <h1>{task.record?.data.title}</h1>
 */
export function createRecord<C extends CollectionLike>(
  collection: C,
  id: MaybeOptions<string> | Accessor<MaybeOptions<string>>,
): RecordResult<RecordIn<C>> {
  const resolved = useCollection('createRecord', collection)
  const { shown, awaited, status, error } = createSubscription<string>(
    resolved,
    createMemo(() => (typeof id === 'function' ? id() : id) || undefined),
    {
      asks: (recordId) => ({ query: { collection: resolved.name, where: { recordId } } }),
      askedIn: ({ query }) => query.where!.recordId as string,
      find: (client, recordId, _, rendered) => findRecord(client, resolved.name, recordId, rendered),
      keeps: false,
    },
  )
  // The question may be that of many rows: a record that comes or goes concerns none but its own.
  const record = createForkedMemo(() => {
    const lease = shown()
    return lease?.live.records.find(({ recordId }) => recordId === lease.asked)
  })
  return {
    get record() {
      awaited()
      return record() as unknown as RecordIn<C> | undefined
    },
    get status() {
      return status()
    },
    get error() {
      return error()
    },
  }
}
