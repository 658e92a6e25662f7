import unsafe from 'workerd:unsafe'
import type { Collection } from 'deepspace-solid/schema'
import { jwtAuth, RecordRoom, type RpcCaller, routeRooms, type WriteOperation } from 'deepspace-solid/worker'
import type { RecordSession } from '../../../worker/records/record-session.ts'
import { collectionsOf } from '../../support/random-rooms.ts'
import { admin, authSecret } from '../../support/users.ts'
import { beforeEvent, type Report, watch } from '../../support/worker/spy.ts'
import { type Declaration, declaredBy } from '../declaration.ts'
import { noteCollections, notesPrefix, roomOfDocument } from '../notes.ts'
import { type Entry, framesAtOnce, type LowLimits, type Order, type RoomState, type StoredRow } from '../orders.ts'
import { skew } from '../skewed-date.ts'
import { spiedDocs } from './docs.ts'
import { forget, judgeDifference, remember, rememberLatest } from './memory.ts'
import { keepEnds, keepStored, storedIn } from './stored.ts'

interface Env {
  readonly FAULTS: DurableObjectNamespace<FaultRoom>
  readonly DOCS: DurableObjectNamespace
}

/** What the spy finds is said aloud at once: the process may be killed at any moment. */
class OutspokenList extends Array<string> {
  override push(...violations: string[]): number {
    for (const each of violations) console.log(`SPY ${each.replaceAll('\n', ' ')}`)
    return super.push(...violations)
  }
}

/** A report that says aloud how many frames were read; `READ` and what they are of. */
function outspoken(of: string): Report {
  let read = 0
  return {
    violations: new OutspokenList(),
    get frames() {
      return read
    },
    set frames(count) {
      read = count
      if (read % framesAtOnce === 0) console.log(`READ ${of}`)
    },
  }
}

const report = outspoken('records')

/** What rooms declare whose declarations change. */
const declarations = new Map<string, Declaration>()

function collectionsFor(name: string): readonly Collection[] {
  if (name.startsWith(notesPrefix)) return noteCollections
  if (!name.startsWith('declared:')) return collectionsOf(name)
  const declaration = declarations.get(name)
  if (!declaration) throw new Error('nobody has said yet what the room declares')
  return declaredBy(declaration)
}

/** Rooms with the documents of records. */
export const FaultDocs = spiedDocs(outspoken('documents'))

/** A room that declares what its name says, with the spy at its door and a journal that its database keeps. */
export class FaultRoom extends RecordRoom<Env> {
  override readonly collections: readonly Collection[] = collectionsFor(this.ctx.id.name!)
  override admins = [admin]
  readonly #hasDocuments = this.ctx.id.name!.startsWith(notesPrefix)
  override readonly bound: RecordRoom['bound'] = this.#hasDocuments ? { things: { yjs: this.env.DOCS } } : {}
  override readonly limits = this.ctx.storage.kv.get<LowLimits>('limits') ?? {}
  // With a short memory, what was missed is past the horizon soon.
  override readonly horizon = this.ctx.id.name!.includes('forgetful')
    ? { commits: 30, age: 60_000 }
    : { commits: 10_000, age: 7 * 24 * 60 * 60 * 1000 }

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    watch(ctx, this.collections, [admin], report)
    console.log('WOKE')
  }

  protected override firstStart(): void {
    const { sql } = this.ctx.storage
    sql.exec('CREATE TABLE journal (seq INTEGER PRIMARY KEY, recordId TEXT NOT NULL, stamp TEXT)')
    // Triggers run inside the transaction of the write, whoever makes it and however.
    if (this.#hasDocuments) {
      keepStored(this.ctx.storage)
      keepEnds(this.ctx.storage)
    }
    for (const [event, image] of [
      ['INSERT', 'new'],
      ['UPDATE', 'new'],
      ['DELETE', 'old'],
    ] as const) {
      const stamp = image === 'new' ? 'new.f0' : 'NULL'
      sql.exec(
        `CREATE TRIGGER journal_${event} AFTER ${event} ON records_things ` +
          `BEGIN INSERT INTO journal (recordId, stamp) VALUES (${image}._id, ${stamp}); END`,
      )
    }
  }

  protected override send(session: RecordSession, frame: string | Uint8Array): void {
    if (typeof frame === 'string') {
      for (const violation of judgeDifference(this.ctx, session, frame, this.collections))
        report.violations.push(violation)
    }
    super.send(session, frame)
  }

  /** Reads everything. */
  state(): RoomState {
    const { sql } = this.ctx.storage
    return {
      things: this.query({ collection: 'things' }, 'system'),
      members: this.query({ collection: 'team_members' }, 'system'),
      users: sql.exec('SELECT id, role FROM _users').toArray() as unknown as RoomState['users'],
      journal: sql.exec('SELECT * FROM journal ORDER BY seq').toArray() as unknown as Entry[],
    }
  }

  /** Ends the object in the middle of whatever it does, as an error of the platform would. */
  crash(): void {
    // What is not on disk yet will not have happened.
    forget(this.ctx)
    this.ctx.abort('crashed')
  }

  protected override joined(session: RecordSession): void {
    this.#before()
    super.joined(session)
    this.#after()
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#before(socket, message)
    super.webSocketMessage(socket, message)
    this.#after()
  }

  override batch(operations: readonly WriteOperation[], as: RpcCaller): void {
    this.#before()
    super.batch(operations, as)
    this.#after()
  }

  override removeUser(userId: string): void {
    this.#before()
    super.removeUser(userId)
    this.#after()
  }

  /** Everything that was ever stored of its texts. */
  stored(): StoredRow[] {
    return storedIn(this.ctx.storage)
  }

  /** Has other limits from its next start on. */
  limit(limits: LowLimits): void {
    this.ctx.storage.kv.put('limits', limits)
  }

  /** Writes, and removes somebody before anything of it has gone out. */
  batchAndDismiss(operations: readonly WriteOperation[], dismissed: string | undefined): void {
    this.batch(operations, 'system')
    if (dismissed !== undefined) this.removeUser(dismissed)
  }

  #before(socket?: WebSocket, message?: string | ArrayBuffer): void {
    beforeEvent(this.ctx, socket, message)
    remember(this.ctx, this.collections)
  }

  #after(): void {
    if (this.#hasDocuments) rememberLatest(this.ctx, this.collections)
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/order') return Response.json(await obey((await request.json()) as Order, env))
    const response = await routeRooms(request, env, {
      rooms: { records: env.FAULTS, yjs: env.DOCS },
      boundTo: ({ id }) => roomOfDocument(id),
      authenticate: jwtAuth({ secret: authSecret }),
      anonymous: true,
    })
    return response ?? new Response('Not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>

async function obey(order: Order, env: Env): Promise<{ readonly result?: unknown; readonly error?: string }> {
  try {
    return { result: await done(order, env) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** What the drill may have any room do. */
type Sleeper = Pick<FaultRoom, 'crash' | 'stored'>

/** Puts a room to sleep, which may never come to pass where it crashes meanwhile. */
async function sleep(room: Sleeper, webSockets: 'hibernate' | 'close'): Promise<void> {
  const tooLate = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too busy to sleep')), 1_000))
  await Promise.race([unsafe.evict(room, { webSockets }), tooLate])
}

async function done(order: Order, env: Env): Promise<unknown> {
  if (order.type === 'skew') return skew(order.milliseconds)
  if (order.type === 'declare') return declarations.set(order.room, order.declaration) && undefined
  // Its methods give promises here; whoever has asked waits for them.
  const room = env.FAULTS.get(env.FAULTS.idFromName(order.room)) as unknown as FaultRoom
  const any = (id: string | undefined): Sleeper =>
    id === undefined ? room : (env.DOCS.get(env.DOCS.idFromName(id)) as unknown as Sleeper)
  switch (order.type) {
    case 'sleep':
      return sleep(any(order.document), order.closes ? 'close' : 'hibernate')
    case 'crash':
      return any(order.document).crash()
    case 'stored':
      return any(order.document).stored()
    case 'state':
      return room.state()
    case 'batch':
      return room.batchAndDismiss(order.operations, order.dismissed)
    case 'write': {
      const { operation, by } = order
      const as = by === 'system' ? by : { userId: by, name: by, email: `${by}@example.com`, anonymous: false }
      return room.batch([operation], as)
    }
    case 'limit':
      await room.limit(order.limits)
      return sleep(room, 'hibernate')
        .catch(() => room.crash())
        .catch(() => {})
  }
}
