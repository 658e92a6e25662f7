import type { Collection } from 'deepspace-solid/schema'
import { type Asker, mayRead, type Snapshot } from './oracle.ts'
import { snapshotOf } from './snapshot.ts'

/** A room under watch. */
interface Watched {
  readonly ctx: DurableObjectState
  readonly collections: readonly Collection[]
  readonly admins: readonly string[]
  readonly report: Report
  /** How its tables stood before each of the events that it handled last, numbered. */
  readonly recent: { readonly snapshot: Snapshot; readonly event: number }[]
  events: number
  /** How they stood after each of its commits, by their numbers. */
  readonly history: Map<number, Snapshot>
  /** How they stood when last looked at, and after how many changes that was. */
  seen: { readonly snapshot: Snapshot; readonly changes: number } | undefined
}

/** What the spy has seen. */
export interface Report {
  frames: number
  violations: string[]
}

/** By the id of the object: one that wakes again takes the place of its former self. */
const rooms = new Map<string, Watched>()

/** The room that has begun to handle something last. */
let current: Watched | undefined

/** Watches every frame that a room sends from now on. */
export function watch(
  ctx: DurableObjectState,
  collections: readonly Collection[],
  admins: readonly string[],
  report: Report,
): void {
  rooms.set(ctx.id.toString(), {
    ctx,
    collections,
    admins,
    report,
    recent: [],
    events: 0,
    history: new Map(),
    seen: undefined,
  })
}

/** Remembers how a room's tables stand, and what was asked, before the room handles what has come. */
export function beforeEvent(ctx: DurableObjectState, socket?: WebSocket, message?: string | ArrayBuffer): void {
  const room = rooms.get(ctx.id.toString())!
  current = room
  room.recent.push({ snapshot: look(room), event: ++room.events })
  if (room.recent.length > historyLength) room.recent.shift()
  if (!socket || typeof message !== 'string') return
  const [, subscriptionId] = /"subscriptionId":"([^"]*)"/.exec(message) ?? []
  const [, collection] = /"collection":"([^"]*)"/.exec(message) ?? []
  if (subscriptionId === undefined || collection === undefined) return
  const asked = questions.get(socket) ?? new Map<string, string>()
  questions.set(socket, asked.set(subscriptionId, collection))
}

/** In which event a socket was last told of changes: what it is told next waited since then at the longest. */
const toldIn = new WeakMap<WebSocket, number>()

/** Of how many commits, and of how many events, back the spy knows how the tables stood. */
const historyLength = 200

/** A result does not say of which collection it is; the question did. */
const questions = new WeakMap<WebSocket, Map<string, string>>()

/** Who has been told of which text of which room while they could read it. It outlives a sleep of the room. */
const joined = new Set<string>()

const send = WebSocket.prototype.send
// The one place where a frame leaves a room, whoever sends it and why.
WebSocket.prototype.send = function (this: WebSocket, message: string | ArrayBuffer | ArrayBufferView): void {
  const room = roomOf(this)
  if (room) {
    room.report.frames++
    if (typeof message === 'string') inspect(this, message, room)
    else inspectText(this, message, room)
  }
  send.call(this, message)
}

/** To which room each socket belongs, by its id; `null`: to none that is watched. There are thousands in a run. */
const owners = new WeakMap<WebSocket, string | null>()

function roomOf(socket: WebSocket): Watched | undefined {
  const known = owners.get(socket)
  if (known !== undefined) return known === null ? undefined : rooms.get(known)
  // Rooms handle what comes without a pause, so the one that began last is the one that sends; else it must be looked for.
  const room = current && isSending(current) ? current : [...rooms.values()].find(isSending)
  owners.set(socket, room?.ctx.id.toString() ?? null)
  return room
}

/** Rooms share this module, but the runtime lets none touch the storage of another: only the sender's answers. */
function isSending(room: Watched): boolean {
  try {
    room.ctx.storage.sql.exec('SELECT 1').toArray()
    return true
  } catch {
    return false
  }
}

function look(room: Watched): Snapshot {
  const { sql } = room.ctx.storage
  const changes = sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n
  if (room.seen?.changes !== changes) {
    room.seen = { snapshot: snapshotOf(sql, room.collections), changes }
    const { version } = sql.exec<{ version: number }>('SELECT MAX(version) AS version FROM _log').one()
    room.history.set(version, room.seen.snapshot)
    const [oldest] = room.history.keys()
    if (room.history.size > historyLength) room.history.delete(oldest!)
  }
  return room.seen.snapshot
}

/** Whether somebody may read a record of a room as its tables stood once. */
function canRead(room: Watched, snapshot: Snapshot | undefined, asker: Asker, name: string, recordId: string): boolean {
  const collection = room.collections.find((each) => each.name === name)
  return (
    snapshot !== undefined && collection !== undefined && mayRead(snapshot, asker, room.admins, collection, recordId)
  )
}

/** A binary frame is of the text of a record that its receiver may read, or it is none that a room may send. */
function inspectText(socket: WebSocket, message: ArrayBuffer | ArrayBufferView, room: Watched): void {
  const bytes = ArrayBuffer.isView(message)
    ? new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
    : new Uint8Array(message)
  const { identity: asker } = socket.deserializeAttachment() as { identity: Asker }
  const [key, number] = keyIn(bytes)
  const colon = key.indexOf(':')
  const recordId = key.slice(colon + 1, key.lastIndexOf(':'))
  const isText = number === 22 || number === 23
  if (isText && canRead(room, look(room), asker, key.slice(0, colon), recordId)) return
  const why = isText ? `carries a text that it may not read (${recordId})` : 'carries bytes that are no text'
  room.report.violations.push(`${asker.userId} in ${room.ctx.id.name}: ${why}: ${key.slice(0, 300)}`)
}

/** The first number of a frame, and the key behind it. Keys are shorter than 2^14 bytes, so their lengths take two at most. */
function keyIn(bytes: Uint8Array): [key: string, number: number] {
  const isLong = bytes[1]! > 127
  const length = isLong ? (bytes[1]! & 127) + bytes[2]! * 128 : bytes[1]!
  const from = isLong ? 3 : 2
  return [new TextDecoder().decode(bytes.subarray(from, from + length)), bytes[0]!]
}

function inspect(socket: WebSocket, text: string, room: Watched): void {
  const { report, recent, history } = room
  const { identity: asker, version } = socket.deserializeAttachment() as { identity: Asker; version: number }
  const now = look(room)
  const frame = JSON.parse(text)
  // What a garbled room sends: nothing of anybody's.
  if (frame.payload === null) return
  const blame = (why: string): void => {
    report.violations.push(`${asker.userId} in ${room.ctx.id.name}: ${why}: ${text.slice(0, 300)}`)
  }
  const can = (snapshot: Snapshot | undefined, name: string, recordId: string): boolean =>
    canRead(room, snapshot, asker, name, recordId)

  const role = room.admins.includes(asker.userId) ? 'admin' : (now.roles.get(asker.userId) ?? 'member')
  const isStranger = asker.anonymous || !now.roles.has(asker.userId)

  for (const { collection, record, parent } of recordsIn(socket, frame)) {
    const { recordId } = record
    if (collection === 'users') {
      const { data = {} } = record as { data?: Record<string, unknown> }
      if (isStranger) blame(`carries a user (${recordId})`)
      if ('email' in data && role !== 'admin') blame(`carries the mail address of ${recordId}`)
      continue
    }
    const readableNow = can(now, collection, recordId)
    // What a baseline connection is told is of the last event alone.
    const readableBefore = recent
      .slice(version > 0 ? 0 : -1)
      .some(({ snapshot }) => can(snapshot, collection, recordId))
    if (parent.changeType === 'delete' || parent.revoked) {
      if (!readableBefore) blame(`told of a record it never could read (${recordId})`)
      // To a baseline connection a loss is a delete: it is one while the record is still there.
      const isLoss = parent.revoked || (version === 0 && now.records.get(collection)?.has(recordId))
      if (isLoss && readableNow) blame(`told to forget a record it may read (${recordId})`)
      if (isLoss && Object.keys(record).length > 1) blame(`a revocation says more than the id (${recordId})`)
      if (parent.revoked && version === 0) blame(`a baseline connection is told what it does not know (${recordId})`)
    } else if (!readableNow) {
      blame(`carries a record that it may not read (${recordId})`)
    }
  }
  if (frame.type === 'core.record_change') toldIn.set(socket, room.events)
  for (const recordId of frame.payload?.removed ?? []) {
    const collection = questions.get(socket)?.get(frame.payload.subscriptionId) ?? ''
    const then = [...history.keys()].filter((each) => each <= frame.payload.since).at(-1)
    if (then !== undefined && !can(history.get(then), collection, recordId)) {
      blame(`names a record that it could not read at ${frame.payload.since} (${recordId})`)
    }
  }
  if (frame.type === 'yjs.join' || frame.type === 'yjs.saved') {
    const { collection, recordId, fieldName, canWrite } = frame.payload
    const text = `${room.ctx.id} ${asker.userId} ${collection}:${recordId}:${fieldName}`
    if (can(now, collection, recordId)) joined.add(text)
    // Who has lost it is told that it may not write, and nothing else.
    else if (canWrite !== false || !joined.has(text)) blame(`told of a text that it may not read (${recordId})`)
  }
  if (frame.type === 'user.list') {
    for (const user of frame.payload.users) {
      if (user.email && user.id !== asker.userId && role !== 'admin') blame(`carries the mail address of ${user.id}`)
      if (version === 0 && role !== 'admin' && ('email' in user || 'createdAt' in user))
        blame(`says more of ${user.id} than a baseline client is told`)
    }
    if (asker.anonymous && frame.payload.users.length > 0) blame('carries the roster')
  }
  if (frame.type === 'records.list_schemas' && asker.anonymous && text.includes('permissions')) {
    blame('carries permission rules')
  }
}

interface Found {
  readonly collection: string
  readonly record: { readonly recordId: string }
  readonly parent: { readonly changeType?: string; readonly revoked?: boolean }
}

type Change = Found['parent'] & Pick<Found, 'collection' | 'record'>

/** Every record in a frame, with the collection that it belongs to. */
function* recordsIn(socket: WebSocket, frame: { type: string; payload: Record<string, unknown> }): Generator<Found> {
  const { payload } = frame
  if (frame.type === 'core.record_change') {
    for (const change of (payload.changes ?? [payload]) as Change[]) {
      yield { collection: change.collection, record: change.record, parent: change }
    }
  } else if (frame.type === 'core.query_result') {
    const collection = questions.get(socket)?.get(payload.subscriptionId as string) ?? 'no such collection'
    for (const record of payload.records as Found['record'][]) yield { collection, record, parent: {} }
  } else if (JSON.stringify(payload).includes('"data":')) {
    yield { collection: 'no such collection', record: { recordId: `in ${frame.type}` }, parent: {} }
  }
}
