import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { anonymousIdentity, checkIdentity, hasEnded, type Identity } from './identity.ts'

/** The kinds of room, by the name of their path (E1); `records` has none, it is `/ws/<roomId>`. */
export type RoomKind = 'records' | 'yjs' | 'canvas' | 'presence' | 'game'

/** Who may come to the rooms, and how it is told who that is: of sockets, of pages and of server code alike. */
export interface AdmissionOptions<Env> {
  /** Whether a request without an identity may enter, as an anonymous viewer; default false. */
  readonly anonymous?: boolean | undefined
  /** Whether this identity may enter this room at all; default: everyone may, and the room's rules decide the rest. */
  readonly authorize?:
    | ((
        identity: Identity,
        room: { readonly kind: RoomKind; readonly id: string },
        env: Env,
      ) => boolean | Promise<boolean>)
    | undefined
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

/** Whether somebody may enter a room at all. Rejects with `forbidden` where not. */
export async function admit<Env>(
  identity: Identity,
  room: { readonly kind: RoomKind; readonly id: string },
  env: Env,
  { authorize }: AdmissionOptions<Env>,
): Promise<void> {
  if (authorize && !(await authorize(identity, room, env))) {
    throw new DeepSpaceError('forbidden', 'This room is closed to you')
  }
}
