import { type Identity, YjsRoom } from 'deepspace-solid/worker'
import type { Grant } from '../../../worker/room/guest-room.ts'
import type { YjsSession } from '../../../worker/yjs/yjs-session.ts'
import { admin } from '../../support/users.ts'
import { mayRead } from '../../support/worker/oracle.ts'
import type { Report } from '../../support/worker/spy.ts'
import { noteCollections, roomOfDocument } from '../notes.ts'
import type { StoredRow } from '../orders.ts'
import { latest } from './memory.ts'
import { keepStored, noteEnd, storedIn } from './stored.ts'

/** Who may be in which room, as it was told last. Rooms sleep too often to remember it themselves. */
const told = new Map<string, Map<string, string | null>>()

/** Since when somebody is sent what the record does not let them read, in milliseconds. */
const stale = new Map<string, number>()

/** In how many milliseconds a room hears of what has changed, also where it has to be told a second time. */
const heardWithin = 4_000

/** A room with a document that is bound to a record, with a spy at its door and everything that it ever stored. */
export function spiedDocs(report: Report) {
  return class FaultDocs extends YjsRoom {
    protected override start(): void {
      super.start()
      keepStored(this.ctx.storage)
    }

    override ticketFor(identity: Identity, role?: string, boundTo?: string): string {
      this.#told.set(whoIs(identity), role ?? null)
      return super.ticketFor(identity, role, boundTo)
    }

    override regrant(grants: readonly Grant[]): string[] {
      for (const { who, role } of grants) this.#told.set(who, role)
      return super.regrant(grants)
    }

    override async vacate(): Promise<void> {
      this.#told.clear()
      await super.vacate()
    }

    protected override emptied(): void {
      noteEnd(this.ctx.storage, this.roomName)
      super.emptied()
    }

    protected override send(session: YjsSession, frame: string | Uint8Array): void {
      report.frames++
      for (const why of this.#judge(session)) {
        const what = typeof frame === 'string' ? frame.slice(0, 200) : `${frame.length} bytes of kind ${frame[0]}`
        report.violations.push(`${session.identity.userId} in ${this.roomName}: ${why}: ${what}`)
      }
      super.send(session, frame)
    }

    /** Everything that was ever stored here. */
    stored(): StoredRow[] {
      return storedIn(this.ctx.storage)
    }

    /** Ends the object in the middle of whatever it does. */
    crash(): void {
      this.ctx.abort('crashed')
    }

    get #told(): Map<string, string | null> {
      const known = told.get(this.roomName) ?? new Map<string, string | null>()
      told.set(this.roomName, known)
      return known
    }

    /** A frame goes to whom this room was told to let in, and who may read the record, but for the time that it takes to tell. */
    *#judge({ identity, socket }: YjsSession): Generator<string> {
      const who = whoIs(identity)
      if ((this.#told.get(who) ?? null) === null)
        yield `is sent a frame of a document after it was closed to them, in state ${socket.readyState} (G5, G6)`
      const snapshot = latest(roomOfDocument(this.roomName))
      const key = `${this.roomName} ${who}`
      const recordId = this.roomName.slice(this.roomName.indexOf(':') + 1)
      if (!snapshot || mayRead(snapshot, identity, [admin], noteCollections[0], recordId)) {
        stale.delete(key)
        return
      }
      const since = stale.get(key) ?? Date.now()
      stale.set(key, since)
      if (Date.now() - since > heardWithin)
        yield 'is sent frames of a document that the record closed to them long ago (G5)'
    }
  }
}

function whoIs({ anonymous, userId }: Identity): string {
  return anonymous ? '' : userId
}
