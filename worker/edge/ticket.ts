import type { RoomKind } from './admission.ts'
import type { Identity } from './identity.ts'

/** The header in which a request for a room carries its ticket. */
export const ticketHeader = 'x-room-ticket'

/** What the edge asks of a room, over RPC, before it hands a connection on. */
export interface TicketOffice {
  /** A ticket for one connection of somebody, in a role where one is given, good for half a minute. */
  ticketFor(identity: Identity, role?: string): string | Promise<string>
}

/** What is asked of a record room, over RPC, about a room that may be bound to one of its records. */
export interface BoundOffice {
  /** A ticket to that room; `null` where the record does not let them in, `undefined` where the room is bound to none. */
  ticketTo(kind: RoomKind, id: string, identity: Identity): Promise<string | null | undefined>
}

/** Who comes with a ticket, and in which role; `undefined` leaves that to the room. */
export interface Ticket {
  readonly identity: Identity
  role: string | undefined
}

/** In milliseconds. */
const goodFor = 30_000

/**
 * Who is about to connect. The edge says so over RPC, which no request from outside can reach, and gets a ticket that
 * nobody can guess; whoever comes with it is that identity, once. So a room that an app reaches by a `fetch` of its own
 * believes nothing that stands in the request.
 */
export class Tickets {
  readonly #issued = new Map<string, Ticket & { readonly until: number }>()

  issue(identity: Identity, role?: string): string {
    const now = Date.now()
    for (const [ticket, { until }] of this.#issued) {
      if (until > now) break
      this.#issued.delete(ticket)
    }
    const ticket = crypto.randomUUID()
    this.#issued.set(ticket, { identity, role, until: now + goodFor })
    return ticket
  }

  /** Who comes with a ticket; `null` for what is none, a used one, or an old one. */
  take(ticket: string): Ticket | null {
    const issued = this.#issued.get(ticket)
    this.#issued.delete(ticket)
    return issued && issued.until > Date.now() ? issued : null
  }

  /** Those who are on their way have another role, `null`: may not enter any more. Gives how many that are. */
  regrant(isMeant: (identity: Identity) => boolean, role: string | null): number {
    let found = 0
    for (const [ticket, issued] of this.#issued) {
      if (issued.until <= Date.now() || !isMeant(issued.identity)) continue
      found++
      if (role === null) this.#issued.delete(ticket)
      else issued.role = role
    }
    return found
  }
}
