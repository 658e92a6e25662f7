import { Index } from 'solid-js'

/** What is shown until the first answer; it fades in late, so that a quick answer does not flicker. */
export function Skeleton() {
  return (
    <ul class="tasks skeleton" aria-label="Loading the tasks" aria-busy="true">
      <Index each={[62, 44, 71, 53, 38, 66, 49, 58]}>
        {(width) => <li class="task" style={{ '--width': `${width()}%` }} />}
      </Index>
    </ul>
  )
}
