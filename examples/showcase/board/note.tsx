import { createYjsDoc } from 'deepspace-solid'
import { createEffect, on, onCleanup, Show, untrack } from 'solid-js'
import { noteOf } from '../note-of.ts'
import { NoteEditor } from './note-editor.tsx'
import { NotePeople } from './note-people.tsx'
import { NoteState } from './note-state.tsx'
import './note.css'

export interface NoteProps {
  readonly roomId: string
  readonly isShown: boolean
  readonly isOffline: boolean
}

/** The note of a room, which all who may write it write at once. */
export default function Note(props: NoteProps) {
  const note = createYjsDoc(() => noteOf(props.roomId), { initial })

  // It has a connection of its own, which goes offline and comes back with that of the board.
  createEffect(
    on(
      () => props.isOffline,
      (isOffline, was) => {
        if (isOffline) note.disconnect()
        else if (was) note.reconnect()
      },
    ),
  )

  // Who does not look is not here. The room adds to what others see of us who we are.
  createEffect(() => note.awareness?.setLocalState(props.isShown ? {} : null))

  // The page keeps nothing: whoever leaves now loses what is not saved.
  createEffect(() => {
    if (note.saved) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    onCleanup(() => removeEventListener('beforeunload', ask))
  })

  return (
    <>
      <div class="note-head">
        <h2>Note</h2>
        <NotePeople awareness={note.awareness} />
        <NoteState note={note} />
      </div>
      <Show
        when={note.status !== 'refused'}
        fallback={
          <p class="note-refused" role="alert">
            {note.error?.message}
          </p>
        }
      >
        {/* After a refusal was discarded it is another text. */}
        <Show when={note.text} keyed>
          {(text) => <NoteEditor text={text} awareness={untrack(() => note.awareness!)} canWrite={note.canWrite} />}
        </Show>
      </Show>
      <Show when={note.refused}>
        {(error) => (
          <div class="note-refused">
            <div role="alert">
              <p>What you wrote was not saved</p>
              <code>{error().message}</code>
            </div>
            <button type="button" class="people-button" onClick={() => note.discard()}>
              Discard
            </button>
          </div>
        )}
      </Show>
    </>
  )
}

const initial = `Launch, open questions

- Who reads the post once more?
- The tour: two minutes, or one?
`
