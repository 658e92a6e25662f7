import {
  createCanvas,
  createCount,
  createQuery,
  createRecord,
  createYjsDoc,
  RecordProvider,
  RecordScope,
} from 'deepspace-solid'
import { createSignal, For, Show, Suspense } from 'solid-js'
import { samples } from '../../support/collections.ts'

/** A page that reads records, a record and a count, each under a boundary. */
export function App(props: { room: string; url?: string | undefined }) {
  return (
    <main>
      <RecordProvider url={props.url}>
        <RecordScope roomId={props.room} collections={[samples]}>
          <Suspense fallback={<i>waiting</i>}>
            <Page />
          </Suspense>
          <Note id={`doc:${props.room}`} />
          <Board id={`canvas:${props.room}`} />
        </RecordScope>
      </RecordProvider>
    </main>
  )
}

function Page() {
  const [more, setMore] = createSignal(false)
  const query = createQuery(samples, { orderBy: 'text', orderDir: 'asc' })
  const one = createRecord(samples, 'a')
  const count = createCount(samples)
  return (
    <section>
      <h1>{query.status}</h1>
      <ul>
        <For each={query.records} fallback={<li>none</li>}>
          {(row) => <li>{row.data.text}</li>}
        </For>
      </ul>
      <p>{one.record?.data.text ?? 'nothing'}</p>
      <b>{count.count}</b>
      <button type="button" onClick={() => setMore(true)}>
        more
      </button>
      <Show when={more()}>
        <Suspense fallback={<i>waiting</i>}>
          <First />
        </Suspense>
      </Show>
    </section>
  )
}

/** A document, of which the server renders nothing. */
function Note(props: { id: string }) {
  const note = createYjsDoc(() => props.id)
  return (
    <article>
      <Show when={note.doc} fallback={<small>no document</small>}>
        <strong>
          {note.status}: {note.text?.length}
        </strong>
      </Show>
    </article>
  )
}

/** A canvas, of which the server renders nothing either. */
function Board(props: { id: string }) {
  const board = createCanvas(() => props.id)
  return (
    <aside>
      <For each={board.ordered} fallback={<small>no shapes</small>}>
        {(shape) => <span>{shape.id}</span>}
      </For>
    </aside>
  )
}

/** What comes onto the page only later. */
function First() {
  const query = createQuery(samples, { orderBy: 'text', limit: 1 })
  return <em>{query.records.length}</em>
}
