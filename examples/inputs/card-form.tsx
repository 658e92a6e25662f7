import { createMutations, createRecord } from 'deepspace-solid'
import type { RecordOf } from 'deepspace-solid/schema'
import { type JSX, Show } from 'solid-js'
import { createDraft, type Draft } from './draft.ts'
import { cards } from './schema.ts'

export function CardForm(props: { id: string }) {
  const card = createRecord(cards, () => props.id)
  // `keyed`: another record gets inputs, and drafts, of its own.
  return (
    <Show when={card.record} keyed>
      {(record) => <Inputs record={record} />}
    </Show>
  )
}

function Inputs(props: { record: RecordOf<typeof cards> }) {
  const { putConfirmed } = createMutations(cards)
  const { recordId, data } = props.record
  const title = createDraft(
    () => data.title,
    (title) => putConfirmed(recordId, { title }),
  )
  const text = createDraft(
    () => data.text,
    (text) => putConfirmed(recordId, { text }),
  )
  const done = createDraft(
    () => data.done,
    (done) => putConfirmed(recordId, { done }),
  )
  const colour = createDraft(
    () => data.colour,
    (colour) => putConfirmed(recordId, { colour }),
  )
  return (
    <>
      <label>
        Title <input value={title.value()} {...typing(title)} />
      </label>
      <Notice draft={title} />
      <label>
        Text <textarea value={text.value()} {...typing(text)} />
      </label>
      <Notice draft={text} />
      <label>
        Done <input type="checkbox" checked={done.value()} onChange={(event) => done.choose(event.target.checked)} />
      </label>
      <Notice draft={done} />
      <label>
        Colour{' '}
        <select value={colour.value()} onChange={(event) => colour.choose(event.target.value as typeof data.colour)}>
          <option>white</option>
          <option>yellow</option>
          <option>green</option>
        </select>
      </label>
      <Notice draft={colour} />
    </>
  )
}

type Typed = { readonly currentTarget: { readonly value: string } }

/** What an input for text tells its draft. While a word is composed (IME) it is kept, and not written. */
function typing(draft: Draft<string>) {
  return {
    onInput: (event: InputEvent & Typed) => draft.edit(event.currentTarget.value, event.isComposing),
    onCompositionEnd: (event: CompositionEvent & Typed) => draft.edit(event.currentTarget.value),
    onBlur: () => draft.close(),
  }
}

/** What somebody else has written meanwhile, and why a draft was refused. */
function Notice<T extends string | boolean>(props: { draft: Draft<T> }): JSX.Element {
  return (
    <>
      <Show when={props.draft.theirs()}>
        {(theirs) => (
          <p role="status">
            Somebody else wrote “{String(theirs().value)}”.{' '}
            <button type="button" onClick={() => props.draft.takeTheirs()}>
              Take it
            </button>{' '}
            <button type="button" onClick={() => props.draft.keepMine()}>
              Keep mine
            </button>
          </p>
        )}
      </Show>
      <Show when={props.draft.error()}>{(message) => <p role="alert">{message()}</p>}</Show>
    </>
  )
}
