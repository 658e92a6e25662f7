import type { CountResult, QueryResult, RecordResult } from 'deepspace-solid'
import { For, Show } from 'solid-js'
import type { Task } from './schema'

/** Everything that a query says. */
export function Shown(props: { of: QueryResult<Task>; name?: string }) {
  return (
    <section class={props.name ?? 'list'}>
      <h2>{props.of.status}</h2>
      <Show when={props.of.error}>{(error) => <p class="error">{`${error().code}: ${error().message}`}</p>}</Show>
      <p class="more">{props.of.hasMore ? 'more' : 'no more'}</p>
      <p class="cursor">{JSON.stringify(props.of.cursor ?? null)}</p>
      <p class="length">{props.of.records.length}</p>
      <ul>
        <For each={props.of.records}>
          {(task) => (
            <li title={task.updatedAt} data-id={task.recordId}>
              <b>{task.data.title}</b>
              <Show when={task.data.done}> done</Show>
            </li>
          )}
        </For>
      </ul>
    </section>
  )
}

export function ShownCount(props: { of: CountResult }) {
  return (
    <p class="count">
      {props.of.status} {props.of.count} {props.of.error?.code ?? 'no error'}
    </p>
  )
}

export function ShownRecord(props: { of: RecordResult<Task> }) {
  return (
    <p class="record">
      {props.of.status} {props.of.record?.data.title ?? 'none'} {props.of.error?.code ?? 'no error'}
    </p>
  )
}
