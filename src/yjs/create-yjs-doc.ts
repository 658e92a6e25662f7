import { type Accessor, createComputed, untrack } from 'solid-js'
import { createRoomClient } from '../connection/create-room-client.ts'
import type { RoomId } from '../connection/room-id.ts'
import { createDocumentView, type YjsText } from '../documents/document-view.ts'
import { defaultText } from '../protocol/documents/default-text.ts'
import { DocumentClient } from './document-client.ts'

/** Options of {@link createYjsDoc}. */
export interface YjsDocOptions {
  /** The name of the text that `text`, `setText` and `initial` speak of; default `content`. */
  readonly field?: string | undefined
  /**
   * What the text is to begin with. The room inserts it, once, however many ask, into a document of which nothing was ever
   * written. A room that is none of ours does not.
   */
  readonly initial?: string | undefined
}

/** A document that has a connection of its own, which all share that name it. */
export interface YjsDoc extends YjsText {
  /** Drops the socket, if there is one, and connects at once. Without an id it does nothing. */
  readonly reconnect: () => void
  /** Sends what waits, drops the socket and stays offline until `reconnect`. Without an id it does nothing. */
  readonly disconnect: () => void
}

/**
 * A document of its own at `/ws/yjs/<docId>`, a `YjsRoom` of the worker. `docId` may be an accessor; without one it is switched
 * off. Components that name the same share one document and one connection, which stay for `keepFor` after the last has gone.
 * To others we are here for as long as a component is. Throws where no `RecordProvider` is above.
 *
 * Offline it can be written, and is merged on return. Nothing is kept beyond the page.
 *
 * @example
 * const note = createYjsDoc(() => props.id)
 * const body = createYText(() => note.text)
 * <textarea value={body.value} readOnly={!note.canWrite} onInput={(event) => note.setText(event.currentTarget.value)} />
 */
export function createYjsDoc(docId: RoomId | Accessor<RoomId>, options: YjsDocOptions = {}): YjsDoc {
  const field = options.field ?? defaultText
  const { client, isNamed } = createRoomClient(
    'createYjsDoc',
    'yjs',
    docId,
    (door) => new DocumentClient(door),
    (client) => client.hold(),
  )
  createComputed(() => {
    const { initial: text } = options
    if (text) client()?.begin({ field, text })
  })
  const document = () => client()?.document
  const connection = () => client()?.connection
  return Object.assign(createDocumentView(field, { document, connection, isAsked: isNamed }), {
    reconnect: () => untrack(connection)?.reconnect(),
    disconnect() {
      untrack(document)?.flush()
      untrack(connection)?.disconnect()
    },
  })
}
