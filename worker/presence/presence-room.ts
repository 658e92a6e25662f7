import { closeCodes } from '../../src/protocol/close-codes.ts'
import { errorPayload } from '../../src/protocol/error-payload.ts'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { bytesOver, encodeFrame, openFrame } from '../../src/protocol/frame.ts'
import { type Json, jsonEqual, whyNotJson } from '../../src/protocol/json.ts'
import {
  type PeerPayload,
  type PresenceClientFrame,
  type PresenceEntry,
  type PresenceServerFrame,
  type PresenceState,
  readPresenceFrame,
} from '../../src/protocol/presence/messages.ts'
import type { Departure } from '../room/departures.ts'
import { GuestRoom } from '../room/guest-room.ts'
import { Keeping } from '../room/keeping.ts'
import { Pulse } from '../room/pulse.ts'
import { type Chore, presentable } from '../room/room.ts'
import { type Attendee, type Attending, attendeeOf, isSameUser, type PresenceSession, peerOf } from './attendee.ts'
import { News } from './news.ts'
import { inParts } from './parts.ts'
import { defaultPresenceLimits, type PresenceLimits } from './presence-limits.ts'
import { userOf, usersOf } from './users.ts'

/**
 * The Durable Object that knows who is here and what they say of themselves, at `/ws/presence/<id>`. Extend it, and give it to
 * `routeRooms` as `rooms.presence`; whoever may enter is said at the door (`authorize`), or by a record that it is bound to.
 *
 *     export class Presence extends PresenceRoom<Env> {}
 *
 * It stores nothing: who has gone is forgotten.
 */
export class PresenceRoom<Env = unknown> extends GuestRoom<Env, Attending> {
  override readonly limits: Partial<PresenceLimits> = {}
  /** The roles that take part; whoever is here in any other sees the others and is not seen. */
  override readonly writers: readonly string[] = ['viewer', 'member', 'admin']

  #bounds: PresenceLimits | undefined
  /** Everybody who is here, by connection. */
  readonly #here = new Map<string, Attendee>()
  /** Those who have lost the connection and may be back in a moment. */
  readonly #awaited = new Map<Attendee, ReturnType<typeof setTimeout>>()
  #news = new News()
  readonly #pulse = new Pulse(() => this.#tell())
  readonly #keeping = new Keeping<PresenceSession>((session) => this.attend(session, () => this.keep(session)))
  #watch!: Chore

  // Life and connections

  protected override start(): void {
    this.#watch = this.chore('who answers', () => this.#lookWhoAnswers())
  }

  protected override get bounds(): PresenceLimits {
    this.#bounds ??= { ...defaultPresenceLimits, ...this.limits }
    return this.#bounds
  }

  protected override keptAtFirst(): Attending {
    return { attendee: undefined }
  }

  protected override keptAtLeast({ attendee }: Attending): Attending {
    return { attendee: attendee && { ...attendee, state: undefined } }
  }

  protected override joined(session: PresenceSession): void {
    const { identity, version } = session
    if (version > 0) {
      const canWrite = this.mayWrite(session)
      this.#greet(session, [...this.#here.values()].map(peerOf), {
        userId: identity.userId,
        userName: identity.name,
        canWrite,
      })
    } else {
      this.#enterAsBaseline(session)
      this.#greet(session, usersOf(this.#here.values(), session.kept.attendee))
    }
    // Only while somebody is here to whom it matters.
    if (this.sessions.size > 1) this.#watch.planUnlessPlanned(Date.now() + this.#lookEvery)
  }

  protected override resumed(session: PresenceSession): void {
    const { attendee } = session.kept
    if (!attendee) return
    this.#here.set(attendee.connectionId, attendee)
    if (attendee.state === undefined && session.version > 0)
      this.#send(session, { type: 'presence.query', payload: {} })
  }

  protected override left(session: PresenceSession, departure: Departure): void {
    this.#keeping.forget(session)
    const { attendee } = session.kept
    if (!attendee) return
    if (departure !== 'broken') return this.#leave(attendee)
    // An object that ends meanwhile forgets them as well.
    const ends = setTimeout(() => this.#leave(attendee), this.bounds.returnWithin)
    this.#awaited.set(attendee, ends)
  }

  protected override roleChanged(session: PresenceSession): void {
    const canWrite = this.mayWrite(session)
    if (session.version > 0) this.#send(session, { type: 'auth', payload: { canWrite } })
    if (!canWrite) this.#withdraw(session)
    else if (session.version === 0) this.#enterAsBaseline(session)
  }

  protected override emptied(): void {
    for (const attendee of this.#here.values()) this.#leave(attendee)
  }

  // Frames

  protected override unread(session: PresenceSession, _: string | ArrayBuffer, error: DeepSpaceError): void {
    this.#send(session, { type: 'core.error', payload: errorPayload(error) })
  }

  protected override received(session: PresenceSession, message: string | ArrayBuffer): void {
    try {
      session.budget.checkWrite()
      if (typeof message !== 'string') {
        throw new DeepSpaceError('invalid-message', 'Invalid message: expected text, received bytes')
      }
      // What one says is written to everybody.
      session.budget.read(message.length * this.sessions.size)
      this.#take(session, readPresenceFrame(openFrame(message)))
    } catch (error) {
      this.unread(session, message, presentable(error))
    }
  }

  #take(session: PresenceSession, frame: PresenceClientFrame): void {
    switch (frame.type) {
      case 'core.mark':
        return session.traffic.confirm(frame.payload.mark)
      case 'presence.enter':
        return this.#enter(session, frame.payload)
      case 'presence.update':
        return this.#change(session, frame.payload, [])
      case 'presence.change':
        return this.#change(session, frame.payload.set ?? {}, frame.payload.unset ?? [])
      case 'presence.leave':
        return this.#withdraw(session)
      case 'presence.broadcast': {
        const attendee = this.#attendeeOf(session)
        this.#check(frame.payload.event, 'Presence event', 'event')
        this.#news.happened(attendee, frame.payload.event)
        return this.#pulse.soon()
      }
      default:
        frame satisfies never
    }
  }

  /** Somebody is here, or is back, or says anew what the room does not know any more. */
  #enter(session: PresenceSession, { state, connectionId, resume }: PresenceEntry): void {
    this.#checkWriter(session)
    this.#checkState(state)
    const { kept, identity } = session
    if (kept.attendee) this.#say(session, kept.attendee, state)
    else {
      const known = this.#here.get(connectionId ?? '')
      if (known && known.resume === resume && isSameUser(known, identity)) {
        this.#takeOver(known)
        kept.attendee = known
        this.#say(session, known, state)
      } else {
        // A room that has started anew knows nobody, and believes an id that is nobody else's.
        const isFree = !known && resume !== undefined
        kept.attendee = attendeeOf(identity, state, isFree ? connectionId : undefined, isFree ? resume : undefined)
        this.#join(kept.attendee)
      }
    }
    this.keep(session)
    const { joinedAt, ...own } = kept.attendee
    this.#send(session, {
      type: 'presence.entered',
      payload: { connectionId: own.connectionId, resume: own.resume, joinedAt },
    })
  }

  /** A baseline client is here as soon as it is connected; what its user has said on a connection that broke a moment ago holds on. */
  #enterAsBaseline(session: PresenceSession): void {
    const { identity, kept } = session
    if (kept.attendee || !this.mayWrite(session)) return
    const known = [...this.#awaited.keys()].find(({ userId }) => userId === identity.userId)
    if (known) this.#takeOver(known)
    kept.attendee = known ?? attendeeOf(identity, {})
    if (!known) this.#join(kept.attendee)
    this.keep(session)
  }

  /** Lays what somebody says over what they have said. */
  #change(session: PresenceSession, set: PresenceState, unset: readonly string[]): void {
    const attendee = this.#attendeeOf(session)
    const why = whyNotJson(set, 'state')
    if (why) throw new DeepSpaceError('invalid-message', `Invalid message: ${why}`, { field: 'state' })
    const state = { ...attendee.state, ...set }
    for (const field of unset) delete state[field]
    this.#checkState(state)
    this.#say(session, attendee, state)
  }

  /** Whether somebody says anything else than before is found out field by field. */
  #say(session: PresenceSession, attendee: Attendee, state: PresenceState): void {
    const { state: before } = attendee
    const fields = before && [...new Set([...Object.keys(before), ...Object.keys(state)])]
    const changed = fields?.filter((field) => !jsonEqual(before![field], state[field]))
    if (changed?.length === 0) return
    attendee.state = state
    // Who has said something last is the last of them: of the connections of a user it is the one that baseline clients see.
    this.#here.delete(attendee.connectionId)
    this.#here.set(attendee.connectionId, attendee)
    this.#news.updated(attendee, changed)
    this.#pulse.soon()
    this.#keeping.soon([session])
  }

  #attendeeOf({ kept: { attendee }, ...session }: PresenceSession): Attendee {
    this.#checkWriter(session)
    if (attendee) return attendee
    throw new DeepSpaceError('invalid-message', 'Invalid message: expected presence.enter first')
  }

  #checkWriter(session: Pick<PresenceSession, 'role'>): void {
    if (this.writers.includes(session.role)) return
    throw new DeepSpaceError('denied', `Write access denied: role=${session.role} only watches who is here`)
  }

  #checkState(state: PresenceState): void {
    this.#check(state, 'Presence state', 'state')
  }

  #check(value: Json, what: string, field: string): void {
    const why = whyNotJson(value, field)
    if (why) throw new DeepSpaceError('invalid-message', `Invalid message: ${why}`, { field })
    const { stateBytes } = this.bounds
    if (bytesOver(stateBytes, JSON.stringify(value)) === undefined) return
    throw new DeepSpaceError('too-large', `${what} exceeds ${Math.floor(stateBytes / 1024)} KiB`, { field })
  }

  // Coming and going

  #join(attendee: Attendee): void {
    this.#here.set(attendee.connectionId, attendee)
    this.#news.joined(attendee)
    this.#pulse.soon()
  }

  #leave(attendee: Attendee): void {
    clearTimeout(this.#awaited.get(attendee) ?? null)
    this.#awaited.delete(attendee)
    if (!this.#here.delete(attendee.connectionId)) return
    this.#news.left(attendee)
    this.#pulse.soon()
  }

  /** A connection stays, and nobody is here by it any more. */
  #withdraw(session: PresenceSession): void {
    const { attendee } = session.kept
    if (!attendee) return
    session.kept.attendee = undefined
    this.keep(session)
    this.#leave(attendee)
  }

  /** Somebody who is here is on another connection now; the one before, should the room still hold it open, is none any more. */
  #takeOver(attendee: Attendee): void {
    clearTimeout(this.#awaited.get(attendee) ?? null)
    this.#awaited.delete(attendee)
    for (const session of this.sessions.values()) {
      if (session.kept.attendee !== attendee) continue
      session.kept.attendee = undefined
      return this.close(session, closeCodes.stateRefresh, 'resumed')
    }
  }

  /** Who was asked the time before and has not given a sign since is gone; who has been silent is asked. */
  #lookWhoAnswers(): void {
    const now = Date.now()
    for (const session of [...this.sessions.values()]) {
      if (session.version === 0) continue
      this.attend(session, () => {
        const { traffic, socket } = session
        const heardAt = traffic.heardAt(this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime())
        const { probedAt = now } = traffic
        if (probedAt < now && probedAt > heardAt) {
          return this.close(session, closeCodes.stateRefresh, 'no-answer')
        }
        if (now - heardAt < this.#lookEvery) return
        this.send(session, traffic.probe())
        this.keep(session)
      })
    }
    if (this.sessions.size > 1) this.#watch.plan(now + this.#lookEvery)
  }

  get #lookEvery(): number {
    const { answerWithin, returnWithin } = this.bounds
    return Math.max(shortestLook, (answerWithin - returnWithin) / 3)
  }

  // Telling

  #greet(session: PresenceSession, peers: readonly PeerPayload[], us: object = {}): void {
    const [first = [], ...rest] = session.version > 0 ? inParts(peers) : [peers]
    this.#send(session, { type: 'presence.sync', payload: { peers: first, ...us } })
    for (const joined of rest) this.#send(session, { type: 'presence.changes', payload: { joined } })
  }

  #tell(): void {
    const news = this.#news
    if (news.isEmpty) return
    this.#news = new News()
    let forOthers: string | undefined
    for (const session of [...this.sessions.values()]) {
      this.attend(session, () => {
        const own = session.kept.attendee
        if (session.version === 0) return this.#tellBaseline(session, news)
        if (own && news.isOf(own)) {
          const changes = news.changesFor(own)
          if (changes) this.#send(session, { type: 'presence.changes', payload: changes })
          return
        }
        forOthers ??= encodeFrame<PresenceServerFrame>({
          type: 'presence.changes',
          payload: news.changesFor(undefined) ?? {},
        })
        this.send(session, forOthers)
      })
    }
  }

  /** Baseline clients know users, and no connections. */
  #tellBaseline(session: PresenceSession, news: News): void {
    for (const { what, of } of news.items) {
      if (of === session.kept.attendee) continue
      const { userId } = of
      const shown = userOf(userId, this.#here.values(), session.kept.attendee)
      if (!shown) this.#send(session, { type: 'presence.leave', payload: { userId } })
      else if (what === 'joined') this.#send(session, { type: 'presence.join', payload: { peer: shown } })
      else this.#send(session, { type: 'presence.update', payload: { userId, state: shown.state } })
    }
  }

  #send(session: PresenceSession, frame: PresenceServerFrame): void {
    this.send(session, encodeFrame(frame))
  }

  // RPC

  /** Everybody who is here, by connection, with what they say of themselves. */
  peers(): PeerPayload[] {
    return [...this.#here.values()].map(peerOf)
  }
}

/** It is not looked more often than so who answers, in milliseconds. */
const shortestLook = 100
