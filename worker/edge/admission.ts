import { DeepSpaceError, quoted, received } from '../../src/protocol/errors.ts'
import { anonymousIdentity, checkIdentity, hasEnded, type Identity } from './identity.ts'
import { Mistake } from './mistake.ts'

/** The kinds of room, by the name of their path (E1); `records` has none, it is `/ws/<roomId>`. */
export type RoomKind = 'records' | 'yjs' | 'canvas' | 'presence' | 'game'

/** Who may come to the rooms, and how it is told who that is: of sockets, of pages and of server code alike. */
export interface AdmissionOptions<Env> {
  /** Whether a request without an identity may enter, as an anonymous viewer; default false. */
  readonly anonymous?: boolean | undefined
  /**
   * Whether this identity may enter this room at all, and in which role; default: everyone may. `true` leaves the role to
   * the room: a record room has rules of its own, in any other who is signed in is `member` and a visitor `viewer`. A text is
   * the role, in a room that is no record room.
   */
  readonly authorize?:
    | ((identity: Identity, room: Place, env: Env) => boolean | string | Promise<boolean | string>)
    | undefined
}

/** One room among all of a worker. */
export interface Place {
  readonly kind: RoomKind
  readonly id: string
}

/**
 * Who sends a request: an identity, or `null` when it brings no token. Throws when the token is bad: a `DeepSpaceError` with
 * `unauthorized` or `token-expired` refuses whoever sends it; anything else is a failure of ours, and answers 503.
 */
export type Authenticate<Env> = (request: Request, env: Env) => Promise<Identity | null> | Identity | null

/** Who a request is from, as far as a room may know it. Rejects with what `authenticate` throws, and where what it gives is no identity any more. */
export async function identified<Env>(
  authenticate: Authenticate<Env>,
  request: Request,
  env: Env,
): Promise<Identity | null> {
  const verified = await authenticate(request, env)
  if (verified === null) return null
  const identity = checkIdentity(verified)
  if (hasEnded(identity)) throw new DeepSpaceError('token-expired', 'The token has expired')
  return identity
}

/** As whom somebody comes to the rooms. Throws `unauthorized` where visitors may not. */
export function visiting<Env>(known: Identity | null, { anonymous }: AdmissionOptions<Env>): Identity {
  if (known === null && !anonymous) throw new DeepSpaceError('unauthorized', 'A token is required')
  return known ?? anonymousIdentity()
}

/**
 * Whether somebody may enter a room at all. Gives the role that `authorize` says, `undefined` where it leaves it to the room.
 * Rejects with `forbidden` where they may not.
 */
export async function admit<Env>(
  identity: Identity,
  room: Place,
  env: Env,
  { authorize }: AdmissionOptions<Env>,
): Promise<string | undefined> {
  const answer: unknown = authorize ? await authorize(identity, room, env) : true
  if (!answer) throw new DeepSpaceError('forbidden', 'This room is closed to you')
  if (answer === true) return undefined
  if (!isRole(answer)) {
    throw new Mistake(
      `authorize: expected true, false or a role of 1 to ${longestRole} characters, received ${received(answer)}`,
    )
  }
  if (room.kind === 'records') {
    throw new Mistake(
      `authorize: the roles of a record room are its own: expected true or false for ${quoted(room.id)}, received ${quoted(answer)}. Give roles there with admins, roleOf or setRole.`,
    )
  }
  return answer
}

/** In characters. */
export const longestRole = 64

/** Whether a value can be the name of a role. */
export function isRole(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longestRole && value.isWellFormed()
}
