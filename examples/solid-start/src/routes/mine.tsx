import { createAsync } from '@solidjs/router'
import { createQuery } from 'deepspace-solid'
import { Show } from 'solid-js'
import { tasks } from '../schema'
import { getMember } from '../session'
import { TaskList } from '../task-list'

export const route = { preload: () => getMember('/mine') }

/** One's own tasks, for members only. What a visitor may read the room decides; this page is just not for them. */
export default function Mine() {
  const member = createAsync(() => getMember('/mine'), { deferStream: true })
  const own = createQuery(tasks, () => {
    const known = member()
    return known && { where: { createdBy: known.id }, orderBy: 'createdAt', limit: 50 }
  })
  return (
    <Show when={member()}>
      {(known) => (
        <>
          <h1>Tasks of {known().name}</h1>
          <TaskList of={own} label="Your tasks" empty="You have no tasks." />
        </>
      )}
    </Show>
  )
}
