import { A, type RouteDefinition, type RouteSectionProps, useNavigate } from '@solidjs/router'
import { HttpStatusCode } from '@solidjs/start'
import { createQuery, createUser, createUserLookup, preloadQuery } from 'deepspace-solid'
import { Show } from 'solid-js'
import { tasks } from '../../schema'
import { TaskControls, TaskDone } from '../../task-row'

const withId = (recordId: string | undefined) => ({ where: { recordId: recordId! } })

export const route = { preload: ({ params }) => preloadQuery(tasks, withId(params.id)) } satisfies RouteDefinition

/** One task. */
export default function TaskPage(props: RouteSectionProps) {
  const found = createQuery(tasks, () => withId(props.params.id))
  const task = () => found.records[0]
  const user = createUser()
  const people = createUserLookup()
  const navigate = useNavigate()
  return (
    <Show
      when={task()}
      fallback={
        <>
          <HttpStatusCode code={404} />
          <h1>No such task</h1>
          <p>It is not there, or it is not for you.</p>
          <A href="/">All tasks</A>
        </>
      }
    >
      {(task) => (
        <article>
          <h1>{task().data.title}</h1>
          <div class="card task">
            <TaskDone task={task()} isOwn={task().createdBy === user.id} />
            <p class="title">{task().data.done ? 'Done' : 'To do'}</p>
            <TaskControls task={task()} isOwn={task().createdBy === user.id} onRemove={() => navigate('/')} />
          </div>
          <p class="soft">
            By {people.get(task().createdBy)?.name ?? task().createdBy}, <time>{task().createdAt.slice(0, 10)}</time>
          </p>
        </article>
      )}
    </Show>
  )
}
