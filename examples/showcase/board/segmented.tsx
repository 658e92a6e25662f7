import { createUniqueId, For, type JSX } from 'solid-js'

export interface SegmentedProps<Value extends string> {
  readonly legend: string
  readonly options: readonly { readonly value: Value; readonly label: JSX.Element }[]
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly class?: string
}

/** One of a few, all in sight: radio buttons, so the arrow keys move between them. */
export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  const name = createUniqueId()
  return (
    <fieldset class={`segmented ${props.class ?? ''}`}>
      <legend class="visually-hidden">{props.legend}</legend>
      <For each={props.options}>
        {(option) => (
          <label class="segment">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={props.value === option.value}
              onChange={() => props.onChange(option.value)}
            />
            {option.label}
          </label>
        )}
      </For>
    </fieldset>
  )
}
