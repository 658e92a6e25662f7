import { createCanvas } from 'deepspace-solid'
import { createSignal, For, Show } from 'solid-js'

/** A board with notes that several people move at once. */
export function Board(props: { readonly id: string }) {
  const board = createCanvas<{ color: string }>(() => props.id)
  const [chosen, choose] = createSignal('')
  let surface!: SVGSVGElement

  /** Moves a note along with the pointer until it is let go: one step to undo. */
  const drag = (id: string, start: PointerEvent) => {
    choose(id)
    const { x, y } = board.shapes[id]!
    const end = new AbortController()
    const { signal } = end
    const move = (event: PointerEvent) => {
      // Somebody else may have removed it meanwhile.
      if (!board.shapes[id]) return end.abort()
      board.move(id, { x: x + event.clientX - start.clientX, y: y + event.clientY - start.clientY })
    }
    board.gesture(() => {
      board.bringToFront(id)
      surface.addEventListener('pointermove', move, { signal })
      for (const type of ['pointerup', 'pointercancel']) surface.addEventListener(type, () => end.abort(), { signal })
      return new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
  }

  return (
    <Show when={board.status !== 'refused'} fallback={<p role="alert">{board.error?.message}</p>}>
      <button type="button" disabled={!board.canWrite} onClick={() => choose(board.add({ props: { color: 'gold' } }))}>
        Add
      </button>
      <Show when={board.canWrite && board.shapes[chosen()]}>
        {(note) => (
          <>
            <button type="button" onClick={() => board.update(note().id, { props: { color: 'tomato' } })}>
              Red
            </button>
            <button type="button" onClick={() => board.remove(note().id)}>
              Remove
            </button>
          </>
        )}
      </Show>
      <button type="button" disabled={!board.canUndo} onClick={() => board.undo()}>
        Undo
      </button>
      <button type="button" disabled={!board.canRedo} onClick={() => board.redo()}>
        Redo
      </button>
      <p role="status">{board.status !== 'connected' ? 'Offline' : board.saved ? 'Saved' : 'Saving …'}</p>
      <svg ref={surface} width="600" height="400" role="img" aria-label="Board">
        <For each={board.ordered}>
          {(note) => (
            <rect
              x={note.x}
              y={note.y}
              width={note.width}
              height={note.height}
              fill={note.props.color}
              stroke={note.id === chosen() ? 'black' : 'none'}
              onPointerDown={(event) => board.canWrite && drag(note.id, event)}
            />
          )}
        </For>
        <For each={board.viewports}>
          {(view) => (
            <rect x={view.x} y={view.y} width={view.width} height={view.height} fill="none" stroke="royalblue" />
          )}
        </For>
      </svg>
    </Show>
  )
}
