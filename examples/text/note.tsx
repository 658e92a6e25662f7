import { createYjsDoc, createYText } from 'deepspace-solid'
import { createEffect, createSignal, For, onCleanup, Show } from 'solid-js'

/** A note that several people write at once. */
export function Note(props: { readonly id: string; readonly color: string }) {
  const note = createYjsDoc(() => props.id, { initial: 'Dear all,\n' })
  const body = createYText(() => note.text)

  // What others see of us; the name is the one that the room knows us by.
  createEffect(() => note.awareness?.setLocalStateField('user', { color: props.color }))

  return (
    <Show when={note.status !== 'refused'} fallback={<p role="alert">{note.error?.message}</p>}>
      <textarea
        aria-label="Note"
        value={body.value}
        readOnly={!note.canWrite}
        onInput={(event) => note.setText(event.currentTarget.value)}
      />
      <p role="status">{note.status !== 'connected' ? 'Offline' : note.saved ? 'Saved' : 'Saving …'}</p>
      <People note={note} />
      <Show when={note.refused}>
        {(error) => (
          <p role="alert">
            {error().message}{' '}
            <button type="button" onClick={() => note.discard()}>
              Discard
            </button>
          </p>
        )}
      </Show>
    </Show>
  )
}

/** Who else is here. */
function People(props: { readonly note: ReturnType<typeof createYjsDoc> }) {
  const [people, setPeople] = createSignal<{ readonly name: string; readonly color: string }[]>([])
  createEffect(() => {
    const { awareness } = props.note
    if (!awareness) return
    const look = () => {
      const others = [...awareness.getStates()].filter(([id]) => id !== awareness.clientID)
      setPeople(others.flatMap(([, { user }]) => (user ? [user] : [])))
    }
    look()
    awareness.on('change', look)
    onCleanup(() => awareness.off('change', look))
  })
  return (
    <ul aria-label="Also here">
      <For each={people()}>{({ name, color }) => <li style={{ color }}>{name}</li>}</For>
    </ul>
  )
}
