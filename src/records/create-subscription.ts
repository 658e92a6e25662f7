import { type Accessor, createComputed, createMemo, createResource, sharedConfig, untrack } from 'solid-js'
import { createForkedMemo, isMovingOn, onMovedOn } from '../connection/transition.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import { type Query, queryKey, readQuery } from '../protocol/records/query.ts'
import type { LiveQuery, QueryStatus } from './replica/live-query.ts'
import type { RoomClient } from './room-client.ts'
import type { Resolved } from './scope.ts'

/** What to ask, the reason why it cannot be asked, or nothing. */
export type Question<Asked = Query> = Asked | DeepSpaceError | undefined

/** Options, or nothing to switch a query off. The empty text is what `id() && ...` gives for an id that is none. */
export type MaybeOptions<O> = O | false | null | undefined | '' | 0

/** One component's hold on a live query, and what it asked. */
export interface Lease<Asked = Query> {
  readonly client: RoomClient
  readonly live: LiveQuery
  readonly asked: Asked
  /** Whether it takes the place of another one on a page that is coming, in a transition. */
  readonly isComing: boolean
}

/** One component's subscription to a question that may change. Everything is tracked. */
export interface Subscription<Asked = Query> {
  /** The lease whose answer is shown: the present one, or the one before it while its answer is on the way. */
  readonly shown: Accessor<Lease<Asked> | undefined>
  /** The same, and suspends under `<Suspense>` while there is none to show. */
  readonly awaited: Accessor<Lease<Asked> | undefined>
  readonly status: Accessor<QueryStatus>
  readonly error: Accessor<DeepSpaceError | undefined>
}

/** What a component asks of a collection, checked. Options that say the same as before are no new question. */
export function createQuestion(
  { name, collection: schema, client }: Resolved,
  options: Accessor<MaybeOptions<object>>,
): Accessor<Question> {
  return createMemo<Question>(
    () => {
      const given = options()
      if (!given) return undefined
      const asked = { ...given, collection: name } as Query
      try {
        readQuery(asked, schema)
        return asked
      } catch (error) {
        if (!(error instanceof DeepSpaceError)) throw error
        untrack(client)?.failed(error)
        return error
      }
    },
    undefined,
    { equals: (a, b) => nameOf(a) === nameOf(b) },
  )
}

/**
 * Asks a question for as long as its owner lives, and another one when it changes. `find` gives the live query for it,
 * `former` being the one before it in the same room. With `keeps` the former answer is shown until there is a new one.
 *
 * Inside a transition every accessor speaks of the page that is coming; the one that is shown keeps its own leases. A
 * transition to another question waits for its answer.
 */
export function createSubscription<Asked>(
  { client, collection }: Resolved,
  question: Accessor<Question<Asked>>,
  find: (client: RoomClient, asked: Asked, former: LiveQuery | undefined) => LiveQuery,
  keeps = true,
): Subscription<Asked> {
  const current = createForkedMemo<Lease<Asked> | undefined>((before) => {
    const room = client()
    const asked = question()
    if (!room || asked === undefined || asked instanceof DeepSpaceError) return undefined
    if (collection) room.learn(collection)
    const live = find(room, asked, before?.client === room ? before.live : undefined)
    hold(room, live)
    return { client: room, asked, live, isComing: before !== undefined && isMovingOn() }
  })
  const shown = createForkedMemo<Lease<Asked> | undefined>((before) => {
    const now = current()
    const former = keeps && now && before?.client === now.client ? before : undefined
    const lease = now?.live.hasBegun() ? now : former
    if (lease) hold(lease.client, lease.live)
    return lease
  })

  // What the server has rendered as loading is hydrated as loading.
  let hydrates = Boolean(sharedConfig.context)
  /** A resource that is on the way until the present lease has begun, if that is to be waited for. */
  const wait = (isAwaited: (now: Lease<Asked>) => boolean): Accessor<unknown> => {
    // When the wait is over the source stays: of one that is called off a transition would never hear.
    const awaited = createMemo<Lease<Asked> | undefined>((before) => {
      const now = current()
      return now && !hydrates && untrack(() => !now.live.hasBegun() && isAwaited(now)) ? now : before
    })
    // One turn later: what has begun is taken in first, by the page that is shown and by the one that is coming. It has no
    // value, since one that changed would run every reader again.
    return createResource(awaited, ({ live }) => live.begun.then(() => {}))[0]
  }
  const begun = wait((now) => !now.isComing && !shown())
  // Read here and not where the records are: Solid runs an effect early in a transition that owns what waits.
  createComputed(wait((now) => now.isComing))
  hydrates = false
  return {
    shown,
    awaited() {
      begun()
      return shown()
    },
    status() {
      const asked = question()
      if (asked === undefined) return 'off'
      return asked instanceof DeepSpaceError ? 'error' : (current()?.live.status() ?? 'loading')
    },
    error() {
      const asked = question()
      return asked instanceof DeepSpaceError ? asked : current()?.live.error()
    },
  }
}

/** Holds a live query for the running computation. */
function hold(client: RoomClient, live: LiveQuery): void {
  live.holders++
  onMovedOn(() => client.release(live))
}

/** What a question says: a query's key begins with a bracket, no message does. */
function nameOf(question: Question): string | undefined {
  return question instanceof DeepSpaceError ? question.message : question && queryKey(question)
}
