import type { JSX } from 'solid-js'

export interface PanelButtonProps {
  /** The id of the element that it opens. */
  readonly panel: string
  readonly isOpen: boolean
  readonly onOpen: (isOpen: boolean) => void
  readonly children: JSX.Element
}

/** Opens and closes something that stands between the toolbar and the tasks. */
export function PanelButton(props: PanelButtonProps) {
  return (
    <button
      type="button"
      class="people-button"
      aria-expanded={props.isOpen}
      aria-controls={props.panel}
      onClick={() => props.onOpen(!props.isOpen)}
    >
      {props.children}
    </button>
  )
}
