import { closeCodes } from '../../src/protocol/close-codes.ts'
import { encodeFrame } from '../../src/protocol/frame.ts'
import type { ServerFrame, User } from '../../src/protocol/records/messages.ts'
import type { Caller } from '../../src/protocol/records/permissions.ts'
import type { Identity } from '../edge/identity.ts'
import type { Access } from './access.ts'
import type { Audience } from './audience.ts'
import type { ChangeLog } from './change-log.ts'
import type { Outbox } from './outbox.ts'
import type { Prompts } from './prompts.ts'
import type { RecordSession } from './record-session.ts'
import { rightsOf } from './rights.ts'
import { type Roster, shownToRoom } from './roster.ts'
import type { RosterNews } from './roster-news.ts'
import type { Seen } from './users.ts'

/** What a version 1 connection can ask beyond part A. */
const capabilities: readonly string[] = ['records-1', 'texts-1']

/** What a room does with its connections. */
export interface Connections {
  all(): Iterable<RecordSession>
  /** Does something for one connection, and ends it should that fail. */
  attend(session: RecordSession, work: () => void): void
  /** Writes what is known of a connection to where it outlives a sleep. */
  keep(session: RecordSession): void
  close(session: RecordSession, code: number, reason: string): void
}

/** What {@link People} works with, of one room. */
export interface Surroundings {
  readonly log: ChangeLog
  readonly audience: Audience
  readonly access: Access
  readonly outbox: Outbox
  readonly prompts: Prompts
  readonly news: RosterNews
  /** What connections have joined, which is judged anew where their role is another. */
  readonly texts: { roleChanged(sessions: Iterable<RecordSession>): void }
}

/**
 * The people of a room: who they are told they are, and what becomes of the connections of somebody whose role changes or
 * who is removed.
 */
export class People {
  readonly #roster: Roster
  readonly #connections: Connections
  readonly #surroundings: Surroundings

  constructor(roster: Roster, connections: Connections, surroundings: Surroundings) {
    this.#roster = roster
    this.#connections = connections
    this.#surroundings = surroundings
  }

  /** The role of an identity. */
  roleOf(identity: Identity): string {
    return this.#roster.roleOf(identity)
  }

  /** A connection has opened: its user is here, and is told who they are. */
  joined(session: RecordSession): void {
    // What was true when they came to the door may not be any more.
    this.#takeRole(session)
    const seen = this.#roster.seen(session.identity)
    this.#surroundings.log.enters(rightsOf(session.identity), session.role)
    this.#surroundings.audience.add(session)
    this.#greet(session)
    this.#tellSeen(session, seen)
  }

  /** Somebody reads without a connection, on a page: notes with which rights, and gives what they would be told they are. */
  visit(identity: Identity): User {
    const role = this.#roster.roleOf(identity)
    this.#surroundings.log.enters(rightsOf(identity), role)
    return this.#roster.self({ identity, role })
  }

  /**
   * A connection is there again after a sleep. What was to become of it when the room fell asleep may not have come to
   * pass: it goes on as who its user is now, and ends where they are one no more. Says whether it goes on.
   */
  returned(session: RecordSession): boolean {
    const { identity } = session
    if (!identity.anonymous && this.#roster.one(identity.userId).length === 0) {
      this.#connections.close(session, closeCodes.forbidden, 'forbidden')
      return false
    }
    this.#takeRole(session)
    this.#surroundings.audience.add(session)
    return true
  }

  /** Notes that the user of a connection is still here. */
  seen(session: RecordSession): void {
    this.#tellSeen(session, this.#roster.seen(session.identity))
  }

  /** Everyone on the roster, whole. */
  everyone(): User[] {
    return shownToRoom(this.#roster.everyone())
  }

  /** Gives a user a role, on all their connections at once. Throws a `DeepSpaceError` where the caller may not, or it cannot be. */
  setRole(by: Caller, userId: string, role: string): void {
    const { log, audience, access, outbox, prompts, news, texts } = this.#surroundings
    const { attend, keep } = this.#connections
    const sessions = audience.of(userId)
    // What waits was theirs to read in their former role, and goes out before they have another.
    for (const session of sessions) attend(session, () => outbox.flush(session))
    this.#roster.setRole(by, userId, role)
    // It is stored: on all their connections the rights change before anything is computed or told.
    const before = new Map<RecordSession, string>()
    for (const session of sessions) {
      attend(session, () => {
        const after = this.#roster.roleOf(session.identity)
        if (session.role === after) return
        before.set(session, session.role)
        log.enters(rightsOf(session.identity), after)
        audience.remove(session)
        session.role = after
        audience.add(session)
        keep(session)
      })
    }
    texts.roleChanged(before.keys())
    for (const session of before.keys()) {
      attend(session, () => {
        prompts.told(session)
        this.#greet(session)
      })
    }
    for (const [former, changed] of Map.groupBy(before.keys(), (session) => before.get(session)!)) {
      access.roleChanged(changed, former)
      for (const session of changed) attend(session, () => news.roleChanged(session, former))
    }
    news.changed(userId)
  }

  /** Takes a user off the roster, and ends their connections. */
  remove(userId: string): void {
    const { log, audience, news } = this.#surroundings
    this.#roster.remove(userId)
    log.leaves(userId)
    for (const session of audience.of(userId)) this.#connections.close(session, closeCodes.forbidden, 'forbidden')
    news.changed(userId)
  }

  #takeRole(session: RecordSession): void {
    const role = this.#roster.roleOf(session.identity)
    if (session.role === role) return
    session.role = role
    this.#connections.keep(session)
  }

  #tellSeen({ identity }: RecordSession, seen: Seen): void {
    if (seen === 'profile') this.#surroundings.news.changed(identity.userId)
    if (seen === 'time') this.#surroundings.news.visited(identity.userId)
  }

  #greet(session: RecordSession): void {
    const self = this.#roster.self(session)
    const frame: ServerFrame = {
      type: 'user.info',
      payload: session.version > 0 ? { ...self, capabilities } : self,
    }
    this.#surroundings.outbox.send(session, encodeFrame(frame))
  }
}
