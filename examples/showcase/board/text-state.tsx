import type { YjsText } from 'deepspace-solid'

/** Whether what is written is saved, and what stands in the way of writing it. */
export function NoteState(props: { readonly note: YjsText }) {
  const access = () => {
    if (props.note.status === 'refused') return 'Refused'
    if (props.note.status === 'connecting' && !props.note.synced) return 'Connecting'
    if (props.note.status !== 'connected') return 'Offline'
    return props.note.synced && !props.note.canWrite ? 'Read-only' : ''
  }
  const saving = () => {
    if (!props.note.saved) return access() === '' && !props.note.refused ? 'Saving …' : 'Not saved'
    return access() === '' ? 'Saved' : ''
  }
  return (
    <p
      class="note-state"
      data-testid="note-state"
      data-saved={props.note.saved}
      data-access={access()}
      title={props.note.error?.message}
    >
      {/* Read aloud when it changes; that something is being saved would be at every word. */}
      <span role="status">{access()}</span>
      <span>{saving()}</span>
    </p>
  )
}
