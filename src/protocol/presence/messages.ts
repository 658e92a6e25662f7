import * as v from 'valibot'
import type { ErrorPayload } from '../error-payload.ts'
import { DeepSpaceError } from '../errors.ts'
import { checkPayload, type Incoming, type MarkFrame, markPayload } from '../frame.ts'
import { isPlainObject, type Json } from '../json.ts'

/** What somebody says of themselves. */
export type PresenceState = { [field: string]: Json }

/** Somebody who is here, by one connection of theirs. */
export interface PeerPayload {
  /** To version 1: which of their connections it is, the same for as long as they are here, also past a short drop. */
  readonly connectionId?: string
  /** Who it is, as their token says. */
  readonly userId: string
  readonly userName: string
  /** ISO 8601. */
  readonly joinedAt: string
  readonly state: PresenceState
}

/** What a peer says differently of themselves: fields, or all of it. */
export interface PeerChange {
  readonly connectionId: string
  readonly set?: PresenceState
  readonly unset?: readonly string[]
  /** Instead of the two: everything, where the room does not know what others know. */
  readonly state?: PresenceState
}

/** Something that somebody has told everybody, and that nobody keeps. */
export interface PresenceEvent {
  readonly connectionId: string
  readonly event: Json
}

/** What has happened, for one connection, in at most one frame each 16 ms. To be taken in in this order. */
export interface PresenceChanges {
  readonly joined?: readonly PeerPayload[]
  readonly updated?: readonly PeerChange[]
  readonly events?: readonly PresenceEvent[]
  /** Their connections. */
  readonly left?: readonly string[]
}

/** What makes a connection another's continuation: only who was given it can say it. */
export interface Resumption {
  readonly connectionId: string
  readonly resume: string
}

/** Somebody comes, with what they say of themselves, and perhaps was here before on another connection. */
export interface PresenceEntry extends Partial<Resumption> {
  readonly state: PresenceState
}

/** What a presence room says to a version 1 client. */
export type PresenceServerFrame =
  | MarkFrame
  | { type: 'core.error'; payload: ErrorPayload }
  /** The greeting. */
  | {
      type: 'presence.sync'
      payload: {
        readonly peers: readonly PeerPayload[]
        readonly userId?: string
        readonly userName?: string
        readonly canWrite?: boolean
      }
    }
  /** Whether we take part, as it is now; sent when it has changed. */
  | { type: 'auth'; payload: { readonly canWrite: boolean } }
  /** We are here, and seen, by this connection. */
  | { type: 'presence.entered'; payload: Resumption & { readonly joinedAt: string } }
  | { type: 'presence.changes'; payload: PresenceChanges }
  /** The room does not know any more what we have said: enter again. */
  | { type: 'presence.query'; payload: object }
  | BaselinePresenceFrame

/** What a presence room says to a baseline client after its `presence.sync` (A6). Users are told, not connections. */
export type BaselinePresenceFrame =
  | { type: 'presence.join'; payload: { readonly peer: PeerPayload } }
  | { type: 'presence.update'; payload: { readonly userId: string; readonly state: PresenceState } }
  | { type: 'presence.leave'; payload: { readonly userId: string } }

/** What a client says. */
export type PresenceClientFrame =
  | MarkFrame
  /** Part A: fields that are laid over those of before. */
  | { type: 'presence.update'; payload: PresenceState }
  | { type: 'presence.enter'; payload: PresenceEntry }
  /** Fields that say something else now, and fields that are no more. */
  | { type: 'presence.change'; payload: { readonly set?: PresenceState; readonly unset?: readonly string[] } }
  /** Nobody looks any more: we are not here, on a connection that stays. */
  | { type: 'presence.leave'; payload: object }
  | { type: 'presence.broadcast'; payload: { readonly event: Json } }

/** The longest state of somebody, in bytes of UTF-8 as JSON; of an event too. */
export const longestState = 16 * 1024

const state = v.custom<PresenceState>(isPlainObject, 'expected an object')
const secret = v.optional(v.pipe(v.string(), v.minLength(16), v.maxLength(64)))

const payloads = {
  'core.mark': markPayload,
  'presence.enter': v.object({ state, connectionId: secret, resume: secret }),
  'presence.change': v.object({
    set: v.optional(state),
    unset: v.optional(v.array(v.string())),
  }),
  'presence.leave': v.object({}),
  'presence.broadcast': v.object({ event: v.custom<Json>((value) => value !== undefined, 'expected a value') }),
}

/** Checks the outside of a client's frame. Throws a `DeepSpaceError`: `unknown-type`, or `invalid-message` with the path, what was expected and what came. */
export function readPresenceFrame(incoming: Incoming): PresenceClientFrame {
  const { type, given } = incoming
  if (type === 'presence.update') {
    if (isPlainObject(given)) return { type, payload: given as PresenceState }
    throw new DeepSpaceError('invalid-message', 'Presence state must be an object', { field: 'state' })
  }
  if (!Object.hasOwn(payloads, type)) {
    throw new DeepSpaceError('unknown-type', `Unknown presence message type: ${type.slice(0, 64) || '(none)'}`)
  }
  return { type, payload: checkPayload(payloads, incoming) } as PresenceClientFrame
}
