import { createYjsDoc } from 'deepspace-solid'
import { noteOf } from '../part-of.ts'
import { followOffline } from './follow-offline.ts'
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
  followOffline(() => props.isOffline, note)

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
