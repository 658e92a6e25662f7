import type { QueryOptions, WhereIn } from 'deepspace-solid'
import type { tasks } from '../schema.ts'

/** Which tasks the board shows, and in which order: what its query is made of. */
export interface View extends Required<Pick<QueryOptions<typeof tasks>, 'orderDir'>> {
  readonly show: 'all' | 'open' | 'done'
  /** Text to be found in titles; empty for all. */
  readonly search: string
  readonly orderBy: 'createdAt' | 'updatedAt' | 'priority' | 'title'
}

export const firstView: View = { show: 'all', search: '', orderBy: 'createdAt', orderDir: 'desc' }

/** The tasks of a view, as a query asks for them. */
export function whereOf({ show, search }: Pick<View, 'show' | 'search'>): WhereIn<typeof tasks> {
  return {
    ...(show !== 'all' && { done: show === 'done' }),
    // `like` cannot escape its wildcards: one that was typed stands for any one character, itself among them.
    ...(search !== '' && { title: { like: `%${search.replaceAll(/[%_]/g, '_')}%` } }),
  }
}
