import { createMutations } from 'deepspace-solid'
import { createEffect, on, onMount, Show } from 'solid-js'
import { findDemoUser } from '../demo-users.ts'
import { type Task, tasks } from '../schema.ts'
import { Avatar } from './avatar.tsx'
import type { EffectMeter } from './effect-meter.ts'
import { GridCell } from './grid-cell.tsx'
import { LinesIcon, TrashIcon } from './icons.tsx'
import { appear, flash } from './motion.ts'
import { PrioritySelect } from './priority-select.tsx'
import { TaskTitle } from './task-title.tsx'
import { VisibilitySwitch } from './visibility-switch.tsx'

export interface TaskRowProps {
  readonly task: Task
  /** Its place in the whole list, from 0. */
  readonly place: number
  /** The column that the Tab key leads to, if it leads to this row. */
  readonly tabColumn: number | undefined
  /** Whether it has just come to the list, not only into view. */
  readonly isNew: boolean
  readonly meter: EffectMeter
  /** The id of the element that descriptions are shown in. */
  readonly texts: string
  /** Whether the description of this task is. */
  readonly isTextOpen: boolean
  readonly onText: (isOpen: boolean) => void
  /** Told once it is in the document. */
  readonly onDrawn: (row: HTMLElement) => void
}

/** The cells of a row, in the order in which the arrow keys go through them. */
const columns = { done: 0, title: 1, priority: 2, owner: 3, visibility: 4, text: 5, remove: 6 }

export function TaskRow(props: TaskRowProps) {
  const { put, remove } = createMutations(tasks)
  const task = props.task
  const reruns = props.meter.watch(task)
  const owner = () => findDemoUser(task.createdBy)?.name ?? task.createdBy
  const tabIndex = (column: keyof typeof columns) => (props.tabColumn === columns[column] ? 0 : -1)
  const isNew = props.isNew
  let row!: HTMLDivElement
  onMount(() => {
    props.onDrawn(row)
    if (isNew) appear(row)
  })
  createEffect(on(reruns, () => flash(row), { defer: true }))

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table lays out its rows itself
    // biome-ignore lint/a11y/useFocusableInteractive: its cells have the focus
    <div
      ref={row}
      class="task"
      role="row"
      data-testid="task"
      data-id={task.recordId}
      data-index={props.place}
      data-done={task.data.done}
      aria-rowindex={props.place + 1}
    >
      <GridCell>
        <input
          type="checkbox"
          class="done"
          tabindex={tabIndex('done')}
          aria-label={`Done: ${task.data.title}`}
          checked={task.data.done}
          onChange={(event) => {
            const { checked } = event.currentTarget
            // The record says what is shown; the room may refuse.
            event.currentTarget.checked = task.data.done
            put(task.recordId, { done: checked })
          }}
        />
      </GridCell>
      <GridCell>
        <TaskTitle
          title={task.data.title}
          tabIndex={tabIndex('title')}
          onSave={(title) => put(task.recordId, { title })}
        />
        <span
          class="reruns"
          data-testid="effect-count"
          data-count={reruns()}
          title="How often effects of this row ran again since it was drawn"
        >
          <Show when={reruns() > 0}>
            {reruns()}
            <span class="visually-hidden"> {reruns() === 1 ? 'effect' : 'effects'} ran again</span>
          </Show>
        </span>
      </GridCell>
      <GridCell>
        <PrioritySelect
          label={`Priority: ${task.data.title}`}
          tabIndex={tabIndex('priority')}
          value={task.data.priority}
          onChange={(priority) => put(task.recordId, { priority })}
        />
      </GridCell>
      {/* biome-ignore lint/a11y/useSemanticElements: a table lays out its cells itself */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: it is, by `tabindex` */}
      <span role="gridcell" class="owner" title={`Owner: ${owner()}`} tabindex={tabIndex('owner')}>
        <Avatar userId={task.createdBy} />
        <span class="visually-hidden">Owner: {owner()}</span>
      </span>
      <GridCell>
        <VisibilitySwitch
          label={`Public: ${task.data.title}`}
          tabIndex={tabIndex('visibility')}
          value={task.data.visibility}
          onChange={(visibility) => put(task.recordId, { visibility })}
        />
      </GridCell>
      <GridCell>
        <button
          type="button"
          class="icon-button text-button"
          tabindex={tabIndex('text')}
          aria-label={`Description: ${task.data.title}`}
          aria-expanded={props.isTextOpen}
          aria-controls={props.texts}
          onClick={() => props.onText(!props.isTextOpen)}
        >
          <LinesIcon />
        </button>
      </GridCell>
      <GridCell>
        <button
          type="button"
          class="icon-button remove"
          tabindex={tabIndex('remove')}
          aria-label={`Delete: ${task.data.title}`}
          onClick={() => remove(task.recordId)}
        >
          <TrashIcon />
        </button>
      </GridCell>
    </div>
  )
}
