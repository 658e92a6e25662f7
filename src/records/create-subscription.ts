import { type Accessor, createComputed, createMemo, createResource, createUniqueId, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { createForkedMemo, isMovingOn, onMovedOn } from '../connection/transition.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import { type Query, queryKey, readQuery } from '../protocol/records/query.ts'
import type { PageQuestion, Rendered } from '../protocol/records/snapshot.ts'
import { type Answer, answerOf, createHydration, createRendered, errorOf, statusOf } from './create-rendered.ts'
import type { LiveQuery, QueryStatus } from './replica/live-query.ts'
import type { RoomClient } from './room-client.ts'
import type { Resolved } from './scope.ts'

/** What to ask, the reason why it cannot be asked, or nothing. */
export type Question<Asked = Query> = Asked | DeepSpaceError | undefined

/** Options, or nothing to switch a query off. The empty text is what `id() && ...` gives for an id that is none. */
export type MaybeOptions<O> = O | false | null | undefined | '' | 0

/** What is shown, and what it is the answer to. */
export interface Shown<Asked = Query> {
  readonly live: Answer
  readonly asked: Asked
}

/** One component's hold on a live query, and what it asked. */
interface Lease<Asked> extends Shown<Asked> {
  readonly client: RoomClient
  readonly live: LiveQuery
  /** Whether it takes the place of another one on a page that is coming, in a transition. */
  readonly isComing: boolean
}

/** One component's subscription to a question that may change. Everything is tracked. */
export interface Subscription<Asked = Query> {
  /** What is shown: the present answer, or the one before it while that is on the way. */
  readonly shown: Accessor<Shown<Asked> | undefined>
  /** The same, and suspends under `<Suspense>` while there is none to show. */
  readonly awaited: Accessor<Shown<Asked> | undefined>
  readonly status: Accessor<QueryStatus>
  readonly error: Accessor<DeepSpaceError | undefined>
}

/** How a kind of primitive asks. */
export interface Asking<Asked> {
  /** What it asks of a room, as a page does that is rendered on the server, and the other way round. */
  readonly asks: (asked: Asked) => PageQuestion
  readonly askedIn: (question: PageQuestion) => Asked
  /**
   * The live query for it, `former` being the one before it in the same room. One that nobody has begun to answer begins with
   * what the server has `rendered`.
   */
  readonly find: (
    client: RoomClient,
    asked: Asked,
    former: LiveQuery | undefined,
    rendered: Rendered | undefined,
  ) => LiveQuery
  /** Whether the former answer is shown until there is a new one; default true. */
  readonly keeps?: boolean
  /** Whether the first byte of a page does not wait for the answer; default false. */
  readonly stream?: boolean
}

/** What a component asks of a collection, checked. Options that say the same as before are no new question. */
export function createQuestion(resolved: Resolved, options: Accessor<MaybeOptions<object>>): Accessor<Question> {
  return createMemo<Question>(() => questionOf(resolved, options()), undefined, {
    equals: (a, b) => nameOf(a) === nameOf(b),
  })
}

/** The query in the options of one: how it comes onto a page is no part of what is asked. */
export function queryIn<O extends { readonly stream?: unknown }>({ stream: _, ...query }: O): Omit<O, 'stream'> {
  return query
}

/** What options ask of a collection, or why they cannot. */
export function questionOf({ name, collection, client }: Resolved, given: MaybeOptions<object>): Question {
  if (!given) return undefined
  const asked = { ...given, collection: name } as Query
  try {
    readQuery(asked, collection)
    return asked
  } catch (error) {
    if (!(error instanceof DeepSpaceError)) throw error
    untrack(client)?.failed(error)
    return error
  }
}

/**
 * Asks a question for as long as its owner lives, and another one when it changes.
 *
 * Inside a transition every accessor speaks of the page that is coming; the one that is shown keeps its own leases. A
 * transition to another question waits for its answer. While a page that the server has rendered is on its way, an instance
 * shows what it was rendered with, and asks what it was asked there.
 */
export function createSubscription<Asked>(
  { roomId, client, collection }: Resolved,
  question: Accessor<Question<Asked>>,
  asking: Asking<Asked>,
): Subscription<Asked> {
  if (isServer) return renderedSubscription(roomId, question(), asking)
  const { askedIn, find, keeps = true } = asking
  const hydration = createHydration()
  const rendered = hydration?.rendered
  const atFirst = rendered && { asked: askedIn(rendered.asked!), status: statusOf(rendered), error: errorOf(rendered) }
  /** Whether it is as it was rendered, since the page is on its way. */
  const isHeld = hydration?.isComing ?? (() => false)
  const current = createForkedMemo<Lease<Asked> | undefined>((before) => {
    const room = client()
    const isFirst = atFirst && isHeld()
    const asked = isFirst ? atFirst.asked : question()
    if (!room || asked === undefined || asked instanceof DeepSpaceError) return undefined
    if (collection) room.learn(collection)
    const live = find(room, asked, before?.client === room ? before.live : undefined, isFirst ? rendered : undefined)
    hold(room, live)
    return { client: room, asked, live, isComing: before !== undefined && isMovingOn() }
  })
  const shown = createForkedMemo<Lease<Asked> | undefined>((before) => {
    const now = current()
    if (isHeld() && !atFirst) return undefined
    const former = keeps && now && before?.client === now.client ? before : undefined
    const lease = now?.live.hasBegun() ? now : former
    if (lease) hold(lease.client, lease.live)
    return lease
  })

  // What the server has rendered is hydrated as it is.
  let hydrates = hydration !== undefined
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
      if (atFirst && isHeld()) return atFirst.status
      const asked = question()
      if (asked === undefined) return 'off'
      if (asked instanceof DeepSpaceError) return 'error'
      return (isHeld() ? undefined : current()?.live.status()) ?? 'loading'
    },
    error() {
      if (atFirst && isHeld()) return atFirst.error
      const asked = question()
      if (asked instanceof DeepSpaceError) return asked
      return isHeld() ? undefined : current()?.live.error()
    },
  }
}

/** The same on the server, where nothing changes any more. */
function renderedSubscription<Asked>(
  roomId: Resolved['roomId'],
  asked: Question<Asked>,
  { asks, stream }: Asking<Asked>,
): Subscription<Asked> {
  const mistake = asked instanceof DeepSpaceError ? asked : undefined
  const question = asked === undefined || asked instanceof DeepSpaceError ? undefined : asks(asked)
  const rendered = createRendered(roomId, question, stream)
  // As many ids as the browser takes for its own waits.
  createUniqueId()
  createUniqueId()
  const shown = rendered && { asked: asked as Asked, live: answerOf(rendered) }
  const error = mistake ?? errorOf(rendered)
  const status = asked === undefined ? 'off' : mistake ? 'error' : statusOf(rendered)
  return { shown: () => shown, awaited: () => shown, status: () => status, error: () => error }
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
