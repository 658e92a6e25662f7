import { env } from 'cloudflare:workers'
import { DeepSpaceError } from '../src/protocol/errors.ts'
import { type PageReader, readerKey } from '../src/protocol/records/snapshot.ts'
import { isMistake, report } from '../worker/edge/mistake.ts'
import { RoomPageReader } from './room-page-reader.ts'
import { foreignCall, isFunctionCall } from './same-origin.ts'
import { withoutFlight } from './single-flight.ts'
import { type Visitor, type VisitorOptions, visitorOf } from './visitor.ts'

/** The options of {@link liveRecords}. */
export interface LiveRecordsOptions<Env> extends VisitorOptions<Env> {
  /** How long a page waits for a room, in milliseconds; default 3,000. Then it is rendered as loading. */
  readonly timeout?: number | undefined
  /** The origins of pages that may call server functions, besides the app's own. */
  readonly origins?: readonly string[] | undefined
}

/** A request as SolidStart hands it to middleware, as far as it matters here. */
export interface StartEvent {
  request: Request
  readonly response: { readonly headers: Headers }
  readonly locals: object
}

/** What {@link liveRecords} leaves in the locals of a request. */
export interface RequestLocals {
  [readerKey]?: (request: Request) => PageReader
  [visitorKey]?: (request: Request) => Visitor
}

export const visitorKey: unique symbol = Symbol.for('deepspace-solid.visitor')

/**
 * The middleware for `createMiddleware` of SolidStart. Below it the primitives of a page that is rendered on the server show
 * what the user of the request may read, and {@link room} works in server functions, actions and API routes.
 *
 * It answers a request for a server function that comes from another site with 403, marks what a signed-in user gets, and what
 * a server function gives to anybody, `private, no-store`, and answers 503 where `identify` fails. Where `identify` refuses a
 * token, queries are refused with its reason, as on the socket. Nothing outlives the request.
 */
export function liveRecords<Env = Cloudflare.Env>(
  options: LiveRecordsOptions<Env>,
): (event: StartEvent) => Promise<Response | undefined> {
  const { rooms, timeout = 3000, origins } = options
  if (typeof (rooms as DurableObjectNamespace | undefined)?.idFromName !== 'function') {
    throw new TypeError(
      `liveRecords: rooms: expected a Durable Object namespace, received ${typeof rooms}: is there a binding of this name ` +
        'in wrangler.jsonc?',
    )
  }
  return async (event) => {
    const why = foreignCall(event.request, origins)
    if (why !== undefined) return refusal(event.request, 403, `Refused: ${why}`)
    event.request = withoutFlight(event.request)

    // A page that is made behind an action has a request of its own, with the cookies that the action has set.
    const visitors = ofRequest((request) => visitorOf(request, env as Env, options))
    const readers = ofRequest((request) => new RoomPageReader(visitors(request), timeout))
    const locals: RequestLocals = { [readerKey]: readers, [visitorKey]: visitors }
    Object.assign(event.locals, locals)
    try {
      const identity = await visitors(event.request).identity
      // What a function answers depends on more than its URL.
      if ((!identity || identity.anonymous) && !isFunctionCall(event.request)) return
    } catch (error) {
      if (!(error instanceof DeepSpaceError)) {
        if (isMistake(error)) report(error.message)
        else console.error('liveRecords: identify failed', error)
        return refusal(event.request, 503, 'Authentication is not available', { 'retry-after': '5' })
      }
      // Whoever brings a token is not everybody, though it is refused.
    }
    event.response.headers.set('cache-control', 'private, no-store')
  }
}

/**
 * An answer to a request that goes no further. Its body is let pass all the same: of one that is not read `wrangler dev` and
 * `vite dev` break the connection, and whoever sent it learns nothing of why.
 */
async function refusal({ body }: Request, status: number, why: string, headers?: HeadersInit): Promise<Response> {
  await body?.pipeTo(new WritableStream()).catch(() => {})
  return new Response(why, { status, ...(headers && { headers }) })
}

/** Makes something once a request, and forgets it with the request. */
function ofRequest<T>(make: (request: Request) => T): (request: Request) => T {
  const made = new WeakMap<Request, T>()
  return (request) => {
    const known = made.get(request)
    if (known) return known
    const fresh = make(request)
    made.set(request, fresh)
    return fresh
  }
}
