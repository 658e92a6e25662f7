import { type Accessor, createComputed, createMemo, createSignal, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { DeepSpaceError } from '../protocol/errors.ts'
import type { Json } from '../protocol/json.ts'
import { type Cursor, cursorOf } from '../protocol/records/cursor.ts'
import type { PlainField } from '../protocol/records/field-kind.ts'
import type { Query } from '../protocol/records/query.ts'
import type { EnvelopeField } from '../protocol/records/record.ts'
import type { Collection } from '../protocol/records/schema.ts'
import type { CollectionLike, DataOf, RecordIn } from '../protocol/records/typed-record.ts'
import { createQuestion, createSubscription, type MaybeOptions, queryIn } from './create-subscription.ts'
import type { QueryStatus } from './replica/live-query.ts'
import { useCollection } from './scope.ts'

type FieldIn<C> = C extends Collection ? Extract<keyof C['fields'], string> | EnvelopeField : string
type OrderIn<C> = C extends Collection ? PlainField<C['fields']> | EnvelopeField : string
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
  : WhereOfAny

/**
 * Which records of a collection whose fields are not known. While the compiler does not know which collection is meant it
 * takes an accessor's literals for what they are only where it finds a literal here.
 */
interface WhereOfAny {
  readonly [field: string]: AnyValue | AnyOperators | WhereOfAny | readonly WhereOfAny[]
}
type AnyValue = '' | (string & {}) | 0 | (number & {}) | boolean | null | object
type AnyOperators = { readonly [operator in 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'contains']?: AnyValue } & {
  readonly [operator in 'in' | 'nin']?: readonly AnyValue[]
}

/** What to ask for. */
export interface QueryOptions<C extends CollectionLike = CollectionLike> extends Options<WhereIn<C>, OrderIn<C>> {}

/** The same, by what it is made of: so the compiler speaks of fields where it refuses one. */
interface Options<Where, Field> {
  /** Which records; default all. See `docs/queries.md` for the operators. */
  readonly where?: Where | undefined
  /** The field to order by, or several keys, the first above the others; default `createdAt`. */
  readonly orderBy?:
    | Field
    | readonly (Field | { readonly field: Field; readonly dir?: 'asc' | 'desc' | undefined })[]
    | undefined
  /** The direction of keys that do not name one; default `desc`. */
  readonly orderDir?: 'asc' | 'desc' | undefined
  /** How many records to show at most; default all. `loadMore` adds as many again. */
  readonly limit?: number | undefined
  /** Only the records behind this place of the order, such as the `cursor` of another query; default from the beginning. */
  readonly after?: Cursor | null | undefined
  /**
   * On a page that is rendered on the server: whether its first byte goes out before the answer is there. Then the records
   * come in the course of the page, for which they need JavaScript. Default false.
   */
  readonly stream?: boolean | undefined
}

/**
 * Refuses what an accessor gives beside what is known, since TypeScript itself does not ask that of a function's result: not
 * inside `and`, `or`, `not` and operators.
 */
type KnownOptions<O, C extends CollectionLike> = None<Others<O, keyof QueryOptions<C>>> &
  ([Others<WhereOf<O>, keyof WhereIn<C>>] extends [never] ? unknown : { readonly where: KnownFields<WhereOf<O>, C> })
/** The same of a `where`. */
export type KnownFields<W, C> = None<Others<W, keyof WhereIn<C>>>

type WhereOf<O> = O extends { readonly where: infer W } ? W : never
type Others<O, Known> = O extends object ? Exclude<keyof O, Known> : never
type None<Name extends PropertyKey> = [Name] extends [never] ? unknown : { readonly [K in Name]: never }

/** A live query. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface QueryResult<R> {
  /**
   * The records, in order: a read-only array for `<For>`. A change to a field runs what reads that field of that
   * record; a record that comes, goes or moves runs what reads the list. Under `<Suspense>` the first read suspends
   * until there is a result; elsewhere it is empty until then.
   */
  readonly records: readonly R[]
  /** `loading` until the first result, `off` while switched off. Later disconnects leave it `ready`. Never suspends. */
  readonly status: QueryStatus
  /** Why the status is `error`. */
  readonly error: DeepSpaceError | undefined
  /** Whether there are records beyond the limit. */
  readonly hasMore: boolean
  /**
   * Shows as many more as `limit` says; does nothing without a limit or when there are no more. While the query is loading
   * it is remembered.
   */
  readonly loadMore: () => void
  /** The place of the last record on show: `after` for a query that goes on behind it. `undefined` when there is none. */
  readonly cursor: Cursor | undefined
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
export function createQuery<
  C extends CollectionLike,
  O extends MaybeOptions<Options<WhereIn<C>, OrderIn<C>>> = MaybeOptions<Options<WhereIn<C>, OrderIn<C>>>,
>(
  collection: C,
  options: MaybeOptions<Options<WhereIn<C>, OrderIn<C>>> | Accessor<O & KnownOptions<O, C>> = {},
): QueryResult<RecordIn<C>> {
  const resolved = useCollection('createQuery', collection)
  const given = (): QueryOptions<C> | undefined =>
    ((typeof options === 'function' ? options() : options) || undefined) as QueryOptions<C> | undefined
  const question = createQuestion(resolved, () => {
    const asked = given()
    return asked && queryIn(asked)
  })
  // Another question starts again at its first page.
  const paging = createMemo(() => {
    const asked = question()
    const [pages, setPages] = createSignal(1)
    return { asked, pages, next: () => setPages((count) => count + 1) }
  })
  const { shown, awaited, status, error } = createSubscription<Query>(
    resolved,
    () => {
      const { asked, pages } = paging()
      const isPaged = asked && !(asked instanceof DeepSpaceError) && asked.limit !== undefined
      return isPaged ? { ...asked, limit: asked.limit! * pages() } : asked
    },
    {
      asks: (query) => ({ query }),
      askedIn: ({ query }) => query,
      find: (client, query, former, rendered) => client.query({ query }, former, rendered),
      stream: isServer && given()?.stream,
    },
  )
  /** Whether more was asked for before it could be known whether there is any. */
  let wantsMore = false
  let justAsked = false
  const loadMore = (): void =>
    untrack(() => {
      if (justAsked) return
      wantsMore = status() === 'loading'
      if (wantsMore || !shown()?.live.hasMore) return
      // Who asks twice in one turn means one page.
      justAsked = true
      queueMicrotask(() => {
        justAsked = false
      })
      paging().next()
    })
  createComputed(() => {
    if (status() !== 'loading' && wantsMore) loadMore()
  })

  return {
    get records() {
      return (awaited()?.live.records ?? nothing) as unknown as readonly RecordIn<C>[]
    },
    get status() {
      return status()
    },
    get error() {
      return error()
    },
    get hasMore() {
      return shown()?.live.hasMore ?? false
    },
    loadMore,
    get cursor() {
      const live = shown()?.live
      const last = live?.records.at(-1)
      return last && cursorOf(live!.query, last)
    },
  }
}

const nothing: readonly never[] = Object.freeze([])
