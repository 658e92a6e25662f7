import { type Accessor, untrack } from 'solid-js'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { pageArrival } from '../connection/arrival.ts'
import type { Connection, ConnectionStatus } from '../connection/connection.ts'
import { editText } from '../protocol/documents/edit-text.ts'
import { DeepSpaceError, typeName } from '../protocol/errors.ts'
import type { LiveDocument } from './live-document.ts'

/** A text that many write at once. Its properties are tracked getters: read them where they are used, do not destructure. */
export interface YjsText {
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
  /** Whether the document is there and the room lets us write, as it has said last. */
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

/** Where what is shown comes from. All are tracked. */
export interface DocumentSource {
  /** The document; `undefined` where there is none. */
  readonly document: Accessor<LiveDocument | undefined>
  readonly connection: Accessor<Connection | undefined>
  /** Whether a document is asked for at all. */
  readonly isAsked: Accessor<boolean>
  /** Why this document, in a room that has accepted us, is not to be had. */
  readonly error?: Accessor<DeepSpaceError | undefined>
}

/** What components hold of a document. `field` is the name of the text that `text` and `setText` speak of. */
export function createDocumentView(field: string, source: DocumentSource): YjsText {
  const arrival = pageArrival()
  /** What is to be seen of it. The server has rendered nothing, and so does the browser at first. */
  const shown = (): LiveDocument | undefined => (arrival?.isComing() ? undefined : source.document())
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
      if (!source.isAsked()) return 'off'
      if (source.error?.()) return 'refused'
      return source.connection()?.status() ?? 'connecting'
    },
    get error() {
      return source.error?.() ?? source.connection()?.error()
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
      const document = untrack(source.document)
      if (!document) throw new DeepSpaceError('not-connected', 'The document is not there yet')
      editText(document.writable().getText(field), value)
    },
    discard: () => untrack(source.document)?.discard(),
  }
}
