import type { JSX } from 'solid-js'

/** A cell of a row that has a control, which is where the focus goes. To the layout it is as if it were not there. */
export function GridCell(props: { readonly children: JSX.Element }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table lays out its cells itself
    // biome-ignore lint/a11y/useFocusableInteractive: its control has the focus
    <span role="gridcell" class="cell">
      {props.children}
    </span>
  )
}
