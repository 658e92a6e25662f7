import { createSignal, Show } from 'solid-js'
import { TitleField } from './title-field.tsx'

export interface TaskTitleProps {
  readonly title: string
  readonly tabIndex: number
  readonly onSave: (title: string) => void
}

/** A title that becomes a text field when it is clicked. */
export function TaskTitle(props: TaskTitleProps) {
  const [editing, setEditing] = createSignal(false)
  let button!: HTMLButtonElement

  const close = (title: string, byKey: boolean) => {
    setEditing(false)
    if (byKey) button.focus()
    if (title !== props.title) props.onSave(title)
  }

  return (
    <Show
      when={editing()}
      fallback={
        <button
          ref={button}
          type="button"
          class="title"
          tabindex={props.tabIndex}
          title="Edit the title"
          onClick={() => setEditing(true)}
        >
          {props.title}
        </button>
      }
    >
      <TitleField title={props.title} onClose={close} />
    </Show>
  )
}
