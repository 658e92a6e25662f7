import { createMemo, createSelector, For, Show } from 'solid-js'
import type { Task } from '../schema.ts'
import type { EffectMeter } from './effect-meter.ts'
import { createGridFocus } from './grid-focus.ts'
import { TaskRow } from './task-row.tsx'
import { createVirtualRows, type Scrolls } from './virtual-rows.ts'

export interface TaskListProps {
  readonly records: readonly Task[]
  /** How many tasks there are, drawn or not; `undefined` while that is not known. */
  readonly total: number | undefined
  /** Whether other tasks, or more of them, are on their way. */
  readonly isBusy: boolean
  readonly whenEmpty: string
  readonly meter: EffectMeter
  /** The id of the element that descriptions are shown in, and that of the task whose description is. */
  readonly texts: string
  readonly openText: string | undefined
  readonly onText: (recordId: string | undefined) => void
  readonly scrolls: Scrolls
  /** The element that scrolls where the page does not. */
  readonly scroller: HTMLElement
}

/** A list of any length, of which the rows near the view are drawn, and one tab stop to go through them from. */
export function TaskList(props: TaskListProps) {
  let grid!: HTMLDivElement
  // What is drawn because it came is told from what is drawn because somebody scrolls.
  let isChanging = true
  const tasks = createMemo(() => {
    // Noted here, for only what a computation reads is sure to run before it.
    isChanging = true
    props.meter.noteChange()
    queueMicrotask(() => {
      isChanging = false
    })
    // Thousands are gone through faster in a plain array.
    return props.records.slice()
  })
  const focus = createGridFocus(tasks, () => grid)
  const rows = createVirtualRows({
    scrolls: props.scrolls,
    scroller: props.scroller,
    list: () => grid,
    tasks,
    kept: focus.place,
  })
  focus.keep(rows.pieces)
  const isTextOpen = createSelector(() => props.openText)

  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a table has no gaps */}
      <div
        ref={grid}
        class="tasks"
        role="grid"
        tabindex="-1"
        aria-label="Tasks"
        aria-busy={props.isBusy}
        aria-rowcount={props.total ?? -1}
        onFocusIn={focus.follow}
        onKeyDown={(event) => focus.navigate(event, rows.rowsInView())}
      >
        <For each={rows.pieces()}>
          {(piece) =>
            'height' in piece ? (
              <div class="gap" aria-hidden="true" style={{ height: `${piece.height()}px` }} />
            ) : (
              <TaskRow
                task={piece}
                place={rows.placeOf().get(piece) ?? -1}
                tabColumn={focus.columnIn(piece)}
                isNew={isChanging}
                meter={props.meter}
                texts={props.texts}
                isTextOpen={isTextOpen(piece.recordId)}
                onText={(isOpen) => props.onText(isOpen ? piece.recordId : undefined)}
                onDrawn={rows.measure}
              />
            )
          }
        </For>
      </div>
      <Show when={tasks().length === 0}>
        <p class="empty">{props.whenEmpty}</p>
      </Show>
    </>
  )
}
