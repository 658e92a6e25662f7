import { type CollectionLike, type DeepSpaceError, RecordProvider, RecordScope, type WriteError } from 'deepspace-solid'
import { type Accessor, type JSX, untrack } from 'solid-js'
import { render } from 'solid-js/web'
import { inject, onTestFinished } from 'vitest'
import { collections } from './collections.ts'
import { caughtUp, socketTo } from './sockets.ts'
import { tokenFor } from './users.ts'

export const base = inject('base')

/** A page with something rendered into it, taken down after the test if the test has not. */
export interface Page {
  readonly root: HTMLElement
  readonly unmount: () => void
}

/** Renders into the document. */
export function show(ui: () => JSX.Element): Page {
  const root = document.body.appendChild(document.createElement('main'))
  const dispose = render(ui, root)
  const unmount = (): void => {
    dispose()
    root.remove()
  }
  onTestFinished(unmount)
  return { root, unmount }
}

/** Who looks at a page, and how its provider is. */
export interface Looker {
  /** Who is signed in; an anonymous visitor where nobody is named. */
  readonly user?: Accessor<string | undefined> | string | undefined
  /** How long what nobody wants is kept, in milliseconds. */
  readonly keepFor?: number | undefined
  readonly onWriteError?: (failure: WriteError) => void
}

/** A page, and what its provider was told. */
export interface ProvidedPage extends Page {
  readonly errors: readonly DeepSpaceError[]
}

/** Renders inside a provider. */
export function showTo({ user, keepFor, onWriteError }: Looker, ui: () => JSX.Element): ProvidedPage {
  const errors: DeepSpaceError[] = []
  const page = show(() => (
    <RecordProvider
      url={base}
      getToken={() => {
        const name = typeof user === 'function' ? user() : user
        return name === undefined ? null : tokenFor(name)
      }}
      keepFor={keepFor}
      onWriteError={onWriteError}
      onError={(error) => errors.push(error)}
    >
      {ui()}
    </RecordProvider>
  ))
  return { ...page, errors }
}

/** What a test wants of a page in a room. */
export interface Visit {
  /** Who is signed in; default: an anonymous visitor. */
  readonly user?: string
  /** Default: every collection of the tests. */
  readonly collections?: readonly CollectionLike[]
  /** How long what nobody wants is kept, in milliseconds. */
  readonly keepFor?: number
}

/** A page in a room, and what its provider was told. */
export interface RoomPage extends ProvidedPage {
  readonly failures: readonly WriteError[]
}

/** Renders something inside a provider and a scope. */
export function visit(room: string, ui: () => JSX.Element, options: Visit = {}): RoomPage {
  const failures: WriteError[] = []
  const { user, keepFor } = options
  const page = showTo({ user, keepFor, onWriteError: (failure) => failures.push(failure) }, () => (
    <RecordScope roomId={room} collections={options.collections ?? collections}>
      {ui()}
    </RecordScope>
  ))
  return { ...page, failures }
}

/** Runs something where components run, in a page in a room, and gives what it made. */
export function inRoom<T>(room: string, make: () => T, options?: Visit): RoomPage & { readonly made: T } {
  let made: T
  const page = visit(
    room,
    () => {
      made = make()
      return null
    },
    options,
  )
  return { ...page, made: made! }
}

/** The clock before any test took it away. */
const { setTimeout: later } = window

/** Waits until something has become true; fails with its text when it does not within five seconds. */
export async function until(condition: () => unknown): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!untrack(condition)) {
    if (performance.now() > deadline) throw new Error(`never came true: ${condition}`)
    await new Promise((resolve) => later(resolve, 4))
  }
}

/** The elements that a page shows, in order. */
export function items(page: Page, selector = 'li'): Element[] {
  return [...page.root.querySelectorAll(selector)]
}

/** Their texts. */
export function texts(page: Page, selector?: string): string[] {
  return items(page, selector).map((item) => item.textContent)
}

/** Cuts the line under the client. It is without a connection when this returns. */
export async function cutLine(room: string): Promise<void> {
  const { socket } = socketTo(room)
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }))
  WebSocket.prototype.close.call(socket)
  await closed
}

/** Tells the client that the network is back, and waits until it has its answers. */
export async function lineIsBack(room: string): Promise<void> {
  const before = socketTo(room)
  await until(() => {
    window.dispatchEvent(new Event('online'))
    return socketTo(room) !== before
  })
  await until(() => socketTo(room).received.length > 0)
  await caughtUp(room)
}
