import { onMount } from 'solid-js'

export interface TitleFieldProps {
  readonly title: string
  /** Told once, with what was typed, or with the old title after Escape. */
  readonly onClose: (title: string, byKey: boolean) => void
}

/** Enter and leaving the field keep what was typed, Escape does not. */
export function TitleField(props: TitleFieldProps) {
  let input!: HTMLInputElement
  let closed = false
  onMount(() => input.select())

  const close = (title: string, byKey: boolean) => {
    // Going out of the document takes the focus, which looks like leaving.
    if (closed) return
    closed = true
    props.onClose(title, byKey)
  }

  return (
    <input
      ref={input}
      class="title title-input"
      type="text"
      aria-label="Title"
      value={props.title}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return
        // Else the button that gets the focus would be pressed by the same Enter.
        event.preventDefault()
        close(event.key === 'Enter' ? input.value : props.title, true)
      }}
      // A row that moves in the document takes the focus away and has it back at once: that is not leaving.
      onBlur={() => queueMicrotask(() => document.activeElement !== input && close(input.value, false))}
    />
  )
}
