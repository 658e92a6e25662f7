import { createResource, createUniqueId, sharedConfig } from 'solid-js'
import { getRequestEvent } from 'solid-js/web'
import { type Arrival, pageArrival } from '../connection/arrival.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import type { DeepSpaceError } from '../protocol/errors.ts'
import {
  type PageQuestion,
  type PageReader,
  type Rendered,
  readerKey,
  recordsOf,
} from '../protocol/records/snapshot.ts'
import type { LiveQuery, QueryStatus } from './replica/live-query.ts'

/** What is shown of an answer: in the browser a live query, tracked; on the server what stands on the page. */
export type Answer = Pick<LiveQuery, 'query' | 'records' | 'hasMore' | 'count'>

/** What the server has rendered for an instance that is hydrated; with no `rendered` it has rendered it as loading. */
export interface Hydration extends Arrival {
  readonly rendered: Rendered | undefined
}

/** How Solid renders on the server, as far as it matters here. */
interface RenderContext {
  /** Whether anybody waits for what is on its way. */
  readonly async?: boolean
  serialize(id: string, value: unknown): void
}

/** The reader of the request that is being answered, where `deepspace-solid/start` gives one and the page can wait for it. */
export function pageReader(): PageReader | undefined {
  if (!(sharedConfig.context as RenderContext | undefined)?.async) return undefined
  const event = getRequestEvent() as
    | { readonly request: Request; readonly locals?: { readonly [readerKey]?: (request: Request) => PageReader } }
    | undefined
  return event?.locals?.[readerKey]?.(event.request)
}

/**
 * On the server: the answer that the running instance renders with, or `undefined` while it is not there. Then the nearest
 * Suspense above waits, and runs the instance again; without one it renders loading. What it renders with it leaves on the
 * page, under an id that the browser finds again. With `stream` the first byte of the page does not wait.
 */
export function createRendered(
  room: () => string | null | undefined,
  asked: PageQuestion | 'user' | undefined,
  stream = false,
): Rendered | undefined {
  const id = createUniqueId()
  const reader = asked && pageReader()
  const roomId = reader && room()
  const reading = roomId ? reader.read(roomId, asked === 'user' ? undefined : asked) : undefined
  const rendered = reading?.rendered
  const [waiting] = createResource(
    () => !rendered && reading,
    ({ done }) => done,
    { deferStream: !stream },
  )
  waiting()
  if (rendered && reader!.left.get(id) !== rendered) {
    reader!.left.set(id, rendered)
    ;(sharedConfig.context as unknown as RenderContext).serialize(id, rendered)
  }
  return rendered
}

/** In the browser: what the server has left for the instance that is hydrated; `undefined` where it is made anew. */
export function createHydration(): Hydration | undefined {
  const id = createUniqueId()
  const arrival = pageArrival()
  // The id of the resource that the server waits with.
  createUniqueId()
  return arrival && { ...arrival, rendered: sharedConfig.has?.(id) ? sharedConfig.load?.(id) : undefined }
}

/** What an instance says of itself that is rendered with this, or with nothing. */
export function statusOf(rendered: Rendered | undefined): QueryStatus {
  if (!rendered) return 'loading'
  return errorOf(rendered) ? 'error' : 'ready'
}

/** Why its question was refused. */
export function errorOf(rendered: Rendered | undefined): DeepSpaceError | undefined {
  const answer = rendered?.answer
  return answer && 'error' in answer ? errorFrom(answer.error) : undefined
}

/** What stands on a page of an answer, in the form of a live query. */
export function answerOf({ asked, answer }: Rendered): Answer {
  const { query } = asked!
  const { limit } = query
  const found = recordsOf(answer)
  const records = limit === undefined ? found : found.slice(0, limit)
  const hasMore = found.length > records.length
  return { query, records, hasMore, count: answer && 'count' in answer ? answer.count : records.length }
}
