import { createYjsText } from 'deepspace-solid'
import { createEffect, onCleanup } from 'solid-js'
import { tasks } from '../schema.ts'
import { CrossIcon } from './icons.tsx'
import { SharedText } from './shared-text.tsx'

export interface TaskTextProps {
  readonly recordId: string
  /** What its task is called; `undefined` where that is not known, or no more. */
  readonly title: string | undefined
  readonly isShown: boolean
  readonly onClose: () => void
  /** Told whether there is something in it that only this page has. */
  readonly onUnsaved: (isUnsaved: boolean) => void
}

/** What a task is about, a text of its record: over the connection of the board, and with the rules of the task. */
export default function TaskText(props: TaskTextProps) {
  const text = createYjsText(tasks, () => props.recordId, 'description')
  createEffect(() => props.onUnsaved(!text.saved))

  let panel!: HTMLDivElement
  createEffect(() => {
    if (!props.isShown) return
    // Who opens it wants to read or write it; the editor is there once this turn is over.
    const frame = requestAnimationFrame(() => {
      const [close, editor] = ['button', '.cm-content'].map((each) => panel.querySelector<HTMLElement>(each))
      ;(editor ?? close)?.focus({ preventScroll: true })
    })
    onCleanup(() => cancelAnimationFrame(frame))
  })

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is part of a form
    <div
      ref={panel}
      role="group"
      aria-label="Description"
      class="task-text shared-text"
      data-testid="task-text"
      hidden={!props.isShown}
      onKeyDown={(event) => event.key === 'Escape' && props.onClose()}
    >
      <SharedText
        text={text}
        heading={
          <>
            <span class="visually-hidden">Description: </span>
            {/* What one may not see any more is not to be read here either. */}
            {(text.status !== 'refused' && props.title) || 'A task'}
          </>
        }
        placeholder="No description yet"
        isShown={props.isShown}
        whenGone="This task is deleted, or not yours to see any more."
      >
        <button type="button" class="icon-button" aria-label="Close the description" onClick={() => props.onClose()}>
          <CrossIcon />
        </button>
      </SharedText>
    </div>
  )
}
