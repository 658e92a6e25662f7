import { interpolate, type Peer } from 'deepspace-solid'
import { For, Show } from 'solid-js'
import { sketchSize } from '../sketch.ts'
import type { Drawing, Here } from './drawing.ts'
import { colorOf } from './user-color.ts'

/** Where the others point. */
export function Pointers(props: { readonly people: Drawing['people'] }) {
  return <For each={props.people.peers}>{(peer) => <Pointer peer={peer} />}</For>
}

/** Where somebody points, moving as they do. It is only a picture. */
function Pointer(props: { readonly peer: Peer<Here> }) {
  // What others say of themselves nobody has checked.
  const at = interpolate(() => {
    const { x, y } = props.peer.state.cursor ?? {}
    return isWithin(x, sketchSize.width) && isWithin(y, sketchSize.height) ? { x, y } : undefined
  })
  return (
    <Show when={at()}>
      {(cursor) => (
        <div
          class="pointer"
          data-testid="pointer"
          data-side={cursor().x > sketchSize.width * 0.75 ? 'left' : 'right'}
          aria-hidden="true"
          style={{
            left: `${(cursor().x / sketchSize.width) * 100}%`,
            top: `${(cursor().y / sketchSize.height) * 100}%`,
            '--who': colorOf(props.peer.userId),
          }}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2 1.5l4.2 12 2-5 5-2z" />
          </svg>
          <span>{props.peer.userName}</span>
        </div>
      )}
    </Show>
  )
}

function isWithin(value: unknown, most: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= most
}
