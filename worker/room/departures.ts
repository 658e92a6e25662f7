import { closeCodes, trafficCodes } from '../../src/protocol/close-codes.ts'

/** The codes of clients that close because they go: done, away, or without a word. */
const departures: ReadonlySet<number> = new Set([1000, 1001, 1005])

/** The codes that we close with where nobody is to come back. */
const endings: ReadonlySet<number> = new Set([closeCodes.forbidden, trafficCodes.floods])

/** Whether a client that has closed with this code may be back in a moment. */
export function breaks(code: number): boolean {
  return !departures.has(code)
}

/** Whether a client that we close with this code may be back in a moment. */
export function invitesBack(code: number): boolean {
  return !endings.has(code)
}
