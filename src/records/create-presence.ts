import { createSignal } from 'solid-js'
import { isServer } from 'solid-js/web'
import { onMovedOn } from '../connection/transition.ts'
import type { User } from '../protocol/records/messages.ts'
import { createRoster } from './create-user.ts'

/** Who of the users of a room was here of late. */
export interface Presence {
  /** The users who are online. Tracked. */
  readonly users: readonly User[]
  /** Whether a user was seen within the time. Tracked. */
  readonly isOnline: (userId: string) => boolean
  /** When a user was seen last, ISO 8601, to the minute; `undefined` for one who is not on the roster. Tracked. */
  readonly lastSeen: (userId: string) => string | undefined
}

/** Options of {@link createPresence}. */
export interface PresenceOptions {
  /** How long after they were last seen somebody counts as online, in milliseconds; default five minutes. */
  readonly within?: number | undefined
}

/** How often we say that we are here, and ask who else is; a room writes a visit no more often. */
const heartbeat = 60_000

/**
 * Who is here, of those who are signed in in the room of the nearest scope: says every minute that we are, and asks who else
 * is. Visitors without a token are not seen. Throws when there is no `RecordScope` above.
 */
export function createPresence({ within = 300_000 }: PresenceOptions = {}): Presence {
  const roster = createRoster('createPresence')
  const [now, setNow] = createSignal(Date.now())
  if (!isServer) {
    const timer = setInterval(() => {
      roster()?.beat()
      setNow(Date.now())
    }, heartbeat)
    onMovedOn(() => clearInterval(timer))
  }
  const users = (): readonly User[] => roster()?.users() ?? []
  const find = (userId: string): User | undefined => users().find(({ id }) => id === userId)
  const isHere = (user: User | undefined): boolean => now() - Date.parse(user?.lastSeenAt ?? '') < within
  return {
    get users() {
      return users().filter(isHere)
    },
    isOnline: (userId) => isHere(find(userId)),
    lastSeen: (userId) => find(userId)?.lastSeenAt,
  }
}
