import { encodeFrame } from '../../src/protocol/frame.ts'
import type { BaselineFrame, ServerFrame } from '../../src/protocol/records/messages.ts'
import type { Attend } from './access.ts'
import { type Outbox, ToldChange } from './outbox.ts'
import type { RecordSession } from './record-session.ts'
import { baselineUser, type Entry, type Roster, shownTo } from './roster.ts'
import type { UserRecords } from './user-records.ts'

/** Tells those who watch the roster what has become of a user on it, each what they may see. */
export class RosterNews {
  readonly #roster: Roster
  readonly #records: UserRecords
  readonly #outbox: Outbox
  readonly #sessions: () => Iterable<RecordSession>
  readonly #attend: Attend

  constructor(
    roster: Roster,
    records: UserRecords,
    outbox: Outbox,
    sessions: () => Iterable<RecordSession>,
    attend: Attend,
  ) {
    this.#roster = roster
    this.#records = records
    this.#outbox = outbox
    this.#sessions = sessions
    this.#attend = attend
  }

  /** The frame that answers who asks for the roster, and has them told of it from now on. */
  list(session: RecordSession, maySee: boolean): string {
    session.kept.watchesRoster = maySee
    return listFor(session, maySee ? this.#roster.everyone() : [])
  }

  /** A user has come for the first time, has another profile or role, or is gone: version 1 is told that alone, any other the whole roster. Never throws. */
  changed(userId: string): void {
    const watchers = [...this.#sessions()].filter(({ kept }) => kept.watchesRoster)
    // Read once, however many watch.
    this.#carefully(() => {
      const changed = watchers.length > 0 ? this.#roster.one(userId) : []
      const everyone = watchers.some(({ version }) => version === 0) ? this.#roster.everyone() : []
      const removed = changed.length === 0 ? [userId] : []
      for (const session of watchers) {
        this.#attend(session, () => {
          const frame = session.version === 0 ? listFor(session, everyone) : newsFor(session, changed, removed)
          this.#outbox.send(session, frame)
        })
      }
    })
    this.visited(userId)
  }

  /** A user was seen, and nothing else: that is told to those who asked for users as records. Never throws. */
  visited(userId: string): void {
    this.#carefully(() => {
      const told = new Map<boolean, ToldChange>()
      for (const session of this.#sessions()) {
        if (!this.#records.isWatched(session)) continue
        const isAdmin = session.role === 'admin'
        const change = told.get(isAdmin) ?? new ToldChange(this.#records.change(userId, isAdmin), 0)
        told.set(isAdmin, change)
        this.#attend(session, () => this.#outbox.tell(session, change))
      }
    })
  }

  /** A connection has another role: who becomes an admin, or is one no more, sees other users than it has. */
  roleChanged(session: RecordSession, before: string): void {
    if ((before === 'admin') !== (session.role === 'admin') && this.#records.isWatched(session))
      this.#outbox.resubscribe(session)
  }

  #carefully(work: () => void): void {
    try {
      work()
    } catch (error) {
      console.error('the roster could not be told', error)
    }
  }
}

function listFor(session: RecordSession, entries: readonly Entry[]): string {
  if (session.version > 0)
    return encodeFrame<ServerFrame>({ type: 'user.list', payload: { users: shownTo(session, entries) } })
  const users = entries.map((entry) => baselineUser(session.role === 'admin', entry))
  return encodeFrame<BaselineFrame>({ type: 'user.list', payload: { users } })
}

function newsFor(session: RecordSession, changed: readonly Entry[], removed: readonly string[]): string {
  return encodeFrame<ServerFrame>({ type: 'user.list', payload: { users: shownTo(session, changed), removed } })
}
