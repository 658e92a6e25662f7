import { batch } from 'solid-js'
import { type Connection, takenIn } from '../connection/connection.ts'
import type { Client, Door } from '../connection/provider.ts'
import { LiveMap } from '../live/live-map.ts'
import { LiveObject } from '../live/live-object.ts'
import { createShown } from '../live/shown.ts'
import type { CanvasClientFrame, CanvasServerFrame, Steps, Viewport } from '../protocol/canvas/messages.ts'
import { defaultFields } from '../protocol/canvas/read-shape.ts'
import type { Shape, View } from '../protocol/canvas/shape.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import { encodeFrame } from '../protocol/frame.ts'
import { isSameUser } from '../protocol/visitor-id.ts'
import { LiveShape } from './live-shape.ts'
import { type LocalOperation, Overlay } from './overlay.ts'

type Said<T extends CanvasServerFrame['type']> = Extract<CanvasServerFrame, { type: T }>['payload']

/** What is done here waits so long for more of it, in milliseconds. */
const frame = 16

/**
 * The browser's end of a room with one canvas: its connection and what is shown. However many components name the room, there
 * is one of these a provider.
 */
export class CanvasClient implements Client {
  readonly connection: Connection
  readonly shapes = new LiveMap<Shape>((shape) => new LiveShape(shape), inOrder)
  readonly viewports = new LiveMap<Viewport>((viewport) => new LiveObject(viewport))
  /** Whether all that the room has had has come since the canvas is there. */
  readonly synced = createShown(false)
  /** Whether the canvas is there, and the room lets us write, as it has said last. */
  readonly canWrite = createShown(false)
  /** Whether everything that was done here is stored. */
  readonly saved = createShown(true)
  readonly canUndo = createShown(false)
  readonly canRedo = createShown(false)
  readonly #door: Door
  readonly #overlay = new Overlay((id, shape) => this.shapes.put(id, shape))
  #steps: Steps = { undo: 0, redo: 0 }
  /** Who we are, as the room has said last. */
  #me: Said<'auth'> = nobody
  #view: View | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  // What is true of one connection only.
  /** Whether the room has said how the canvas is: what is done here can be sent. */
  #isOpen = false
  /** The parts of that answer that have come. */
  #parts: readonly Shape[] = []
  #isViewSent = false

  constructor(door: Door) {
    this.#door = door
    this.connection = door.open({
      failed: door.failed,
      received: (text) => takenIn(() => this.#take(JSON.parse(text as string) as CanvasServerFrame)),
      greeted: () => this.#send({ type: 'canvas.open', payload: { since: this.#overlay.place } }),
      dropped: () => this.#dropped(),
      refused: () => this.#forget(),
    })
    window.addEventListener('pagehide', this.flush)
  }

  // What happens here

  /**
   * Does something, at once, and has it sent with what else is done in this frame. What has one `gesture` is one step. Throws
   * `not-found` for a shape that is not there, `duplicate` for a new one that is.
   */
  write(op: LocalOperation, gesture: string | undefined): void {
    const { id } = op
    const isThere = this.#overlay.shown.has(id)
    if (isThere === (op.op === 'add')) {
      throw new DeepSpaceError(
        isThere ? 'duplicate' : 'not-found',
        `Shape ${isThere ? 'is there already' : 'not found'}`,
        { recordId: id },
      )
    }
    const now = new Date().toISOString()
    const createdBy = this.#me.userId ?? ''
    batch(() => {
      this.#overlay.write(
        op,
        gesture,
        op.op === 'add' ? { ...defaultFields, ...op.shape, id, createdBy, createdAt: now, updatedAt: now } : undefined,
      )
      this.#settle()
    })
    this.#soon()
  }

  /** Undoes or redoes a step of ours. Throws `not-connected` without a connection. */
  step(type: 'canvas.undo' | 'canvas.redo'): void {
    if (!this.#isOpen || this.#door.doubt()) throw notConnected()
    this.flush()
    if (!this.#send({ type, payload: { seq: this.#overlay.next() } })) throw notConnected()
    batch(() => this.#settle())
  }

  /** Tells others where we look, now and on later connections. */
  look(view: View): void {
    this.#view = view
    this.#isViewSent = false
    this.#soon()
  }

  /** Sends at once what waits. */
  readonly flush = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#isOpen) return
    const doubt = this.#door.doubt()
    // It is to be written by who is signed in now, not by who was.
    if (doubt) return void doubt.then(this.flush)
    for (const payload of this.#overlay.take()) this.#send({ type: 'canvas.write', payload })
    if (!this.#view || this.#isViewSent) return
    this.#isViewSent = true
    this.#send({ type: 'canvas.viewport', payload: this.#view })
  }

  changeIdentity(): void {
    // What was done before is the former user's, on the former user's connection.
    this.flush()
    this.#forget()
    this.connection.restart()
  }

  get userId(): string | undefined {
    return this.#me.userId
  }

  close(): void {
    window.removeEventListener('pagehide', this.flush)
    this.flush()
    this.connection.close()
  }

  // What the room says

  /** Takes a frame; says whether it was the greeting. */
  #take(frame: CanvasServerFrame): boolean {
    switch (frame.type) {
      case 'auth':
        this.#greeted(frame.payload)
        break
      case 'canvas.shapes':
        this.#answered(frame.payload)
        break
      case 'canvas.changes':
        this.#changed(frame.payload)
        break
      case 'core.error':
        // A room that could not start ends the connection, which tells of it.
        if (frame.payload.code !== 'room-failed') this.#door.failed(errorFrom(frame.payload))
        break
      case 'core.mark':
        this.#send(frame)
        break
      default:
        // A newer worker may say more than we know.
        frame satisfies never
    }
    this.#settle()
    return frame.type === 'auth'
  }

  #greeted(me: Said<'auth'>): void {
    if (!me.connectionId) throw new Error('the room does not speak version 1')
    if (this.#me.userId !== undefined && !this.#isUs(me.userId)) this.#forget()
    this.#me = me
  }

  #answered({ partial, shapes, viewports, steps, ...rest }: Said<'canvas.shapes'>): void {
    this.#parts = [...this.#parts, ...shapes]
    if (partial) return
    this.#overlay.opened({ ...rest, shapes: this.#parts }, (userId) => this.#isUs(userId))
    this.#parts = []
    const here = new Set(viewports.map(({ connectionId }) => connectionId))
    this.#leave(Object.keys(this.viewports.fields).filter((id) => !here.has(id)))
    this.#looking(viewports)
    this.#steps = steps
    this.#isOpen = true
    this.synced.set(true)
    this.#isViewSent = false
    this.flush()
  }

  #changed({ steps, viewports = [], left = [], ...changes }: Said<'canvas.changes'>): void {
    for (const error of this.#overlay.changed(changes)) this.#door.failed(error)
    this.#looking(viewports)
    this.#leave(left)
    this.#steps = steps ?? this.#steps
  }

  /** Whether somebody is who we are, or were: a visitor has another id on each connection. */
  #isUs(userId = ''): boolean {
    return isSameUser(userId, this.#me.userId ?? '')
  }

  #looking(viewports: readonly Viewport[]): void {
    for (const viewport of viewports) this.viewports.put(viewport.connectionId, viewport)
  }

  #leave(connectionIds: readonly string[]): void {
    for (const id of connectionIds) this.viewports.put(id, undefined)
  }

  #dropped(): void {
    this.#overlay.dropped()
    this.#isOpen = false
    this.#parts = []
    batch(() => this.#settle())
  }

  /** Nothing that was shown or done remains. */
  #forget(): void {
    this.#isOpen = false
    this.#me = nobody
    this.#steps = { undo: 0, redo: 0 }
    batch(() => {
      this.#overlay.clear()
      this.#leave(Object.keys(this.viewports.fields))
      this.synced.set(false)
      this.#settle()
    })
  }

  /** Shows what follows from all that is known. */
  #settle(): void {
    const { isAnswered, isStored } = this.#overlay
    const mayWrite = this.synced.now && this.#me.canWrite
    const mayTurn = mayWrite && this.#isOpen
    this.canWrite.set(mayWrite)
    this.saved.set(isStored)
    this.canUndo.set(mayTurn && (this.#steps.undo > 0 || !isAnswered))
    this.canRedo.set(mayTurn && this.#steps.redo > 0 && isAnswered)
  }

  #soon(): void {
    this.#timer ??= setTimeout(this.flush, frame)
  }

  #send(frame: CanvasClientFrame): boolean {
    return this.connection.send(encodeFrame(frame))
  }
}

/** Who we are before the room has said it. */
const nobody: Said<'auth'> = { canWrite: false }

/** From the back to the front. */
function inOrder(a: Shape, b: Shape): number {
  if (a.z !== b.z) return a.z < b.z ? -1 : 1
  return a.id < b.id ? -1 : Number(a.id > b.id)
}

/** Why nothing can be done. */
export function notConnected(): DeepSpaceError {
  return new DeepSpaceError('not-connected', 'The canvas is not connected')
}
