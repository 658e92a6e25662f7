import { CrossIcon } from './icons.tsx'

export interface ToastProps {
  readonly heading: string
  /** In the room's own words. */
  readonly reason: string
  readonly onDismiss: () => void
}

export function Toast(props: ToastProps) {
  return (
    <div class="toast" data-testid="toast">
      <p>{props.heading}</p>
      <code>{props.reason}</code>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => props.onDismiss()}>
        <CrossIcon />
      </button>
    </div>
  )
}
