import { action, json, useSubmission } from '@solidjs/router'
import { fieldErrors, formData, room } from 'deepspace-solid/start'
import { createEffect, createMemo, createSignal } from 'solid-js'
import { tasks } from './schema'

/** Adds a task as the user of the request. The id comes with the form: one that is sent twice writes once. */
const addTask = action(async (form: FormData) => {
  'use server'
  const id = String(form.get('id'))
  try {
    await room('tasks').put(tasks, id, formData(tasks, form))
  } catch (error) {
    return json({ errors: fieldErrors(error) }, { status: 422, revalidate: [] })
  }
  return json({ added: id }, { revalidate: [] })
}, 'add-task')

/**
 * The form for a new task; it works without JavaScript too. Whatever was refused stays in it. Nothing in it is there only at
 * times: a page that answers a form is rendered with the answer, and hydrated without.
 */
export function AddTask() {
  const adding = useSubmission(addTask)
  const added = createMemo(() => (adding.result && 'added' in adding.result ? adding.result.added : undefined))
  const error = (field: string): string | undefined =>
    adding.result && 'errors' in adding.result ? adding.result.errors[field]?.[0] : undefined
  const kept = (field: string): string | undefined =>
    added() === undefined ? (adding.input?.[0].get(field) as string | undefined) : undefined

  const [id, setId] = createSignal(crypto.randomUUID())
  let title!: HTMLInputElement
  createEffect(() => {
    if (added() === undefined) return
    setId(crypto.randomUUID())
    title.focus()
  })

  return (
    <form class="card form" action={addTask} method="post" aria-labelledby="add-task">
      <h2 id="add-task">New task</h2>
      <input type="hidden" name="id" value={kept('id') ?? id()} />
      <div class="fields">
        <div class="field grows">
          <label for="title">Title</label>
          <input
            id="title"
            name="title"
            ref={title}
            value={kept('title') ?? ''}
            autocomplete="off"
            readOnly={adding.pending}
            aria-invalid={error('title') ? 'true' : 'false'}
            aria-describedby="title-error"
          />
        </div>
        <div class="field">
          <label for="visibility">Who may read it</label>
          <select id="visibility" name="visibility" aria-describedby="visibility-error">
            <option value="private">Only me</option>
            <option value="public" selected={kept('visibility') === 'public'}>
              Everybody
            </option>
          </select>
        </div>
        <button type="submit" class="primary" disabled={adding.pending}>
          {adding.pending ? 'Adding…' : 'Add task'}
        </button>
      </div>
      <p id="title-error" class="error" role="alert">
        {error('title')}
      </p>
      <p id="visibility-error" class="error" role="alert">
        {error('visibility') ?? adding.error?.message}
      </p>
      <p class="visually-hidden" role="status">
        {adding.pending ? 'Adding' : added() === undefined ? '' : 'Added'}
      </p>
    </form>
  )
}
