import type { YjsText } from 'deepspace-solid'
import { createEffect, createUniqueId, type JSX, Show, untrack } from 'solid-js'
import { createLeaveGuard } from './leave-guard.ts'
import { TextEditor } from './text-editor.tsx'
import { TextPeople } from './text-people.tsx'
import { TextState } from './text-state.tsx'
import './shared-text.css'

export interface SharedTextProps {
  readonly text: YjsText
  readonly heading: JSX.Element
  /** Stands where nothing is written yet. */
  readonly placeholder: string
  readonly isShown: boolean
  /** What is said where the text is not there, or not there any more. */
  readonly whenGone?: string
  /** What stands behind its state. */
  readonly children?: JSX.Element
}

/** A text that all who may write it write at once: who is here, whether it is saved, and the editor. */
export function SharedText(props: SharedTextProps) {
  const heading = createUniqueId()

  // Who does not look is not here. The room adds to what others see of us who we are.
  createEffect(() => props.text.awareness?.setLocalState(props.isShown ? {} : null))

  createLeaveGuard(props.text)

  return (
    <>
      <div class="text-head">
        <h2 id={heading}>{props.heading}</h2>
        <TextPeople awareness={props.text.awareness} />
        <TextState text={props.text} />
        {props.children}
      </div>
      <Show
        when={props.text.status !== 'refused'}
        fallback={
          <p class="text-refused" role="alert">
            {(props.text.error?.code === 'not-found' && props.whenGone) || props.text.error?.message}
          </p>
        }
      >
        {/* After a refusal was discarded it is another text. */}
        <Show when={props.text.text} keyed>
          {(text) => (
            <TextEditor
              text={text}
              awareness={untrack(() => props.text.awareness!)}
              canWrite={props.text.canWrite}
              labelledBy={heading}
              placeholder={props.placeholder}
            />
          )}
        </Show>
      </Show>
      <Show when={props.text.refused}>
        {(error) => (
          <div class="text-refused">
            <div role="alert">
              <p>What you wrote was not saved</p>
              <code>{error().message}</code>
            </div>
            <button type="button" class="people-button" onClick={() => props.text.discard()}>
              Discard
            </button>
          </div>
        )}
      </Show>
    </>
  )
}
