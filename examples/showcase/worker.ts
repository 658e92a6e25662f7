import { type Identity, jwtAuth, type Place, RecordRoom, routeRooms, type WriteOperation } from 'deepspace-solid/worker'
import { isDemoRoom } from './demo-room.ts'
import { demoToken } from './demo-token.ts'
import { type DemoUser, demoUsers } from './demo-users.ts'
import type { Doorkeeper } from './doorkeeper.ts'
import { noteOf, roomOfNote } from './note-of.ts'
import type { NoteRoom } from './note-room.ts'
import { olderTasks } from './older-tasks.ts'
import { notes, tasks } from './schema.ts'
import { type SeedTask, seed } from './seed.ts'

export { Doorkeeper } from './doorkeeper.ts'
export { NoteRoom } from './note-room.ts'

// Every visitor has a room of their own and may be everyone in it. There is no secret: what is known of a room is its
// name, to whom it was opened for and whomever they show it; and it opens nothing else.

interface Env {
  readonly RECORDS: DurableObjectNamespace<BoardRoom>
  readonly NOTES: DurableObjectNamespace<NoteRoom>
  readonly DOORKEEPER: DurableObjectNamespace<Doorkeeper>
}

export class BoardRoom extends RecordRoom<Env> {
  override readonly collections = [tasks, notes]
  /** Who may write the note is who may update its record: a role that changes on the board changes there too. */
  override readonly bound = { [notes.name]: { yjs: this.env.NOTES } }
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
    this.put(notes.name, room, { title: 'Note' }, 'system')
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
    return super.fetch(request)
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    if (this.ctx.storage.sql.databaseSize > this.roomBytes) {
      return this.ctx.waitUntil(doorkeeperOf(this.env).end(this.ctx.id.name!))
    }
    super.webSocketMessage(socket, message)
  }

  /** Sends everyone away for good and keeps nothing, in its note neither. */
  async end(): Promise<void> {
    // First: should it fail, the room is still there to be ended again.
    await this.env.NOTES.get(this.env.NOTES.idFromName(noteOf(this.ctx.id.name!))).end()
    for (const socket of this.ctx.getWebSockets()) socket.close(4403, 'forbidden')
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }
}

export default {
  async fetch(request, env) {
    return (
      (await demoToken(request)) ??
      (await openRoom(request, env)) ??
      (await routeRooms(request, env, {
        rooms: { records: env.RECORDS, yjs: env.NOTES },
        boundTo: boardOf,
        authenticate,
        anonymous: true,
        // Each room begins with thousands of tasks: only those that the doorkeeper has opened are entered.
        authorize(_identity, place) {
          const room = boardOf(place)
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

/** The room that a place belongs to: itself, or the one whose note it is. */
function boardOf({ kind, id }: Place): string | null {
  return kind === 'yjs' ? roomOfNote(id) : id
}

/** Whom a token speaks for in the room that is asked for. */
async function authenticate(request: Request): Promise<Identity | null> {
  const id = decodeURIComponent(new URL(request.url).pathname.split('/').at(-1)!)
  const room = roomOfNote(id) ?? id
  return isDemoRoom(room) ? jwtAuth({ secret: room })(request) : null
}

function identityOf(id: DemoUser['id']): Identity {
  const { name, email } = demoUsers.find((user) => user.id === id)!
  return { userId: id, name, email, anonymous: false }
}
