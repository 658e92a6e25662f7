import { batch, createContext, createReaction, onCleanup, useContext } from 'solid-js'
import type { DeepSpaceError } from '../protocol/errors.ts'
import { protocolVersion } from '../protocol/frame.ts'
import { type Connection, type ConnectionEvents, makeConnection } from './connection.ts'

/** The token of who is signed in; nothing for an anonymous visitor. */
export type Token = string | null | undefined

/** Who is signed in and where the worker is; {@link createProvider} reads them whenever it needs them. */
export interface ProviderProps {
  /**
   * Gives the token for a connection; called anew for each attempt. When it reads signals and they change to another
   * user's token, everything the former user saw is dropped and all rooms connect again; at once where it gives a
   * promise, since nobody knows yet whose token it will be. Default: anonymous.
   */
  readonly getToken?: () => Token | Promise<Token>
  /** Where the worker is, e.g. `https://api.example.com`; default: the page's own origin. */
  readonly url?: string
  /** Told of errors that belong to no query and no call; default: `console.error`. */
  readonly onError?: (error: DeepSpaceError) => void
}

/** The browser's end of one room, of any kind, as far as its provider deals with it. */
export interface Client {
  /** Somebody else is signed in: nothing that the former user saw remains, and a new connection asks anew. */
  changeIdentity(): void
  /** There is a newer token for the same user. */
  retryRefused(): void
  /** Ends everything. */
  close(): void
}

/** What a provider gives the client of a room. */
export interface Door {
  /** Opens the connection to the room, as whoever is signed in at each attempt. */
  open(events: ConnectionEvents): Connection
  /** Takes an error that belongs to no query and no call. */
  readonly failed: (error: DeepSpaceError) => void
}

/** The connections of a page to its rooms: one a room, however many name it. */
export interface Provider {
  /** The client of the room at a path of the worker, made for its first holder. Give it back with `release`. */
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
  const rooms = new Map<string, { readonly client: Client; holders: number }>()
  /** Counts the changes of what `getToken` reads: a token asked for before the last of them is nobody's any more. */
  let epoch = 0
  /** How many of them there were in the last second. */
  let changes = 0
  let asked: { readonly epoch: number; readonly token: Token | Promise<Token> } | undefined
  let subject: string | undefined

  /** Asks for a token and listens to what it is read from. Those who ask while one is on the way share it. */
  const askToken = (): Token | Promise<Token> => {
    if (asked?.epoch === epoch) return asked.token
    let token: Token | Promise<Token>
    track(() => {
      token = props.getToken?.()
    })
    const asking = { epoch, token }
    asked = asking
    void Promise.resolve(token)
      .finally(() => {
        if (asked === asking) asked = undefined
      })
      .catch(() => {})
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
    const token = askToken()
    if (!(token instanceof Promise) && subjectOf(token) === subject) {
      // The same user with a newer token: worth a try where the last one was refused.
      for (const { client } of rooms.values()) client.retryRefused()
      return
    }
    // Until a token has come nobody knows whose it is: what the former user saw goes at once.
    subject = token instanceof Promise ? undefined : subjectOf(token)
    batch(() => {
      for (const { client } of rooms.values()) client.changeIdentity()
    })
  }

  /** A token that was asked for after the last change of user. */
  const currentToken = async (): Promise<Token> => {
    for (;;) {
      const since = epoch
      const token = await askToken()
      if (since === epoch) return token
      if (changes > manyChanges) throw new Error('getToken changes what it reads')
    }
  }

  onCleanup(() => {
    for (const { client } of rooms.values()) client.close()
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
  return {
    acquire<C extends Client>(path: string, make: (door: Door) => C): C {
      const known = rooms.get(path)
      if (known) {
        known.holders++
        // A path names one kind of room, and each kind makes clients of one class.
        return known.client as C
      }
      const client = make({
        open: (events) => makeConnection({ ...events, url: () => urlOf(path) }),
        failed: (error) => (props.onError ?? console.error)(error),
      })
      rooms.set(path, { client, holders: 1 })
      return client
    },
    release(path) {
      const entry = rooms.get(path)
      if (!entry || --entry.holders > 0) return
      rooms.delete(path)
      entry.client.close()
    },
  }
}

/**
 * Whom a token speaks for, as far as the browser can tell without the key: only to drop what another user saw. A token
 * that is not a JWT stands for itself.
 */
function subjectOf(token: Token): string | undefined {
  if (!token) return undefined
  try {
    const claims = token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')
    const { sub } = JSON.parse(atob(claims)) as { sub?: unknown }
    return typeof sub === 'string' ? sub : token
  } catch {
    return token
  }
}
