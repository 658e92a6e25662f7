import { For } from 'solid-js'
import type { Task } from '../schema.ts'
import type { EffectMeter } from './effect-meter.ts'
import { keepFocus } from './keep-focus.ts'
import { TaskRow } from './task-row.tsx'

export interface TaskListProps {
  readonly records: readonly Task[]
  readonly meter: EffectMeter
}

export function TaskList(props: TaskListProps) {
  return (
    <ul class="tasks" aria-label="Tasks" ref={(list) => keepFocus(list, () => props.records.length)}>
      <For each={props.records} fallback={<li class="empty">Nothing to see here.</li>}>
        {(task) => <TaskRow task={task} meter={props.meter} />}
      </For>
    </ul>
  )
}
