export interface PrioritySelectProps {
  readonly label: string
  readonly tabIndex: number
  readonly value: number
  readonly onChange: (value: number) => void
}

export function PrioritySelect(props: PrioritySelectProps) {
  return (
    <select
      class="priority"
      tabindex={props.tabIndex}
      aria-label={props.label}
      data-priority={props.value}
      value={props.value}
      onChange={(event) => {
        const chosen = Number(event.currentTarget.value)
        // The record says what is shown; the room may refuse.
        event.currentTarget.value = String(props.value)
        props.onChange(chosen)
      }}
    >
      <option value="0">None</option>
      <option value="1">Low</option>
      <option value="2">Medium</option>
      <option value="3">High</option>
    </select>
  )
}
