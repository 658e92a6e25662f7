import { closeCodes } from '../../src/protocol/close-codes.ts'
import { DeepSpaceError, quoted, received } from '../../src/protocol/errors.ts'
import { isRole, longestRole, type RoomKind } from '../edge/admission.ts'
import { checkIdentity, type Identity } from '../edge/identity.ts'
import { calledAgain } from '../edge/reach.ts'
import type { BoundOffice } from '../edge/ticket.ts'
import { Room } from './room.ts'
import type { Session } from './session.ts'

/** What somebody may do in a room from now on: a user, or every visitor, in a role; `null`: nothing. */
export interface Grant {
  /** A user's id; `''` for all who are not signed in. */
  readonly who: string
  readonly role: string | null
}

/** What a record room asks, over RPC, of a room that is bound to one of its records. */
export interface Bindable {
  /** A ticket for somebody whom the record lets in, from the record room of this name. */
  ticketFor(identity: Identity, role: string, boundTo: string): string | Promise<string>
  /** Who may do what from now on. Gives those of whom nobody is here. */
  regrant(grants: readonly Grant[]): string[] | Promise<string[]>
  /** The record is gone: everyone leaves, and nothing of what was shared here remains. */
  vacate(): void | Promise<void>
}

/**
 * A room that holds one thing for everybody: a text, a canvas, who is here, a game. It has no rules of its own. Who may enter,
 * and in which role, is said at the door: by `authorize` of `routeRooms`, or by the record that the room is bound to.
 */
export abstract class GuestRoom<Env = unknown, Kept = unknown> extends Room<Env, Kept> implements Bindable {
  /** The roles that may write; whoever is here in any other reads. */
  readonly writers: readonly string[] = ['member', 'admin']

  /**
   * The record room that this room is bound to, as `boundTo` of `routeRooms` says it, for calls that act as somebody: a fresh
   * stub each time, `this.env.RECORDS.getByName('app:my-app')`. Default: none; then there are no calls but the room's own.
   */
  protected recordRoom(): DurableObjectStub<never> | DurableObjectStub | undefined {
    return undefined
  }

  /** A connection has another role than before, and is to be told what it may do. */
  protected abstract roleChanged(session: Session<Kept>, before: string): void
  /**
   * Those who are meant have another role, `null`: none, and so have those of them who are not connected and whom the room awaits back.
   * Gives how many these are.
   */
  protected absentRegranted(_isMeant: (identity: Identity) => boolean, _role: string | null): number {
    return 0
  }
  /** Forgets everything that was shared here. */
  protected abstract emptied(): void | Promise<void>

  /**
   * For the edge, or the record room that this room is bound to. What has once been bound to a record of a room is entered by that
   * room alone: neither by the edge past it, nor by another that has a record of the same id. Throws where that is tried.
   */
  override ticketFor(identity: Identity, role?: string, boundTo?: string): string {
    const { kv } = this.ctx.storage
    const before = kv.get<string>(boundKey)
    if (before !== undefined && before !== boundTo) {
      const tried =
        boundTo === undefined
          ? 'entered without it: is boundTo of routeRooms missing?'
          : `entered by ${quoted(boundTo)}`
      throw new DeepSpaceError(
        'internal',
        `room ${quoted(this.roomName)} is bound to a record of ${quoted(before)}, and not ${tried}`,
      )
    }
    if (before === undefined && boundTo !== undefined) kv.put(boundKey, boundTo)
    return super.ticketFor(identity, role)
  }

  protected override admit({ anonymous }: Identity, given: string | undefined): string {
    return given ?? (anonymous ? 'viewer' : 'member')
  }

  /** Whether a connection may write, as things stand. */
  protected mayWrite({ role }: Session<Kept>): boolean {
    return this.writers.includes(role)
  }

  /**
   * Whether a call may do what it does in somebody's name: what the record lets them do that this room is bound to, asked anew for
   * each call, and as for a connection of theirs (G4 to G8). What the call does is to follow without a pause. In a room that is
   * bound to none nobody may anything: what they may there is known to `authorize` alone, at the door.
   *
   * Rejects with `unauthorized` for what is no identity, with `not-found` where they may not read the record, with `denied` where
   * they may not write or there is no record to ask, and where the record room cannot be asked.
   */
  protected async checkRights(as: Identity, kind: RoomKind, deed: 'read' | 'write'): Promise<void> {
    const identity = checkIdentity(as)
    const ticket = await calledAgain(async () => {
      const office = this.recordRoom() as unknown as BoundOffice | undefined
      return await office?.ticketTo(kind, this.roomName, identity)
    })
    const name = quoted(this.roomName)
    if (ticket === undefined) {
      const instead = "ask at the door who may, and call as 'system'"
      throw new DeepSpaceError(
        'denied',
        `${denied[deed]}: room ${name} is bound to no record that could be asked: ${instead}`,
      )
    }
    // Taken back meanwhile, it is none any more.
    const role = ticket === null ? undefined : this.tickets.take(ticket)?.role
    if (role === undefined) throw new DeepSpaceError('not-found', 'Record not found')
    if (deed === 'write' && !this.writers.includes(role))
      throw new DeepSpaceError('denied', `${denied.write}: role=${role}, room ${name} is read-only for you`)
  }

  /**
   * Gives a user another role, on all connections that they have open or are opening; `null` ends them with 4403. What
   * they may the next time is for the door to say. Gives how many connections it concerned, with one that is awaited back.
   * Rejects with `invalid-message` where the role is none.
   */
  setRole(userId: string, role: string | null): number {
    checkRole(role)
    const [found] = this.#grant([
      { role, isMeant: ({ anonymous, ...identity }) => !anonymous && identity.userId === userId },
    ])
    return found!
  }

  /** Ends the connections of a user with 4403, like {@link setRole} with `null`. */
  removeUser(userId: string): number {
    return this.setRole(userId, null)
  }

  /** For the record room that this room is bound to: who may do what from now on. Gives those of whom nobody is here. */
  regrant(grants: readonly Grant[]): string[] {
    for (const { role } of grants) checkRole(role)
    const found = this.#grant(
      grants.map(({ who, role }) => ({
        role,
        isMeant: ({ anonymous, userId }) => (anonymous ? '' : userId) === who,
      })),
    )
    return grants.filter((_, at) => found[at] === 0).map(({ who }) => who)
  }

  /** For the record room that this room is bound to: its record is gone. */
  async vacate(): Promise<void> {
    this.#grant([{ role: null, isMeant: () => true }])
    await this.emptied()
  }

  /**
   * Gives how many connections each concerned. Who is to go goes before anybody is told anything: none hears of another's going. What
   * the others may holds on all their connections before one of them is told.
   */
  #grant(granted: readonly Granted[]): number[] {
    const meant = granted.map(({ role, isMeant }) => ({
      role,
      sessions: [...this.sessions.values()].filter(({ identity }) => isMeant(identity)),
    }))
    const leaving = meant.filter(({ role }) => role === null).flatMap(({ sessions }) => sessions)
    this.closeAll(leaving, closeCodes.forbidden, 'forbidden')
    const changed: { readonly session: Session<Kept>; readonly before: string }[] = []
    for (const { role, sessions } of meant) {
      for (const session of sessions) {
        if (role === null || session.role === role) continue
        changed.push({ session, before: session.role })
        session.role = role
      }
    }
    for (const { session, before } of changed) {
      this.attend(session, () => {
        this.keep(session)
        this.roleChanged(session, before)
      })
    }
    return meant.map(({ sessions }, at) => {
      const { isMeant, role } = granted[at]!
      return sessions.length + this.tickets.regrant(isMeant, role) + this.absentRegranted(isMeant, role)
    })
  }
}

/** Another role, or none, for all who are meant. */
interface Granted {
  readonly role: string | null
  readonly isMeant: (identity: Identity) => boolean
}

/** Where it is kept of which record room this one is. */
const boundKey = 'bound to'

/** How a refusal begins. */
const denied = { read: 'READ DENIED', write: 'UPDATE DENIED' } as const

function checkRole(role: unknown): void {
  if (role === null || isRole(role)) return
  const expected = `expected a role of 1 to ${longestRole} characters or null, received ${received(role)}`
  throw new DeepSpaceError('invalid-message', `Invalid message: role: ${expected}`, { field: 'role' })
}
