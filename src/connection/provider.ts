import {
  batch,
  createComponent,
  createComputed,
  createContext,
  createReaction,
  createRoot,
  Suspense,
  untrack,
  useContext,
} from 'solid-js'
import { type DeepSpaceError, received } from '../protocol/errors.ts'
import { protocolVersion } from '../protocol/frame.ts'
import { isSameUser, visitorPrefix } from '../protocol/visitor-id.ts'
import { within } from '../protocol/within.ts'
import { pageArrival } from './arrival.ts'
import { apart, type Connection, type ConnectionEvents, makeConnection, timing, tokenIsLate } from './connection.ts'
import { onMovedOn } from './transition.ts'

/** The token of who is signed in; nothing for an anonymous visitor. */
export type Token = string | null | undefined

/** Who is signed in and where the worker is; {@link createProvider} reads them whenever it needs them. */
export interface ProviderProps {
  /**
   * Gives the token for a connection; called anew for each attempt. When it reads signals and they change to another
   * user's token, everything the former user saw is dropped and all rooms connect again, as soon as it is known whose token
   * it is; at another token of the same user a connection that waits tries at once. While it reads a resource that is on the way,
   * nobody connects. One that throws or rejects is a failed attempt. Default: anonymous.
   */
  readonly getToken?: (() => Token | Promise<Token>) | undefined
  /**
   * The id of who is signed in, where a cookie says so to the worker, `null` for a visitor. When it changes, or is another than
   * the room has greeted, everything the former user saw is dropped, and all rooms connect again. `undefined` at first: not
   * known yet. Default: the token says it.
   */
  readonly userId?: string | null | undefined
  /** Where the worker is, e.g. `https://api.example.com`; default: the page's own origin. */
  readonly url?: string | undefined
  /**
   * How long a room that no scope names any more, and a query that no component asks, are kept for a page that comes back,
   * in milliseconds; default 5,000.
   */
  readonly keepFor?: number | undefined
  /**
   * Told of errors that belong to no query and no call, once each: we are refused or cannot connect, or a query names what
   * the room does not have. Default: `console.error`.
   */
  readonly onError?: ((error: DeepSpaceError) => void) | undefined
}

/** The browser's end of one room, of any kind, as far as its provider deals with it. */
export interface Client {
  readonly connection: Connection
  /** Somebody else is signed in: nothing that the former user saw remains, and a new connection asks anew. */
  changeIdentity(): void
  /** Who the room says we are; `undefined` before it has greeted us, or where it does not say it. */
  readonly userId: string | undefined
  /** Ends everything. */
  close(): void
}

/** What a provider gives the client of a room. */
export interface Door {
  /** Opens the connection to the room, as whoever is signed in at each attempt. */
  open(events: ConnectionEvents): Connection
  /** Takes an error that belongs to no query and no call. */
  readonly failed: (error: DeepSpaceError) => void
  /** How long to keep what nobody wants any more, in milliseconds. */
  readonly keepFor: () => number
  /** While it is not known whether the user is still the same: resolves when it is. What is written meanwhile waits for it. */
  readonly doubt: () => Promise<unknown> | undefined
}

/** The client of a room, how many hold it, and what ends it once nobody does. */
interface Entry {
  readonly client: Client
  holders: number
  ends?: ReturnType<typeof setTimeout>
}

/** The connections of a page to its rooms: one a room, however many name it. */
export interface Provider {
  /** The client of the room at a path of the worker, made for its first holder. Give it back with `release`; it is closed a while after the last one has. */
  acquire<C extends Client>(path: string, make: (door: Door) => C): C
  release(path: string): void
}

/** The provider above; `RecordProvider` puts it there. */
export const ProviderContext = createContext<Provider>()

/** The nearest provider. Throws when there is none above. */
export function useProvider(who: string): Provider {
  const provider = useContext(ProviderContext)
  if (!provider) throw new Error(`${who} needs a <RecordProvider> above it`)
  return provider
}

/** So many changes a second of what `getToken` reads are followed at once. */
const manyChanges = 20

/** Makes a provider that lives as long as the running owner. */
export function createProvider(props: ProviderProps): Provider {
  const rooms = new Map<string, Entry>()
  /** Counts the changes of what `getToken` reads: a token asked for before the last of them is nobody's any more. */
  let epoch = 0
  /** How many of them there were in the last second. */
  let changes = 0
  let asked: { readonly epoch: number; readonly token: Token | Promise<Token> } | undefined
  /** Whom the last token speaks for, `null` for an anonymous visitor; not known before the first one. */
  let subject: string | null | undefined
  // Nothing live is to change a page before it is there whole.
  const arrival = pageArrival()
  /** Ends when it is known again who is signed in. */
  let doubt: Promise<unknown> | undefined

  /** Asks for a token and listens to what it is read from. Those who ask while one is on the way share it. */
  const askToken = (): Token | Promise<Token> => {
    if (asked?.epoch === epoch) return asked.token
    let token: Token | Promise<Token>
    track(() => {
      try {
        token = props.getToken?.()
      } catch (error) {
        token = Promise.reject(error)
      }
    })
    // The change of what it waits for is followed like any other.
    if (token === undefined && props.getToken && isPending(props.getToken)) token = new Promise<never>(() => {})
    const asking = { epoch, token }
    asked = asking
    const answered = (): void => {
      if (asked === asking) asked = undefined
    }
    Promise.resolve(token).then(answered, answered)
    return token
  }
  const track = createReaction(() => {
    epoch++
    setTimeout(() => changes--, 1000)
    // A getToken that changes what it reads would be asked again and again.
    if (++changes > manyChanges) setTimeout(follow, 1000)
    else follow()
  })
  /** What `getToken` reads has changed. */
  const follow = (): void => {
    const since = epoch
    const know = (token: Token): void => {
      if (since !== epoch) return
      const before = subject
      subject = subjectOf(token)
      each((client) => (subject === before ? client.connection.retry() : client.changeIdentity()))
    }
    const token = askToken()
    if (!(token instanceof Promise)) return know(token)
    // Where nobody knows who is signed in rows stay, and a new connection finds out.
    doubt = within(timing.openWithin, token, tokenIsLate())
      .then(know, () => since === epoch && each(({ connection }) => connection.restart()))
      .finally(() => {
        if (since === epoch) doubt = undefined
      })
  }
  const each = (tell: (client: Client) => void): void =>
    batch(() => {
      for (const { client } of rooms.values()) tell(client)
    })

  createComputed<string | null | undefined>((before) => {
    const { userId } = props
    if (userId !== before) {
      untrack(() => each((client) => (before === undefined ? expectUser(client, userId!) : client.changeIdentity())))
    }
    return userId
  })

  /** A token that was asked for after the last change of user. */
  const currentToken = async (): Promise<Token> => {
    for (;;) {
      // Not while the page is being hydrated: who asks whether a resource is on the way would take part.
      await undefined
      const since = epoch
      const token: unknown = await askToken()
      if (since === epoch) {
        if (!token) return undefined
        if (typeof token === 'string' && !noToken.test(token)) return token
        throw new Error(`getToken: expected a token, received ${received(token)}`)
      }
      if (changes > manyChanges) throw new Error('getToken changes what it reads')
    }
  }

  onMovedOn(() => {
    for (const { client, ends } of rooms.values()) {
      clearTimeout(ends)
      client.close()
    }
    rooms.clear()
  })
  const urlOf = async (path: string): Promise<string> => {
    const token = await currentToken()
    subject = subjectOf(token)
    const url = new URL(path, props.url ?? location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    if (token) url.searchParams.set('token', token)
    url.searchParams.set('v', String(protocolVersion))
    return url.href
  }
  const keepFor = (): number => props.keepFor ?? 5000
  return {
    acquire<C extends Client>(path: string, make: (door: Door) => C): C {
      const known = rooms.get(path)
      const entry: Entry = known ?? {
        client: make({
          open: (events) => makeConnection({ ...events, url: () => urlOf(path), opensAfter: arrival?.whole }),
          failed: (error) => apart(() => (props.onError ?? console.error)(error)),
          keepFor,
          doubt: () => doubt,
        }),
        holders: 0,
      }
      rooms.set(path, entry)
      clearTimeout(entry.ends)
      // Who comes to a room that has sent us away may be let in again by now.
      if (known?.holders === 0) known.client.connection.retry()
      entry.holders++
      // A path names one kind of room, and each kind makes clients of one class.
      return entry.client as C
    },
    release(path) {
      const entry = rooms.get(path)
      if (!entry || --entry.holders > 0) return
      entry.ends = setTimeout(() => {
        rooms.delete(path)
        entry.client.close()
      }, keepFor())
    },
  }
}

/** It is known by now who is signed in, `null` for a visitor; should the room have greeted another, that has changed. */
export function expectUser(client: Client, userId: string | null): void {
  const { userId: greeted, connection } = client
  if (greeted) {
    if (!isSameUser(greeted, userId ?? visitorPrefix)) client.changeIdentity()
  }
  // A room that does not say whom it has greeted is asked again by who we are.
  else if (untrack(connection.status) === 'connected') connection.restart()
}

/** What comes where a token was expected: a page, JSON, a sentence, a word for nothing. */
const noToken = /[\s<{"]|^(null|undefined)$/

/** Whether a function reads a resource that is on the way: whoever reads it is suspended, here nobody. */
function isPending(read: () => unknown): boolean {
  return createRoot((dispose) => {
    let pending = false
    createComponent(Suspense, {
      get fallback() {
        pending = true
        return undefined
      },
      get children() {
        read()
        return undefined
      },
    })
    dispose()
    return pending
  })
}

/**
 * Whom a token speaks for, as far as the browser can tell without the key: only to drop what another user saw. A token
 * that is not a JWT stands for itself.
 */
function subjectOf(token: Token): string | null {
  if (!token) return null
  try {
    const claims = token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')
    const { sub } = JSON.parse(atob(claims)) as { sub?: unknown }
    return typeof sub === 'string' ? sub : token
  } catch {
    return token
  }
}
