import { A } from '@solidjs/router'
import { createQuery, createUser, preloadQuery } from 'deepspace-solid'
import { Show } from 'solid-js'
import { AddTask } from '../add-task'
import { tasks } from '../schema'
import { TaskList } from '../task-list'

const newest = { orderBy: 'createdAt', limit: 50 } as const

export const route = { preload: () => preloadQuery(tasks, newest) }

/** All tasks that one may read, and the form for a new one. */
export default function Tasks() {
  const list = createQuery(tasks, newest)
  const user = createUser()
  return (
    <>
      <h1>Tasks</h1>
      <Show
        when={user.role === 'member' || user.role === 'admin'}
        fallback={
          <p class="card hint">
            You see what others have made public. <A href="/sign-in">Sign in</A> to add tasks of your own.
          </p>
        }
      >
        <AddTask />
      </Show>
      <TaskList of={list} label="Tasks" empty="Nothing to do yet." />
    </>
  )
}
