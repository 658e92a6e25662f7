import type { Identity } from './identity.ts'

/** The header in which a request for a room carries its ticket. */
export const ticketHeader = 'x-room-ticket'

/** What the edge asks of a room, over RPC, before it hands a connection on. */
export interface TicketOffice {
  /** A ticket for one connection of somebody, good for half a minute. */
  ticketFor(identity: Identity): string | Promise<string>
}

/** In milliseconds. */
const goodFor = 30_000

/**
 * Who is about to connect. The edge says so over RPC, which no request from outside can reach, and gets a ticket that
 * nobody can guess; whoever comes with it is that identity, once. So a room that an app reaches by a `fetch` of its own
 * believes nothing that stands in the request.
 */
export class Tickets {
  readonly #issued = new Map<string, { readonly identity: Identity; readonly until: number }>()

  issue(identity: Identity): string {
    const now = Date.now()
    for (const [ticket, { until }] of this.#issued) {
      if (until > now) break
      this.#issued.delete(ticket)
    }
    const ticket = crypto.randomUUID()
    this.#issued.set(ticket, { identity, until: now + goodFor })
    return ticket
  }

  /** The identity that a request comes with; `null` without a ticket, with a used one, or an old one. */
  take(request: Request): Identity | null {
    const ticket = request.headers.get(ticketHeader) ?? ''
    const issued = this.#issued.get(ticket)
    this.#issued.delete(ticket)
    return issued && issued.until > Date.now() ? issued.identity : null
  }
}
