import { onCleanup, onMount } from 'solid-js'
import { CrossIcon } from './icons.tsx'

export interface ToastProps {
  readonly heading: string
  /** In the room's own words. */
  readonly reason: string
  readonly onDismiss: () => void
}

const shownFor = 9_000

/** Goes by itself after a while, but not from under a pointer or the focus. */
export function Toast(props: ToastProps) {
  let toast!: HTMLDivElement
  let timer: number | undefined
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(() => (toast.matches(':hover, :focus-within') ? wait() : props.onDismiss()), shownFor)
  }
  onMount(wait)
  onCleanup(() => clearTimeout(timer))

  return (
    <div ref={toast} class="toast" data-testid="toast">
      <p>{props.heading}</p>
      <code>{props.reason}</code>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => props.onDismiss()}>
        <CrossIcon />
      </button>
    </div>
  )
}
