import type { YjsText } from 'deepspace-solid'

/** A text, or what else all write at once: what is refused of a sketch is taken back at once. */
type Shared = Pick<YjsText, 'status' | 'error' | 'synced' | 'saved' | 'canWrite'> & Partial<Pick<YjsText, 'refused'>>

/** Whether what is written is saved, and what stands in the way of writing it. */
export function TextState(props: { readonly text: Shared }) {
  const access = () => {
    if (props.text.status === 'refused') return 'Refused'
    if (props.text.status === 'connecting' && !props.text.synced) return 'Connecting'
    if (props.text.status !== 'connected') return 'Offline'
    if (!props.text.synced) return 'Loading'
    return props.text.canWrite ? '' : 'Read-only'
  }
  const saving = () => {
    if (!props.text.saved) return access() === '' && !props.text.refused ? 'Saving …' : 'Not saved'
    return access() === '' ? 'Saved' : ''
  }
  return (
    <p
      class="text-state"
      data-testid="text-state"
      data-saved={props.text.saved}
      data-access={access()}
      title={props.text.error?.message}
    >
      {/* Read aloud when it changes; that something is being saved would be at every word. */}
      <span role="status">{access()}</span>
      <span>{saving()}</span>
    </p>
  )
}
