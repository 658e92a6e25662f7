import { createQuery, createUser } from 'deepspace-solid'
import { createSignal, Match, Show, Switch } from 'solid-js'
import { tasks } from '../schema.ts'
import { createEffectMeter } from './effect-meter.ts'
import { EffectReadout } from './effect-readout.tsx'
import { NewTask } from './new-task.tsx'
import type { Notices } from './notices.ts'
import { People } from './people.tsx'
import { Skeleton } from './skeleton.tsx'
import { TaskList } from './task-list.tsx'
import { Toasts } from './toasts.tsx'
import { firstView, ViewControls } from './view-controls.tsx'

export function Board(props: { readonly notices: Notices }) {
  const user = createUser()
  const meter = createEffectMeter()
  const [view, setView] = createSignal(firstView)
  const list = createQuery(tasks, () => {
    const { show, orderBy, orderDir } = view()
    return { where: show === 'all' ? {} : { done: show === 'done' }, orderBy, orderDir, limit: 50 }
  })
  const titleOf = (recordId: string) => list.records.find((task) => task.recordId === recordId)?.data.title

  return (
    <div class="board">
      <NewTask onFailure={props.notices.add} />
      <div class="toolbar">
        <ViewControls view={view()} onChange={setView} />
        <People onFailure={props.notices.add} />
      </div>
      <div class="scroller">
        <Switch fallback={<TaskList records={list.records} meter={meter} />}>
          <Match when={list.status === 'error'}>
            <p class="empty" role="alert">
              {list.error?.message}
            </p>
          </Match>
          <Match when={list.status === 'loading' && list.records.length === 0}>
            <Skeleton />
          </Match>
        </Switch>
        <Show when={list.hasMore}>
          <button type="button" class="more" onClick={list.loadMore}>
            Show more
          </button>
        </Show>
      </div>
      <Toasts notices={props.notices} who={user.name ?? 'Nobody'} titleOf={titleOf} />
      <EffectReadout meter={meter} />
    </div>
  )
}
