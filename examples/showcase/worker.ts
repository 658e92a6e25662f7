import { type Identity, jwtAuth, RecordRoom, routeRooms, type WriteOperation } from 'deepspace-solid/worker'
import type { ArenaRoom } from './arena-room.ts'
import { isDemoRoom } from './demo-room.ts'
import { demoToken } from './demo-token.ts'
import { type DemoUser, demoUsers } from './demo-users.ts'
import type { Doorkeeper } from './doorkeeper.ts'
import type { NoteRoom } from './note-room.ts'
import { olderTasks } from './older-tasks.ts'
import { gameOf, noteOf, roomOf, sketchOf } from './part-of.ts'
import type { PointerRoom } from './pointer-room.ts'
import { games, notes, sketches, tasks } from './schema.ts'
import { type SeedTask, seed } from './seed.ts'
import type { SketchRoom } from './sketch-room.ts'

export { ArenaRoom } from './arena-room.ts'
export { Doorkeeper } from './doorkeeper.ts'
export { NoteRoom } from './note-room.ts'
export { PointerRoom } from './pointer-room.ts'
export { SketchRoom } from './sketch-room.ts'

// Every visitor has a room of their own and may be everyone in it. There is no secret: what is known of a room is its
// name, to whom it was opened for and whomever they show it; and it opens nothing else.

interface Env {
  readonly RECORDS: DurableObjectNamespace<BoardRoom>
  readonly NOTES: DurableObjectNamespace<NoteRoom>
  readonly CANVAS: DurableObjectNamespace<SketchRoom>
  readonly PRESENCE: DurableObjectNamespace<PointerRoom>
  readonly GAMES: DurableObjectNamespace<ArenaRoom>
  readonly DOORKEEPER: DurableObjectNamespace<Doorkeeper>
}

export class BoardRoom extends RecordRoom<Env> {
  override readonly collections = [tasks, notes, sketches, games]
  /** Who may write the note, draw, or play is who may update its record: a role that changes on the board changes there too. */
  override readonly bound = {
    [notes.name]: { yjs: this.env.NOTES },
    [sketches.name]: { canvas: this.env.CANVAS, presence: this.env.PRESENCE },
    [games.name]: { game: this.env.GAMES },
  }
  override readonly admins = ['ada']
  override readonly limits = {
    frameBytes: 16 * 1024,
    framesPerSecond: 50,
    frameBurst: 500,
    subscriptions: 40,
    texts: 20,
    textBytes: 64 * 1024,
    textStructs: 10_000,
  }
  /** How much a room may keep, in bytes; it begins with some three million. One that keeps more is ended. */
  readonly roomBytes: number = 16 * 1024 * 1024
  /** How many may be in it at the same time. */
  readonly places: number = 24

  /** What it begins with, from the top. */
  protected tasks(): readonly SeedTask[] {
    return [...seed, ...olderTasks()]
  }

  protected override async firstStart(): Promise<void> {
    // One that has never been entered is ended as well, and need not be filled for it.
    const room = this.ctx.id.name!
    if (!(await doorkeeperOf(this.env).holds(room))) return
    await this.#parts().sketch.begin()
    this.put(notes.name, room, { title: 'Note' }, 'system')
    this.put(sketches.name, room, { title: 'Sketch' }, 'system')
    this.put(games.name, room, { title: 'Game' }, 'system')
    const list = this.tasks()
    const operations: WriteOperation[] = []
    // From the bottom up, so that what is above is newer; the ids keep the order where the time is the same.
    for (const [place, { owner, data }] of [...list.entries()].reverse()) {
      const recordId = `task-${String(place + 1).padStart(4, '0')}`
      operations.push({ type: 'put', collection: tasks.name, recordId, data })
      if (list[place - 1]?.owner !== owner) this.batch(operations.splice(0), identityOf(owner))
      // At the edge the clock stands still until something is waited for; each wait costs a trip to the disk.
      if (place % 2_500 === seed.length) await scheduler.wait(1)
    }
  }

  override async fetch(request: Request): Promise<Response> {
    if (this.ctx.getWebSockets().length >= this.places) return new Response('The room is full', { status: 503 })
    this.#addGame()
    return super.fetch(request)
  }

  /** A room that was opened before there was a game has one, too. */
  #addGame(): void {
    if (this.query({ collection: games.name, limit: 1 }, 'system').length > 0) return
    this.put(games.name, this.ctx.id.name!, { title: 'Game' }, 'system')
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    if (this.ctx.storage.sql.databaseSize > this.roomBytes) {
      return this.ctx.waitUntil(doorkeeperOf(this.env).end(this.ctx.id.name!))
    }
    super.webSocketMessage(socket, message)
  }

  /** Sends everyone away for good and keeps nothing, in its note, its sketch and its game neither. */
  async end(): Promise<void> {
    const { note, sketch, pointers, game } = this.#parts()
    // First: should it fail, the room is still there to be ended again.
    await Promise.all([note.end(), sketch.end(), pointers.end(), game.endForGood()])
    for (const socket of this.ctx.getWebSockets()) socket.close(4403, 'forbidden')
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }

  #parts() {
    const { NOTES, CANVAS, PRESENCE, GAMES } = this.env
    const room = this.ctx.id.name!
    const [note, sketch] = [noteOf(room), sketchOf(room)]
    return {
      note: NOTES.get(NOTES.idFromName(note)),
      sketch: CANVAS.get(CANVAS.idFromName(sketch)),
      pointers: PRESENCE.get(PRESENCE.idFromName(sketch)),
      game: GAMES.get(GAMES.idFromName(gameOf(room))),
    }
  }
}

export default {
  async fetch(request, env) {
    return (
      (await demoToken(request)) ??
      (await openRoom(request, env)) ??
      (await routeRooms(request, env, {
        rooms: {
          records: env.RECORDS,
          yjs: env.NOTES,
          canvas: env.CANVAS,
          presence: env.PRESENCE,
          game: env.GAMES,
        },
        boundTo: roomOf,
        authenticate,
        anonymous: true,
        // Each room begins with thousands of tasks: only those that the doorkeeper has opened are entered.
        authorize(_identity, place) {
          const room = roomOf(place)
          return isDemoRoom(room) && doorkeeperOf(env).holds(room)
        },
      })) ??
      new Response('Not found', { status: 404 })
    )
  },
} satisfies ExportedHandler<Env>

/** Answers `POST /demo/room` with the name of a new room; `null` for any other path. */
async function openRoom(request: Request, env: Env): Promise<Response | null> {
  if (new URL(request.url).pathname !== '/demo/room') return null
  if (request.method !== 'POST') return new Response('Expected POST', { status: 405, headers: { allow: 'POST' } })
  const room = await doorkeeperOf(env).open(whoOf(request.headers.get('cf-connecting-ip') ?? ''))
  if (room === null) return new Response('Many boards have been opened; come back in an hour', { status: 429 })
  return new Response(room, { status: 201 })
}

/** A household of the network: of an address of the sixth version its first half. */
function whoOf(address: string): string {
  return address.includes(':') ? address.split(':', 4).join(':') : address
}

function doorkeeperOf(env: Env): DurableObjectStub<Doorkeeper> {
  return env.DOORKEEPER.get(env.DOORKEEPER.idFromName('the'))
}

/** Whom a token speaks for in the room that is asked for. */
async function authenticate(request: Request): Promise<Identity | null> {
  const [, , ...place] = new URL(request.url).pathname.split('/').map(decodeURIComponent)
  const room = roomOf({ kind: place.length > 1 ? place[0]! : 'records', id: place.at(-1)! })
  return isDemoRoom(room) ? jwtAuth({ secret: room })(request) : null
}

function identityOf(id: DemoUser['id']): Identity {
  const { name, email } = demoUsers.find((user) => user.id === id)!
  return { userId: id, name, email, anonymous: false }
}
