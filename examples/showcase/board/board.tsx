import { createQuery, createUser } from 'deepspace-solid'
import { createEffect, createSignal, Match, on, Show, Switch } from 'solid-js'
import { tasks } from '../schema.ts'
import { createEffectMeter } from './effect-meter.ts'
import { EffectReadout } from './effect-readout.tsx'
import { NewTask } from './new-task.tsx'
import type { Notices } from './notices.ts'
import { ShowMore } from './show-more.tsx'
import { Skeleton } from './skeleton.tsx'
import { TaskList } from './task-list.tsx'
import { Toasts } from './toasts.tsx'
import { Toolbar } from './toolbar.tsx'
import { firstView, whereOf } from './view.ts'

export function Board(props: { readonly notices: Notices }) {
  const user = createUser()
  const meter = createEffectMeter()
  const [view, setView] = createSignal(firstView)
  const list = createQuery(tasks, () => {
    const { orderBy, orderDir } = view()
    return { where: whereOf(view()), orderBy, orderDir, limit: 50 }
  })
  let scroller!: HTMLDivElement
  createEffect(on(view, () => scroller.scrollTo({ top: 0 }), { defer: true }))
  const titleOf = (recordId: string) => list.records.find((task) => task.recordId === recordId)?.data.title

  return (
    <div class="board">
      <NewTask onFailure={props.notices.add} />
      <Toolbar view={view()} onChange={setView} onFailure={props.notices.add} />
      <div ref={scroller} class="scroller">
        <Switch
          fallback={
            <TaskList
              records={list.records}
              isBusy={list.status === 'loading'}
              whenEmpty={view().search === '' ? 'Nothing to see here.' : 'No title has this in it.'}
              meter={meter}
            />
          }
        >
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
          <ShowMore scroller={scroller} isReady={list.status === 'ready'} onMore={list.loadMore} />
        </Show>
      </div>
      <Toasts notices={props.notices} who={user.name ?? 'Nobody'} titleOf={titleOf} />
      <EffectReadout meter={meter} />
    </div>
  )
}
