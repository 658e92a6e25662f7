import { type Accessor, createComputed, createMemo, createResource, createSignal, onCleanup, untrack } from 'solid-js'
import { DeepSpaceError } from './protocol/errors.ts'
import type { Json } from './protocol/json.ts'
import { type Query, queryKey, readQuery } from './protocol/query.ts'
import type { EnvelopeField, RecordEnvelope } from './protocol/record.ts'
import type { Collection, DataOf, RecordOf } from './protocol/schema.ts'
import type { Where } from './protocol/where.ts'
import type { LiveQuery, QueryStatus } from './replica/live-query.ts'
import type { RoomClient } from './room-client.ts'
import { type CollectionLike, useCollection } from './scope.ts'

/** The record type of a collection; of a bare name, a record whose fields are not known. */
export type RecordIn<C> = C extends Collection ? RecordOf<C> : RecordEnvelope

type FieldIn<C> = C extends Collection ? Extract<keyof DataOf<C>, string> | EnvelopeField : string
type ValueIn<C, F> = C extends Collection ? (F extends keyof DataOf<C> ? DataOf<C>[F] : string) : Json

/** What may be asked of a field that holds a `T`: a value, or operators. `null` also means absent. */
export type Condition<T> = NonNullable<T> | null | ConditionOperators<NonNullable<T>>

type ConditionOperators<T> = {
  readonly eq?: T | null
  readonly ne?: T | null
  readonly in?: readonly (T | null)[]
  readonly nin?: readonly (T | null)[]
  readonly isNull?: boolean
} & (T extends string | number | boolean
  ? { readonly gt?: T; readonly gte?: T; readonly lt?: T; readonly lte?: T }
  : unknown) &
  (T extends string
    ? { readonly like?: string; readonly startsWith?: string; readonly contains?: string }
    : T extends readonly (infer Item)[]
      ? { readonly contains?: Item }
      : unknown)

/** Which records of a collection: fields with what is asked of them, and `and`, `or`, `not` of more of the same. */
export type WhereIn<C> = C extends Collection
  ? { readonly [F in FieldIn<C>]?: Condition<ValueIn<C, F>> } & {
      readonly and?: readonly WhereIn<C>[]
      readonly or?: readonly WhereIn<C>[]
      readonly not?: WhereIn<C>
    }
  : Where

/** What to ask for. */
export interface QueryOptions<C extends CollectionLike = CollectionLike> {
  /** Which records; default all. See `docs/queries.md` for the operators. */
  readonly where?: WhereIn<C>
  /** The field to order by, or several keys, the first above the others; default `createdAt`. */
  readonly orderBy?:
    | FieldIn<C>
    | readonly (FieldIn<C> | { readonly field: FieldIn<C>; readonly dir?: 'asc' | 'desc' })[]
  /** The direction of keys that do not name one; default `desc`. */
  readonly orderDir?: 'asc' | 'desc'
  /** How many records to show at most; default all. `loadMore` adds as many again. */
  readonly limit?: number
}

/** Options, or nothing to switch a query off. */
export type MaybeOptions<O> = O | false | null | undefined

/** A live query. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface QueryResult<R> {
  /**
   * The records, in order: a read-only array for `<For>`. A change to a field runs what reads that field of that
   * record; a record that comes, goes or moves runs what reads the list. Under `<Suspense>` the first read suspends
   * until there is a result; elsewhere it is empty until then.
   */
  readonly records: readonly R[]
  /** `loading` until the first result; also while switched off. Later disconnects leave it `ready`. Never suspends. */
  readonly status: QueryStatus
  /** Why the status is `error`. */
  readonly error: DeepSpaceError | undefined
  /** Whether there are records beyond the limit. */
  readonly hasMore: boolean
  /** Shows as many more as `limit` says; does nothing without a limit or when there are no more. */
  readonly loadMore: () => void
}

/**
 * Asks a question and keeps the answer up to date. `options` may be an accessor: when what it gives changes, the old
 * records stay until the new answer is there; a falsy value switches the query off. Components that ask the same
 * question share one subscription.
 *
 * Throws when no `RecordScope` above has the collection. A query that makes no sense (an unknown field, a value of the
 * wrong type, a bad limit) or is refused by the room has the status `error`.
 *
 * @example
 * const open = createQuery(tasks, () => ({ where: { done: false }, orderBy: 'priority' }))
 */
export function createQuery<C extends CollectionLike>(
  collection: C,
  options: MaybeOptions<QueryOptions<C>> | Accessor<MaybeOptions<QueryOptions<C>>> = {},
): QueryResult<RecordIn<C>> {
  const resolved = useCollection('createQuery', collection)
  const name = typeof collection === 'string' ? collection : collection.name
  const question = createMemo<Question>(
    () => {
      const given = typeof options === 'function' ? options() : options
      return given ? checked({ ...(given as QueryOptions), collection: name } as Query, resolved.collection) : undefined
    },
    undefined,
    { equals: sameQuestion },
  )
  // Another question starts again at its first page.
  const paging = createMemo(() => {
    const asked = question()
    const [pages, setPages] = createSignal(1)
    return { asked, pages, next: () => setPages((count) => count + 1) }
  })

  const leases = new Set<Lease>()
  /** The live query for the present question. */
  const current = createMemo<Lease | undefined>(() => {
    const client = resolved.client()
    const { asked, pages } = paging()
    if (!client || !asked || asked instanceof DeepSpaceError) return undefined
    const query = asked.limit === undefined ? asked : { ...asked, limit: asked.limit * pages() }
    const lease = { client, live: client.acquire(query) }
    leases.add(lease)
    return lease
  })
  /** The live query whose records are shown: the present one, or the one before it while its answer is on the way. */
  const shown = createMemo<Lease | undefined>((before) => {
    const now = current()
    if (now?.live.status() !== 'loading') return now
    return before?.client === now.client ? before : undefined
  })
  giveBack(leases, current, shown)

  // A promise that never resolves: Suspense stops waiting because there is nothing to wait for any more.
  const [waiting] = createResource(
    () => current() !== undefined && shown() === undefined,
    () => new Promise<never>(() => {}),
  )

  return {
    get records() {
      const lease = shown()
      if (!lease) waiting()
      return (lease?.live.records ?? nothing) as unknown as readonly RecordIn<C>[]
    },
    get status() {
      return question() instanceof DeepSpaceError ? 'error' : (current()?.live.status() ?? 'loading')
    },
    get error() {
      const asked = question()
      return asked instanceof DeepSpaceError ? asked : current()?.live.error()
    },
    get hasMore() {
      return shown()?.live.hasMore ?? false
    },
    loadMore() {
      untrack(() => {
        if (shown()?.live.hasMore && shown() === current()) paging().next()
      })
    },
  }
}

/** A query to ask, the reason why it cannot be asked, or nothing. */
type Question = Query | DeepSpaceError | undefined

/** One component's hold on a live query. */
interface Lease {
  readonly client: RoomClient
  readonly live: LiveQuery
}

const nothing: readonly never[] = Object.freeze([])

function checked(query: Query, collection: Collection | undefined): Question {
  try {
    readQuery(query, collection)
    return query
  } catch (error) {
    if (error instanceof DeepSpaceError) return error
    throw error
  }
}

function sameQuestion(a: Question, b: Question): boolean {
  if (!a || !b) return a === b
  if (a instanceof DeepSpaceError || b instanceof DeepSpaceError) {
    return a instanceof DeepSpaceError && b instanceof DeepSpaceError && a.message === b.message
  }
  return queryKey(a) === queryKey(b)
}

/** Gives back every lease that is neither the present one nor shown any more, and all of them at the end. */
function giveBack(leases: Set<Lease>, ...held: Accessor<Lease | undefined>[]): void {
  createComputed(() => {
    const inUse = new Set(held.map((lease) => lease()))
    for (const lease of leases) {
      if (inUse.has(lease)) continue
      leases.delete(lease)
      lease.client.release(lease.live)
    }
  })
  onCleanup(() => {
    for (const { client, live } of leases) client.release(live)
  })
}
