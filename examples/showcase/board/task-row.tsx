import { createMutations } from 'deepspace-solid'
import { createEffect, on, onMount } from 'solid-js'
import { findDemoUser } from '../demo-users.ts'
import { type Task, tasks } from '../schema.ts'
import { Avatar } from './avatar.tsx'
import type { EffectMeter } from './effect-meter.ts'
import { TrashIcon } from './icons.tsx'
import { appear, flash } from './motion.ts'
import { PrioritySelect } from './priority-select.tsx'
import { TaskTitle } from './task-title.tsx'
import { VisibilitySwitch } from './visibility-switch.tsx'

export interface TaskRowProps {
  readonly task: Task
  readonly meter: EffectMeter
}

export function TaskRow(props: TaskRowProps) {
  const { put, remove } = createMutations(tasks)
  const task = props.task
  const reruns = props.meter.watch(task)
  const owner = () => findDemoUser(task.createdBy)?.name ?? task.createdBy
  let row!: HTMLLIElement
  onMount(() => appear(row))
  createEffect(on(reruns, () => flash(row), { defer: true }))

  return (
    <li ref={row} class="task" data-testid="task" data-id={task.recordId} data-done={task.data.done}>
      <input
        type="checkbox"
        class="done"
        aria-label={`Done: ${task.data.title}`}
        checked={task.data.done}
        onChange={(event) => {
          const { checked } = event.currentTarget
          // The record says what is shown; the room may refuse.
          event.currentTarget.checked = task.data.done
          put(task.recordId, { done: checked })
        }}
      />
      <TaskTitle title={task.data.title} onSave={(title) => put(task.recordId, { title })} />
      <span
        class="reruns"
        data-testid="effect-count"
        data-count={reruns()}
        title="How often effects of this row ran again since it was drawn"
      >
        {reruns()}
      </span>
      <PrioritySelect
        label={`Priority: ${task.data.title}`}
        value={task.data.priority}
        onChange={(priority) => put(task.recordId, { priority })}
      />
      <span class="owner" title={`Owner: ${owner()}`}>
        <Avatar userId={task.createdBy} />
        <span class="visually-hidden">Owner: {owner()}</span>
      </span>
      <VisibilitySwitch
        label={`Public: ${task.data.title}`}
        value={task.data.visibility}
        onChange={(visibility) => put(task.recordId, { visibility })}
      />
      <button
        type="button"
        class="icon-button remove"
        aria-label={`Delete: ${task.data.title}`}
        onClick={() => remove(task.recordId)}
      >
        <TrashIcon />
      </button>
    </li>
  )
}
