import { createUser, type QueryResult } from 'deepspace-solid'
import { For, Show } from 'solid-js'
import type { Task } from './schema'
import { TaskRow } from './task-row'

/** The tasks of a query, as the room keeps them up to date. */
export function TaskList(props: { of: QueryResult<Task>; label: string; empty: string }) {
  const user = createUser()
  return (
    <>
      <ul class="card tasks" aria-label={props.label}>
        <For
          each={props.of.records}
          fallback={<li class="empty">{props.of.status === 'loading' ? 'Loading…' : props.empty}</li>}
        >
          {(task) => <TaskRow task={task} isOwn={task.createdBy === user.id} />}
        </For>
      </ul>
      <Show when={props.of.error}>
        {(error) => (
          <p class="error" role="alert">
            {error().message}
          </p>
        )}
      </Show>
      <Show when={props.of.hasMore}>
        <button type="button" onClick={() => props.of.loadMore()}>
          Show more
        </button>
      </Show>
    </>
  )
}
