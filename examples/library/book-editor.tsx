import { createMutations, createRecord } from 'deepspace-solid'
import type { NewDataOf } from 'deepspace-solid/schema'
import { For, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { books } from './schema.ts'

export function BookEditor(props: { id: string }) {
  const book = createRecord(books, () => props.id)
  const { put } = createMutations(books)
  const [store, setStore] = createStore<{ draft?: NewDataOf<typeof books> | undefined }>({})
  const save = (title: string, tags: readonly string[] = []) => {
    put(props.id, { title, tags })
    setStore('draft', undefined)
  }
  return (
    <Show when={book.record}>
      {(record) => (
        <Show
          when={store.draft}
          fallback={
            // The store has a copy of its own: nobody sees what is done to it, and it does not see what others do.
            <button type="button" onClick={() => setStore('draft', { ...record().data })}>
              Edit {record().data.title}
            </button>
          }
        >
          {(draft) => (
            <>
              <input value={draft().title} onInput={(event) => setStore('draft', 'title', event.target.value)} />
              <For each={draft().tags}>{(tag) => <i>{tag}</i>}</For>
              <button type="button" onClick={() => setStore('draft', 'tags', (tags = []) => [...tags, 'new'])}>
                Tag
              </button>
              <button type="button" onClick={() => save(draft().title, draft().tags)}>
                Save
              </button>
            </>
          )}
        </Show>
      )}
    </Show>
  )
}
