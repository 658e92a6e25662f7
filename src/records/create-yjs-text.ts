import { type Accessor, createMemo, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { namedBy } from '../connection/room-id.ts'
import { onMovedOn } from '../connection/transition.ts'
import { createDocumentView, type YjsText } from '../documents/document-view.ts'
import { defaultText } from '../protocol/documents/default-text.ts'
import { quoted } from '../protocol/errors.ts'
import type { CollectionLike } from '../protocol/records/typed-record.ts'
import { textsOf } from './room-texts.ts'
import { useCollection } from './scope.ts'

/** The id of a record, or nothing to switch it off. */
export type TextId = string | null | undefined | false

/**
 * The text of a field of a record, that many write at once, over the connection that the scope has already. Who may read the
 * record reads it, who may update it writes it, for as long as they may: who loses the record loses the text in that moment, and
 * `error` is then `not-found`. With the record it is gone. `id` and `field` may be accessors; without an id it is switched off.
 *
 * The text is no value of the record, and `field` need not be declared. Components that name the same share it. Throws where no
 * `RecordScope` above has the collection. Everything else is as for `createYjsDoc`, but for `initial`, and for `reconnect` and
 * `disconnect`: those of the scope's connection are `createConnection`'s.
 *
 * @example
 * const notes = createYjsText(tasks, () => props.id, 'notes')
 * const body = createYText(() => notes.text)
 * <textarea value={body.value} readOnly={!notes.canWrite} onInput={(event) => notes.setText(event.currentTarget.value)} />
 */
export function createYjsText(
  collection: CollectionLike,
  id: TextId | Accessor<TextId>,
  field: string | Accessor<string>,
): YjsText {
  const { name, client } = useCollection('createYjsText', collection)
  const recordId = createMemo(() => namedBy('createYjsText', id))
  const fieldName = createMemo(() => {
    const name = namedBy('createYjsText', field)
    // The rest would be read as the end of another record's id.
    if (name?.includes(':')) throw new TypeError(`createYjsText: expected a name, received ${quoted(name)}`)
    return name
  })
  const text = createMemo(() => {
    const [room, record, of] = [client(), recordId(), fieldName()]
    if (isServer || !room || record === undefined || of === undefined) return undefined
    const texts = textsOf(room)
    // Whom it tells may read what is none of our business.
    const held = untrack(() => texts.hold({ collection: name, recordId: record, fieldName: of }))
    onMovedOn(() => texts.release(held))
    return held
  })
  return createDocumentView(defaultText, {
    document: () => text()?.document,
    connection: () => client()?.connection,
    isAsked: () => recordId() !== undefined,
    error: () => text()?.error(),
  })
}
