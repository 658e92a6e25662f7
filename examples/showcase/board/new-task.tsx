import { createMutations, DeepSpaceError } from 'deepspace-solid'
import { createSignal } from 'solid-js'
import { tasks } from '../schema.ts'
import type { Failure } from './notices.ts'
import { VisibilitySwitch } from './visibility-switch.tsx'

export function NewTask(props: { readonly onFailure: (failure: Failure) => void }) {
  const { createConfirmed } = createMutations(tasks)
  const [title, setTitle] = createSignal('')
  const [visibility, setVisibility] = createSignal<'private' | 'public'>('public')

  // Confirmed, so that a refused title is still there to be mended.
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const sent = title()
    try {
      await createConfirmed({ title: sent, visibility: visibility() })
      // Who is quick has begun the next one.
      setTitle((now) => (now === sent ? '' : now))
    } catch (error) {
      if (!(error instanceof DeepSpaceError)) throw error
      props.onFailure({ operation: 'create', error })
    }
  }

  return (
    <form class="new-task" onSubmit={submit}>
      <input
        class="new-title"
        type="text"
        autocomplete="off"
        placeholder="Add a task"
        aria-label="Title of the new task"
        value={title()}
        onInput={(event) => setTitle(event.currentTarget.value)}
      />
      <VisibilitySwitch label="New task is public" value={visibility()} onChange={setVisibility} />
      <button type="submit" class="primary">
        Add
      </button>
    </form>
  )
}
