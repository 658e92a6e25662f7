import { sharedConfig, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { DeepSpaceError } from '../protocol/errors.ts'
import type { CollectionLike } from '../protocol/records/typed-record.ts'
import type { QueryOptions } from './create-query.ts'
import { pageReader } from './create-rendered.ts'
import { queryIn, questionOf } from './create-subscription.ts'
import { useCollection } from './scope.ts'

/**
 * For the `preload` of a route whose page asks this with `createQuery`: the room is asked at once, not when the component is
 * there. On the server that is before the page is rendered; in the browser when the link is hovered over, and the answer is
 * kept up to date for the provider's `keepFor`. While a page is hydrated it does nothing. The router runs preloads below its
 * `root`: the `RecordScope` is to be there. Throws when none above has the collection; what else is wrong the query says.
 *
 * @example
 * export const route = { preload: () => preloadQuery(tasks, { where: { done: false } }) }
 */
export function preloadQuery<C extends CollectionLike>(collection: C, options: QueryOptions<C> = {}): void {
  const resolved = useCollection('preloadQuery', collection)
  const query = questionOf(resolved, queryIn(options))
  if (query === undefined || query instanceof DeepSpaceError) return
  if (isServer) {
    const reader = pageReader()
    const roomId = reader && resolved.roomId()
    if (roomId) void reader.read(roomId, { query })
  } else if (!sharedConfig.context) untrack(resolved.client)?.preload({ query })
}
