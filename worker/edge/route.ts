import { closeCodes, failureCode } from '../../src/protocol/close-codes.ts'
import { errorPayload } from '../../src/protocol/error-payload.ts'
import { DeepSpaceError, quoted } from '../../src/protocol/errors.ts'
import { encodeFrame } from '../../src/protocol/frame.ts'
import {
  type AdmissionOptions,
  type Authenticate,
  admit,
  identified,
  type Place,
  type RoomKind,
  visiting,
} from './admission.ts'
import { type Identity, stripIdentity } from './identity.ts'
import { isMistake, Mistake, report } from './mistake.ts'
import { isNamespace, notNamespace, reach, wasReset } from './reach.ts'
import { type BoundOffice, type TicketOffice, ticketHeader } from './ticket.ts'

/** The options of {@link routeRooms}. */
export interface RouteOptions<Env> extends AdmissionOptions<Env> {
  /** The Durable Object namespace of each kind of room that the app has. */
  readonly rooms: { readonly [K in RoomKind]?: DurableObjectNamespace<never> | DurableObjectNamespace | undefined }
  /** Who sends this request. */
  readonly authenticate: Authenticate<Env>
  /**
   * The origins of pages whose cookies may authenticate, besides the worker's own. From any other page a request reaches
   * `authenticate` without its cookies, so that no foreign page can connect in a visitor's name.
   */
  readonly origins?: readonly string[] | undefined
  /**
   * The record room whose records other rooms are bound to (see `bound` of `RecordRoom`), or which one it is for a room;
   * `null` for one that is bound to none. That room lets in, and not the role that `authorize` says. Default: none is
   * bound, and whoever is signed in may write in any room whose id they know.
   */
  readonly boundTo?: string | ((room: Place) => string | null) | undefined
}

/**
 * The edge. Answers requests for `/ws/...`: authenticates, takes everything off the request that could pass for an
 * identity, tells the room over RPC who is coming, and hands the request on. Gives `null` for any other path, so that it composes
 * with any worker.
 *
 * A client that speaks version 1 and is refused is accepted and closed with 4401 or 4403 and the reason; any
 * other gets HTTP 401 or 403 (E4). Where the room cannot start, the one is told so and closed with 1013, the other gets
 * HTTP 503; why is for the log (H8).
 */
export async function routeRooms<Env>(
  request: Request,
  env: Env,
  options: RouteOptions<Env>,
): Promise<Response | null> {
  const url = new URL(request.url)
  const room = roomOf(url.pathname)
  if (room === null) return null
  if (room.id === null) {
    const reason = `expected 1 to ${longestId} characters, none of them a control character`
    report(`routeRooms: a connection was refused: the room id in ${quoted(url.pathname)} is none: ${reason}.`)
    return text(400, `Bad room id: ${reason}`)
  }
  if (!(room.kind in options.rooms)) return text(404, `No ${room.kind} rooms here`)
  const rooms = options.rooms[room.kind]
  if (!isNamespace(rooms)) {
    report(`routeRooms: rooms.${room.kind}: ${notNamespace(rooms)}`)
    return text(503, 'The room is not available')
  }
  if (request.method !== 'GET' || request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    return text(426, 'Expected a WebSocket upgrade')
  }

  const version = url.searchParams.get('v')
  const place: Place = { kind: room.kind, id: room.id }
  let identity: Identity
  let role: string | undefined
  try {
    const ours = withoutForeignCookies(request, url.origin, options.origins)
    identity = visiting(await identified(options.authenticate, ours, env), options)
    role = await admit(identity, place, env, options)
  } catch (error) {
    if (error instanceof DeepSpaceError) return refused(error, version)
    if (isMistake(error)) report(error.message)
    else console.error('routeRooms: authenticate failed', error)
    return text(503, 'Authentication is not available')
  }

  const inner = new URL(url.origin + url.pathname)
  if (version !== null) inner.searchParams.set('v', version)
  const headers = new Headers(request.headers)
  stripIdentity(headers)
  const { id, kind } = place
  try {
    return await reach(rooms, id, async (stub: DurableObjectStub & TicketOffice) => {
      const bound = await ticketOfRecord(place, identity, options)
      if (bound === null) return refused(new DeepSpaceError('forbidden', 'This room is closed to you'), version)
      headers.set(ticketHeader, bound ?? (await stub.ticketFor(identity, role)))
      return await stub.fetch(new Request(inner, { headers }))
    })
  } catch (error) {
    // A room that could not start has said why itself.
    if ((error as Partial<DeepSpaceError>).code !== 'room-failed') report(whyUnavailable(kind, id, error))
    return unavailable(version)
  }
}

/**
 * What the record says that a room is bound to: a ticket, or `null` where it lets nobody like this in; `undefined` where the
 * room is bound to none. Rejects where the record room cannot be asked: nobody enters then.
 */
async function ticketOfRecord<Env>(
  place: Place,
  identity: Identity,
  { boundTo, rooms }: RouteOptions<Env>,
): Promise<string | null | undefined> {
  if (place.kind === 'records' || boundTo === undefined) return undefined
  const roomId = typeof boundTo === 'string' ? boundTo : boundTo(place)
  if (roomId === null) return undefined
  const { records } = rooms
  if (!isNamespace(records)) throw new Mistake(`routeRooms: boundTo: rooms.records: ${notNamespace(records)}`)
  return reach(records, roomId, (office: BoundOffice) => office.ticketTo(place.kind, place.id, identity))
}

/** What the log says of a room that could not be reached, and has not said itself why. */
function whyUnavailable(kind: RoomKind, id: string, error: unknown): string {
  if (isMistake(error)) return error.message
  const message = error instanceof Error ? error.message : String(error)
  if (/does not implement the method "?ticketFor/.test(message)) {
    return `routeRooms: rooms.${kind}: the class behind this binding is no room: does it extend ${classes[kind]}?`
  }
  if (wasReset(error)) return `routeRooms: room ${quoted(id)}: it ends as soon as it is made: ${message}`
  return `routeRooms: a room of rooms.${kind} could not be reached: ${message}`
}

/** What the class of each kind of room extends. */
const classes: Readonly<Record<RoomKind, string>> = {
  records: 'RecordRoom',
  yjs: 'YjsRoom',
  canvas: 'CanvasRoom',
  presence: 'PresenceRoom',
  game: 'GameRoom',
}

function withoutForeignCookies(request: Request, own: string, others: readonly string[] = []): Request {
  const origin = request.headers.get('origin')
  if (origin === null || origin === own || others.includes(origin) || !request.headers.has('cookie')) return request
  const headers = new Headers(request.headers)
  headers.delete('cookie')
  return new Request(request, { headers })
}

const kinds: ReadonlySet<string> = new Set(['yjs', 'canvas', 'presence', 'game'] satisfies RoomKind[])

/** `null`: not a room's path. An `id` of null: a room's path with an id that no room can have. */
function roomOf(pathname: string): { kind: RoomKind; id: string | null } | null {
  const [root, first, second, ...rest] = pathname.slice(1).split('/')
  if (root !== 'ws' || first === undefined || rest.length > 0) return null
  if (second === undefined) return { kind: 'records', id: roomId(first) }
  return kinds.has(first) ? { kind: first as RoomKind, id: roomId(second) } : null
}

const longestId = 256
const idPattern = new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${longestId}}$`, 'u')

function roomId(segment: string): string | null {
  try {
    const id = decodeURIComponent(segment)
    return idPattern.test(id) ? id : null
  } catch {
    return null
  }
}

function refused(error: DeepSpaceError, version: string | null): Response {
  const forbidden = error.code === 'forbidden'
  if (version === null) return text(forbidden ? 403 : 401, error.message)
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.close(forbidden ? closeCodes.forbidden : closeCodes.unauthorized, error.code)
  return new Response(null, { status: 101, webSocket: client })
}

/** Says that a room could not start, and nothing of why: names and values of the app are none of a stranger's business. */
function unavailable(version: string | null): Response {
  const error = new DeepSpaceError('room-failed', 'The room could not start: try again later')
  if (version === null) return text(503, error.message)
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.send(encodeFrame({ type: 'core.error', payload: errorPayload(error) }))
  server.close(failureCode, error.code)
  return new Response(null, { status: 101, webSocket: client })
}

function text(status: number, body: string): Response {
  return new Response(body, { status })
}
