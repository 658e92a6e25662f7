import { createConnection } from 'deepspace-solid'
import { createEffect, createMemo, on } from 'solid-js'
import type { Persona } from '../demo-users.ts'
import { fetchToken } from './fetch-token.ts'

/**
 * The token for the connection of a note, which goes offline and comes back with that of the board: a document has no
 * `disconnect` of its own, and so there is no token for it while the board is away.
 */
export function createNoteToken(roomId: string, persona: Persona) {
  const board = createConnection()
  const isAway = createMemo(() => board.status === 'disconnected')
  // Otherwise the note would wait for its next attempt, for up to half a minute.
  createEffect(on(isAway, (away) => away || window.dispatchEvent(new Event('online')), { defer: true }))
  return {
    get: () => (isAway() ? Promise.reject(new Error('the board is offline')) : fetchToken(roomId, persona)),
    failed: (error: Error) => isAway() || console.error(error),
  }
}
