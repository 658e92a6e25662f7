import { type Accessor, createComputed, createMemo, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { pageArrival } from '../connection/arrival.ts'
import type { ConnectionStatus } from '../connection/connection.ts'
import { useProvider } from '../connection/provider.ts'
import { onMovedOn } from '../connection/transition.ts'
import { editText } from '../protocol/documents/edit-text.ts'
import { DeepSpaceError, received, typeName } from '../protocol/errors.ts'
import { defaultText } from '../protocol/yjs/messages.ts'
import { DocumentClient } from './document-client.ts'

/** The id of a document, or nothing to switch it off. */
export type DocId = string | null | undefined | false

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

/** A document that many write at once. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface YjsDoc {
  /**
   * The document, at once, and filled as soon as the room has sent what it has. Another one when the id or the user is another,
   * when we are refused, and after `discard`. `undefined` without an id, on the server, and while a page is hydrated.
   */
  readonly doc: Y.Doc | undefined
  /** The text that `field` names. */
  readonly text: Y.Text | undefined
  /**
   * Who else is here, as editors want it. Set what you say of yourself in an effect that reads it:
   * `awareness.setLocalStateField('user', { color })`. Others see the id and the name that the room knows you by.
   */
  readonly awareness: Awareness | undefined
  /** As that of `createConnection`; `off` without an id. */
  readonly status: ConnectionStatus | 'off'
  /** Why we are refused, or why the last attempt to connect failed. */
  readonly error: DeepSpaceError | undefined
  /** Whether what the room has is there. It stays so while we are offline. */
  readonly synced: boolean
  /**
   * Whether everything that was written here is stored by the room. While it is not, leaving the page loses it. Rooms that are
   * none of ours do not say it: there it is true once all is sent.
   */
  readonly saved: boolean
  /** Whether `setText` does not throw: what the room has is there, and it lets us write, as it has said last. */
  readonly canWrite: boolean
  /**
   * Why the room does not take what was written here. It is shown still, and nothing more is sent, until we may write again,
   * which sends it, or until `discard`. What it refuses because there was too much at once is sent again by itself.
   */
  readonly refused: DeepSpaceError | undefined
  /**
   * Makes the text say something else by its smallest change. Throws a `DeepSpaceError`: `not-connected` before the document is
   * there for the first time, `denied` where we may not write; and a `TypeError` for what is no text.
   */
  readonly setText: (value: string) => void
  /** Gives up what was refused: `doc` becomes a fresh one with what the room has. Without a refusal it does nothing. */
  readonly discard: () => void
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
export function createYjsDoc(docId: DocId | Accessor<DocId>, options: YjsDocOptions = {}): YjsDoc {
  const provider = useProvider('createYjsDoc')
  const field = options.field ?? defaultText
  const named = createMemo(() => checked(typeof docId === 'function' ? docId() : docId))
  const client = createMemo(() => {
    const id = named()
    if (isServer || id === undefined) return undefined
    const path = `/ws/yjs/${encodeURIComponent(id)}`
    const client = provider.acquire(path, (door) => new DocumentClient(door))
    // Whom it tells may read what is none of our business.
    const letGo = untrack(() => client.hold())
    onMovedOn(() => {
      letGo()
      provider.release(path)
    })
    return client
  })
  createComputed(() => {
    const { initial: text } = options
    if (text) client()?.begin({ field, text })
  })
  const arrival = pageArrival()
  /** What is to be seen of it. The server has rendered nothing, and so does the browser at first. */
  const shown = () => (arrival?.isComing() ? undefined : client()?.document)
  return {
    get doc() {
      return shown()?.doc()
    },
    get text() {
      return shown()?.doc().getText(field)
    },
    get awareness() {
      return shown()?.awareness()
    },
    get status() {
      if (named() === undefined) return 'off'
      return client()?.connection.status() ?? 'connecting'
    },
    get error() {
      return client()?.connection.error()
    },
    get synced() {
      return shown()?.synced() ?? false
    },
    get saved() {
      return shown()?.saved() ?? true
    },
    get canWrite() {
      const document = shown()
      return Boolean(document?.synced() && document.canWrite())
    },
    get refused() {
      return shown()?.refused()
    },
    setText(value) {
      if (typeof value !== 'string') throw new TypeError(`setText: expected a text, received ${typeName(value)}`)
      const document = untrack(client)?.document
      if (!document) throw new DeepSpaceError('not-connected', 'There is no document')
      editText(document.writable().getText(field), value)
    },
    discard: () => untrack(client)?.document.discard(),
  }
}

/** The id as it is asked for. Throws a `TypeError` for what is none. */
function checked(id: DocId): string | undefined {
  if (id === undefined || id === null || id === false) return undefined
  if (typeof id !== 'string' || !id) throw new TypeError(`createYjsDoc: expected an id, received ${received(id)}`)
  return id
}
