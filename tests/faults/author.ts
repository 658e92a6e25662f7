import {
  createConnection,
  createMutations,
  createRecord,
  createUsers,
  createYjsDoc,
  createYjsText,
  type DeepSpaceError,
  RecordProvider,
  RecordScope,
} from 'deepspace-solid'
import { createComponent, createRoot, createSignal } from 'solid-js'
import { Copy } from './copy.ts'
import type { Events } from './events.ts'
import { type DocumentKind, docIdOf, noteCollections, textField } from './notes.ts'
import type { SavedEdits } from './saved-edits.ts'
import { Sightings } from './sightings.ts'
import type { Tokens } from './tokens.ts'
import { type Observed, watchPort } from './witness.ts'

/** Who somebody is and where. */
export interface AuthorOptions {
  readonly name: string
  readonly room: string
  /** Who is signed in; nobody for an anonymous visitor. */
  readonly user: string | undefined
  readonly tokens: Tokens
  readonly keepFor: number | undefined
  /** The port of the line to the worker. */
  readonly port: number
  /** The records whose documents are open here. */
  readonly recordIds: readonly string[]
  readonly saved: SavedEdits
  readonly events: Events
}

/** One page of somebody who writes documents: each is there for as long as its record is shown, as in an app. */
export class Author {
  readonly name: string
  readonly user: string | undefined
  readonly sockets: Observed[] = []
  readonly #page: ReturnType<typeof openPage>
  readonly #dispose: () => void

  constructor(options: AuthorOptions) {
    const { name, port, events } = options
    this.name = name
    this.user = options.user
    watchPort(port, {
      name,
      sockets: this.sockets,
      // What is told of records is judged in another room.
      sightings: new Sightings(),
      onSecondAnswer: (requestId) => events.blame(`${name} was answered twice (W5): ${requestId}`),
      onFrame: (text) => events.trace(text),
      onPart: () => {},
      onPostponed: () => () => {},
      onEvicted: (kind) => events.count(kind === 'yjs' ? 'evictions from documents' : 'evictions from texts'),
    })
    const { page, dispose } = createRoot((dispose) => ({ page: openPage(options), dispose }))
    this.#page = page
    this.#dispose = dispose
  }

  get connection() {
    return this.#page.made.connection
  }

  get setRole() {
    return this.#page.made.users.setRole
  }

  get things() {
    return this.#page.made.things
  }

  get copies(): readonly Copy[] {
    return this.#page.made.copies
  }

  /** Leaves a document, or opens it again. */
  turn(copy: Copy, isOpen: boolean): void {
    this.#page.made.turn(copy, isOpen)
  }

  /** The socket of the present connection, while there is one. */
  get line(): Observed | undefined {
    return this.connection.status === 'connected' ? this.sockets.at(-1) : undefined
  }

  leave(): void {
    this.#dispose()
  }
}

const kinds: readonly DocumentKind[] = ['yjs', 'text']

function openPage({ name, room, user, tokens, keepFor, port, recordIds, saved, events }: AuthorOptions) {
  const [things] = noteCollections
  const make = () => {
    const turns = new Map<Copy, (isOpen: boolean) => void>()
    const copies = recordIds.flatMap((recordId) => {
      const record = createRecord(things, recordId)
      return kinds.map((kind) => {
        const [isOpen, setOpen] = createSignal(true)
        const isShown = () => isOpen() && record.record !== undefined
        const view =
          kind === 'yjs'
            ? createYjsDoc(() => isShown() && docIdOf(recordId))
            : createYjsText(things, () => isShown() && recordId, textField)
        const copy = new Copy(name, { kind, recordId }, view, saved, events)
        turns.set(copy, setOpen)
        return copy
      })
    })
    return {
      connection: createConnection(),
      users: createUsers(),
      things: createMutations(things),
      copies,
      turn: (copy: Copy, isOpen: boolean) => turns.get(copy)!(isOpen),
    }
  }
  /** Who loses a record is out of its document, and the admin with it when it is deleted; who was sent away is out of everything. */
  const isExpected = ({ code, message }: DeepSpaceError): boolean =>
    code === 'forbidden' || message.startsWith('Could not connect')
  let made: ReturnType<typeof make>
  const scope = {
    roomId: room,
    collections: noteCollections,
    get children() {
      made = make()
      return null
    },
  }
  createComponent(RecordProvider, {
    url: `http://127.0.0.1:${port}`,
    keepFor,
    getToken: () => tokens.of(user),
    onWriteError: ({ error }) => events.blame(`${name} heard of a write that nobody made: ${error.message}`),
    onError: (error) => {
      if (isExpected(error)) events.count('errors of connections')
      else events.blame(`${name} was sent an error that belongs to nothing: ${error.message}`)
    },
    get children() {
      return createComponent(RecordScope, scope)
    },
  })
  return {
    get made() {
      return made
    },
  }
}
