import type * as v from 'valibot'
import { type BaselineCanvasFrame, readBaseline } from '../../src/protocol/canvas/baseline.ts'
import type { CanvasOperation, CanvasPlace, CanvasServerFrame, Steps } from '../../src/protocol/canvas/messages.ts'
import { type ReadCanvasFrame, readCanvasFrame, readOperation, seqOf } from '../../src/protocol/canvas/read-frame.ts'
import type { Shape, View } from '../../src/protocol/canvas/shape.ts'
import { errorPayload } from '../../src/protocol/error-payload.ts'
import { DeepSpaceError, received, typeName } from '../../src/protocol/errors.ts'
import { encodeFrame, openFrame } from '../../src/protocol/frame.ts'
import { GuestRoom } from '../room/guest-room.ts'
import { Keeping } from '../room/keeping.ts'
import { Pulse } from '../room/pulse.ts'
import { presentable } from '../room/room.ts'
import { baselineFrames, baselineShape, baselineViewports } from './baseline-frames.ts'
import { type Author, Canvas } from './canvas.ts'
import { type CanvasLimits, defaultCanvasLimits } from './canvas-limits.ts'
import type { CanvasSession, Seat } from './canvas-session.ts'
import { CanvasStorage } from './canvas-storage.ts'
import { batches, changeFrames } from './changes.ts'
import { conform } from './conform.ts'
import { Histories } from './histories.ts'
import { Line } from './line.ts'
import { Tidings, viewportOf } from './tidings.ts'
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
  /** What version 1 connections are still to be told, each. */
  readonly #lines = new Map<CanvasSession, Line>()
  #tidings = new Tidings()
  readonly #pulse = new Pulse(() => this.#tell())
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
      corrected: (session, id, fields) => this.#lines.get(session)?.correct(id, fields),
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
    this.#tellRights(session)
    if (session.version > 0) this.#lines.set(session, new Line(this.#canvas.place.version))
    else {
      // It is told from here on: what is on its way is in what it gets now.
      this.#pulse.now()
      session.kept.isOpen = true
      this.keep(session)
      this.#sayBaseline(session, this.#baselineWhole())
    }
  }

  protected override resumed(session: CanvasSession): void {
    if (session.version > 0) this.#lines.set(session, new Line(this.#canvas.place.version))
  }

  protected override left(session: CanvasSession): void {
    const { identity, kept } = session
    const { userId } = identity
    this.#keeping.forget(session)
    this.#lines.delete(session)
    const wasLast = ![...this.sessions.values()].some((other) => other.identity.userId === userId)
    if (wasLast) {
      if (this.#histories.end(userId)) this.#writeBack.now()
      this.#histories.forget(userId)
    }
    const { connectionId, view } = kept
    this.#tidings.views.delete(session)
    this.#tidings.departed = [...this.#tidings.departed, { connectionId, userId, hadView: view !== undefined, wasLast }]
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
    for (const session of this.sessions.values()) this.attend(session, () => this.#showAll(session))
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
      session.budget.checkWrite()
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
    session.budget.spend(unitsPerOperation * operations.length)
    const author = this.#authorOf(session, gesture)
    this.#commit(session, () => {
      for (const [index, each] of operations.entries()) {
        try {
          this.#canvas.apply(readOperation(each), author)
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
    this.#commit(session, () => this.#canvas.turn(direction, this.#authorOf(session)))
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
      if (undo !== before.undo || redo !== before.redo) this.#turned(userId)
      this.#noted()
    }
  }

  /** What was done is to be stored and told. */
  #noted(): void {
    if (this.#canvas.isUrgent) this.#writeBack.now()
    else if (!this.#canvas.isSettled) this.#writeBack.soon()
    if (this.#canvas.hasNews) this.#pulse.soon()
  }

  #turned(userId: string): void {
    for (const [session, line] of this.#lines) if (session.identity.userId === userId) line.turned()
  }

  #look(session: CanvasSession, view: View): void {
    session.kept.view = JSON.stringify(view).length > longestView ? onlyView(view) : view
    this.#keeping.soon([session])
    this.#tidings.views.add(session)
    this.#pulse.soon()
  }

  /** Whether a number may be used. Throws where it has been. */
  #lineOf(session: CanvasSession, seq: number): Line {
    const line = this.#lines.get(session)!
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
    if (this.mayWrite(session)) return
    throw new DeepSpaceError('denied', `Write access denied: ${session.role} role cannot modify the canvas`)
  }

  #refuse(session: CanvasSession, error: DeepSpaceError, seq?: number): void {
    const line = this.#lines.get(session)
    if (line && seq !== undefined && !line.has(seq)) {
      line.refuse(seq, error)
      return this.#pulse.soon()
    }
    this.send(session, encodeFrame<CanvasServerFrame>({ type: 'core.error', payload: errorPayload(error) }))
  }

  // What is told

  #tellRights(session: CanvasSession): void {
    const canWrite = this.mayWrite(session)
    if (session.version === 0) return this.#sayBaseline(session, { type: 'auth', payload: { canWrite } })
    const { userId } = session.identity
    const { connectionId } = session.kept
    this.#say(session, { type: 'auth', payload: { canWrite, userId, connectionId } })
  }

  #open(session: CanvasSession, since: CanvasPlace | undefined): void {
    // Once is free: without its answer there is no canvas.
    if (session.kept.isOpen) session.budget.check()
    this.#pulse.now()
    session.kept.isOpen = true
    this.keep(session)
    this.#show(session, since)
  }

  #showAll(session: CanvasSession): void {
    if (session.version === 0) this.#sayBaseline(session, this.#baselineWhole())
    else if (session.kept.isOpen) this.#show(session, undefined)
  }

  /** Sends the canvas, or what has changed since a place. */
  #show(session: CanvasSession, since: CanvasPlace | undefined): void {
    const { place } = this.#canvas
    const known = since && this.#canvas.since(since)
    const lists = batches(known?.shapes ?? this.#canvas.shapes)
    const others = [...this.sessions.values()].filter((other) => other !== session)
    const steps = this.#stepsOf(session)
    for (const [index, shapes] of lists.entries()) {
      const isLast = index === lists.length - 1
      const text = encodeFrame<CanvasServerFrame>({
        type: 'canvas.shapes',
        payload: {
          ...place,
          ...(known && since && { since: since.version, ...(isLast && { removed: known.removed }) }),
          shapes,
          viewports: isLast ? others.flatMap(viewportOf) : [],
          steps,
          ...(!isLast && { partial: true as const }),
        },
      })
      session.budget.spend(text.length / charactersPerUnit)
      this.send(session, text)
    }
    this.#lines.get(session)?.reset(place.version)
    this.#pulse.soon()
  }

  #stepsOf({ identity }: CanvasSession): Steps {
    return this.#histories.of(identity).counts
  }

  /** Tells every connection what it has not been told. */
  #tell(): void {
    const tidings = new Tidings(this.#canvas.takeNews()).with(this.#tidings)
    this.#tidings = new Tidings()
    const { version } = this.#canvas.place
    const { writers } = tidings.news
    let common: { readonly from: number; readonly frames: string[] } | undefined
    let whole: BaselineCanvasFrame | undefined
    for (const session of this.sessions.values()) {
      if (!session.kept.isOpen) continue
      const line = this.#lines.get(session)
      this.attend(session, () => {
        if (!line) {
          const known = { shapeOf: this.#canvas.shapeOf, whole: () => (whole ??= this.#baselineWhole()) }
          for (const frame of baselineFrames(tidings, session, known)) this.#sayBaseline(session, frame)
          return
        }
        if (session.traffic.lags) return line.hold(tidings)
        const all = line.take(tidings)
        const asides = {
          ...line.asides(this.#canvas.isSettled, () => this.#stepsOf(session)),
          ...all.viewsFor(session),
        }
        const { version: from } = line
        line.version = version
        if (all.news.isEmpty && Object.keys(asides).length === 0) return
        const told = { version, from, shapeOf: this.#canvas.shapeOf }
        const isCommon = all === tidings && !writers.has(session) && Object.keys(asides).length === 0
        if (isCommon && common?.from !== from) common = { from, frames: changeFrames(all.news, null, {}, told) }
        const frames = isCommon ? common!.frames : changeFrames(all.news, session, asides, told)
        for (const frame of frames) this.send(session, frame)
      })
    }
  }

  #baselineWhole(): BaselineCanvasFrame {
    const shapes = this.#canvas.shapes.map(baselineShape)
    return { type: 'canvas.shapes', payload: { shapes, viewports: baselineViewports(this.sessions.values()) } }
  }

  #say(session: CanvasSession, frame: CanvasServerFrame): void {
    this.send(session, encodeFrame(frame))
  }

  #sayBaseline(session: CanvasSession, frame: BaselineCanvasFrame): void {
    this.send(session, encodeFrame(frame))
  }

  /** Stores what is not stored. Throws what the storage throws. */
  #store(): void {
    const now = Date.now()
    this.#canvas.store(this.#histories.unstored(now))
    this.#histories.stored(now)
    if (this.#histories.isAnyPending) this.#writeBack.soon()
    // Whoever waits for it is told that it is stored.
    if (this.#lines.size > 0) this.#pulse.soon()
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
      if (this.#canvas.hasNews) this.#pulse.soon()
      this.#store()
    }
    return ids
  }
}

/** What an operation takes beside the reading of it, in units of a budget. */
const unitsPerOperation = 2
/** How much of an answer is sent for a unit, in characters. */
const charactersPerUnit = 512
/** How long a viewport may be with what else a client says of it, in characters: it is kept in the attachment. */
const longestView = 1024

function onlyView({ x, y, width, height, zoom }: View): View {
  return { x, y, width, height, zoom }
}
