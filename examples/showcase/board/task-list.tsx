import { For } from 'solid-js'
import type { Task } from '../schema.ts'
import type { EffectMeter } from './effect-meter.ts'
import { keepFocus } from './keep-focus.ts'
import { TaskRow } from './task-row.tsx'

export interface TaskListProps {
  readonly records: readonly Task[]
  /** Whether other tasks, or more of them, are on their way. */
  readonly isBusy: boolean
  readonly whenEmpty: string
  readonly meter: EffectMeter
}

export function TaskList(props: TaskListProps) {
  return (
    <ul
      class="tasks"
      aria-label="Tasks"
      aria-busy={props.isBusy}
      ref={(list) => keepFocus(list, () => props.records.length)}
    >
      {/* Thousands are drawn faster from a plain array. */}
      <For each={props.records.slice()} fallback={<li class="empty">{props.whenEmpty}</li>}>
        {(task) => <TaskRow task={task} meter={props.meter} />}
      </For>
    </ul>
  )
}
