import { batch, createSignal, untrack } from 'solid-js'
import { apart, backoff, type Connection } from '../connection/connection.ts'
import { Pending } from '../connection/pending.ts'
import type { Client, Door } from '../connection/provider.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import { DeepSpaceError, type ErrorCode } from '../protocol/errors.ts'
import { bytesOver, encodeFrame, maxFrameBytes } from '../protocol/frame.ts'
import { jsonEqual } from '../protocol/json.ts'
import type { ClientFrame, RecordChange, ServerFrame, User, UserList } from '../protocol/records/messages.ts'
import { type Query, queryKey } from '../protocol/records/query.ts'
import { LiveQuery } from './replica/live-query.ts'
import { Replica } from './replica/replica.ts'

/** A frame that asks for an ACK, without the id that {@link RoomClient.request} gives it. */
type Request = Extract<ClientFrame, { type: 'core.put' | 'core.delete' | 'user.set_role' }>

/**
 * The browser's end of one record room: its connection, its cache, its live queries and the requests in flight.
 * However many scopes name the room, there is one of these a provider.
 */
export class RoomClient implements Client {
  readonly connection: Connection
  /** Who the room says we are; `undefined` until it has greeted us. Tracked. */
  readonly user: () => User | undefined
  /** The roster, empty until {@link watchUsers} has been answered. Tracked. */
  readonly users: () => readonly User[]
  readonly #setUser: (user: User | undefined) => void
  readonly #setUsers: (users: readonly User[]) => void
  readonly #replica = new Replica()
  readonly #pending = new Pending()
  readonly #failed: Door['failed']
  /** The live queries by what they ask, and by the id under which they ask it. */
  readonly #byKey = new Map<string, { readonly query: LiveQuery; holders: number }>()
  readonly #byId = new Map<string, LiveQuery>()
  /** The beginning of a commit whose end has not come yet. */
  #untaken: readonly RecordChange[] = []
  /** How often in a row a query was refused for a reason that passes, by its id. */
  readonly #postponed = new Map<string, number>()
  /** Up to which of its commits the room has told us everything, on this connection. */
  #version: number | undefined
  #lastId = 0
  #userWatchers = 0

  constructor(door: Door) {
    this.#failed = door.failed
    ;[this.user, this.#setUser] = createSignal<User | undefined>(undefined, { equals: jsonEqual })
    ;[this.users, this.#setUsers] = createSignal<readonly User[]>([])
    this.connection = door.open({
      received: (text) => this.#received(text),
      greeted: () => this.#askAll(),
      dropped: () => {
        this.#pending.rejectAll(disconnected())
        for (const query of this.#byId.values()) query.interrupt(this.#version)
        this.#version = undefined
        this.#untaken = []
      },
      // What was ours to see may be no more.
      refused: () => this.#forget(),
    })
  }

  /**
   * The live query for a question, asked now if nobody has asked it yet. Give it back with {@link release}. With
   * `counts` it asks for the number of its records alone. It begins with the rows of `former` if that differs only by a
   * lower limit.
   */
  acquire(query: Query, counts: boolean, former: LiveQuery | undefined): LiveQuery {
    const key = keyOf(query, counts)
    const known = this.#byKey.get(key)
    if (known) {
      known.holders++
      return known.query
    }
    const id = `q${++this.#lastId}`
    const live = new LiveQuery(
      id,
      query,
      (payload) => this.#send({ type: 'core.subscribe', payload }),
      (row) => this.#replica.released(query.collection, row),
      counts,
    )
    this.#byKey.set(key, { query: live, holders: 1 })
    this.#byId.set(id, live)
    this.#replica.open(live)
    const isLonger =
      former && former.query.limit! < query.limit! && keyOf({ ...former.query, limit: query.limit }, counts) === key
    if (!isLonger || !live.growFrom(former)) live.ask()
    return live
  }

  /** Ends one holder's interest; the last one's ends the subscription. */
  release(query: LiveQuery): void {
    const key = keyOf(query.query, query.counts)
    const entry = this.#byKey.get(key)
    if (!entry || entry.query !== query || --entry.holders > 0) return
    // A component that is replaced by one with the same question must not cost a new answer.
    queueMicrotask(() => {
      if (entry.holders > 0 || this.#byKey.get(key) !== entry) return
      this.#byKey.delete(key)
      this.#byId.delete(query.id)
      this.#postponed.delete(query.id)
      this.#replica.close(query)
      this.#send({ type: 'core.unsubscribe', payload: { subscriptionId: query.id } })
    })
  }

  /** Sends a request and waits for its ACK. Rejects with a `DeepSpaceError`; see `createMutations` for the codes. */
  request(frame: Request): Promise<void> {
    const requestId = crypto.randomUUID()
    const text = encodeFrame({ type: frame.type, payload: { ...frame.payload, requestId } } as ClientFrame)
    const over = bytesOver(maxFrameBytes, text)
    if (over) {
      const message = `Invalid message: the frame has ${over} bytes, at most ${maxFrameBytes} are sent`
      return Promise.reject(new DeepSpaceError('too-large', message))
    }
    if (!this.connection.send(text))
      return Promise.reject(new DeepSpaceError('not-connected', 'WebSocket not connected'))
    return this.#pending.wait(requestId)
  }

  /** Keeps the roster up to date until the returned function is called. */
  watchUsers(): () => void {
    if (this.#userWatchers++ === 0) this.#askForUsers()
    return () => {
      this.#userWatchers--
    }
  }

  /** Somebody else is signed in: nothing that the former user saw remains, and a new connection asks anew. */
  changeIdentity(): void {
    this.#forget()
    this.connection.restart()
  }

  /** There is a newer token for the same user. */
  retryRefused(): void {
    if (untrack(this.connection.status) === 'refused') this.connection.restart()
  }

  /** Ends everything; calls in flight reject with `WebSocket disconnected`. */
  close(): void {
    this.connection.close()
    this.#pending.rejectAll(disconnected())
  }

  /**
   * Takes a frame of the room; says whether it was the greeting. One frame runs each effect once at most. Throws when the
   * frame cannot be taken in.
   */
  #received(text: string): boolean {
    const frame = JSON.parse(text) as ServerFrame
    let failure: unknown
    apart(() =>
      batch(() => {
        try {
          this.#apply(frame)
        } catch (error) {
          failure = error
        }
      }),
    )
    if (failure) throw failure
    return frame.type === 'user.info'
  }

  #apply(frame: ServerFrame): void {
    switch (frame.type) {
      case 'user.info':
        return this.#greeted(frame.payload)
      case 'user.list':
        return this.#takeUsers(frame.payload)
      case 'core.query_result': {
        const { payload } = frame
        const query = this.#byId.get(payload.subscriptionId)
        if (query) this.#replica.result(query, payload)
        this.#postponed.delete(payload.subscriptionId)
        return this.#heard(payload)
      }
      case 'core.record_change': {
        const { payload } = frame
        const isBurst = 'changes' in payload
        this.#untaken = this.#untaken.concat(isBurst ? payload.changes : payload)
        // Of a commit nothing is taken in before it is whole: should the connection drop, all of it is told again.
        if (isBurst && payload.partial) return
        const changes = this.#untaken
        this.#untaken = []
        for (const change of changes) this.#replica.change(change)
        return this.#heard(payload)
      }
      case 'records.ack':
        return this.#pending.settle(frame.payload)
      case 'core.error': {
        const error = errorFrom(frame.payload)
        const { subscriptionId } = frame.payload
        const query = subscriptionId === undefined ? undefined : this.#byId.get(subscriptionId)
        if (subscriptionId === undefined) this.#failed(error)
        else if (query && passing.includes(error.code)) this.#askLater(query)
        else query?.fail(error)
        return
      }
      case 'records.resubscribe':
        return this.#subscribeAll(true)
      case 'core.mark':
        return this.#send(frame)
      case 'records.list_schemas':
        return
      default:
        // A newer worker may say more than we know; what we did not ask for does not concern us.
        frame satisfies never
    }
  }

  #greeted(user: User): void {
    const before = this.user()
    const isOther = before && before.id !== user.id && !(isAnonymous(before) && isAnonymous(user))
    if (isOther) this.#forget()
    this.#setUser(user)
    // The role has changed. On a new connection nothing can be sent before this frame has been taken.
    if (untrack(this.connection.status) === 'connected') this.#askAll(true)
  }

  /** On a new connection as after a change of role, every answer may be another now; `anew`: none can be gone on from. */
  #askAll(anew = false): void {
    this.#subscribeAll(anew)
    if (this.#userWatchers > 0) this.#askForUsers()
  }

  /** Anonymous visitors are not shown the roster, so they do not ask. */
  #askForUsers(): void {
    const user = untrack(this.user)
    if (user && !isAnonymous(user)) this.#send({ type: 'user.list', payload: {} })
  }

  /** A user who is as before stays the same object, so that a list of users redraws no more than what changed. */
  #takeUsers({ users, removed }: UserList): void {
    const known = new Map(untrack(this.users).map((user) => [user.id, user]))
    const next = new Map(removed && known)
    for (const user of users) next.set(user.id, jsonEqual(known.get(user.id), user) ? known.get(user.id)! : user)
    for (const id of removed ?? []) next.delete(id)
    this.#setUsers([...next.values()])
  }

  /** A refusal that passes takes nothing from what is shown: the query is asked again after a while, from where it was. */
  #askLater(query: LiveQuery): void {
    const { id } = query
    const times = this.#postponed.get(id) ?? 0
    this.#postponed.set(id, times + 1)
    query.interrupt(this.#version)
    setTimeout(() => this.#postponed.has(id) && query.ask(), backoff(times))
  }

  #subscribeAll(anew: boolean): void {
    for (const query of this.#byId.values()) query.ask(anew)
  }

  #heard({ version = this.#version }: { readonly version?: number }): void {
    this.#version = version
  }

  /** What cannot be sent now is not kept: everything that matters is asked again at the next greeting. */
  #send(frame: ClientFrame): void {
    this.connection.send(encodeFrame(frame))
  }

  #forget(): void {
    this.#pending.rejectAll(disconnected())
    batch(() => {
      for (const query of this.#byId.values()) query.reset()
      this.#setUser(undefined)
      this.#setUsers([])
    })
  }
}

/** Refusals that pass by themselves. */
const passing: readonly ErrorCode[] = ['rate-limited', 'too-many']

function keyOf(query: Query, counts: boolean): string {
  return `${counts ? 'count ' : ''}${queryKey(query)}`
}

function disconnected(): DeepSpaceError {
  return new DeepSpaceError('disconnected', 'WebSocket disconnected')
}

function isAnonymous(user: User): boolean {
  return user.id.startsWith('anon-')
}
