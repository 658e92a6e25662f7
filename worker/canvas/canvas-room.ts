import type * as v from 'valibot'
import type { CanvasOperation, CanvasPlace, CanvasServerFrame } from '../../src/protocol/canvas/messages.ts'
import { readBaseline } from '../../src/protocol/canvas/read-baseline.ts'
import { type ReadCanvasFrame, readCanvasFrame, readOperation, seqOf } from '../../src/protocol/canvas/read-frame.ts'
import type { Shape, View } from '../../src/protocol/canvas/shape.ts'
import { errorPayload } from '../../src/protocol/error-payload.ts'
import { DeepSpaceError, received, typeName } from '../../src/protocol/errors.ts'
import { encodeFrame, openFrame } from '../../src/protocol/frame.ts'
import { GuestRoom } from '../room/guest-room.ts'
import { Keeping } from '../room/keeping.ts'
import { Pulse } from '../room/pulse.ts'
import { presentable } from '../room/room.ts'
import { type Author, Canvas } from './canvas.ts'
import { type CanvasLimits, defaultCanvasLimits } from './canvas-limits.ts'
import type { CanvasSession, Seat } from './canvas-session.ts'
import { CanvasStorage } from './canvas-storage.ts'
import { conform } from './conform.ts'
import { Histories } from './histories.ts'
import type { Line } from './line.ts'
import { Telling } from './telling.ts'
import { WriteBack } from './write-back.ts'

/**
 * The Durable Object that holds one canvas, at `/ws/canvas/<id>`. Extend it, and give it to `routeRooms` as `rooms.canvas`;
 * whoever may write is said at the door (`authorize`), or by a record that it is bound to.
 *
 *     export class Boards extends CanvasRoom<Env> {
 *       shape = v.variant('type', [note, arrow])
 *     }
 *
 * What comes, goes or is undone is stored at once, what moves within a second.
 */
export class CanvasRoom<Env = unknown> extends GuestRoom<Env, Seat> {
  override readonly limits: Partial<CanvasLimits> = {}
  /**
   * What shapes there are: a schema of valibot for the fields of a shape, none of which it must name. What it makes of them
   * is kept. Default: any.
   */
  readonly shape: v.GenericSchema | undefined = undefined

  #bounds: CanvasLimits | undefined
  #storage!: CanvasStorage
  #canvas!: Canvas<CanvasSession>
  #histories!: Histories
  #telling!: Telling
  readonly #pulse = new Pulse(() => this.#telling.tell())
  readonly #writeBack = new WriteBack(() => this.#store())
  readonly #keeping = new Keeping<CanvasSession>((session) => this.attend(session, () => this.keep(session)))

  // Life and connections

  protected override start(): void {
    const { shape } = this
    if (shape?.async) throw new TypeError('shape: a schema that is not async is expected')
    this.#storage = new CanvasStorage(this.ctx.storage)
    this.#histories = new Histories(this.#storage)
    this.#canvas = new Canvas(this.#storage, {
      limits: this.bounds,
      conform: (fields, id) => conform(shape, fields, id),
      corrected: (session, id, fields) => this.#telling.lineOf(session)?.correct(id, fields),
    })
    this.#telling = new Telling(this.#canvas, {
      sessions: () => this.sessions.values(),
      send: (session, text) => this.send(session, text),
      attend: (session, work) => this.attend(session, work),
      stepsOf: ({ identity }) => this.#histories.of(identity).counts,
    })
  }

  protected override get bounds(): CanvasLimits {
    this.#bounds ??= { ...defaultCanvasLimits, ...this.limits }
    return this.#bounds
  }

  protected override keptAtFirst(): Seat {
    return { connectionId: crypto.randomUUID(), isOpen: false, view: undefined }
  }

  protected override keptAtLeast({ connectionId, isOpen }: Seat): Seat {
    return { connectionId, isOpen, view: undefined }
  }

  protected override joined(session: CanvasSession): void {
    this.#telling.add(session)
    this.#tellRights(session)
    if (session.version === 0) this.#open(session)
  }

  protected override resumed(session: CanvasSession): void {
    this.#telling.add(session)
  }

  protected override left(session: CanvasSession): void {
    const { identity, kept } = session
    const { userId } = identity
    this.#keeping.forget(session)
    const wasLast = ![...this.sessions.values()].some((other) => other.identity.userId === userId)
    if (wasLast) {
      if (this.#histories.end(userId)) this.#writeBack.now()
      this.#histories.forget(userId)
    }
    const { connectionId, view } = kept
    this.#telling.remove(session, { connectionId, userId, hadView: view !== undefined, wasLast })
    if (this.sessions.size > 0) this.#pulse.soon()
  }

  protected override roleChanged(session: CanvasSession): void {
    this.#tellRights(session)
  }

  protected override emptied(): void {
    this.#writeBack.stop()
    this.#histories = new Histories(this.#storage)
    this.#canvas.empty()
    // Whoever has come in since is shown what there is now.
    for (const session of this.sessions.values()) {
      if (session.kept.isOpen) this.attend(session, () => this.#show(session))
    }
  }

  // Frames

  protected override unread(session: CanvasSession, message: string | ArrayBuffer, error: DeepSpaceError): void {
    this.#refuse(session, error, typeof message === 'string' ? seqOf(message) : undefined)
  }

  protected override received(session: CanvasSession, message: string | ArrayBuffer): void {
    let seq: number | undefined
    try {
      if (typeof message !== 'string') {
        throw new DeepSpaceError('invalid-message', 'Invalid message: expected text, received bytes')
      }
      if (session.version > 0) seq = seqOf(message)
      session.budget.read(message.length)
      const incoming = openFrame(message)
      if (session.version > 0) this.#take(session, readCanvasFrame(incoming))
      else if ('payload' in JSON.parse(message)) this.#takeBaseline(session, incoming)
    } catch (error) {
      this.#refuse(session, presentable(error), seq)
    }
  }

  #take(session: CanvasSession, frame: ReadCanvasFrame): void {
    switch (frame.type) {
      case 'core.mark':
        session.traffic.confirm(frame.payload.mark)
        return this.#pulse.soon()
      case 'canvas.open':
        return this.#open(session, frame.payload.since)
      case 'canvas.write':
        return this.#write(session, frame.payload)
      case 'canvas.undo':
        return this.#turn(session, 'undo', frame.payload.seq)
      case 'canvas.redo':
        return this.#turn(session, 'redo', frame.payload.seq)
      case 'canvas.viewport':
        return this.#look(session, frame.payload)
      default:
        frame satisfies never
    }
  }

  #takeBaseline(session: CanvasSession, incoming: ReturnType<typeof openFrame>): void {
    const wish = readBaseline(incoming)
    switch (wish.wish) {
      case 'write':
        this.#checkMayWrite(session)
        try {
          session.budget.spend(wish.operation.op === 'set' ? unitsPerChange : unitsPerShape)
          return this.#commit(session, () => this.#canvas.apply(wish.operation, this.#authorOf(session)))
        } catch (error) {
          // Part A says nothing of shapes that there are none of.
          if (!(error instanceof DeepSpaceError) || error.code !== 'not-found') throw error
          return
        }
      case 'undo':
      case 'redo':
        return this.#turn(session, wish.wish, undefined)
      case 'viewport':
        return this.#look(session, wish.view)
      default:
        wish satisfies never
    }
  }

  #write(
    session: CanvasSession,
    { seq, operations, gesture }: { seq: number; operations: readonly unknown[]; gesture?: string },
  ): void {
    const line = this.#lineOf(session, seq)
    this.#checkMayWrite(session)
    const author = this.#authorOf(session, gesture)
    this.#commit(session, () => {
      for (const [index, each] of operations.entries()) {
        try {
          const operation = readOperation(each)
          session.budget.spend(operation.op === 'set' ? unitsPerChange : unitsPerShape)
          this.#canvas.apply(operation, author)
        } catch (error) {
          line.refuse(seq, presentable(error), index)
        }
      }
      line.did(seq)
    })
    this.#pulse.soon()
  }

  #turn(session: CanvasSession, direction: 'undo' | 'redo', seq: number | undefined): void {
    const line = seq === undefined ? undefined : this.#lineOf(session, seq)
    this.#checkMayWrite(session)
    this.#commit(session, () => {
      session.budget.spend(unitsPerShape * this.#canvas.turn(direction, this.#authorOf(session)))
    })
    // Steps of which nothing was left are gone as well, though no shape has changed.
    if (this.#histories.isAnyPending) this.#writeBack.now()
    if (seq !== undefined) line?.did(seq)
    this.#pulse.soon()
  }

  /** Does something in the name of a connection's user, and has it told and stored. */
  #commit({ identity: { userId } }: CanvasSession, work: () => void): void {
    const before = this.#histories.countsOf(userId)
    try {
      this.#canvas.commit(work)
    } finally {
      const { undo, redo } = this.#histories.countsOf(userId)
      if (undo !== before.undo || redo !== before.redo) this.#telling.turned(userId)
      this.#noted()
    }
  }

  /** What was done is to be stored and told. */
  #noted(): void {
    if (this.#canvas.isUrgent) this.#writeBack.now()
    else if (!this.#canvas.isSettled) this.#writeBack.soon()
    if (this.#canvas.hasNews) this.#pulse.soon()
  }

  #look(session: CanvasSession, view: View): void {
    session.budget.checkWrite()
    session.kept.view = JSON.stringify(view).length > longestView ? onlyView(view) : view
    this.#keeping.soon([session])
    this.#telling.looked(session)
    this.#pulse.soon()
  }

  /** Whether a number may be used. Throws where it has been. */
  #lineOf(session: CanvasSession, seq: number): Line {
    const line = this.#telling.lineOf(session)!
    if (!line.has(seq)) return line
    throw new DeepSpaceError('invalid-message', `Invalid message: seq: expected a greater number than before`, {
      field: 'seq',
    })
  }

  #authorOf(session: CanvasSession, gesture?: string): Author<CanvasSession> {
    const { identity, version } = session
    return {
      userId: identity.userId,
      writer: session,
      history: this.#histories.of(identity),
      gesture,
      replaces: version === 0,
    }
  }

  #checkMayWrite(session: CanvasSession): void {
    if (!this.mayWrite(session)) {
      throw new DeepSpaceError('denied', `Write access denied: ${session.role} role cannot modify the canvas`)
    }
    session.budget.checkWrite()
  }

  #refuse(session: CanvasSession, error: DeepSpaceError, seq?: number): void {
    const line = this.#telling.lineOf(session)
    if (line && seq !== undefined && !line.has(seq)) {
      line.refuse(seq, error)
      return this.#pulse.soon()
    }
    this.#say(session, { type: 'core.error', payload: errorPayload(error) })
  }

  #say(session: CanvasSession, frame: CanvasServerFrame): void {
    this.send(session, encodeFrame(frame))
  }

  // What is told

  #tellRights(session: CanvasSession): void {
    const canWrite = this.mayWrite(session)
    const { userId } = session.identity
    const { connectionId } = session.kept
    const payload = session.version === 0 ? { canWrite } : { canWrite, userId, connectionId }
    this.#say(session, { type: 'auth', payload })
  }

  #open(session: CanvasSession, since?: CanvasPlace): void {
    // Once is free: without its answer there is no canvas.
    if (session.kept.isOpen) session.budget.check()
    // What is on its way is in what it gets now.
    this.#pulse.now()
    session.kept.isOpen = true
    this.keep(session)
    this.#show(session, since)
  }

  #show(session: CanvasSession, since?: CanvasPlace): void {
    session.budget.spend(this.#telling.show(session, since) / charactersPerUnit)
    this.#pulse.soon()
  }

  /** Stores what is not stored. Throws what the storage throws. */
  #store(): void {
    const now = Date.now()
    this.#canvas.store(this.#histories.unstored(now))
    this.#histories.stored(now)
    if (this.#histories.isAnyPending) this.#writeBack.later()
    // Whoever waits for it is told that it is stored.
    if (this.#telling.hasLines) this.#pulse.soon()
  }

  // RPC

  /** The shapes from back to front. */
  shapes(): Shape[] {
    return this.#canvas.shapes
  }

  /**
   * Changes the canvas as the room itself, one operation after the other, and gives the ids of the shapes that they are about once
   * everything is stored. Nobody can undo it. Rejects with what is refused, a `DeepSpaceError`, and has done then what stands before
   * that and nothing behind it; with `unauthorized` where `as` is not `'system'`.
   */
  apply(operations: readonly CanvasOperation[], as: 'system'): string[] {
    if (as !== 'system') {
      const why = `Canvas: as: expected "system", since who may write is said at the door, received ${received(as)}`
      throw new DeepSpaceError('unauthorized', why)
    }
    if (!Array.isArray(operations)) {
      const why = `Invalid message: operations: expected a list, received ${typeName(operations)}`
      throw new DeepSpaceError('invalid-message', why, { field: 'operations' })
    }
    const ids: string[] = []
    try {
      this.#canvas.commit(() => {
        for (const each of operations) {
          const read = readOperation(each)
          const id = read.id ?? crypto.randomUUID()
          this.#canvas.apply({ ...read, id }, { userId: 'system', writer: null })
          ids.push(id)
        }
      })
    } finally {
      this.#noted()
    }
    // What could not be stored is tried again; who has called is told.
    this.#store()
    return ids
  }
}

/** What a change of a shape takes beside the reading of it, in units of a budget; and one that comes, goes or is put back. */
const unitsPerChange = 2
const unitsPerShape = 10
/** How much of an answer is sent for a unit, in characters. */
const charactersPerUnit = 512
/** How long a viewport may be with what else a client says of it, in characters: it is kept in the attachment. */
const longestView = 1024

function onlyView({ x, y, width, height, zoom }: View): View {
  return { x, y, width, height, zoom }
}
