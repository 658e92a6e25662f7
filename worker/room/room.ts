import { DurableObject } from 'cloudflare:workers'
import { closeCodes, trafficCodes } from '../../src/protocol/close-codes.ts'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { bytesOver } from '../../src/protocol/frame.ts'
import { checkIdentity, hasEnded, type Identity } from '../edge/identity.ts'
import { type TicketOffice, Tickets, ticketHeader } from '../edge/ticket.ts'
import { Agenda } from './agenda.ts'
import { Budget } from './budget.ts'
import { type Departure, departureOf, dismissalBy } from './departures.ts'
import { during, forgetFailure, logFailure, startFailure } from './failure.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Attachment, Session } from './session.ts'
import { type KeptTraffic, Traffic } from './traffic.ts'

/**
 * A Durable Object that people connect to. Sockets are accepted with the hibernation API, so the object sleeps
 * between frames; when it wakes, every session is there again from its socket's attachment. `Kept` is what a kind of room
 * keeps of a connection beside what every room knows; it must be structured-cloneable.
 */
export abstract class Room<Env = unknown, Kept = unknown> extends DurableObject<Env> implements TicketOffice {
  /** What the room is called by whoever asks for it. */
  protected get roomName(): string {
    return this.ctx.id.name ?? this.ctx.id.toString()
  }
  /** How much a connection may ask and leave unread, where it is not the default. */
  readonly limits: Partial<Limits> = {}
  /** Every open connection. */
  protected readonly sessions = new Map<WebSocket, Session<Kept>>()
  /** Those who are on their way. */
  protected readonly tickets = new Tickets()
  /** What each user may still cause, as long as it is less than everything or they are here. */
  readonly #budgets = new Map<string, Budget>()
  #bounds: Limits | undefined
  #agenda!: Agenda
  readonly #chores = new Map<string, () => void | Promise<void>>()
  /** When the first of the connections has to end, in milliseconds since 1970. */
  #nextExpiry = Number.POSITIVE_INFINITY

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    ctx.blockConcurrencyWhile(async () => {
      // The fields of a subclass are there only once the constructors have returned.
      await Promise.resolve()
      const room = this.roomName
      try {
        await this.#start()
        forgetFailure(room)
      } catch (error) {
        // Thrown on, it ends this object: the platform lets nothing reach it, and whoever calls next has another one start.
        const failure = startFailure(error)
        logFailure(room, failure)
        throw failure
      }
    })
  }

  async #start(): Promise<void> {
    if (this.alarm !== Room.prototype.alarm) {
      const instead = 'plan with schedule(name, at), and do it in scheduled(name)'
      throw new TypeError(`alarm() is overridden, but is the room's own: ${instead}`)
    }
    during('storage', () => this.#checkStorage())
    this.#agenda = new Agenda(this.ctx.storage.sql)
    await this.start()
    during('connections', () => {
      for (const socket of this.ctx.getWebSockets()) this.#resume(socket)
      this.awake()
    })
    this.#endExpired()
    // Whatever the app has done to the alarm since.
    await this.#plan()
  }

  /**
   * Runs once each time the object starts, before anything else reaches it. Where it throws, the room has not started:
   * nothing is answered, every call rejects with a `DeepSpaceError` with the code `room-failed`, and the next one has it
   * try again.
   */
  protected abstract start(): void | Promise<void>
  /** The role of an identity in this room; `given` is what its ticket says. */
  protected abstract admit(identity: Identity, given: string | undefined): string | Promise<string>
  /** What is kept of a connection that has just opened. */
  protected abstract keptAtFirst(): Kept
  /** The part of what is kept that is small for certain: all that survives where the whole is too much for an attachment. */
  protected abstract keptAtLeast(kept: Kept): Kept
  /** A connection has opened; whatever is sent here are its first frames. */
  protected abstract joined(session: Session<Kept>): void
  /** A connection is there again after hibernation; `isWhole` says whether all is known of it that was kept. */
  protected abstract resumed(session: Session<Kept>, isWhole: boolean): void
  /** Every connection is there again that has outlived the object; nothing else has reached it yet. */
  protected awake(): void {}
  /** A frame has come that is refused without being read. */
  protected abstract unread(session: Session<Kept>, message: string | ArrayBuffer, error: DeepSpaceError): void
  /** Whether the room itself has caused a frame, as far as it knows; it does not count against its sender. */
  protected isPrompted(session: Session<Kept>, message: string | ArrayBuffer): boolean {
    return session.traffic.awaits(message)
  }

  /** A text or binary frame has come. */
  protected abstract received(session: Session<Kept>, message: string | ArrayBuffer): void
  /** A connection has closed. */
  protected abstract left(session: Session<Kept>, departure: Departure): void

  /** For the edge: says who is about to connect, and in which role, and gives what they need for it. Throws what {@link checkIdentity} throws. */
  ticketFor(identity: Identity, role?: string): string {
    return this.tickets.issue(checkIdentity(identity), role)
  }

  /**
   * Ends every connection, with 1012 and a reason of at most 123 bytes; clients come back by themselves, each after its
   * pause, and ask anew. Gives how many there were. Rejects with `invalid-message` where the reason is none.
   */
  disconnectAll(reason = 'state-refresh'): number {
    return this.#disconnect([...this.sessions.values()], reason)
  }

  /** Ends the connections of one user, like {@link disconnectAll}. */
  disconnectUser(userId: string, reason = 'state-refresh'): number {
    return this.#disconnect(
      [...this.sessions.values()].filter(({ identity }) => identity.userId === userId),
      reason,
    )
  }

  /** Accepts a WebSocket that came through the edge; anything else is refused. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return new Response('Expected a WebSocket upgrade', { status: 426 })
    }
    const ticket = this.tickets.take(request.headers.get(ticketHeader) ?? '')
    if (!ticket) return new Response('Rooms are reached through routeRooms only', { status: 401 })
    const { identity } = ticket
    if (this.#budgets.get(identity.userId)?.isBarred)
      return new Response('Too many frames: come back later', { status: 429 })
    const version = Number(new URL(request.url).searchParams.get('v')) || 0

    this.#endExpired()
    this.#foresee(identity)
    await this.#plan()
    const role = await this.admit(identity, ticket.role)
    const { 0: client, 1: socket } = new WebSocketPair()
    const session = this.#sessionOf({ socket, identity, version, role, kept: this.keptAtFirst() })
    this.ctx.acceptWebSocket(socket)
    this.#add(session)
    this.attend(session, () => {
      this.keep(session)
      this.joined(session)
    })
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const session = this.sessions.get(socket)
    if (!session) return
    if (Date.now() >= this.#nextExpiry) this.#endExpired()
    if (hasEnded(session.identity)) return this.close(session, closeCodes.unauthorized, 'token-expired')
    session.traffic.heard()
    try {
      if (!this.isPrompted(session, message) && !session.traffic.spend()) {
        if (session.traffic.floods) {
          session.budget.bar()
          return this.close(session, trafficCodes.floods, 'floods')
        }
        throw new DeepSpaceError('rate-limited', `Too many frames: at most ${this.bounds.framesPerSecond} a second`)
      }
      const { frameBytes } = this.bounds
      const over = typeof message === 'string' ? bytesOver(frameBytes, message) : bytesPast(frameBytes, message)
      if (over) {
        const reason = `Invalid message: the frame has ${over} bytes, at most ${frameBytes} are read`
        throw new DeepSpaceError('too-large', reason)
      }
    } catch (error) {
      return this.attend(session, () => this.unread(session, message, presentable(error)))
    }
    this.attend(session, () => this.received(session, message))
  }

  /**
   * Has {@link scheduled} called with this name at a time: a `Date`, or milliseconds since 1970; what is past is done at
   * once. What was planned under the name before is so no more. It is kept with the room's records, and survives whatever
   * becomes of the object. Throws a `TypeError` for what is no name of 1 to 256 characters, or no time.
   */
  protected schedule(name: string, at: Date | number): void {
    if (this.scheduled === Room.prototype.scheduled)
      throw new TypeError(`schedule "${name}": nothing would be done: override scheduled(name)`)
    if (name.startsWith?.(ownPrefix)) throw new TypeError('schedule: name: begins with a character of the room’s own')
    this.#put(name, at)
  }

  /** Like {@link schedule} and {@link scheduled}, for what a kind of room has to do by itself. Declare it in {@link start}. */
  protected chore(name: string, work: () => void | Promise<void>): Chore {
    const ownName = ownPrefix + name
    this.#chores.set(ownName, work)
    return {
      plan: (at) => this.#put(ownName, at),
      planUnlessPlanned: (at) => {
        if (!this.#agenda.has(ownName)) this.#put(ownName, at)
      },
      cancel: () => this.#agenda.delete(ownName),
    }
  }

  #put(name: string, at: Date | number): void {
    this.#agenda.put(name, at)
    // Without a pause, so that the platform stores both or neither.
    void this.ctx.storage.setAlarm(this.#next()!)
  }

  /** Forgets what was planned under a name, if anything was. */
  protected cancel(name: string): void {
    this.#agenda.delete(name)
  }

  /**
   * Does what was planned under a name. It is called at least once, and one after the other: where it throws, or the
   * object ends before it has returned, it is called again after 2 s, 4 s, 8 s and so on up to an hour, until it succeeds
   * or is cancelled. It may plan the next time itself, under the same name.
   */
  protected scheduled(name: string): void | Promise<void> {
    throw new Error(`nothing is declared that does what was planned as "${name}"`)
  }

  /** The room's own, for expiry and {@link schedule}: no app overrides it. */
  override async alarm(): Promise<void> {
    this.#endExpired()
    for (const appointment of this.#agenda.due(Date.now())) {
      if (!this.#agenda.holds(appointment)) continue
      try {
        const { name } = appointment
        // A chore that no room of this kind has any more is done.
        await (name.startsWith(ownPrefix) ? this.#chores.get(name)?.() : this.scheduled(name))
        if (this.#agenda.holds(appointment)) this.#agenda.delete(appointment.name)
      } catch (error) {
        console.error(`what was planned as ${JSON.stringify(appointment.name)} has failed, and is tried again`, error)
        if (this.#agenda.holds(appointment)) this.#agenda.putOff(appointment, Date.now())
      }
    }
    await this.#plan()
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#forget(socket, departureOf(code))
    // Reserved: they say that no close frame came, and must not be sent in one.
    socket.close([1004, 1005, 1006, 1015].includes(code) ? 1000 : code)
  }

  override webSocketError(socket: WebSocket): void {
    this.#forget(socket, 'broken')
  }

  /** Writes a session's facts to where they outlive hibernation. */
  protected keep(session: Session<Kept>): void {
    const { socket, traffic, budget: _, ...facts } = session
    const keep = (attachment: Attachment<Kept>): void => socket.serializeAttachment(attachment)
    try {
      keep({ ...facts, traffic: traffic.kept, isWhole: true })
    } catch {
      // More than the 16 KiB that an attachment holds: the client is asked for the rest when the room wakes.
      keep({ ...facts, kept: this.keptAtLeast(facts.kept), traffic: traffic.kept, isWhole: false })
    }
  }

  /** Sends a frame. One socket that cannot take it is its own affair: what the others are told goes on. */
  protected send(session: Session<Kept>, frame: string | Uint8Array): void {
    const { socket, traffic, version } = session
    // Whatever alarms the app sets: nobody is told anything in the name of a token that has expired.
    if (hasEnded(session.identity)) return this.close(session, closeCodes.unauthorized, 'token-expired')
    try {
      socket.send(frame)
      if (traffic.send(frame.length)) {
        if (version > 0) socket.send(traffic.mark())
        this.keep(session)
      }
    } catch (error) {
      // Looked at only here, since it takes as long as much of the rest: one that is closing throws, and need not be told.
      if (socket.readyState === WebSocket.OPEN) console.warn('a socket could not be sent to', error)
    }
    if (traffic.backlog <= this.bounds.backlog) return
    // A client that cannot be asked how far it has come begins anew on another connection: no more than this ever waits.
    if (version > 0) this.close(session, trafficCodes.slow, 'slow-reader')
    else this.close(session, closeCodes.stateRefresh, 'state-refresh')
  }

  /**
   * Does something for one connection, if it is still open. Should it fail, that connection is ended, and comes back to ask
   * anew; nobody else is told less, or later, for it.
   */
  protected attend(session: Session<Kept>, work: () => void): void {
    // What was done before for this or another connection may have ended it.
    if (!this.sessions.has(session.socket)) return
    try {
      work()
    } catch (error) {
      console.error('a connection could not be attended to', error)
      this.close(session, closeCodes.stateRefresh, 'state-refresh')
    }
  }

  /** Ends a connection, whatever becomes of what the room does about it. Never throws. */
  protected close(session: Session<Kept>, code: number, reason: string): void {
    this.closeAll([session], code, reason)
  }

  /** Ends connections like {@link close}, at once: none of them is told that another has gone. */
  protected closeAll(sessions: readonly Session<Kept>[], code: number, reason: string): void {
    const here = sessions.filter(({ socket }) => this.sessions.delete(socket))
    const inOrder = (end: () => void): void => {
      try {
        end()
      } catch (error) {
        console.error('a connection could not be ended in order', error)
      }
    }
    for (const session of here) inOrder(() => this.#leave(session, dismissalBy(code)))
    for (const { socket } of sessions) inOrder(() => socket.close(code, reason))
  }

  /** The limits in force. */
  protected get bounds(): Limits {
    this.#bounds ??= { ...defaultLimits, ...this.limits }
    return this.#bounds
  }

  #disconnect(sessions: readonly Session<Kept>[], reason: string): number {
    if (typeof reason !== 'string' || !reason.isWellFormed() || bytesOver(longestReason, reason) !== undefined) {
      const expected = `expected text of at most ${longestReason} bytes`
      throw new DeepSpaceError('invalid-message', `Invalid message: reason: ${expected}`, { field: 'reason' })
    }
    for (const session of sessions) this.close(session, closeCodes.stateRefresh, reason)
    return sessions.length
  }

  /** Ends the connections whose token has expired. */
  #endExpired(): void {
    for (const session of [...this.sessions.values()]) {
      if (hasEnded(session.identity)) this.close(session, closeCodes.unauthorized, 'token-expired')
    }
    this.#nextExpiry = Number.POSITIVE_INFINITY
    for (const { identity } of this.sessions.values()) this.#foresee(identity)
  }

  #foresee({ expiresAt }: Identity): void {
    if (expiresAt !== undefined) this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt * 1000)
  }

  /** When the room has something to do, or is to look again, since an alarm cannot lie any further ahead; `undefined`: never. */
  #next(): number | undefined {
    const next = Math.min(this.#nextExpiry, this.#agenda.next)
    return Number.isFinite(next) ? Math.min(next, Date.now() + farAhead) : undefined
  }

  /** Has {@link alarm} called in time, whatever the app has done to the alarm. */
  async #plan(): Promise<void> {
    const planned = await this.ctx.storage.getAlarm()
    const next = this.#next()
    if (next !== undefined && (planned === null || planned > next)) await this.ctx.storage.setAlarm(next)
  }

  #add(session: Session<Kept>): void {
    this.sessions.set(session.socket, session)
    this.#foresee(session.identity)
  }

  /** Throws where the class was declared without SQLite. */
  #checkStorage(): void {
    try {
      this.ctx.storage.sql.exec('SELECT 1').one()
    } catch {
      throw new TypeError(
        `${this.constructor.name}: this room has no SQLite: name its class in new_sqlite_classes of a [[migrations]] in ` +
          'wrangler.toml. (A class that was once deployed without keeps what it has: give it another name.)',
      )
    }
  }

  #sessionOf(facts: Omit<Session<Kept>, 'traffic' | 'budget'>, traffic?: KeptTraffic): Session<Kept> {
    const { userId } = facts.identity
    const budget = this.#budgets.get(userId) ?? new Budget(this.bounds)
    this.#budgets.set(userId, budget)
    return { ...facts, traffic: new Traffic(this.bounds, traffic), budget }
  }

  /** Takes up a connection from before the room slept; one of which nothing can be read any more is ended. */
  #resume(socket: WebSocket): void {
    // One that the room has ended is here until its client has seen it.
    if (socket.readyState !== WebSocket.OPEN) return
    try {
      const { isWhole, traffic, ...facts } = socket.deserializeAttachment() as Attachment<Kept>
      const session = this.#sessionOf({ socket, ...facts }, traffic)
      this.#add(session)
      this.attend(session, () => this.resumed(session, isWhole))
    } catch (error) {
      console.error('a connection could not be taken up again', error)
      socket.close(closeCodes.stateRefresh, 'state-refresh')
    }
  }

  #forget(socket: WebSocket, departure: Departure): void {
    const session = this.sessions.get(socket)
    if (!session) return
    this.sessions.delete(socket)
    this.#leave(session, departure)
  }

  #leave(session: Session<Kept>, departure: Departure): void {
    this.#forgetBudgets()
    this.left(session, departure)
  }

  /** Forgets what says nothing: whoever is gone and owes nothing begins anew. Looked for now and then, when there are many. */
  #forgetBudgets(): void {
    if (this.#budgets.size < 2 * this.sessions.size + 100) return
    const here = new Set([...this.sessions.values()].map(({ identity }) => identity.userId))
    for (const [userId, budget] of this.#budgets) if (!here.has(userId) && budget.isFull) this.#budgets.delete(userId)
  }
}

/** Something that a kind of room does now and then, by itself. */
export interface Chore {
  /** Has it done at a time, in milliseconds since 1970, whatever becomes of the object; until it succeeds. */
  readonly plan: (at: number) => void
  /** Like `plan`, where it is not planned yet. */
  readonly planUnlessPlanned: (at: number) => void
  readonly cancel: () => void
}

/** How the names begin of what a kind of room has planned itself. */
const ownPrefix = '\u0000'

/** In milliseconds: a year. */
const farAhead = 365 * 24 * 60 * 60 * 1000

/** What a close frame holds beside its code, in bytes. */
const longestReason = 123

/** The length of a binary frame where it is over a limit, else `undefined`. */
function bytesPast(limit: number, { byteLength }: ArrayBuffer): number | undefined {
  return byteLength > limit ? byteLength : undefined
}

/** An error as the client may see it: its own mistakes in full, ours without their inside. */
export function presentable(error: unknown): DeepSpaceError {
  if (error instanceof DeepSpaceError) return error
  console.error(error)
  return new DeepSpaceError('internal', 'Internal error: nothing was written')
}
