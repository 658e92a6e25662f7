import { applyChange } from '../../src/protocol/canvas/fields.ts'
import type { CanvasChanges, CanvasOperation, CanvasPlace, Steps } from '../../src/protocol/canvas/messages.ts'
import type { Shape, View } from '../../src/protocol/canvas/shape.ts'
import { Arrivals } from './arrivals.ts'
import { tokenFor } from './users.ts'

/** A frame as it came and when, less the guarantees of its type. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at frames as they are
export type CanvasFrame = { type: string; payload: any; bytes: number; at: number }

/**
 * One raw connection to a room with a canvas, as somebody with nothing but the protocol would make it. Of version 1 it
 * follows what the room says, as `docs/protocol.md` has it.
 */
export class CanvasWire extends Arrivals<CanvasFrame> {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  /** What the room has, as far as it has told. */
  readonly shapes = new Map<string, Shape>()
  place: CanvasPlace | undefined
  acked = 0
  stored = 0
  steps: Steps | undefined
  /** Who we have come as. */
  userOf: string | undefined
  #seq = 0
  /** What is not acknowledged. */
  #pending: { readonly seq: number; readonly index: number; readonly operation: CanvasOperation }[] = []
  #partial: Shape[] = []
  /** What was refused and is not acknowledged yet. */
  readonly #unsettled: NonNullable<CanvasChanges['refused']>[number][] = []
  /** Whether we do not say how far we have come. */
  isDeaf = false
  #marks: unknown[] = []

  private constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.addEventListener('message', ({ data }) => {
      const text = String(data)
      const frame = {
        ...(text === 'pong' ? { type: 'pong', payload: {} } : JSON.parse(text)),
        bytes: Buffer.byteLength(text),
        at: performance.now(),
      }
      this.#take(frame)
      this.frames.push(frame)
      this.arrived()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
  }

  /** Connects as a user, or anonymously, and waits until it is told its rights; `search` is `v=1` unless something else is given. */
  static async knock(base: string, name: string, user?: string, search = 'v=1'): Promise<CanvasWire> {
    const token = user === undefined ? '' : `token=${await tokenFor(user)}&`
    const url = `${base.replace('http', 'ws')}/ws/canvas/${encodeURIComponent(name)}?${token}${search}`
    const wire = new CanvasWire(new WebSocket(url))
    wire.userOf = user
    await new Promise((resolve, reject) => {
      wire.socket.addEventListener('open', resolve)
      wire.socket.addEventListener('error', () => reject(new Error('refused')))
    })
    await Promise.race([wire.until(({ type }) => type === 'auth'), wire.closed])
    return wire
  }

  /** Connects with version 1 and asks for the canvas, or for what has changed since a place. */
  static async open(base: string, name: string, user?: string, since?: CanvasPlace): Promise<CanvasWire> {
    const wire = await CanvasWire.knock(base, name, user)
    await wire.show(since)
    return wire
  }

  /** Asks for the canvas and waits for the whole answer. */
  async show(since?: CanvasPlace): Promise<CanvasFrame> {
    const before = this.frames.length
    this.send('canvas.open', since ? { since } : {})
    return this.until(({ type, payload }) => type === 'canvas.shapes' && !payload.partial, before)
  }

  send(type: string, payload: unknown): void {
    this.socket.send(JSON.stringify({ type, payload }))
  }

  /** Does something, and gives the number of the frame. */
  write(operations: readonly CanvasOperation[], gesture?: string): number {
    const seq = ++this.#seq
    for (const [index, operation] of operations.entries()) this.#pending.push({ seq, index, operation })
    this.send('canvas.write', { seq, operations, ...(gesture !== undefined && { gesture }) })
    return seq
  }

  /** Adds a shape and gives its id. */
  add(shape: object = {}, id: string = crypto.randomUUID()): string {
    this.write([{ op: 'add', id, shape }])
    return id
  }

  set(id: string, change: object, gesture?: string): number {
    return this.write([{ op: 'set', id, change }], gesture)
  }

  /** Undoes or redoes, and waits until that is done. */
  async turn(direction: 'undo' | 'redo'): Promise<void> {
    const seq = ++this.#seq
    this.send(`canvas.${direction}`, { seq })
    await this.done(seq)
  }

  look(view: Partial<View> = {}): void {
    this.send('canvas.viewport', { x: 0, y: 0, width: 10, height: 10, zoom: 1, ...view })
  }

  /** Waits until what we have sent, or the frame with this number, is done or refused. */
  async done(seq = this.#seq): Promise<void> {
    if (this.acked < seq) await this.until(() => this.acked >= seq)
  }

  /** Waits until everything that we have sent and was done is stored. */
  async saved(seq = this.#seq): Promise<void> {
    if (this.stored < seq) await this.until(() => this.stored >= seq)
  }

  /** Waits until the room has handled everything that we have sent; what it had to say before has come then. */
  async settled(): Promise<void> {
    await this.done(this.write([]))
  }

  /** What the room has refused, in order. */
  get refused(): Record<string, unknown>[] {
    return this.frames.flatMap(({ type, payload }) => (type === 'canvas.changes' ? (payload.refused ?? []) : []))
  }

  /** Says how far we have come, and does so from now on. */
  hearAgain(): void {
    this.isDeaf = false
    for (const mark of this.#marks.splice(0)) this.send('core.mark', mark)
  }

  /** The payloads of the frames of a type. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at frames as they are
  of(type: string): any[] {
    return this.frames.filter((frame) => frame.type === type).map(({ payload }) => payload)
  }

  /** The shapes as they are told, in the order of their ids. */
  get board(): Shape[] {
    return [...this.shapes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }

  #take({ type, payload }: CanvasFrame): void {
    if (type === 'core.mark' && this.isDeaf) this.#marks.push(payload)
    else if (type === 'core.mark') this.send('core.mark', payload)
    if (type === 'canvas.shapes' && payload.epoch !== undefined) this.#takeShapes(payload)
    if (type === 'canvas.changes') this.#takeChanges(payload)
  }

  #takeShapes({ shapes, partial, since, removed, epoch, version, steps }: CanvasFrame['payload']): void {
    this.#partial.push(...shapes)
    if (partial) return
    if (since === undefined) this.shapes.clear()
    for (const id of removed ?? []) this.shapes.delete(id)
    for (const shape of this.#partial) this.shapes.set(shape.id, shape)
    this.#partial = []
    this.place = { epoch, version }
    this.steps = steps
  }

  #takeChanges({ version, at, added, set, removed, acked, refused, stored, steps }: CanvasChanges): void {
    this.#unsettled.push(...(refused ?? []))
    if (acked !== undefined) this.#settle(acked, this.#unsettled.splice(0))
    for (const id of removed ?? []) this.shapes.delete(id)
    for (const shape of added ?? []) this.shapes.set(shape.id, shape)
    for (const [id, change] of Object.entries(set ?? {})) {
      const shape = this.shapes.get(id)
      if (shape) this.shapes.set(id, { ...applyChange(shape, change), updatedAt: at! })
    }
    this.place = { epoch: this.place!.epoch, version }
    if (stored !== undefined) this.stored = stored
    if (steps) this.steps = steps
  }

  /** What we have done ourselves is so now, but for what was refused. */
  #settle(acked: number, refused: NonNullable<CanvasChanges['refused']>): void {
    const isRefused = (seq: number, index: number): boolean =>
      refused.some((each) => each.seq === seq && (each.index === undefined || each.index === index))
    for (const { seq, index, operation } of this.#pending) {
      if (seq > acked || isRefused(seq, index)) continue
      if (operation.op === 'remove') this.shapes.delete(operation.id)
      if (operation.op === 'set') {
        const shape = this.shapes.get(operation.id)
        if (shape) this.shapes.set(operation.id, applyChange(shape, operation.change))
      }
    }
    this.#pending = this.#pending.filter(({ seq }) => seq > acked)
    this.acked = acked
  }
}
