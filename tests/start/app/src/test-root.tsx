import type { RouteSectionProps } from '@solidjs/router'
import { createQuery, RecordProvider, RecordScope } from 'deepspace-solid'
import { For, Show, Suspense } from 'solid-js'
import { tasks } from './schema'
import { notes } from './test-schema'

/** The room is that of the URL. With `?outside` a query is asked with no Suspense above it. */
export function TestRoot(props: RouteSectionProps) {
  const { query } = props.location
  return (
    <RecordProvider>
      <RecordScope roomId={String(query.room)} collections={[tasks, notes]}>
        <Show when={query.outside !== undefined}>
          <Outside />
        </Show>
        <Suspense fallback={<p class="fallback">waiting</p>}>{props.children}</Suspense>
      </RecordScope>
    </RecordProvider>
  )
}

function Outside() {
  const list = createQuery(tasks)
  return (
    <section class="outside">
      <h2>{list.status}</h2>
      <Show when={list.status === 'ready'} fallback={<p class="outside-loading">loading</p>}>
        <ul>
          <For each={list.records}>{(task) => <li>{task.data.title}</li>}</For>
        </ul>
      </Show>
    </section>
  )
}
