import { DurableObject } from 'cloudflare:workers'
import { type Identity, type RecordLimits, RecordRoom, routeRooms, type WriteOperation } from '../../worker/index.ts'
import type { Setup } from './bare.ts'
import { collections } from './schema.ts'

interface Env {
  readonly BARE: DurableObjectNamespace<BareObject>
  readonly RECORDS: DurableObjectNamespace<BenchRoom>
  readonly GUARDED: DurableObjectNamespace<GuardedRoom>
}

/** The record room as an app has it, with a quota that lets one client send as fast as it can. */
export class BenchRoom extends RecordRoom<Env> {
  override collections = collections
  override readonly limits: Partial<RecordLimits> = {
    framesPerSecond: Number.MAX_SAFE_INTEGER,
    frameBurst: Number.MAX_SAFE_INTEGER,
    workPerSecond: Number.MAX_SAFE_INTEGER,
    workBurst: Number.MAX_SAFE_INTEGER,
  }
}

/** The record room with the limits that every app has. */
export class GuardedRoom extends RecordRoom<Env> {
  override collections = collections
}

/**
 * The least that any room does: stores each message as a row and sends a frame that was made beforehand, to everybody
 * or to the sender, without a look at either. The message that carries the mark of the last is answered with a frame
 * that carries it too.
 */
export class BareObject extends DurableObject<Env> {
  #setup: Setup = { tell: 'all', mark: '', frame: '', lastFrame: '' }

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
  }

  override fetch(): Response {
    const { 0: client, 1: socket } = new WebSocketPair()
    this.ctx.acceptWebSocket(socket)
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(sender: WebSocket, message: string): void {
    if (message.startsWith('{"tell"')) {
      this.#setup = JSON.parse(message)
      return
    }
    this.ctx.storage.sql.exec('INSERT INTO messages (text) VALUES (?)', message)
    const { tell, mark, frame, lastFrame } = this.#setup
    const told = message.includes(mark) ? lastFrame : frame
    if (tell === 'sender') sender.send(told)
    else for (const socket of this.ctx.getWebSockets()) socket.send(told)
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close(1000)
  }
}

/** Whoever asks is believed: what a token costs is not measured here. */
function authenticate(request: Request): Identity {
  const userId = new URL(request.url).searchParams.get('user')!
  return { userId, name: userId, email: `${userId}@example.com`, anonymous: false }
}

export default {
  async fetch(request, env) {
    const [, kind, room = ''] = new URL(request.url).pathname.split('/')
    const rooms = (room.startsWith('guarded') ? env.GUARDED : env.RECORDS) as DurableObjectNamespace<BenchRoom>
    if (kind === 'bare') return env.BARE.get(env.BARE.idFromName(room)).fetch(request)
    if (kind === 'fill') {
      await rooms.get(rooms.idFromName(room)).batch(await request.json<WriteOperation[]>(), 'system')
      return new Response()
    }
    const response = await routeRooms(request, env, {
      rooms: { records: rooms as DurableObjectNamespace },
      authenticate,
    })
    return response ?? new Response('Not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>
