import { For, Show } from 'solid-js'
import { Avatar } from './avatar.tsx'

/** Who else looks at something, everyone once. */
export function AlsoHere(props: { readonly people: readonly { readonly id: string; readonly name: string }[] }) {
  return (
    <Show when={props.people.length > 0}>
      <ul class="text-people" aria-label="Also here">
        <For each={props.people}>
          {(person) => (
            <li>
              <Avatar userId={person.id} />
              <span class="text-person">{person.name}</span>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}
