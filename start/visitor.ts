import { type AdmissionOptions, type Authenticate, admit, identified, visiting } from '../worker/edge/admission.ts'
import type { Identity } from '../worker/edge/identity.ts'

/** Where the rooms are, who may come there, and how it is told who that is: the same as for `routeRooms`. */
export interface VisitorOptions<Env> extends AdmissionOptions<Env> {
  /** The record rooms. */
  readonly rooms: DurableObjectNamespace<never> | DurableObjectNamespace
  /** What `routeRooms` takes as `authenticate`; asked once a request. */
  readonly identify: Authenticate<Env>
}

/** A room as somebody comes to it. */
export interface Visitor {
  readonly rooms: DurableObjectNamespace
  /** Who they are; `null` without a token. Rejects with a `DeepSpaceError` where they are refused, and with whatever `identify` throws. */
  readonly identity: Promise<Identity | null>
  /** As whom they come to a room. Rejects as {@link identity} does, and with `unauthorized` or `forbidden` where they may not. */
  identityIn(roomId: string): Promise<Identity>
}

/** Who sends one request. */
export function visitorOf<Env>(request: Request, env: Env, options: VisitorOptions<Env>): Visitor {
  const identity = identified(options.identify, withoutToken(request), env)
  // One visitor, however many rooms they read.
  let visitor: Identity | undefined
  return {
    rooms: options.rooms as DurableObjectNamespace,
    identity,
    async identityIn(roomId) {
      const known = await identity
      visitor ??= visiting(known, options)
      await admit(visitor, { kind: 'records', id: roomId }, env, options)
      return visitor
    },
  }
}

/** Only a socket says in its URL who it is: no link is to say whose page is shown. */
function withoutToken(request: Request): Request {
  const url = new URL(request.url)
  if (!url.searchParams.has('token')) return request
  url.searchParams.delete('token')
  return new Request(url, { headers: request.headers })
}
