import { type Accessor, createComputed, createMemo, createResource, onCleanup } from 'solid-js'
import { DeepSpaceError } from '../protocol/errors.ts'
import { type Query, queryKey, readQuery } from '../protocol/records/query.ts'
import type { LiveQuery, QueryStatus } from './replica/live-query.ts'
import type { RoomClient } from './room-client.ts'
import type { CollectionLike, Resolved } from './scope.ts'

/** A query to ask, the reason why it cannot be asked, or nothing. */
export type Question = Query | DeepSpaceError | undefined

/** Options, or nothing to switch a query off. */
export type MaybeOptions<O> = O | false | null | undefined

/** One component's subscription to a question that may change. Everything is tracked. */
export interface Subscription {
  /** The live query whose answer is shown: the present one, or the one before it while its answer is on the way. */
  readonly shown: Accessor<LiveQuery | undefined>
  /** The same, and suspends under `<Suspense>` while there is none to show. */
  readonly awaited: Accessor<LiveQuery | undefined>
  /** The live query for the present question. */
  readonly current: Accessor<LiveQuery | undefined>
  readonly status: Accessor<QueryStatus>
  readonly error: Accessor<DeepSpaceError | undefined>
}

/** What a component asks of a collection, checked. Options that say the same as before are no new question. */
export function createQuestion(
  { collection: schema }: Resolved,
  collection: CollectionLike,
  options: Accessor<MaybeOptions<object>>,
): Accessor<Question> {
  const name = typeof collection === 'string' ? collection : collection.name
  return createMemo<Question>(
    () => {
      const given = options()
      if (!given) return undefined
      const asked = { ...given, collection: name } as Query
      try {
        readQuery(asked, schema)
        return asked
      } catch (error) {
        if (error instanceof DeepSpaceError) return error
        throw error
      }
    },
    undefined,
    { equals: (a, b) => nameOf(a) === nameOf(b) },
  )
}

/** Asks a question for as long as its owner lives, and another one when it changes. With `counts`, for the number of records. */
export function createSubscription(resolved: Resolved, question: Accessor<Question>, counts = false): Subscription {
  const leases = new Set<Lease>()
  const current = createMemo<Lease | undefined>((before) => {
    const client = resolved.client()
    const asked = question()
    if (!client || !asked || asked instanceof DeepSpaceError) return undefined
    const former = before?.client === client ? before.live : undefined
    const lease = { client, live: client.acquire(asked, counts, former) }
    leases.add(lease)
    return lease
  })
  const shown = createMemo<Lease | undefined>((before) => {
    const now = current()
    if (!now || now.live.hasBegun()) return now
    return before?.client === now.client ? before : undefined
  })
  giveBack(leases, current, shown)

  // A promise that never resolves: Suspense stops waiting because there is nothing to wait for any more.
  const [waiting] = createResource(
    () => current() !== undefined && shown() === undefined,
    () => new Promise<never>(() => {}),
  )
  return {
    shown: () => shown()?.live,
    awaited() {
      const lease = shown()
      if (!lease) waiting()
      return lease?.live
    },
    current: () => current()?.live,
    status: () => (question() instanceof DeepSpaceError ? 'error' : (current()?.live.status() ?? 'loading')),
    error() {
      const asked = question()
      return asked instanceof DeepSpaceError ? asked : current()?.live.error()
    },
  }
}

/** One component's hold on a live query. */
interface Lease {
  readonly client: RoomClient
  readonly live: LiveQuery
}

/** What a question says: a query's key begins with a bracket, no message does. */
function nameOf(question: Question): string | undefined {
  return question instanceof DeepSpaceError ? question.message : question && queryKey(question)
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
