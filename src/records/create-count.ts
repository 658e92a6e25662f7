import type { Accessor } from 'solid-js'
import type { DeepSpaceError } from '../protocol/errors.ts'
import type { CollectionLike } from '../protocol/records/typed-record.ts'
import type { KnownFields, WhereIn } from './create-query.ts'
import { createQuestion, createSubscription, type MaybeOptions } from './create-subscription.ts'
import type { QueryStatus } from './replica/live-query.ts'
import { useCollection } from './scope.ts'

/** A live count. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface CountResult {
  /**
   * How many records there are that we may read. Under `<Suspense>` the first read suspends until there is an answer;
   * elsewhere it is 0 until then.
   */
  readonly count: number
  readonly status: QueryStatus
  readonly error: DeepSpaceError | undefined
}

/**
 * The number of records, kept up to date by the room without sending the records. `where` is that of a query, or an
 * accessor of one; a falsy value switches it off. Only what we may read counts. Throws when no `RecordScope` above has
 * the collection; errors are those of `createQuery`.
 *
 * @example
 * const open = createCount(tasks, { done: false })
 * <span>{open.count} to do</span>
 */
export function createCount<C extends CollectionLike, W extends MaybeOptions<WhereIn<C>> = MaybeOptions<WhereIn<C>>>(
  collection: C,
  where: MaybeOptions<WhereIn<C>> | Accessor<W & KnownFields<W, C>> = {} as WhereIn<C>,
): CountResult {
  const resolved = useCollection('createCount', collection)
  const question = createQuestion(resolved, () => {
    const given = typeof where === 'function' ? where() : where
    return given && { where: given }
  })
  const { awaited, status, error } = createSubscription(resolved, question, {
    asks: (query) => ({ query, count: true }),
    askedIn: ({ query }) => query,
    find: (client, query, former, rendered) => client.query({ query, count: true }, former, rendered),
  })
  return {
    get count() {
      return awaited()?.live.count ?? 0
    },
    get status() {
      return status()
    },
    get error() {
      return error()
    },
  }
}
