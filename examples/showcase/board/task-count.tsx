import { createCount } from 'deepspace-solid'
import { Show } from 'solid-js'
import { tasks } from '../schema.ts'
import { formatCount } from './format-count.ts'
import { type View, whereOf } from './view.ts'

/** How many tasks a filter shows, live: the room counts, and sends nothing but the number. */
export function TaskCount(props: { readonly show: View['show'] }) {
  const tally = createCount(tasks, () => whereOf({ show: props.show, search: '' }))
  return (
    <Show when={tally.status === 'ready'}>
      <span class="count" data-testid={`count-${props.show}`}>
        {formatCount(tally.count)}
      </span>
    </Show>
  )
}
