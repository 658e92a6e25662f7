import { makeWS } from '@solid-primitives/websocket'
import { batch, createSignal, untrack } from 'solid-js'
import { closeCodes } from '../protocol/close-codes.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import { within } from '../protocol/within.ts'

/**
 * What a connection is doing: `connecting`, `connected` (the room has greeted us), `disconnected` (waiting to try
 * again, or told to stay away), or `refused` (the room will not have us; trying again would not help).
 */
export type ConnectionStatus = 'connecting' | 'connected' | 'disconnected' | 'refused'

/** Whom a connection tells. */
export interface ConnectionEvents {
  /**
   * A frame has come, text or binary. Return true when it is the room's greeting: the connection then counts as connected.
   * Throw when it cannot be taken in: the session ends, so that what comes behind it is asked for again.
   */
  readonly received: (frame: string | ArrayBuffer) => boolean
  /** The greeting has been taken: frames can be sent, and whoever reads the status is about to know. */
  readonly greeted?: () => void
  /** A session that was connected has ended. */
  readonly dropped: () => void
  /** The room will not have us. */
  readonly refused?: (error: DeepSpaceError) => void
  /** We are refused, or could not connect, for a reason that is not that of the failure before. */
  readonly failed?: (error: DeepSpaceError) => void
}

/** What a connection needs to know. */
export interface ConnectionOptions extends ConnectionEvents {
  /** The address for the next attempt, with a fresh token. */
  readonly url: () => Promise<string>
  /** Nothing is opened before it resolves; default: at once. */
  readonly opensAfter?: Promise<void> | undefined
  /** Overrides {@link timing} where a test cannot wait. */
  readonly timing?: Partial<typeof timing>
}

/** What a frame is sent as: text, or bytes. */
export type Sendable = string | Uint8Array<ArrayBuffer>

/** A socket to a room that outlives disconnects. */
export interface Connection {
  /** Tracked. */
  readonly status: () => ConnectionStatus
  /** Why the connection was refused, or why the last attempt failed. Tracked. */
  readonly error: () => DeepSpaceError | undefined
  /** Sends a frame, or says that it could not: nothing is ever kept for later. */
  send(frame: Sendable): boolean
  /** Ends the present socket or attempt, if there is one, and connects at once. */
  reconnect(): void
  /** Like `reconnect`, but stays away if it was told to. */
  restart(): void
  /** Tries at once where no socket is there or being opened; stays away if it was told to. */
  retry(): void
  /** Ends the present socket and stays away until {@link reconnect}. */
  disconnect(): void
  /** Ends everything for good. */
  close(): void
}

/** In milliseconds. */
export const timing = {
  /** The wait before the second attempt; doubled up to `maxBackoff`, half of it to one and a half times of it at random. */
  backoff: 1_000,
  maxBackoff: 30_000,
  /** A session that was connected for so long resets the wait. */
  lasts: 1_000,
  /** An attempt that takes longer than this has failed. */
  openWithin: 15_000,
  /** After this much silence a ping is sent. */
  pingAfter: 15_000,
  /** After this much more silence the socket is dead ... */
  pongWithin: 30_000,
  /** ... and after this much where there is reason to doubt it: the machine was asleep, the network is back. */
  wokenWithin: 5_000,
}

/** How long to wait after so many failures before this one, half of it to one and a half times of it at random. */
export function backoff(before: number, { backoff, maxBackoff } = timing): number {
  return Math.min(maxBackoff, Math.min(maxBackoff, backoff * 2 ** before) * (0.5 + Math.random()))
}

/** How a session ended. */
interface Ending {
  readonly code?: number
  readonly reason?: string
  readonly error?: unknown
  /** Where to. */
  readonly url?: string | undefined
}

/** How an attempt ended. */
interface End extends Ending {
  readonly connected?: boolean
  /** Whether it was connected for a while. */
  readonly lasted?: boolean
}

/**
 * Opens a connection and keeps it open: connecting, one session until it ends, a pause, again. The pause grows from 1 s
 * to 30 s and ends early when the page is looked at again or the network is back.
 */
export function makeConnection(options: ConnectionOptions): Connection {
  const times = { ...timing, ...options.timing }
  const [status, setStatus] = createSignal<ConnectionStatus>('connecting')
  const [error, setError] = createSignal<DeepSpaceError>()
  const show = (next: ConnectionStatus, why?: DeepSpaceError): void => {
    // An outage is told once, however often it is met.
    if (why && why.message !== untrack(error)?.message) apart(() => options.failed?.(why))
    apart(() =>
      batch(() => {
        setError(why)
        setStatus(next)
      }),
    )
  }
  /** Ends the present attempt, its session and the pause behind it. */
  let turn = new AbortController()
  let session: Session | undefined
  let stayAway = false
  let closed = false
  /** How many attempts in a row did not connect, how many sessions did not last, and how many were refused. */
  let failures = 0
  let brief = 0
  let refusals = 0

  void run()
  return {
    status,
    error,
    send: (frame) => session?.send(frame) ?? false,
    reconnect() {
      stayAway = false
      failures = brief = refusals = 0
      turn.abort()
    },
    restart() {
      refusals = 0
      turn.abort()
    },
    retry() {
      if (!session) turn.abort()
    },
    disconnect() {
      stayAway = true
      turn.abort()
    },
    close() {
      closed = true
      turn.abort()
    },
  }

  async function run(): Promise<void> {
    if (options.opensAfter) await options.opensAfter
    while (!closed) {
      turn = new AbortController()
      const { signal } = turn
      if (stayAway) {
        show('disconnected', untrack(error))
        await pause()
        continue
      }
      show('connecting', untrack(error))
      const end = await attempt(signal)
      // Only a session that lasted says that all is well again.
      if (end.lasted) brief = refusals = 0
      if (end.connected) failures = 0
      if (signal.aborted) continue

      const refusal = refusalOf(end)
      if (refusal) {
        // A refused token may only have been an old one: a fresh one gets one chance.
        if (refusal.code !== 'forbidden' && refusals++ === 0) continue
        apart(() => options.refused?.(refusal))
        show('refused', refusal)
        await pause()
        failures = brief = refusals = 0
        continue
      }
      show('disconnected', end.connected ? undefined : failureOf(end))
      await pause(backoff(end.connected && !end.lasted ? brief++ : failures++, times))
    }
  }

  /** One address, one socket, one session until it ends. Never rejects. */
  async function attempt(signal: AbortSignal): Promise<End> {
    let connectedAt = 0
    let ending: Ending
    let url: string | undefined
    try {
      url = await within(times.openWithin, options.url(), tokenIsLate(), signal)
      session = openSession(url, times, signal, options.received, () => {
        connectedAt = performance.now()
        options.greeted?.()
        show('connected')
      })
      ending = await session.ended
    } catch (error) {
      ending = { error }
    }
    session = undefined
    if (!connectedAt) return { ...ending, url }
    apart(options.dropped)
    return { ...ending, connected: true, lasted: performance.now() - connectedAt >= times.lasts }
  }

  /** Waits until the turn is over. With a time it is over by then, and before that when there is reason to hope. */
  async function pause(wait?: number): Promise<void> {
    const present = turn
    const { signal } = present
    const wake = (): void => present.abort()
    const timer = wait === undefined ? undefined : setTimeout(wake, wait)
    if (wait !== undefined) onWake(signal, wake)
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    clearTimeout(timer)
  }
}

/** Calls back when there is reason to look again: the network is back, or the page is awake and looked at. */
function onWake(signal: AbortSignal, wake: () => void): void {
  if (typeof window === 'undefined') return
  for (const type of ['online', 'focus', 'pageshow']) window.addEventListener(type, wake, { signal })
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake(), { signal })
}

/** One socket, from its opening to its end. */
interface Session {
  readonly ended: Promise<Ending>
  send(frame: Sendable): boolean
}

/** Opens a socket for one turn. `received` says whether a frame was the room's greeting; before it nothing is sent. */
function openSession(
  url: string,
  times: typeof timing,
  turnEnds: AbortSignal,
  received: ConnectionEvents['received'],
  onGreeting: () => void,
): Session {
  const socket = makeWS(url)
  socket.binaryType = 'arraybuffer'
  const life = new AbortController()
  const { signal } = life
  let greeted = false
  // From then on the socket is mute: an orphan must not speak into the next session.
  const finish = (end: Ending): void => life.abort(end)
  const ended = new Promise<Ending>((resolve) => {
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      socket.close()
      resolve(signal.reason)
    })
  })
  turnEnds.addEventListener('abort', () => finish({}), { signal })

  let timer = setTimeout(() => finish({ reason: 'no answer in time' }), times.openWithin)
  let doubted = false
  const listen = (): void => {
    doubted = false
    clearTimeout(timer)
    timer = setTimeout(() => ping(times.pongWithin), times.pingAfter)
  }
  const ping = (within: number): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send('ping')
    const sentAt = Date.now()
    clearTimeout(timer)
    timer = setTimeout(() => {
      // A timer that fires late was asleep with the machine: the silence proves nothing yet.
      if (Date.now() - sentAt > within * 1.5) ping(within)
      else finish({ reason: 'no answer to a ping' })
    }, within)
  }
  onWake(signal, () => {
    if (!greeted || doubted) return
    doubted = true
    ping(times.wokenWithin)
  })
  socket.addEventListener(
    'message',
    ({ data }) => {
      if (greeted) listen()
      if (data === 'pong') return
      let isGreeting: boolean
      try {
        isGreeting = received(data)
      } catch (error) {
        return finish({ error })
      }
      if (isGreeting && !greeted) {
        greeted = true
        listen()
        onGreeting()
      }
    },
    { signal },
  )
  socket.addEventListener('close', ({ code, reason }) => finish({ code, reason }), { signal })

  return {
    ended,
    send(frame) {
      // makeWS would queue what is sent before the socket is open.
      if (signal.aborted || !greeted || socket.readyState !== WebSocket.OPEN) return false
      socket.send(frame)
      return true
    },
  }
}

function refusalOf({ code, reason }: Ending): DeepSpaceError | undefined {
  if (code === closeCodes.forbidden) return new DeepSpaceError('forbidden', 'The room is closed to this user')
  if (code !== closeCodes.unauthorized) return undefined
  return reason === 'token-expired'
    ? new DeepSpaceError('token-expired', 'The token has expired')
    : new DeepSpaceError('unauthorized', 'The room did not accept the token')
}

function failureOf({ error, reason, url }: Ending): DeepSpaceError {
  const why = error instanceof Error ? error.message : reason || 'no room answers there'
  const code = reason === 'room-failed' ? reason : 'disconnected'
  return new DeepSpaceError(code, `Could not connect${url ? ` to ${url.split('?')[0]}` : ''}: ${why}`)
}

/** Why a token that does not come is not waited for any more. */
export function tokenIsLate(): Error {
  return new Error('the token took too long')
}

/**
 * Takes something in that a room has said: it runs each effect once at most, and what an effect throws is the page's own affair.
 * Throws where it cannot be taken in.
 */
export function takenIn<T>(take: () => T): T {
  let taken: T
  let failure: unknown
  apart(() =>
    batch(() => {
      try {
        taken = take()
      } catch (error) {
        failure = error
      }
    }),
  )
  if (failure) throw failure
  return taken!
}

/** Lets what an app does of its own fail on its own: the page is told of the error, and what we were about goes on. */
export function apart(work: () => void): void {
  try {
    work()
  } catch (error) {
    reportError(error)
  }
}
