import { createAsync, query } from '@solidjs/router'
import { createCount, createQuery, createUser } from 'deepspace-solid'
import { room } from 'deepspace-solid/start'
import { Show, Suspense } from 'solid-js'
import { tasks } from '../schema'
import { TaskList } from '../task-list'

/** Stands for whatever a page asks that takes its time: another service, a model. */
const getDigest = query(async () => {
  'use server'
  const tasksRoom = room('tasks')
  await new Promise((resolve) => setTimeout(resolve, 1200))
  const [oldest] = await tasksRoom.query(tasks, {
    where: { done: false },
    orderBy: 'createdAt',
    orderDir: 'asc',
    limit: 1,
  })
  return { oldest: oldest?.data.title }
}, 'digest')

export const route = { preload: () => getDigest() }

/** Numbers at once, and behind them a part of the page that comes when it is there. */
export default function Overview() {
  const user = createUser()
  const all = createCount(tasks)
  const open = createCount(tasks, { done: false })
  const done = createCount(tasks, { done: true })
  return (
    <>
      <h1>Overview</h1>
      <p>What {user.role === 'viewer' ? 'everybody' : user.name} may read, counted by the room:</p>
      <dl class="card counts">
        <div>
          <dt>Tasks</dt>
          <dd>{all.count}</dd>
        </div>
        <div>
          <dt>To do</dt>
          <dd>{open.count}</dd>
        </div>
        <div>
          <dt>Done</dt>
          <dd>{done.count}</dd>
        </div>
      </dl>
      <Suspense fallback={<p class="loading">Looking through the tasks…</p>}>
        <Digest />
      </Suspense>
    </>
  )
}

function Digest() {
  const digest = createAsync(() => getDigest())
  return (
    <section aria-labelledby="digest">
      <h2 id="digest">Waiting longest</h2>
      <p class="card hint">
        <Show when={digest()?.oldest} fallback="Nothing waits.">
          {(title) => title()}
        </Show>
      </p>
      <h2>Done last</h2>
      <Suspense fallback={<p class="loading">Loading…</p>}>
        <DoneLast />
      </Suspense>
    </section>
  )
}

function DoneLast() {
  const last = createQuery(tasks, { where: { done: true }, orderBy: 'updatedAt', limit: 5 })
  return <TaskList of={last} label="Done last" empty="Nothing is done yet." />
}
