import { A } from '@solidjs/router'
import { createMutations } from 'deepspace-solid'
import { Show } from 'solid-js'
import { type Task, tasks } from './schema'

/** One task of a list. Its owner changes it over the socket; without one, or without JavaScript, it can only be read. */
export function TaskRow(props: { task: Task; isOwn: boolean }) {
  return (
    <li class="task" data-done={props.task.data.done}>
      <TaskDone task={props.task} isOwn={props.isOwn} />
      <A href={`/tasks/${props.task.recordId}`} class="title">
        {props.task.data.title}
      </A>
      <TaskControls task={props.task} isOwn={props.isOwn} />
    </li>
  )
}

/** Whether a task is done, as the room says: the box changes when the room has stored it. */
export function TaskDone(props: { task: Task; isOwn: boolean }) {
  const write = createMutations(tasks)
  return (
    <input
      type="checkbox"
      aria-label={`Done: ${props.task.data.title}`}
      checked={props.task.data.done}
      disabled={!props.isOwn || !write.ready}
      onClick={(event) => {
        event.preventDefault()
        write.put(props.task.recordId, { done: !props.task.data.done })
      }}
    />
  )
}

/** Who may read a task, and its end; for its owner. */
export function TaskControls(props: { task: Task; isOwn: boolean; onRemove?: () => void }) {
  const write = createMutations(tasks)
  const isPublic = () => props.task.data.visibility === 'public'
  const state = () => (isPublic() ? 'Public' : 'Private')
  const setVisibility = () => write.put(props.task.recordId, { visibility: isPublic() ? 'private' : 'public' })
  const remove = () => {
    write.remove(props.task.recordId)
    props.onRemove?.()
  }
  return (
    <Show when={props.isOwn} fallback={<span class="badge">{state()}</span>}>
      <button
        type="button"
        class="badge"
        data-public={isPublic()}
        aria-label={`${state()}: ${props.task.data.title}`}
        title={isPublic() ? 'Make it private' : 'Make it public'}
        disabled={!write.ready}
        onClick={setVisibility}
      >
        {state()}
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={`Remove: ${props.task.data.title}`}
        disabled={!write.ready}
        onClick={remove}
      >
        ✕
      </button>
    </Show>
  )
}
