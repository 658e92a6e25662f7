import { createForm } from '@tanstack/solid-form'
import { createMutations, createRecord } from 'deepspace-solid'
import type { RecordOf } from 'deepspace-solid/schema'
import { createSignal, For, Show } from 'solid-js'
import { books } from './schema.ts'

export function BookForm(props: { id: string }) {
  const book = createRecord(books, () => props.id)
  return (
    <Show when={book.record} keyed>
      {(record) => <Inputs record={record} />}
    </Show>
  )
}

function Inputs(props: { record: RecordOf<typeof books> }) {
  const { putConfirmed } = createMutations(books)
  const [refusal, setRefusal] = createSignal<string>()
  const form = createForm(() => ({
    // What the room has, as long as nobody has touched the form; from then on the form keeps its draft.
    defaultValues: { title: props.record.data.title, pages: props.record.data.pages },
    onSubmit: async ({ value, formApi }) => {
      // Only what was changed here: the other fields may be newer in the room.
      const isDirty = (name: string) => formApi.getFieldMeta(name as 'title' | 'pages')?.isDirty
      const changed = Object.fromEntries(Object.entries(value).filter(([name]) => isDirty(name)))
      try {
        await putConfirmed(props.record.recordId, changed)
        setRefusal(undefined)
        formApi.reset()
      } catch (error) {
        setRefusal((error as Error).message)
      }
    },
  }))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        form.handleSubmit()
      }}
    >
      {/* The schemas of the collection are the validators of the form. */}
      <form.Field name="title" validators={{ onChange: books.fields.title }}>
        {(field) => (
          <label>
            Title <input value={field().state.value} onInput={(event) => field().handleChange(event.target.value)} />
            <For each={field().state.meta.errors}>{(error) => <em>{error?.message}</em>}</For>
          </label>
        )}
      </form.Field>
      <form.Field name="pages" validators={{ onChange: books.fields.pages }}>
        {(field) => (
          <label>
            Pages{' '}
            <input
              type="number"
              value={field().state.value}
              onInput={(event) => field().handleChange(event.target.valueAsNumber)}
            />
            <For each={field().state.meta.errors}>{(error) => <em>{error?.message}</em>}</For>
          </label>
        )}
      </form.Field>
      <button type="submit">Save</button>
      <Show when={refusal()}>{(message) => <p role="alert">{message()}</p>}</Show>
    </form>
  )
}
