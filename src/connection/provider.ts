import { batch, createComponent, createContext, createReaction, type JSX, onCleanup, useContext } from 'solid-js'
import type { DeepSpaceError } from '../protocol/errors.ts'
import { protocolVersion } from '../protocol/frame.ts'
import type { RecordData } from '../protocol/records/record.ts'
import { RoomClient } from '../records/room-client.ts'

/** A write that the room refused, or that could not reach it. */
export interface WriteError {
  readonly operation: 'create' | 'put' | 'remove'
  readonly collection: string
  readonly recordId: string
  /** The fields that were to be written; empty for `remove`. */
  readonly data: RecordData
  /** Why, with a code; `error.message` is the reason as the room said it. */
  readonly error: DeepSpaceError
}

/** The token of who is signed in; nothing for an anonymous visitor. */
export type Token = string | null | undefined

/** The properties of {@link RecordProvider}. */
export interface RecordProviderProps {
  /**
   * Gives the token for a connection; called anew for each attempt. When it reads signals and they change to another
   * user's token, everything the former user saw is dropped and all rooms connect again; at once where it gives a
   * promise, since nobody knows yet whose token it will be. Default: anonymous.
   */
  readonly getToken?: () => Token | Promise<Token>
  /** Where the worker is, e.g. `https://api.example.com`; default: the page's own origin. */
  readonly url?: string
  /** Told of every `create`, `put` and `remove` that failed; default: `console.error`. Confirmed calls reject instead. */
  readonly onWriteError?: (failure: WriteError) => void
  /** Told of errors that belong to no query and no call; default: `console.error`. */
  readonly onError?: (error: DeepSpaceError) => void
  readonly children?: JSX.Element
}

/** What the scopes of a provider share. */
export interface Provider {
  /** The client of a room, made for its first holder. Give it back with `release`. */
  acquire(roomId: string): RoomClient
  release(roomId: string): void
  readonly writeFailed: (failure: WriteError) => void
}

const ProviderContext = createContext<Provider>()

/**
 * Says who is signed in and where the worker is, for all {@link RecordScope}s below it. Scopes that name the same room
 * share one connection and one cache.
 */
export function RecordProvider(props: RecordProviderProps): JSX.Element {
  return createComponent(ProviderContext.Provider, {
    value: createProvider(props),
    get children() {
      return props.children
    },
  })
}

/** The nearest provider. Throws when there is none above. */
export function useProvider(who: string): Provider {
  const provider = useContext(ProviderContext)
  if (!provider) throw new Error(`${who} needs a <RecordProvider> above it`)
  return provider
}

function createProvider(props: RecordProviderProps): Provider {
  const rooms = new Map<string, { readonly client: RoomClient; holders: number }>()
  /** Counts the changes of what `getToken` reads: a token asked for before the last of them is nobody's any more. */
  let epoch = 0
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
  })

  /** A token that was asked for after the last change of user. */
  const currentToken = async (): Promise<Token> => {
    for (;;) {
      const since = epoch
      const token = await askToken()
      if (since === epoch) return token
    }
  }

  onCleanup(() => {
    for (const { client } of rooms.values()) client.close()
    rooms.clear()
  })
  const urlOf = async (roomId: string): Promise<string> => {
    const token = await currentToken()
    subject = subjectOf(token)
    const url = new URL(`/ws/${encodeURIComponent(roomId)}`, props.url ?? location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    if (token) url.searchParams.set('token', token)
    url.searchParams.set('v', String(protocolVersion))
    return url.href
  }
  return {
    acquire(roomId) {
      const known = rooms.get(roomId)
      if (known) {
        known.holders++
        return known.client
      }
      const client = new RoomClient({
        url: () => urlOf(roomId),
        onError: (error) => (props.onError ?? console.error)(error),
      })
      rooms.set(roomId, { client, holders: 1 })
      return client
    },
    release(roomId) {
      const entry = rooms.get(roomId)
      if (!entry || --entry.holders > 0) return
      rooms.delete(roomId)
      entry.client.close()
    },
    writeFailed: (failure) => {
      if (props.onWriteError) props.onWriteError(failure)
      else console.error(`${failure.operation} in ${failure.collection} failed:`, failure.error)
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
