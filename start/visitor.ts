import { DeepSpaceError } from '../src/protocol/errors.ts'
import { anonymousIdentity, checkIdentity, hasEnded, type Identity } from '../worker/edge/identity.ts'
import type { RouteOptions } from '../worker/edge/route.ts'

/** Who may come to the rooms, and how it is told who that is: the same as for `routeRooms`. */
export interface VisitorOptions<Env> {
  /** The record rooms. */
  readonly rooms: DurableObjectNamespace<never> | DurableObjectNamespace
  /** What `routeRooms` takes as `authenticate`; asked once a request. */
  readonly identify: RouteOptions<Env>['authenticate']
  /** Whether a request without an identity reads and writes as an anonymous visitor; default false. */
  readonly anonymous?: boolean | undefined
  /** What `routeRooms` takes as `authorize`. An app that gives it there must give it here. */
  readonly authorize?: RouteOptions<Env>['authorize']
}

/** Who sends one request. */
export class Visitor<Env> {
  readonly #options: VisitorOptions<Env>
  readonly #env: Env
  readonly #identity: Promise<Identity | null>
  #anonymous: Identity | undefined

  constructor(request: Request, env: Env, options: VisitorOptions<Env>) {
    this.#options = options
    this.#env = env
    this.#identity = this.#identify(request)
  }

  /** Who they are; `null` without a token. Rejects with a `DeepSpaceError` where they are refused, and with whatever `identify` throws. */
  identity(): Promise<Identity | null> {
    return this.#identity
  }

  /** As whom they come to a room. Rejects as {@link identity} does, and with `unauthorized` or `forbidden` where they may not. */
  async identityIn(roomId: string): Promise<Identity> {
    const { anonymous, authorize } = this.#options
    const known = await this.#identity
    if (!known && !anonymous) throw new DeepSpaceError('unauthorized', 'A token is required')
    // One visitor, however many rooms the page reads.
    if (!known) this.#anonymous ??= anonymousIdentity()
    const identity = known ?? this.#anonymous!
    if (authorize && !(await authorize(identity, { kind: 'records', id: roomId }, this.#env)))
      throw new DeepSpaceError('forbidden', 'This room is closed to you')
    return identity
  }

  async #identify(request: Request): Promise<Identity | null> {
    const verified = await this.#options.identify(withoutToken(request), this.#env)
    if (verified === null) return null
    const identity = checkIdentity(verified)
    if (hasEnded(identity)) throw new DeepSpaceError('token-expired', 'The token has expired')
    return identity
  }
}

/** Only a socket says in its URL who it is: no link is to say whose page is shown. */
function withoutToken(request: Request): Request {
  const url = new URL(request.url)
  if (!url.searchParams.has('token')) return request
  url.searchParams.delete('token')
  return new Request(url, { headers: request.headers })
}
