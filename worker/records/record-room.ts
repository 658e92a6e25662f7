import { addressIn } from '../../src/protocol/address.ts'
import { closeCodes } from '../../src/protocol/close-codes.ts'
import { DeepSpaceError, typeName } from '../../src/protocol/errors.ts'
import { openFrame, type ReplyTo } from '../../src/protocol/frame.ts'
import { type ClientFrame, readFrame, type User } from '../../src/protocol/records/messages.ts'
import { type Caller, system } from '../../src/protocol/records/permissions.ts'
import type { Query } from '../../src/protocol/records/query.ts'
import type { RecordData, RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { Held, PageQuestion, Snapshot } from '../../src/protocol/records/snapshot.ts'
import { readTextPlace } from '../../src/protocol/records/text-place.ts'
import type { Where } from '../../src/protocol/records/where.ts'
import { readOperations, type WriteOperation } from '../../src/protocol/records/write-operation.ts'
import { checkIdentity, type Identity } from '../edge/identity.ts'
import type { RpcCaller } from '../edge/rpc-caller.ts'
import { during } from '../room/failure.ts'
import { presentable, Room } from '../room/room.ts'
import { Access } from './access.ts'
import { Audience } from './audience.ts'
import { type Bound, type BoundKind, BoundRooms } from './bound-rooms.ts'
import { callerFor } from './caller-for.ts'
import type { Horizon } from './change-log.ts'
import { schemasFor } from './collection-summary.ts'
import { Counts } from './counts.ts'
import { BoundedMeter, type Meter, unbounded } from './meter.ts'
import { Outbox } from './outbox.ts'
import { type Connections, People } from './people.ts'
import { Prompts } from './prompts.ts'
import { defaultRecordLimits, type RecordLimits } from './record-limits.ts'
import { type Asked, callerOf, type RecordSession } from './record-session.ts'
import { RecordTexts } from './record-texts.ts'
import { Records } from './records.ts'
import { Replies } from './replies.ts'
import { Roster } from './roster.ts'
import { RosterNews } from './roster-news.ts'
import { answerForPage } from './snapshots.ts'
import { Subscriptions } from './subscriptions.ts'
import { UserRecords } from './user-records.ts'
import { Users } from './users.ts'

/**
 * The Durable Object that holds the records of one room. Extend it and declare the collections:
 *
 *     export class AppRoom extends RecordRoom<Env> {
 *       collections = [tasks]
 *     }
 *
 * Frames are handled one after the other and each without a pause, so writes have one order, the same for everyone
 * (W3). Nothing is sent before what it tells is on disk: the platform's output gate holds it back.
 *
 * The public methods are the room's RPC interface, for the app's own worker code: they act for the identity they are
 * given, or as the room itself for `'system'`, and are told to every connection like any other write.
 */
export abstract class RecordRoom<Env = unknown> extends Room<Env, Asked> {
  /** What the room holds. */
  abstract readonly collections: readonly Collection[]
  /** The ids of users who are `admin`, from their first visit on and whatever anybody says; default none. */
  readonly admins: readonly string[] = []
  /** The role of a signed-in user to whom nobody gave one; default `member`. */
  readonly defaultRole: string = 'member'
  /** How far back a client that returns can be told what it missed; default 10,000 commits and 7 days. */
  readonly horizon: Horizon = { commits: 10_000, age: 7 * 24 * 60 * 60 * 1000 }

  /**
   * The rooms that take their access from records of this one: with `{ docs: { yjs: this.env.DOCS } }` the document
   * `docs:<recordId>` is open to whoever may read that record, and written by whoever may update it (G4). The edge has to
   * know of it too: `boundTo` of `routeRooms`.
   */
  readonly bound: Bound = {}

  override readonly limits: Partial<RecordLimits> = {}

  #prompts!: Prompts
  #outbox!: Outbox
  #replies!: Replies
  #records!: Records
  #news!: RosterNews
  #audience!: Audience
  #counts!: Counts
  #subscriptions!: Subscriptions
  #access!: Access
  #people!: People
  #texts!: RecordTexts
  #boundRooms!: BoundRooms
  #bounds: RecordLimits | undefined

  /**
   * The role of an identity, where the app knows better than the room; `undefined` leaves it to the room: `viewer`
   * for anonymous visitors, else `admin` for {@link admins}, else the role an admin gave, else {@link defaultRole}.
   */
  protected roleOf(_identity: Identity): string | undefined {
    return undefined
  }

  /** Runs once in a room's life, before its first connection: the place to put first records. Should it throw, nothing of it stands, and it runs again at the next start. */
  protected firstStart(): void | Promise<void> {}

  /** Whether a connection may see who the room's users are; default: everyone who is signed in. */
  protected maySeeUsers(identity: Identity): boolean {
    return !identity.anonymous
  }

  // Life and connections

  protected override async start(): Promise<void> {
    const { storage } = this.ctx
    this.#prompts = new Prompts(this.bounds.subscriptions)
    this.#outbox = new Outbox((session, frame) => this.send(session, frame), this.#prompts)
    this.#replies = new Replies(this.#outbox, (session, subscriptionId) =>
      this.#subscriptions.close(session, subscriptionId),
    )
    const users = new Users(storage.sql)
    users.prepare()
    this.#records = during('collections', () => {
      const { collections } = this
      if (!Array.isArray(collections)) throw new TypeError(`expected an array, received ${typeName(collections)}`)
      const recordBytes = this.bounds.frameBytes - envelopeBytes
      return new Records(storage, collections, { recordBytes, horizon: this.horizon })
    })
    const roster = new Roster(users, {
      admins: this.admins,
      defaultRole: this.defaultRole,
      known: new Set([
        'viewer',
        this.defaultRole,
        'admin',
        ...this.collections.flatMap(({ permissions }) => Object.keys(permissions)),
      ]),
      roleOf: (identity) => this.roleOf(identity),
    })
    const connections: Connections = {
      all: () => this.sessions.values(),
      attend: (session, work) => this.attend(session, work),
      keep: (session) => this.keep(session),
      close: (session, code, reason) => this.close(session, code, reason),
    }
    const userRecords = new UserRecords(roster, this.#records.collections.has('users'), ({ identity }) =>
      this.maySeeUsers(identity),
    )
    this.#news = new RosterNews(roster, userRecords, this.#outbox, connections.all, connections.attend)
    this.#audience = new Audience(this.#outbox)
    this.#counts = new Counts(
      this.#records,
      this.#outbox,
      ({ budget }) => new BoundedMeter(this.bounds, budget),
      (session, subscriptionId, query, error) =>
        this.#subscriptions.countFailed(session, subscriptionId, query, presentable(error)),
    )
    this.#subscriptions = new Subscriptions(this.#records, this.#counts, this.#outbox, this.#prompts, this.bounds, {
      keep: connections.keep,
      replies: this.#replies,
      users: userRecords,
      attend: connections.attend,
    })
    this.#access = new Access(this.#records, this.#audience, this.#counts, this.#outbox, connections.attend)
    this.#texts = new RecordTexts({
      durable: storage,
      records: this.#records,
      audience: this.#audience,
      replies: this.#replies,
      connections,
      send: (session, frame) => this.send(session, frame),
      bounds: this.bounds,
    })
    this.#people = new People(roster, connections, {
      log: this.#records.log,
      audience: this.#audience,
      access: this.#access,
      outbox: this.#outbox,
      prompts: this.#prompts,
      news: this.#news,
      texts: this.#texts,
    })
    const roleOf = (identity: Identity): string => this.#people.roleOf(identity)
    const telling = this.chore('bound rooms', () => this.#boundRooms.tellAll())
    this.#boundRooms = during(
      'bound',
      () => new BoundRooms(storage.sql, this.bound, this.#records, { name: this.roomName, roleOf, telling }),
    )
    if (storage.kv.get('started') === undefined) {
      // Its records and the note that it has run are one: should it fail, the next start finds neither.
      await during('firstStart', () =>
        storage.transaction(async () => {
          await this.firstStart()
          storage.kv.put('started', true)
        }),
      )
    }
  }

  protected override get bounds(): RecordLimits {
    this.#bounds ??= { ...defaultRecordLimits, ...this.limits }
    return this.#bounds
  }

  protected override admit(identity: Identity): string {
    return this.#people.roleOf(identity)
  }

  protected override keptAtFirst(): Asked {
    return { watchesRoster: false, subscriptions: new Map(), texts: new Map() }
  }

  protected override keptAtLeast({ watchesRoster, texts }: Asked): Asked {
    const lost = texts.size > 0 && ({ hasLostTexts: true } as const)
    return { watchesRoster, subscriptions: new Map(), texts: new Map(), ...lost }
  }

  protected override joined(session: RecordSession): void {
    this.#people.joined(session)
  }

  protected override resumed(session: RecordSession, isWhole: boolean): void {
    const before = session.role
    if (!this.#people.returned(session)) return
    // Nothing that it knows would have it join again what it had joined, but to come back.
    if (session.version === 0 && session.kept.hasLostTexts)
      return this.close(session, closeCodes.stateRefresh, 'state-refresh')
    this.#texts.resumed(session)
    let known = isWhole && before === session.role
    for (const [subscriptionId, { counted }] of session.kept.subscriptions) {
      known &&= !counted || this.#counts.resume(session, subscriptionId, counted)
    }
    if (!known) this.#outbox.resubscribe(session)
  }

  protected override left(session: RecordSession): void {
    this.#audience.remove(session)
    this.#texts.left(session)
    this.#subscriptions.leave(session)
    this.#outbox.drop(session)
  }

  // Frames

  protected override isPrompted(session: RecordSession, message: string | ArrayBuffer): boolean {
    if (super.isPrompted(session, message)) return true
    return typeof message === 'string' && this.#subscriptions.isPrompted(session, message)
  }

  protected override unread(session: RecordSession, message: string | ArrayBuffer, error: DeepSpaceError): void {
    const isTooFast = error.code === 'rate-limited' && typeof message === 'string'
    if (isTooFast && this.#subscriptions.postpone(session, message, error)) return
    if (typeof message !== 'string') return this.#texts.refuse(session, message, error)
    const { requestId, subscriptionId, collection, recordId, fieldName: field } = addressIn(message)
    const placed = new DeepSpaceError(error.code, error.message, { collection, recordId, field })
    this.#replies.refuse(session, { requestId, subscriptionId }, placed)
  }

  protected override received(session: RecordSession, message: string | ArrayBuffer): void {
    if (typeof message !== 'string') return this.#texts.receive(session, message)
    let replyTo: ReplyTo = {}
    try {
      session.budget.read(message.length)
      const incoming = openFrame(message)
      replyTo = incoming.replyTo
      this.#handle(session, readFrame(incoming))
    } catch (error) {
      this.#replies.refuse(session, replyTo, presentable(error))
    }
  }

  /** Every frame that carries a `requestId` gets exactly one ACK: here when it succeeded, from `refuse` otherwise. */
  #handle(session: RecordSession, frame: ClientFrame): void {
    const { requestId } = frame.payload
    switch (frame.type) {
      case 'core.subscribe':
        return this.#subscriptions.ask(session, frame.payload)
      case 'core.unsubscribe':
        this.#subscriptions.close(session, frame.payload.subscriptionId)
        return this.#replies.acknowledge(session, requestId)
      case 'core.put':
      case 'core.delete': {
        const { collection, recordId } = frame.payload
        const operation: WriteOperation =
          frame.type === 'core.put'
            ? { type: 'put', collection, recordId, data: frame.payload.data }
            : { type: 'remove', collection, recordId }
        session.budget.checkWrite()
        session.budget.spend(unitsPerWrite)
        this.#commit([operation], callerOf(session), true)
        return this.#replies.acknowledge(session, requestId, recordId)
      }
      case 'user.list':
        // Who may not see it is shown none, and not refused: a baseline client asks at every connect, whoever is there.
        this.#outbox.send(session, this.#news.list(session, this.maySeeUsers(session.identity)))
        this.keep(session)
        return this.#replies.acknowledge(session, requestId)
      case 'user.update':
        this.#people.seen(session)
        return this.#replies.acknowledge(session, requestId)
      case 'user.set_role':
        this.#setRole(callerOf(session), frame.payload.userId, frame.payload.role)
        return this.#replies.acknowledge(session, requestId)
      case 'records.list_schemas':
        this.#replies.send(session, schemasFor(session, this.collections))
        return this.#replies.acknowledge(session, requestId)
      case 'yjs.join':
      case 'yjs.leave':
      case 'yjs.saved':
        this.#texts.take(session, frame)
        return this.#replies.acknowledge(session, requestId)
      case 'core.mark':
        session.traffic.confirm(frame.payload.mark)
        return this.#replies.acknowledge(session, requestId)
      default:
        frame satisfies never
    }
  }

  /** Throws when the writes are refused; once they are stored nothing that follows can make them fail (W9). */
  #commit(operations: readonly WriteOperation[], caller: Caller, isLasting = false): void {
    const commit = this.#records.commit(operations, caller, this.#audience, isLasting)
    // Noted before anything can fail, without a pause: the platform stores it with what was written, or neither.
    try {
      this.#boundRooms.committed(commit)
    } finally {
      // Before anything is sent: who has lost a record hears no more of its texts.
      this.#texts.committed(commit)
    }
    try {
      this.#access.committed(commit)
    } catch (error) {
      // Who may read what was written cannot be said: everyone comes back and asks anew.
      for (const session of [...this.sessions.values()]) {
        this.attend(session, () => {
          throw error
        })
      }
    }
  }

  // RPC

  /**
   * The records of a query, as a caller sees them. Rejects like `core.subscribe` refuses, and with `unauthorized` where
   * the caller is neither an identity nor `'system'`.
   */
  query(query: Query, as: RpcCaller): RecordEnvelope[] {
    return [...this.#records.select(query, this.#callerFor(as), this.#meterFor(as)).records]
  }

  /**
   * What a page that is rendered on the server shows of this room to somebody, at one moment: what a connection of theirs
   * would be greeted with and answered, each question on its own, and anew what is `held` of another commit. It notes their
   * rights as a connection does, so that the browser can go on from its version. `deepspace-solid/start` calls it. Rejects
   * with `unauthorized` where `as` is no identity.
   */
  snapshot(questions: readonly PageQuestion[], as: Identity, held?: Held): Snapshot {
    const user = this.#people.visit(checkIdentity(as))
    const caller = { userId: user.id, role: user.role }
    const { version } = this.#records.log
    const again = held && held.version !== version ? held.questions : []
    const answers = [...questions, ...again].map((question) =>
      answerForPage(this.#records, question, caller, this.#meterFor(as), this.bounds.resultLength),
    )
    return { user, version, answers }
  }

  /** Creates or updates a record. Rejects with what `core.put` would answer, and like {@link query}. */
  put(collection: string, recordId: string, data: RecordData, as: RpcCaller): void {
    this.batch([{ type: 'put', collection, recordId, data }], as)
  }

  /** Deletes a record. Rejects with what `core.delete` would answer, and like {@link query}. */
  remove(collection: string, recordId: string, as: RpcCaller): void {
    this.batch([{ type: 'remove', collection, recordId }], as)
  }

  /** Applies several writes as one: when any is refused, none happens and the call rejects with its reason. */
  batch(operations: readonly WriteOperation[], as: RpcCaller): void {
    const caller = this.#callerFor(as)
    this.#commit(readOperations(operations), caller)
  }

  /**
   * Deletes what matches a `where` and the caller may read and delete, in one commit, and gives how many records that
   * were. A call deletes 1,000 at most, so that the room is never kept for long: where it gives 1,000 there may be more, and
   * the next call goes on; `{}` is everything. Rejects like {@link query}; what the caller may not delete stays, and is no error.
   */
  deleteWhere(collection: string, where: Where, as: RpcCaller): number {
    const found = this.#records.deletable(collection, where, this.#callerFor(as), this.#meterFor(as), mostDeleted)
    // It has been judged who may delete them; a membership among them is not to decide of what comes behind it.
    if (found.length > 0) this.#commit(found, system)
    return found.length
  }

  /**
   * What the text of a field of a record says, as a caller may read it: the `Y.Text` named `content` of its document; `''`
   * where nobody has written. Rejects like {@link query}, and with `not-found` where they may not read the record.
   */
  getText(collection: string, recordId: string, fieldName: string, as: RpcCaller): string {
    return this.#texts.read(readTextPlace({ collection, recordId, fieldName }), this.#callerFor(as))
  }

  /** Everyone on the roster, with role and mail address: for the app's own eyes, whoever may see it of the people here. */
  users(): User[] {
    return this.#people.everyone()
  }

  /**
   * Gives a user a role, on all their connections at once, as the room itself. Rejects with what `user.set_role` would
   * answer an admin: `not-found` of who has never been here, `invalid-field` for a role that the room does not know,
   * `denied` where what the app declares decides.
   */
  setRole(userId: string, role: string): void {
    const frame = readFrame({ type: 'user.set_role', payload: { userId, role }, replyTo: {} })
    if (frame.type === 'user.set_role') this.#setRole(system, frame.payload.userId, frame.payload.role)
  }

  /**
   * Takes a user off the roster and ends their connections with 4403, so that they do not come back by themselves.
   * Whether they may return is for `authorize` of `routeRooms` to say.
   */
  removeUser(userId: string): void {
    this.#people.remove(userId)
    this.#boundRooms.removed(userId)
  }

  /**
   * For the edge: a ticket to a room that is bound to a record of this one, `null` where that does not let this identity in,
   * `undefined` where the room is bound to none. Rejects where it cannot be asked.
   */
  ticketTo(kind: BoundKind, id: string, identity: Identity): Promise<string | null | undefined> {
    return this.#boundRooms.ticketTo(kind, id, checkIdentity(identity))
  }

  #setRole(by: Caller, userId: string, role: string): void {
    this.#people.setRole(by, userId, role)
    this.#boundRooms.roleChanged(userId)
  }

  #meterFor(as: RpcCaller): Meter {
    return as === 'system' ? unbounded : new BoundedMeter(this.bounds, undefined)
  }

  #callerFor(as: RpcCaller): Caller {
    return callerFor(as, (identity) => this.#people.roleOf(identity))
  }
}

/** How many records a call deletes at most. */
const mostDeleted = 1000

/** What a write takes, in units of a budget. */
const unitsPerWrite = 20

/** What a frame says of a record beside its data, at most. */
const envelopeBytes = 4096
