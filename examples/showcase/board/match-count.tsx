import { createCount } from 'deepspace-solid'
import { tasks } from '../schema.ts'
import { formatCount } from './format-count.ts'
import { type View, whereOf } from './view.ts'

/** How many tasks a search has found, live; nothing while there is no search. */
export function MatchCount(props: { readonly view: View }) {
  const matches = createCount(tasks, () => props.view.search !== '' && whereOf(props.view))
  const sentence = () => {
    const { count } = matches
    const state = props.view.show === 'all' ? '' : `${props.view.show} `
    return `${formatCount(count)} ${state}${count === 1 ? 'task matches' : 'tasks match'}`
  }
  // While another text is looked for, the number of the former stays, as its tasks do.
  const isKnown = () => props.view.search !== '' && (matches.status === 'ready' || matches.count > 0)
  return (
    <output class="matches" data-testid="matches">
      {isKnown() ? sentence() : ''}
    </output>
  )
}
