import { readTextFrame } from '../../src/protocol/documents/text-frame.ts'
import type { RecordChange, User } from '../../src/protocol/records/messages.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { RoomKind } from '../../worker/edge/admission.ts'
import { Arrivals } from './arrivals.ts'
import { tokenFor } from './users.ts'

/** A frame as it came, less the guarantees of its type. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at frames as they are
export type Frame = { type: string; payload: any }

/** A binary frame has the type `binary`, and is what it says of a text (A3). */
function frameIn(data: string | ArrayBuffer): Frame {
  if (typeof data !== 'string') return { type: 'binary', payload: readTextFrame(new Uint8Array(data)) }
  return data === 'pong' ? { type: 'pong', payload: {} } : JSON.parse(data)
}

/** What a write was answered. */
export interface Ack {
  readonly requestId: string
  readonly success: boolean
  readonly recordId?: string
  readonly error?: string
  readonly code?: string
  readonly field?: string
  readonly collection?: string
}

/** One raw connection to a room, as somebody with nothing but the protocol would make it. */
export class Wire extends Arrivals<Frame> {
  readonly socket: WebSocket
  /** Every frame since the last {@link drain}. */
  override frames: Frame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  /** Who the room has last said we are. */
  user: User | undefined
  readonly #listeners: ((frame: Frame) => void)[] = []
  #lastId = 0

  private constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', ({ data }) => {
      const frame = frameIn(data as string | ArrayBuffer)
      if (frame.type === 'user.info') this.user = frame.payload
      this.frames.push(frame)
      for (const listener of this.#listeners) listener(frame)
      this.arrived()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
  }

  /** Connects to a room as a user, or anonymously, and waits for the greeting. */
  static async open(base: string, room: string, user?: string, search = ''): Promise<Wire> {
    const wire = await Wire.knock(base, room, user === undefined ? search : `token=${await tokenFor(user)}&${search}`)
    await wire.until((frame) => frame.type === 'user.info')
    return wire
  }

  /** Connects with these search parameters and waits until the socket is open. Rejects when it is refused by HTTP. */
  static knock(base: string, room: string, search: string, kind?: RoomKind): Promise<Wire> {
    const path = [...(kind === undefined ? [] : [kind]), room].map(encodeURIComponent).join('/')
    const url = `${base.replace('http', 'ws')}/ws/${path}?${search}`
    const wire = new Wire(new WebSocket(url))
    return new Promise((resolve, reject) => {
      wire.socket.addEventListener('open', () => resolve(wire))
      wire.socket.addEventListener('error', () => reject(new Error('refused')))
    })
  }

  /** Calls back with every frame that comes from now on. */
  hear(listener: (frame: Frame) => void): void {
    this.#listeners.push(listener)
  }

  send(type: string, payload: unknown): void {
    this.socket.send(JSON.stringify({ type, payload }))
  }

  /** Sends a request with an id and waits for its ACK. */
  async request(type: string, payload: Record<string, unknown>): Promise<Ack> {
    const requestId = `r${++this.#lastId}`
    this.send(type, { ...payload, requestId })
    const frame = await this.until(({ type, payload }) => type === 'records.ack' && payload.requestId === requestId)
    return frame.payload
  }

  put(collection: string, recordId: string, data: Record<string, unknown>): Promise<Ack> {
    return this.request('core.put', { collection, recordId, data })
  }

  remove(collection: string, recordId: string): Promise<Ack> {
    return this.request('core.delete', { collection, recordId })
  }

  /** Asks a question and gives the answer, or the text of the refusal. */
  async query(collection: string, query: object = {}): Promise<RecordEnvelope[] | string> {
    const subscriptionId = `s${++this.#lastId}`
    this.send('core.subscribe', { subscriptionId, query: { collection, ...query } })
    const { type, payload } = await this.until(
      ({ type, payload }) =>
        (type === 'core.query_result' || type === 'core.error') && payload.subscriptionId === subscriptionId,
    )
    return type === 'core.error' ? payload.error : payload.records
  }

  /** One record as this connection may see it. */
  async see(collection: string, recordId: string): Promise<RecordEnvelope | undefined> {
    const records = await this.query(collection, { where: { recordId } })
    return typeof records === 'string' ? undefined : records[0]
  }

  /**
   * Everything that the room has sent so far, and forgets it. The room handles frames in order, so whatever it had to
   * say about what happened before has come when it answers.
   */
  async drain(): Promise<Frame[]> {
    const { requestId } = await this.request('user.update', {})
    const frames = this.frames.filter((frame) => frame.payload.requestId !== requestId)
    this.frames = []
    return frames
  }

  /** The changes among what {@link drain} gives. */
  async changes(): Promise<RecordChange[]> {
    return (await this.drain()).filter(({ type }) => type === 'core.record_change').map(({ payload }) => payload)
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}
