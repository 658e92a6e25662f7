import type { Accessor } from 'solid-js'
import type { DeepSpaceError } from '../protocol/errors.ts'
import { createQuery, type QueryOptions, type RecordIn } from './create-query.ts'
import type { QueryStatus } from './replica/live-query.ts'
import type { CollectionLike } from './scope.ts'

/** One live record. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface RecordResult<R> {
  /** The record; `undefined` while there is no answer, and when it does not exist or may not be read. */
  readonly record: R | undefined
  readonly status: QueryStatus
  readonly error: DeepSpaceError | undefined
}

/**
 * One record by its id, kept up to date. `id` may be an accessor; an empty one asks for nothing. Throws when no
 * `RecordScope` above has the collection.
 *
 * @example
 * const task = createRecord(tasks, () => props.id)
 * <h1>{task.record?.data.title}</h1>
 */
export function createRecord<C extends CollectionLike>(
  collection: C,
  id: string | null | undefined | Accessor<string | null | undefined>,
): RecordResult<RecordIn<C>> {
  const query = createQuery(collection, () => {
    const recordId = typeof id === 'function' ? id() : id
    return recordId ? ({ where: { recordId } } as unknown as QueryOptions<C>) : undefined
  })
  return {
    get record() {
      return query.records[0]
    },
    get status() {
      return query.status
    },
    get error() {
      return query.error
    },
  }
}
