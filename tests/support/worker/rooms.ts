import type { Collection } from 'deepspace-solid/schema'
import {
  CanvasRoom,
  type Identity,
  jwtAuth,
  PresenceRoom,
  RecordRoom,
  type RpcCaller,
  routeRooms,
  type Where,
  type WriteOperation,
  YjsRoom,
} from 'deepspace-solid/worker'
import * as v from 'valibot'
import { encodeTextFrame } from '../../../src/protocol/documents/text-frame.ts'
import type { RecordData } from '../../../src/protocol/records/record.ts'
import type { RecordSession } from '../../../worker/records/record-session.ts'
import type { Chore } from '../../../worker/room/room.ts'
import { collections, generations, tasks } from '../collections.ts'
import { collectionsOf } from '../random-rooms.ts'
import { bytesMark, undefinedMark } from '../rpc.ts'
import { admin, authSecret } from '../users.ts'
import { type Arena, endings } from './arena.ts'
import type { DocumentHost } from './document-host.ts'
import type { RaceRoom } from './race-room.ts'
import { SlateRoom } from './slate-room.ts'
import { beforeEvent, type Report, watch } from './spy.ts'

export { Race as Lap } from '../../../examples/game/race-room.ts'
export { Arena } from './arena.ts'
export { DocumentHost } from './document-host.ts'
export { RaceRoom } from './race-room.ts'

interface Env {
  readonly RECORDS: DurableObjectNamespace<TestRoom>
  readonly LEAKY: DurableObjectNamespace<LeakyRoom>
  readonly EVOLVING: DurableObjectNamespace<EvolvingRoom>
  readonly PART_A: DurableObjectNamespace<PartARoom>
  readonly RANDOM: DurableObjectNamespace<RandomRoom>
  readonly FORGETFUL: DurableObjectNamespace<ForgetfulRoom>
  readonly LIMITED: DurableObjectNamespace<LimitedRoom>
  readonly COUNTING: DurableObjectNamespace<CountingRoom>
  readonly MOODY: DurableObjectNamespace<MoodyRoom>
  readonly TURNING_AWAY: DurableObjectNamespace<TurningAwayRoom>
  readonly GARBLED: DurableObjectNamespace<GarbledRoom>
  readonly BUSY: DurableObjectNamespace<BusyRoom>
  readonly HESITANT: DurableObjectNamespace<HesitantRoom>
  readonly DIRECTORY: DurableObjectNamespace<DirectoryRoom>
  readonly WAITING: DurableObjectNamespace<WaitingRoom>
  readonly BROKEN: DurableObjectNamespace<BrokenRoom>
  readonly PLANNING: DurableObjectNamespace<PlanningRoom>
  readonly SLATES: DurableObjectNamespace<Slate>
  readonly DOCS: DurableObjectNamespace<Docs>
  readonly BOUND: DurableObjectNamespace<BoundRoom>
  readonly PRESENCE: DurableObjectNamespace<Presence>
  readonly DOCUMENTS: DurableObjectNamespace<DocumentHost>
  readonly CANVAS: DurableObjectNamespace<Boards>
  readonly GAME: DurableObjectNamespace<Arena>
  readonly RACE: DurableObjectNamespace<RaceRoom>
  readonly LAP: DurableObjectNamespace
}

const report: Report = { frames: 0, violations: [] }
const leaks: Report = { frames: 0, violations: [] }

/** The record room of the tests, with the spy at its door. */
export class TestRoom extends RecordRoom<Env> {
  override get collections(): readonly Collection[] {
    return collections
  }
  override admins = [admin]

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    watch(ctx, this.collections, [admin], report)
  }

  /** Runs a statement on the room's own database. */
  sql(statement: string, values: readonly (string | number | null)[]): unknown[] {
    return this.ctx.storage.sql.exec(statement, ...values).toArray()
  }

  /** Writes in a transaction of the app's own, which it then takes back. */
  takeBack(collection: string, recordId: string, data: RecordData): void {
    try {
      this.ctx.storage.transactionSync(() => {
        this.put(collection, recordId, data, 'system')
        throw new Error('taken back')
      })
    } catch {}
  }

  /** Ends the object, as a crash does: what is not on disk is gone. */
  crash(): void {
    this.ctx.abort('crashed')
  }

  /** The names of what is stored of texts; `null` where there are no tables for them. */
  storedTexts(): string[] | null {
    const { sql } = this.ctx.storage
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = '_document_log'").toArray().length === 0) return null
    const union = 'SELECT doc FROM _document_log UNION SELECT doc FROM _document_snapshot ORDER BY doc'
    return sql
      .exec<{ doc: string }>(union)
      .toArray()
      .map(({ doc }) => doc)
  }

  /** Takes the alarm for itself, as an app may. */
  takeAlarm(time: number): Promise<void> {
    return this.ctx.storage.setAlarm(time)
  }

  /** How much is kept of each connection, in characters of JSON. */
  kept(): number[] {
    return [...this.sessions.values()].map(({ kept }) => JSON.stringify([...kept.subscriptions]).length)
  }

  /** Who is connected. */
  connected(): string[] {
    return [...this.sessions.values()].map(({ identity }) => identity.userId).toSorted()
  }

  protected override joined(session: RecordSession): void {
    beforeEvent(this.ctx)
    super.joined(session)
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    beforeEvent(this.ctx, socket, message)
    super.webSocketMessage(socket, message)
  }

  override batch(operations: readonly WriteOperation[], as: RpcCaller): void {
    beforeEvent(this.ctx)
    super.batch(operations, as)
  }

  override deleteWhere(collection: string, where: Where, as: RpcCaller): number {
    beforeEvent(this.ctx)
    return super.deleteWhere(collection, where, as)
  }

  override setRole(userId: string, role: string): void {
    beforeEvent(this.ctx)
    super.setRole(userId, role)
  }

  override removeUser(userId: string): void {
    beforeEvent(this.ctx)
    super.removeUser(userId)
  }
}

/** A room that declares what its name says. */
export class RandomRoom extends TestRoom {
  override get collections(): readonly Collection[] {
    return collectionsOf(this.ctx.id.name!)
  }
}

/** A room whose log is short: in commits or in time, as its name says. */
export class ForgetfulRoom extends TestRoom {
  override readonly horizon = this.ctx.id.name!.includes('few')
    ? { commits: 5, age: 1_000_000 }
    : { commits: 1_000_000, age: 0 }
}

/** A room that ends every connection as soon as it has greeted it, with the code and the reason in its name. */
export class TurningAwayRoom extends TestRoom {
  protected override joined(session: RecordSession): void {
    super.joined(session)
    const [, code, reason] = this.ctx.id.name!.split(':')
    this.close(session, Number(code), reason!)
  }
}

/** A room that sends a frame of changes with nothing in it when it is told to, in the place of the next one. */
export class GarbledRoom extends TestRoom {
  #garbles = false

  garble(): void {
    this.#garbles = true
  }

  protected override send(session: RecordSession, text: string | Uint8Array): void {
    if (typeof text !== 'string' || !this.#garbles || session.version === 0 || !text.includes('core.record_change'))
      return super.send(session, text)
    this.#garbles = false
    super.send(session, '{"type":"core.record_change","payload":null}')
  }
}

/** A room whose app cannot say the role of everyone. */
export class MoodyRoom extends TestRoom {
  #failing: readonly string[] = []

  protected override roleOf({ userId }: Identity): string | undefined {
    if (this.#failing.includes(userId)) throw new Error('the directory is down')
    return undefined
  }

  failFor(...userIds: string[]): void {
    this.#failing = userIds
  }
}

/** A room that keeps somebody at the door until it is told not to: what was known of them may be old by then. */
export class WaitingRoom extends TestRoom {
  #atTheDoor = 0
  #held: { readonly userId: string; readonly opens: PromiseWithResolvers<void> } | undefined

  protected override admit(identity: Identity): string {
    const role = super.admit(identity)
    if (this.#held?.userId !== identity.userId) return role
    this.#atTheDoor++
    // As the bare room allows; here it stands for whatever takes its time before somebody is in.
    return this.#held.opens.promise.then(() => role) as unknown as string
  }

  holdBack(userId: string): void {
    this.#held = { userId, opens: Promise.withResolvers() }
  }

  waiting(): number {
    return this.#atTheDoor
  }

  letIn(): void {
    this.#held?.opens.resolve()
  }
}

/** A room whose app knows of guests what they are, and with no other roles than those of the tasks. */
export class DirectoryRoom extends TestRoom {
  override get collections(): readonly Collection[] {
    return [tasks]
  }

  protected override roleOf({ userId }: Identity): string | undefined {
    return userId.startsWith('guest-') ? 'viewer' : undefined
  }
}

/** A room in which little is too much. */
export class LimitedRoom extends TestRoom {
  override readonly limits = {
    frameBytes: 20_000,
    framesPerSecond: 1,
    frameBurst: 60,
    subscriptions: 3,
    scannedRecords: 20,
    resultLength: 50_000,
    backlog: 6_000_000,
    scannedLength: 200_000,
    comparedSteps: 60_000,
    texts: 2,
    textBytes: 2000,
    textStructs: 50,
  }
}

/** A room in which a user may not cause much work. */
export class BusyRoom extends TestRoom {
  override readonly limits = { workPerSecond: 50, workBurst: 200, framesPerSecond: 200, frameBurst: 200 }
}

/** A room that remembers which statements it has run. */
export class CountingRoom extends TestRoom {
  #statements: [text: string, cursor: SqlStorageCursor<Record<string, SqlStorageValue>>][] = []

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { sql } = ctx.storage
    const exec = sql.exec.bind(sql)
    sql.exec = ((text: string, ...values: unknown[]) => {
      const cursor = exec(text, ...values)
      this.#statements.push([text, cursor])
      return cursor
    }) as typeof sql.exec
  }

  /**
   * How many statements have run since the last call, how many of them on tables of records, how many rows SQLite has
   * looked at and written for them all, and the texts of those that were not read to their end.
   */
  statements(): { count: number; onRecords: number; rows: number; open: string[] } {
    const statements = this.#statements
    this.#statements = []
    const open = statements.filter(([, cursor]) => !cursor.next().done).map(([text]) => text)
    return {
      count: statements.length,
      onRecords: statements.filter(([text]) => text.includes('records_')).length,
      rows: statements.reduce((sum, [, { rowsRead, rowsWritten }]) => sum + rowsRead + rowsWritten, 0),
      open,
    }
  }
}

/** A room that knows nothing but part A of the protocol: what part B adds is lost on the way in and on the way out. */
export class PartARoom extends TestRoom {
  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const frame = typeof message === 'string' ? JSON.parse(message) : undefined
    if (frame?.type !== 'core.subscribe') return super.webSocketMessage(socket, message)
    const { subscriptionId, query, requestId } = frame.payload
    super.webSocketMessage(socket, JSON.stringify({ ...frame, payload: { subscriptionId, query, requestId } }))
  }

  protected override send(session: RecordSession, text: string | Uint8Array): void {
    if (typeof text !== 'string') return super.send(session, text)
    const frame = JSON.parse(text)
    if (frame.type !== 'core.query_result') return super.send(session, text)
    const { subscriptionId, records } = frame.payload
    super.send(session, JSON.stringify({ ...frame, payload: { subscriptionId, records } }))
  }

  override fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    url.searchParams.delete('v')
    return super.fetch(new Request(url, request))
  }
}

/** A room whose first starts write, wait and fail, until they do not. */
export class HesitantRoom extends TestRoom {
  protected override async firstStart(): Promise<void> {
    const tries = (attempts.get(this.ctx.id.toString()) ?? 0) + 1
    attempts.set(this.ctx.id.toString(), tries)
    this.put('samples', `try ${tries}`, { number: tries }, 'system')
    await scheduler.wait(1)
    this.put('samples', `later in try ${tries}`, { number: tries }, 'system')
    if (tries < 3) throw new Error('the seed is not to be had')
  }
}

/** How often each hesitant room has begun. It is the world's, not the room's, so it lives beside it. */
const attempts = new Map<string, number>()

/** A room that cannot start, for the reason in its name. */
export class BrokenRoom extends RecordRoom<Env> {
  readonly #reason = this.ctx.id.name!.split(':')[1]

  override get collections(): readonly Collection[] {
    if (this.#reason === 'getter') throw new Error('the declaration of secrets is broken')
    return collections
  }

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    if (this.#reason === 'constructor') throw new TypeError('the field of secrets is broken')
    if (this.#reason === 'alarm') this.alarm = async () => {}
  }

  protected override firstStart(): void {
    if (this.#reason === 'seed') this.put('tasks', 'secret id', { priority: 1 }, 'system')
  }
}

/** A room that plans, and keeps in a table what it has done. */
export class PlanningRoom extends TestRoom {
  protected override async firstStart(): Promise<void> {
    this.ctx.storage.sql.exec('CREATE TABLE _done (name TEXT, at INTEGER)')
    this.schedule('first', Date.now())
  }

  plan(name: string, at: number): void {
    this.schedule(name, at)
  }

  unplan(name: string): void {
    this.cancel(name)
  }

  /** Several at once, so that none is due in between; without a time it is cancelled. */
  planAll(steps: readonly { readonly name: string; readonly in?: number }[]): void {
    // Of one moment, however long it takes to plan them.
    const now = Date.now()
    for (const { name, in: after } of steps) {
      if (after === undefined) this.cancel(name)
      else this.schedule(name, now + after)
    }
  }

  restart(): void {
    this.ctx.abort('deployed')
  }

  protected override async scheduled(name: string): Promise<void> {
    const { sql } = this.ctx.storage
    doings.push(`${this.ctx.id.name}: ${name}`)
    sql.exec('INSERT INTO _done VALUES (?, ?)', name, Date.now())
    const times = sql.exec('SELECT 1 FROM _done WHERE name = ?', name).toArray().length
    await scheduler.wait(1)
    if (name === 'fails once' && times === 1) throw new Error('not yet')
    if (name === 'fails always') throw new Error('never')
    if (name === 'dies once' && times === 1) {
      await this.ctx.storage.sync()
      this.ctx.abort('in the middle')
    }
    if (name === 'three times' && times < 3) this.schedule(name, Date.now())
    if (name === 'takes the other back') this.cancel('other')
    if (name === 'takes the alarm') await this.ctx.storage.setAlarm(Date.now() + 3_600_000)
  }
}

/** A text that is nobody's record, unless its id says so. */
export class Slate extends SlateRoom<Env> {}

/** A room with a document, small where its id says so, or in which a user may not cause much work. */
export class Docs extends YjsRoom<Env> {
  override readonly limits = this.ctx.id.name!.includes('small')
    ? { documentBytes: 2000, documentStructs: 50, awarenessBytes: 100, awarenessIds: 2 }
    : this.ctx.id.name!.includes('busy')
      ? { workPerSecond: 100, workBurst: 50 }
      : {}

  protected override recordRoom() {
    const room = recordRoomIn(this.roomName)
    return room === null ? undefined : this.env.BOUND.getByName(room)
  }

  /** Where its id says so it takes every client for one of part A. */
  override fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    if (this.ctx.id.name!.includes('part-a')) url.searchParams.delete('v')
    return super.fetch(new Request(url, request))
  }

  /** What stands in its tables. */
  stored(): { rows: number; bytes: number; longest: number } {
    const parts = ['_document_log', '_document_snapshot'].map((table) =>
      this.ctx.storage.sql
        .exec<{ rows: number; bytes: number; longest: number }>(
          `SELECT COUNT(*) AS rows, COALESCE(SUM(LENGTH(data)), 0) AS bytes, COALESCE(MAX(LENGTH(data)), 0) AS longest FROM ${table}`,
        )
        .one(),
    )
    return {
      rows: parts.reduce((sum, { rows }) => sum + rows, 0),
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      longest: Math.max(...parts.map(({ longest }) => longest)),
    }
  }

  /** Ends the object, as a crash does: what is not on disk is gone. */
  crash(): void {
    this.ctx.abort('crashed')
  }
}

/** A room of who is here. What its name says it does sooner than others. */
export class Presence extends PresenceRoom<Env> {
  override readonly limits = {
    ...(this.roomName.includes('hasty') && { answerWithin: 900, returnWithin: 300 }),
    ...(this.roomName.includes('strict') && { framesPerSecond: 5, frameBurst: 10 }),
    ...(this.roomName.includes('patient') && { answerWithin: 600_000, returnWithin: 60_000 }),
  }

  /** What is in its storage, by table; nothing where there are no rows. */
  stored(): Record<string, number> {
    const { sql } = this.ctx.storage
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray()
    const ours = tables.filter(({ name }) => !/^(_cf_|sqlite_|__miniflare)/.test(name))
    const counts = ours.map(({ name }) => [name, sql.exec(`SELECT 1 FROM "${name}"`).toArray().length] as const)
    return Object.fromEntries(counts.filter(([, count]) => count > 0))
  }

  /** Ends the object, as a crash does. */
  crash(): void {
    this.ctx.abort('crashed')
  }
}

/** A room with a canvas; small, or with shapes of two kinds, where its id says so. */
export class Boards extends CanvasRoom<Env> {
  override readonly limits = {
    ...(this.#says('small') && { shapes: 5, shapeBytes: 1000, canvasBytes: 2500 }),
    ...(this.#says('busy') && { framesPerSecond: 20, frameBurst: 50 }),
  }
  override readonly shape = this.#says('typed') ? typedShapes : undefined
  #rowsWritten = 0
  #isFull = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { sql } = ctx.storage
    const exec = sql.exec.bind(sql)
    sql.exec = ((text: string, ...values: unknown[]) => {
      if (this.#isFull && text.includes('INTO _canvas_shapes')) throw new Error('the disk is full')
      const cursor = exec(text, ...values)
      // Of statements that write there is nothing to read, so they have run.
      this.#rowsWritten += cursor.rowsWritten
      return cursor
    }) as typeof sql.exec
  }

  /** Where its id says so it takes every client for one of part A. */
  override fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    if (this.#says('part-a')) url.searchParams.delete('v')
    return super.fetch(new Request(url, request))
  }

  /** What stands in its tables, and how many rows it has written since it has started. */
  stored(): { shapes: number; bytes: number; removed: number; steps: number; rowsWritten: number } {
    const one = (text: string) => this.ctx.storage.sql.exec<{ n: number }>(text).one().n
    return {
      shapes: one('SELECT COUNT(*) AS n FROM _canvas_shapes'),
      bytes: one('SELECT COALESCE(SUM(LENGTH(json)), 0) AS n FROM _canvas_shapes'),
      removed: one('SELECT COUNT(*) AS n FROM _canvas_removed'),
      steps: one('SELECT COUNT(*) AS n FROM _canvas_steps'),
      rowsWritten: this.#rowsWritten,
    }
  }

  /** From now on no shape can be stored, or again. */
  fill(isFull: boolean): void {
    this.#isFull = isFull
  }

  /** The viewports that outlive a sleep. */
  keptViews(): unknown[] {
    return this.ctx.getWebSockets().flatMap((socket) => socket.deserializeAttachment().kept.view ?? [])
  }

  /** How large its database is, in bytes. */
  size(): number {
    return this.ctx.storage.sql.databaseSize
  }

  /** Ends the object, as a crash does: what is not on disk is gone. */
  crash(): void {
    this.ctx.abort('crashed')
  }

  #says(word: string): boolean {
    return this.ctx.id.name!.includes(word)
  }
}

/** Notes with a text, and dots on a grid. */
const typedShapes = v.variant('type', [
  v.object({ type: v.literal('note'), props: v.strictObject({ text: v.pipe(v.string(), v.maxLength(20)) }) }),
  v.object({ type: v.literal('dot'), x: v.pipe(v.number(), v.transform(Math.round)) }),
])

/** A room with slates that are bound to its records. */
export class BoundRoom extends TestRoom {
  override readonly bound = {
    tasks: { presence: this.env.SLATES, yjs: this.env.DOCS, canvas: this.env.CANVAS, game: this.env.GAME },
    read_team: { presence: this.env.SLATES },
    channels: { presence: this.env.PRESENCE },
  }

  #tellAll: () => void | Promise<void> = () => {}

  protected override chore(name: string, work: () => void | Promise<void>): Chore {
    this.#tellAll = work
    return super.chore(name, work)
  }

  /** Waits until every slate has heard what it is to hear. */
  async settled(): Promise<void> {
    await this.#tellAll()
  }

  /** Writes, and ends before anything else happens. */
  async putAndEnd(collection: string, recordId: string, data: RecordData): Promise<void> {
    this.put(collection, recordId, data, 'system')
    await this.ctx.storage.sync()
    this.ctx.abort('in the middle')
  }
}

/** What planning rooms have done, for whoever does not want to wake them by asking. */
const doings: string[] = []

/** A room that sends what it should not: the spy is tested on it. */
export class LeakyRoom extends RecordRoom<Env> {
  override collections = [tasks]
  override admins = [admin]

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    watch(ctx, [tasks], [admin], leaks)
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    beforeEvent(this.ctx, socket, message)
    super.webSocketMessage(socket, message)
    for (const each of this.ctx.getWebSockets()) {
      for (const record of this.query({ collection: 'tasks' }, 'system')) {
        const payload = { collection: 'tasks', record, changeType: 'update' }
        each.send(JSON.stringify({ type: 'core.record_change', payload }))
        const docKey = `tasks:${record.recordId}:body`
        each.send(encodeTextFrame({ type: 'sync', docKey, step: 'update', payload: new Uint8Array([0, 0]) }))
      }
    }
  }
}

/** A room whose declarations change, as they do from deploy to deploy. */
export class EvolvingRoom extends RecordRoom<Env> {
  override get collections() {
    return generations[deployed.get(this.ctx.id.toString()) ?? 0]!
  }

  protected override firstStart(): void {
    this.put('notes', 'first', { text: 'from the beginning', size: 7 }, 'system')
  }

  /** Ends the object, as a deploy does; it starts again with the next call. */
  restart(): void {
    this.ctx.abort('deployed')
  }
}

/** The declarations that each evolving room starts with. They are the app's, not the room's, so they live beside it. */
const deployed = new Map<string, number>()

export default {
  async fetch(request, env) {
    const url = new URL(request.url)
    if (url.pathname === '/spy') return answer(report)
    if (url.pathname === '/spy/leaky') return Response.json(leaks)
    if (url.pathname === '/doings') return answer([...doings, ...endings])
    if (url.pathname === '/rpc') return rpc(env)
    // Past the edge: nobody has said who this is.
    if (url.pathname === '/direct/slate') return env.SLATES.get(env.SLATES.idFromName('slate:direct')).fetch(request)
    if (url.pathname === '/direct') return env.RECORDS.get(env.RECORDS.idFromName('direct')).fetch(request)
    const name = url.pathname.slice('/ws/'.length).replaceAll('%3A', ':').replaceAll('%40', '@')
    const rooms = url.searchParams.has('leaky') ? env.LEAKY : roomsOf(recordRoomIn(name) ?? name, env)
    const response = await routeRooms(request, env, {
      rooms: {
        records: rooms as DurableObjectNamespace,
        presence: guestsOf(name, env),
        yjs: env.DOCS,
        canvas: env.CANVAS,
        ...(name !== 'game/none' && { game: gamesOf(name, env) }),
      },
      boundTo: ({ id }) => recordRoomIn(id),
      authenticate: url.pathname.includes('keyless')
        ? withoutKey
        : url.pathname.includes('cookies')
          ? bySession
          : jwtAuth({ secret: authSecret }),
      anonymous: !/members-only|cookies/.test(url.pathname),
      origins: ['https://friend.example'],
      // The role stands in the id, or is what somebody is called.
      authorize: ({ name }, { id }) => !id.includes('closed') && (/role-(\w+)/.exec(`${id} ${name}`)?.[1] ?? true),
    })
    return response ?? new Response('Not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>

/** A slate that is bound to a record says in its id in which room that is: `tasks:<record>@bound:<room>`. */
const recordRoomIn = (id: string): string | null => /@(.+)$/.exec(id)?.[1] ?? null

/** The rooms that are entered as rooms of who is here: slates, but for those that are ones. */
function guestsOf(name: string, env: Env): DurableObjectNamespace {
  return (/^presence\/(presence|channels):/.test(name) ? env.PRESENCE : env.SLATES) as DurableObjectNamespace
}

/** Whose games they are: those of the tests of the room, those that pages predict, or those of the documentation. */
function gamesOf(name: string, env: Env): DurableObjectNamespace {
  const games = name.startsWith('game/race:') ? env.RACE : name.startsWith('game/lap:') ? env.LAP : env.GAME
  return games as DurableObjectNamespace
}

/** The kind of a room is the first part of its name, where it is not the usual one. */
function roomsOf(room: string, env: Env) {
  switch (/^[a-z_-]+(?=:)/.exec(room)?.[0]) {
    case 'bound':
      return env.BOUND
    case 'canvas':
      return env.CANVAS
    case 'game':
      return env.GAME
    case 'race':
      return env.RACE
    case 'lap':
      return env.LAP
    case 'doc':
      return env.DOCS
    case 'presence':
    case 'channels':
      return env.PRESENCE
    case 'slate':
    case 'tasks':
    case 'read_team':
      return env.SLATES
    case 'documents':
      return env.DOCUMENTS
    case 'evolving':
      return env.EVOLVING
    case 'forgetful':
      return env.FORGETFUL
    case 'limited':
      return env.LIMITED
    case 'counting':
      return env.COUNTING
    case 'turning-away':
      return env.TURNING_AWAY
    case 'hesitant':
      return env.HESITANT
    case 'busy':
      return env.BUSY
    case 'waiting':
      return env.WAITING
    case 'directory':
      return env.DIRECTORY
    case 'broken':
      return env.BROKEN
    case 'planning':
      return env.PLANNING
    case 'garbled':
      return env.GARBLED
    case 'moody':
      return env.MOODY
    case 'part-a':
      return env.PART_A
    case 'random':
      return env.RANDOM
    default:
      return env.RECORDS
  }
}

/** Tests in a browser ask from another origin. */
function answer(body: unknown): Response {
  return Response.json(body, { headers: { 'access-control-allow-origin': '*' } })
}

/** As an app that knows its users by a cookie. */
function bySession(request: Request): Identity | null {
  const userId = /session=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]
  if (userId === undefined) return null
  return { userId, name: userId, email: '', anonymous: false, ...(userId === 'former' && { expiresAt: 1 }) }
}

/** As when the server that has the keys is down. */
function withoutKey(): never {
  throw new Error('no key to be had')
}

/** Lets a test call a room's methods from inside a worker, as an app would. */
/** Takes calls over a socket. */
function rpc(env: Env): Response {
  const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket]
  server.accept()
  server.addEventListener('message', async ({ data }) => {
    const { id, ...call } = revived(JSON.parse(data as string)) as Call & { id: number }
    const outcome = call.method === 'spy' ? { result: report.violations } : await outcomeOf(call, env)
    server.send(JSON.stringify({ id, ...outcome }))
  })
  return new Response(null, { status: 101, webSocket: client })
}

async function outcomeOf({ room: said, method, args }: Call, env: Env): Promise<object> {
  // Of what is bound to a record the document is meant where it is said so.
  const room = said.replace(/^yjs\//, '')
  const rooms = (room === said ? roomsOf(room, env) : env.DOCS) as DurableObjectNamespace
  const id = rooms.idFromName(room)
  const stub = rooms.get(id) as unknown as Record<string, (...args: unknown[]) => unknown>
  if (method === 'deploy') deployed.set(id.toString(), args[0] as number)
  try {
    return { result: (await stub[method === 'deploy' ? 'restart' : method]!(...args)) ?? null }
  } catch (error) {
    const { remote: _, ...details } = error as Error & { readonly remote?: boolean }
    return { error: (error as Error).message, details }
  }
}

/** What was said to be `undefined`, or bytes, is. */
function revived(value: unknown): unknown {
  if (value === undefinedMark) return undefined
  if (Array.isArray(value)) return value.map(revived)
  if (typeof value !== 'object' || value === null) return value
  if (bytesMark in value) return Uint8Array.from(value[bytesMark] as number[])
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revived(each)]))
}

interface Call {
  readonly room: string
  readonly method: string
  readonly args: unknown[]
}
