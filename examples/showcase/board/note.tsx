import { createYjsDoc } from 'deepspace-solid'
import { createEffect, on } from 'solid-js'
import { noteOf } from '../note-of.ts'
import { SharedText } from './shared-text.tsx'

export interface NoteProps {
  readonly roomId: string
  readonly isShown: boolean
  readonly isOffline: boolean
}

/** The note of a room, a document of its own. */
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

  return (
    <SharedText
      text={note}
      heading={
        <>
          Note<span class="visually-hidden"> of this room</span>
        </>
      }
      placeholder="Nothing is written yet"
      isShown={props.isShown}
    />
  )
}

const initial = `Launch, open questions

- Who reads the post once more?
- The tour: two minutes, or one?
`
