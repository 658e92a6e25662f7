import { createCount, createQuery, createUser } from 'deepspace-solid'
import { createEffect, createSignal, createUniqueId, Match, on, Show, Switch } from 'solid-js'
import type { Persona } from '../demo-users.ts'
import { tasks } from '../schema.ts'
import { createEffectMeter } from './effect-meter.ts'
import { EffectReadout } from './effect-readout.tsx'
import { GamePanel } from './game-panel.tsx'
import { NewTask } from './new-task.tsx'
import { NotePanel } from './note-panel.tsx'
import type { Notices } from './notices.ts'
import { ShowMore } from './show-more.tsx'
import { Skeleton } from './skeleton.tsx'
import { SketchPanel } from './sketch-panel.tsx'
import { TaskList } from './task-list.tsx'
import { TaskTexts } from './task-texts.tsx'
import { Toasts } from './toasts.tsx'
import { type Panel, Toolbar } from './toolbar.tsx'
import { firstView, whereOf } from './view.ts'
import type { Scrolls } from './virtual-rows.ts'

export interface BoardProps {
  readonly persona: Persona
  readonly roomId: string
  readonly isOffline: boolean
  readonly notices: Notices
  readonly scrolls: Scrolls
}

export function Board(props: BoardProps) {
  const user = createUser()
  const meter = createEffectMeter()
  const [view, setView] = createSignal(firstView)
  const panels = { note: createUniqueId(), sketch: createUniqueId(), game: createUniqueId() }
  const [panel, setPanel] = createSignal<Panel>()
  const texts = createUniqueId()
  const [openText, setOpenText] = createSignal<string>()
  const list = createQuery(tasks, () => {
    const { orderBy, orderDir } = view()
    return { where: whereOf(view()), orderBy, orderDir, limit: 50 }
  })
  const tally = createCount(tasks, () => whereOf(view()))
  const total = () => (tally.status === 'ready' ? tally.count : undefined)
  let board!: HTMLDivElement
  let scroller!: HTMLDivElement
  createEffect(on(view, () => scroller.scrollTo({ top: 0 }), { defer: true }))
  /** The cell of the list that one was at last. */
  const lastCell = () => board.querySelector<HTMLElement>('.tasks [tabindex="0"]')
  const titleOf = (recordId: string) => list.records.find((task) => task.recordId === recordId)?.data.title

  return (
    <div ref={board} class="board">
      <NewTask onFailure={props.notices.add} />
      <Toolbar
        view={view()}
        onChange={setView}
        onFailure={props.notices.add}
        panels={panels}
        panel={panel()}
        onPanel={setPanel}
      />
      <NotePanel id={panels.note} isOpen={panel() === 'note'} roomId={props.roomId} isOffline={props.isOffline} />
      <SketchPanel id={panels.sketch} isOpen={panel() === 'sketch'} roomId={props.roomId} isOffline={props.isOffline} />
      <GamePanel
        id={panels.game}
        isOpen={panel() === 'game'}
        persona={props.persona}
        roomId={props.roomId}
        isOffline={props.isOffline}
      />
      <div ref={scroller} class="scroller">
        <Switch
          fallback={
            // Which of the two scrolls is settled once, when a list is begun.
            <Show when={props.scrolls} keyed>
              {(scrolls) => (
                <TaskList
                  records={list.records}
                  total={total()}
                  isBusy={list.status === 'loading'}
                  whenEmpty={view().search === '' ? 'Nothing to see here.' : 'No title has this in it.'}
                  meter={meter}
                  texts={texts}
                  openText={openText()}
                  onText={setOpenText}
                  scrolls={scrolls}
                  scroller={scroller}
                />
              )}
            </Show>
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
          <ShowMore
            scrolls={props.scrolls}
            scroller={scroller}
            loaded={list.records.length}
            total={total()}
            isReady={list.status === 'ready'}
            onMore={list.loadMore}
          />
        </Show>
      </div>
      <div class="status">
        <TaskTexts
          id={texts}
          open={openText()}
          titleOf={titleOf}
          onClose={() => {
            setOpenText()
            lastCell()?.focus()
          }}
        />
        <Toasts notices={props.notices} who={user.name ?? 'Nobody'} titleOf={titleOf} focusAfter={lastCell} />
        <EffectReadout meter={meter} />
      </div>
    </div>
  )
}
