import { createPresenceRoom, interpolate, type Peer } from 'deepspace-solid'
import { createSignal, For, Show } from 'solid-js'

/** What people on this page say of themselves. */
interface Here {
  readonly color: string
  readonly cursor?: { readonly x: number; readonly y: number }
}

/** A surface on which everybody sees where the others point, and may wave. */
export function Cursors(props: { readonly id: string; readonly color: string }) {
  const [waved, setWaved] = createSignal('')
  const room = createPresenceRoom<Here, 'wave'>(() => props.id, {
    initial: { color: props.color },
    onEvent: (event, from) => event === 'wave' && setWaved(`${from?.userName ?? 'You'} waved`),
  })
  return (
    <section
      aria-label="Surface"
      onPointerMove={({ offsetX: x, offsetY: y }) => room.update({ cursor: { x, y } })}
      onPointerLeave={() => room.update({ cursor: undefined })}
    >
      <For each={room.peers}>{(peer) => <Cursor peer={peer} />}</For>
      <ul aria-label="Also here">
        <For each={room.users}>{({ userName }) => <li>{userName}</li>}</For>
      </ul>
      <button type="button" onClick={() => room.broadcast('wave')}>
        Wave
      </button>
      <p role="status">{room.status === 'connected' ? waved() : 'Offline'}</p>
    </section>
  )
}

/** Where somebody points, moving as they do. */
function Cursor(props: { readonly peer: Peer<Here> }) {
  const at = interpolate(() => props.peer.state.cursor)
  return (
    <Show when={at()}>
      {(cursor) => (
        <span
          style={{ position: 'absolute', translate: `${cursor().x}px ${cursor().y}px`, color: props.peer.state.color }}
        >
          {props.peer.userName}
        </span>
      )}
    </Show>
  )
}
