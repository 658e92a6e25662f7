import { batch, createSignal, untrack } from 'solid-js'
import { backoff, type Connection, takenIn } from '../connection/connection.ts'
import { Pending } from '../connection/pending.ts'
import type { Client, Door } from '../connection/provider.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import { DeepSpaceError, type ErrorCode } from '../protocol/errors.ts'
import { bytesOver, encodeFrame, maxFrameBytes } from '../protocol/frame.ts'
import { jsonEqual } from '../protocol/json.ts'
import type {
  ClientFrame,
  RecordChange,
  ServerFrame,
  TextServerFrame,
  User,
  UserList,
} from '../protocol/records/messages.ts'
import type { Query } from '../protocol/records/query.ts'
import type { RecordEnvelope } from '../protocol/records/record.ts'
import type { Collection } from '../protocol/records/schema.ts'
import { type PageQuestion, questionKey, type Rendered, recordsOf } from '../protocol/records/snapshot.ts'
import { isSameUser } from '../protocol/visitor-id.ts'
import { plainQuery, readBooleans } from './plain-room.ts'
import { LiveQuery } from './replica/live-query.ts'
import { Replica } from './replica/replica.ts'

/** What a room client tells whoever keeps the roster. */
export interface RosterKeeper {
  /** On a new connection, and when the role has changed, it is to be asked for anew. */
  ask(): void
  take(list: UserList): void
  /** What was shown to the former user is gone. */
  reset(): void
}

/** What a room client tells whoever keeps the texts of its records. */
export interface TextKeeper {
  /** What was joined is to be joined anew. */
  ask(): void
  /** A frame has come in bytes. Throws when it cannot be taken in. */
  took(bytes: ArrayBuffer): void
  /** A frame has come that is none of records: of a text, or of what nobody here knows. */
  told(frame: TextServerFrame): void
  /** Says whether an error was about a text. */
  failed(error: DeepSpaceError): boolean
  dropped(): void
  /** What was shown to the former user is gone. */
  reset(): void
}

type Greeting = Extract<ServerFrame, { type: 'user.info' }>['payload']

/** A frame that asks for an ACK, without the id that {@link RoomClient.request} gives it. */
type Request = Extract<ClientFrame, { type: 'core.put' | 'core.delete' | 'user.set_role' | 'yjs.join' }>

/**
 * The browser's end of one record room: its connection, its cache, its live queries and the requests in flight.
 * However many scopes name the room, there is one of these a provider.
 */
export class RoomClient implements Client {
  readonly connection: Connection
  /** Who the room says we are; `undefined` until it has greeted us. Tracked. */
  readonly user: () => User | undefined
  /** Keeps the roster, where somebody looks at it. */
  roster: RosterKeeper | undefined
  /** Keeps the texts of records, where somebody has joined one. */
  texts: TextKeeper | undefined
  readonly #setUser: (user: User | undefined) => void
  readonly #replica = new Replica()
  readonly #pending = new Pending()
  readonly door: Door
  /** Takes an error that nobody else is told of. */
  readonly failed: Door['failed']
  /** The live queries by what they ask, and by the id under which they ask it. */
  readonly #byKey = new Map<string, LiveQuery>()
  readonly #byId = new Map<string, LiveQuery>()
  /** Those that nobody holds any more, the longest first, with what will end them. */
  readonly #lingering = new Map<LiveQuery, ReturnType<typeof setTimeout>>()
  /** The beginning of a commit whose end has not come yet. */
  #untaken: readonly RecordChange[] = []
  /** How often in a row a query was refused for a reason that passes, by its id. */
  readonly #postponed = new Map<string, number>()
  /** What is known of its collections, by their names. */
  readonly #schemas = new Map<string, Collection>()
  /** Whether the room knows part A of the protocol alone. */
  isPlain = false
  /** Up to which of its commits the room has told us everything, on this connection. */
  #version: number | undefined
  /** The newest of its commits that we have seen anything of. */
  #newest = 0
  #lastId = 0

  constructor(door: Door) {
    this.door = door
    this.failed = door.failed
    ;[this.user, this.#setUser] = createSignal<User | undefined>(undefined, { equals: jsonEqual })
    this.connection = door.open({
      failed: door.failed,
      received: (frame) => this.#received(frame),
      greeted: () => this.#askAll(),
      dropped: () => {
        this.#pending.rejectAll()
        for (const query of this.#byId.values()) query.interrupt(this.#version)
        this.#version = undefined
        this.#untaken = []
        this.texts?.dropped()
      },
      refused: (error) => {
        // What was ours to see may be no more.
        this.#forget()
        for (const query of this.#byId.values()) query.fail(error)
      },
    })
  }

  /**
   * The live query for a question, asked now if nobody has asked it yet. It begins with what the server has `rendered` of it,
   * or with the rows of `former` if that differs only by a lower limit. Whoever holds it counts among its `holders`, and gives
   * it back with {@link release}.
   */
  query(question: PageQuestion, former?: LiveQuery, rendered?: Rendered): LiveQuery {
    const { query, count } = question
    const key = questionKey(question)
    const known = this.known(key)
    const live = known ?? this.open(query, Boolean(count), key)
    if (rendered && live.isBefore(rendered.version)) this.begin(live, rendered)
    if (known) return known
    const isLonger =
      former &&
      former.query.limit! < query.limit! &&
      questionKey({ ...question, query: { ...former.query, limit: query.limit } }) === key
    if (!isLonger || !live.growFrom(former)) this.ask(live)
    return live
  }

  /** Asks a question that a page that may come next will ask, and holds it for as long as any is kept. */
  preload(question: PageQuestion): void {
    const live = this.query(question)
    live.holders++
    setTimeout(() => this.release(live), this.door.keepFor())
  }

  /** Ends one holder's interest. The last one's ends the subscription after a while: a page that comes back finds it as it was. */
  release(live: LiveQuery): void {
    if (--live.holders > 0) return
    clearTimeout(this.#lingering.get(live))
    this.#lingering.delete(live)
    this.#lingering.set(
      live,
      setTimeout(() => this.#end(live), untrack(live.status) === 'ready' ? this.door.keepFor() : 0),
    )
    if (this.#lingering.size > maxLingering) this.#end(this.#lingering.keys().next().value!)
  }

  /** Ends a live query that nobody holds, if it is so still. */
  #end(live: LiveQuery): void {
    clearTimeout(this.#lingering.get(live))
    this.#lingering.delete(live)
    if (live.holders > 0 || !this.#byId.delete(live.id)) return
    for (const key of live.keys) if (this.#byKey.get(key) === live) this.#byKey.delete(key)
    this.#postponed.delete(live.id)
    this.#replica.close(live)
    this.send({ type: 'core.unsubscribe', payload: { subscriptionId: live.id } })
  }

  /** Takes note of what a component knows of a collection. */
  learn(collection: Collection): void {
    this.#schemas.set(collection.name, collection)
  }

  /** The live query that goes by a name. */
  known(key: string): LiveQuery | undefined {
    return this.#byKey.get(key)
  }

  /** Gives a live query one more name by which it is known for as long as it is asked. */
  name(live: LiveQuery, key: string): void {
    live.keys.push(key)
    this.#byKey.set(key, live)
  }

  /** Makes a live query that goes by a name; it is to be asked. */
  open(query: Query, counts: boolean, key: string): LiveQuery {
    const id = `q${++this.#lastId}`
    const live = new LiveQuery(
      id,
      query,
      (payload) => {
        const asked = this.isPlain ? { ...payload, query: plainQuery(payload.query) } : payload
        this.send({ type: 'core.subscribe', payload: asked })
      },
      (row) => this.#replica.released(query.collection, row),
      counts,
    )
    this.name(live, key)
    this.#byId.set(id, live)
    this.#replica.open(live)
    return live
  }

  /**
   * Takes what the server has rendered of a live query like an answer that was heard on an earlier connection, or a part of
   * one. Rows that are known newer stay as they are.
   */
  begin(live: LiveQuery, { answer, user, version = 0 }: Rendered, partial = false): void {
    if (user) this.meet(user)
    if (!answer) return
    if ('error' in answer) return live.fail(errorFrom(answer.error))
    const { id: subscriptionId } = live
    const isOld = version < this.#newest
    this.#newest = Math.max(version, this.#newest)
    this.#replica.result(live, { subscriptionId, partial, ...answer, records: recordsOf(answer) }, isOld)
    if (!partial) live.interrupt(version)
  }

  /** Takes whom the server has rendered a page for as who we are, until the room greets us. */
  meet(user: User): void {
    if (!untrack(this.user)) this.#setUser(user)
  }

  /** Asks; of a room that will not have us it is known what it would say. */
  ask(live: LiveQuery): void {
    const { status, error } = this.connection
    if (untrack(status) === 'refused') live.fail(untrack(error)!)
    else live.ask()
  }

  /** Sends a request and waits for its ACK. Rejects with a `DeepSpaceError`; see `createMutations` for the codes. */
  request(frame: Request): Promise<void> {
    const doubt = this.door.doubt()
    // It is to be written by who is signed in now, not by who was.
    if (doubt) return doubt.then(() => this.request(frame))
    const requestId = crypto.randomUUID()
    const text = encodeFrame({ type: frame.type, payload: { ...frame.payload, requestId } } as ClientFrame)
    const over = bytesOver(maxFrameBytes, text)
    if (over) {
      const message = `Invalid message: the frame has ${over} bytes, at most ${maxFrameBytes} are sent`
      return Promise.reject(new DeepSpaceError('too-large', message))
    }
    if (!this.connection.send(text))
      return Promise.reject(new DeepSpaceError('not-connected', 'WebSocket not connected'))
    // Such a room answers a change of role with nothing.
    if (this.isPlain && frame.type === 'user.set_role') return Promise.resolve()
    return this.#pending.wait(requestId)
  }

  /** Somebody else is signed in: nothing that the former user saw remains, and a new connection asks anew. */
  changeIdentity(): void {
    this.#forget()
    this.connection.restart()
  }

  get userId(): string | undefined {
    return untrack(this.user)?.id
  }

  /** Ends everything; calls in flight reject with `WebSocket disconnected`. */
  close(): void {
    this.connection.close()
    this.#pending.rejectAll()
    for (const live of this.#lingering.keys()) this.#end(live)
    for (const live of this.#byId.values()) live.abandon()
  }

  /**
   * Takes a frame of the room; says whether it was the greeting. One frame runs each effect once at most. Throws when the
   * frame cannot be taken in.
   */
  #received(data: string | ArrayBuffer): boolean {
    const frame = typeof data === 'string' && (JSON.parse(data) as ServerFrame | TextServerFrame)
    takenIn(() => {
      if (frame) this.#apply(frame)
      // What comes in bytes is of texts.
      else this.texts?.took(data as ArrayBuffer)
    })
    return frame && frame.type === 'user.info'
  }

  #apply(frame: ServerFrame | TextServerFrame): void {
    switch (frame.type) {
      case 'user.info':
        return this.#greeted(frame.payload)
      case 'user.list':
        return this.roster?.take(frame.payload)
      case 'core.query_result': {
        const { payload } = frame
        const query = this.#byId.get(payload.subscriptionId)
        if (query) {
          for (const record of payload.records) this.#read(query.query.collection, record)
          this.#replica.result(query, payload)
        }
        if (query?.follows) this.#postponed.delete(query.id)
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
        for (const change of changes) {
          this.#read(change.collection, change.record)
          this.#replica.change(change)
        }
        return this.#heard(payload)
      }
      case 'records.ack':
        return this.#pending.settle(frame.payload)
      case 'core.error': {
        const error = errorFrom(frame.payload)
        const { subscriptionId } = frame.payload
        const query = subscriptionId === undefined ? undefined : this.#byId.get(subscriptionId)
        if (query && passing.includes(error.code)) return this.#askLater(query)
        query?.fail(error)
        const isToBeTold = (subscriptionId === undefined && !this.texts?.failed(error)) || mistakes.includes(error.code)
        // A room that could not start ends the connection, which tells of it.
        if (isToBeTold && error.code !== 'room-failed') this.failed(error)
        return
      }
      case 'records.resubscribe':
        return this.#subscribeAll(true)
      case 'core.mark':
        return void this.send(frame)
      default:
        // What nobody asked for does not concern us. A newer worker may say more than we know, too.
        frame.type satisfies 'records.list_schemas' | TextServerFrame['type']
        this.texts?.told(frame as TextServerFrame)
    }
  }

  #greeted({ capabilities, ...user }: Greeting): void {
    this.isPlain = !capabilities
    const before = this.user()
    const isOther = before && !isSameUser(before.id, user.id)
    if (isOther) this.#forget()
    this.#setUser(user)
    // The role has changed. On a new connection nothing can be sent before this frame has been taken.
    if (untrack(this.connection.status) === 'connected') this.#askAll(true)
  }

  /** On a new connection as after a change of role, every answer may be another now; `anew`: none can be gone on from. */
  #askAll(anew = false): void {
    this.#subscribeAll(anew)
    this.roster?.ask()
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
    this.texts?.ask()
  }

  #read(collection: string, record: Partial<RecordEnvelope>): void {
    if (this.isPlain) readBooleans(this.#schemas.get(collection), record)
  }

  #heard({ version = this.#version }: { readonly version?: number }): void {
    this.#version = version
    if (version) this.#newest = version
  }

  /** Sends a frame. What cannot be sent now is not kept: everything that matters is asked again at the next greeting. */
  send(frame: ClientFrame): boolean {
    return this.connection.send(encodeFrame(frame))
  }

  #forget(): void {
    this.#pending.rejectAll()
    for (const live of this.#lingering.keys()) this.#end(live)
    batch(() => {
      for (const query of this.#byId.values()) query.reset()
      this.#setUser(undefined)
      this.roster?.reset()
      this.texts?.reset()
    })
  }
}

/** So many queries that nobody holds are kept for a while; a search that changes with each letter leaves many behind. */
const maxLingering = 20

/** Refusals of what only a developer can mend: they are told even where no component shows them. */
const mistakes: readonly ErrorCode[] = ['unknown-collection', 'invalid-query']

/** Refusals that pass by themselves. */
const passing: readonly ErrorCode[] = ['rate-limited', 'too-many']
