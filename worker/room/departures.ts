import { closeCodes, trafficCodes } from '../../src/protocol/close-codes.ts'

/**
 * How a connection has ended: its client closed it in order; it broke, or was ended so that its client comes back; or it was ended for
 * good.
 */
export type Departure = 'closed' | 'broken' | 'ended'

/** The codes of clients that close because they go: done, away, or without a word. */
const orderly: ReadonlySet<number> = new Set([1000, 1001, 1005])

/** The codes that we close with where nobody is to come back. */
const endings: ReadonlySet<number> = new Set([closeCodes.forbidden, trafficCodes.floods])

/** How a connection ends that its client closes with this code. */
export function departureOf(code: number): Departure {
  return orderly.has(code) ? 'closed' : 'broken'
}

/** How a connection ends that we close with this code. */
export function dismissalBy(code: number): Departure {
  return endings.has(code) ? 'ended' : 'broken'
}
