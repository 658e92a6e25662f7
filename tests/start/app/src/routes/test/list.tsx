import { useLocation } from '@solidjs/router'
import { createCount, createQuery, createRecord, createUser } from 'deepspace-solid'
import { For } from 'solid-js'
import { isServer } from 'solid-js/web'
import { tasks } from '../../schema'
import { Shown, ShownCount, ShownRecord } from '../../shown'
import { notes } from '../../test-schema'

/** One page with everything: `limit`, `stream`, the records `ids`, a question that may be refused. */
export default function List() {
  const { query } = useLocation()
  const limit = query.limit ? { limit: Number(query.limit) } : {}
  const list = createQuery(tasks, { orderBy: 'title', orderDir: 'asc', stream: query.stream !== undefined, ...limit })
  const again = createQuery(tasks, { orderBy: 'title', orderDir: 'asc', ...limit })
  const done = createCount(tasks, { done: true })
  const own = createQuery(notes)
  const wrong = createQuery('tasks', () => query.wrong !== undefined && { where: { missing: 1 } })
  // Another question in the browser than on the server, as where a day begins at another time.
  const lt = isServer ? '2100-01-01' : '2101-01-01'
  const moving = createCount(tasks, () => query.moving !== undefined && { createdAt: { lt } })
  const user = createUser()
  const ids = query.ids ? String(query.ids).split(',') : []
  return (
    <main>
      <h1>
        {user.name} {user.role} {String(user.loaded)}
      </h1>
      <Shown of={list} />
      <Shown of={again} name="again" />
      <ShownCount of={done} />
      <p class="moving">
        {moving.status} {moving.count}
      </p>
      <p class="own">
        {own.status} {own.error?.code ?? 'no error'} {own.records.map((note) => note.data.text).join(', ')}
      </p>
      <p class="wrong">
        {wrong.status} {wrong.error?.code ?? 'no error'}
      </p>
      <For each={ids}>{(id) => <ShownRecord of={createRecord(tasks, id)} />}</For>
    </main>
  )
}
