import { isDemoRoom } from './demo-room.ts'

/** Where this browser keeps the name of the room that was opened for it. */
const kept = 'deepspace-solid showcase room'

/**
 * Sees to it that the address names a room: the one it does, so that a link opens what its sender sees; else the one that
 * was opened for this browser; else a new one. Gives why there is none, in words for the visitor.
 */
export async function enterRoom(): Promise<string | undefined> {
  const address = new URL(location.href)
  if (isDemoRoom(address.searchParams.get('room'))) return undefined
  let room: unknown = keep('getItem')
  if (!isDemoRoom(room)) {
    const response = await fetch('/demo/room', { method: 'POST' }).catch(() => undefined)
    room = await response?.text()
    if (!isDemoRoom(room))
      return response?.status === 429 ? String(room) : 'The server cannot be reached; try again later'
    keep('setItem', room)
  }
  address.searchParams.set('room', room)
  history.replaceState(null, '', address)
  return undefined
}

/** The room of the address has ended: the page begins anew with the visitor's own, or with another if it was that. */
export function leaveRoom(): void {
  const address = new URL(location.href)
  if (keep('getItem') === address.searchParams.get('room')) keep('removeItem')
  address.searchParams.delete('room')
  location.replace(address)
}

/** A browser may be told to keep nothing: the address alone has it then. */
function keep(verb: 'getItem' | 'setItem' | 'removeItem', room = ''): unknown {
  try {
    return localStorage[verb](kept, room)
  } catch {
    return null
  }
}
