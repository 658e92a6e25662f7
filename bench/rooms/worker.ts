import { DurableObject } from 'cloudflare:workers'
import {
  type Identity,
  type RecordLimits,
  RecordRoom,
  routeRooms,
  type WriteOperation,
  YjsRoom,
} from '../../worker/index.ts'
import type { Setup } from './bare.ts'
import { BareDocumentStore } from './bare-document.ts'
import type { BenchGame } from './bench-game.ts'
import type { Pace } from './course.ts'
import type { PacedObject } from './paced.ts'
import { collections } from './schema.ts'
import type { TypedDocuments } from './typed-documents.ts'

export { BenchGame } from './bench-game.ts'
export { PacedObject } from './paced.ts'
export { TypedDocuments } from './typed-documents.ts'

interface Env {
  readonly BARE: DurableObjectNamespace<BareObject>
  readonly RECORDS: DurableObjectNamespace<BenchRoom>
  readonly GUARDED: DurableObjectNamespace<GuardedRoom>
  readonly DOCS: DurableObjectNamespace<BenchDocs>
  readonly BARE_DOCUMENTS: DurableObjectNamespace<BareDocument>
  readonly TYPED_DOCUMENTS: DurableObjectNamespace<TypedDocuments>
  readonly GAME: DurableObjectNamespace<BenchGame>
  readonly PACED: DurableObjectNamespace<PacedObject>
}

const unlimited = {
  framesPerSecond: Number.MAX_SAFE_INTEGER,
  frameBurst: Number.MAX_SAFE_INTEGER,
  workPerSecond: Number.MAX_SAFE_INTEGER,
  workBurst: Number.MAX_SAFE_INTEGER,
}

/** The record room as an app has it, with a quota that lets one client send as fast as it can. */
export class BenchRoom extends RecordRoom<Env> {
  override collections = collections
  override readonly limits: Partial<RecordLimits> = unlimited
}

/** The room with a document, with the same quota. */
export class BenchDocs extends YjsRoom<Env> {
  override readonly limits = unlimited

  /** What stands in its tables. */
  written(): { rows: number; bytes: number } {
    const tables = ['_document_log', '_document_snapshot'].map((table) =>
      this.ctx.storage.sql
        .exec<{ rows: number; bytes: number }>(
          `SELECT COUNT(*) AS rows, COALESCE(SUM(LENGTH(data)), 0) AS bytes FROM ${table}`,
        )
        .one(),
    )
    return { rows: tables[0]!.rows + tables[1]!.rows, bytes: tables[0]!.bytes + tables[1]!.bytes }
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

/** The least that keeps a document and passes on its edits. */
export class BareDocument extends DurableObject<Env> {
  readonly #store = new BareDocumentStore(this.ctx.storage)

  override fetch(): Response {
    const { 0: client, 1: socket } = new WebSocketPair()
    this.ctx.acceptWebSocket(socket)
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(sender: WebSocket, message: ArrayBuffer): void {
    const answer = this.#store.take(new Uint8Array(message))
    if (answer) return sender.send(answer)
    for (const socket of this.ctx.getWebSockets()) if (socket !== sender) socket.send(message)
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close(1000)
  }
}

/** Whoever asks is believed: what a token costs is not measured here. */
function authenticate(request: Request): Identity {
  const userId = new URL(request.url).searchParams.get('user')!
  return { userId: userId || 'visitor', name: userId, email: `${userId}@example.com`, anonymous: userId === '' }
}

export default {
  async fetch(request, env) {
    const [, kind, room = ''] = new URL(request.url).pathname.split('/')
    const rooms = (room.startsWith('guarded') ? env.GUARDED : env.RECORDS) as DurableObjectNamespace<BenchRoom>
    if (kind === 'bare') return env.BARE.get(env.BARE.idFromName(room)).fetch(request)
    if (kind === 'bare-document') return env.BARE_DOCUMENTS.get(env.BARE_DOCUMENTS.idFromName(room)).fetch(request)
    if (kind === 'paced') return env.PACED.get(env.PACED.idFromName(room)).fetch(request)
    if (kind === 'call') {
      const { kind, method, pace } = await request.json<{ kind: string; method: 'begin' | 'end'; pace: Pace }>()
      if (kind === 'game') return Response.json(await env.GAME.getByName(room).now())
      const paced = env.PACED.get(env.PACED.idFromName(room))
      return Response.json((method === 'end' ? await paced.end() : await paced.begin(pace as 'alarm')) ?? null)
    }
    if (kind === 'written') return Response.json(await env.DOCS.get(env.DOCS.idFromName(room)).written())
    if (kind === 'typed') {
      const { method, args } = await request.json<{
        method: 'type' | 'paste' | 'open'
        args: [string, number, number]
      }>()
      const documents = env.TYPED_DOCUMENTS.get(env.TYPED_DOCUMENTS.idFromName(room))
      return Response.json((await documents[method](...args)) ?? null)
    }
    if (kind === 'fill') {
      await rooms.get(rooms.idFromName(room)).batch(await request.json<WriteOperation[]>(), 'system')
      return new Response()
    }
    const response = await routeRooms(request, env, {
      rooms: { records: rooms as DurableObjectNamespace, yjs: env.DOCS, game: env.GAME },
      authenticate,
    })
    return response ?? new Response('Not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>
