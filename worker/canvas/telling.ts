import type { BaselineCanvasFrame } from '../../src/protocol/canvas/baseline.ts'
import type { CanvasPlace, CanvasServerFrame, Steps } from '../../src/protocol/canvas/messages.ts'
import { encodeFrame } from '../../src/protocol/frame.ts'
import { baselineFrames, baselineShape, baselineViewports } from './baseline-frames.ts'
import type { Canvas } from './canvas.ts'
import type { CanvasSession } from './canvas-session.ts'
import { batches, changeFrames } from './changes.ts'
import { Line } from './line.ts'
import { type Departed, Tidings, viewportOf } from './tidings.ts'

/** What {@link Telling} needs of its room. */
export interface TellingSurroundings {
  readonly sessions: () => Iterable<CanvasSession>
  readonly send: (session: CanvasSession, text: string) => void
  /** Does something for a connection that is still open. */
  readonly attend: (session: CanvasSession, work: () => void) => void
  readonly stepsOf: (session: CanvasSession) => Steps
}

/** Tells connections of a canvas: all of it when they ask for it, and from then on what has changed. */
export class Telling {
  readonly #canvas: Canvas<CanvasSession>
  readonly #room: TellingSurroundings
  /** What version 1 connections are still to be told, each. */
  readonly #lines = new Map<CanvasSession, Line>()
  #tidings = new Tidings()

  constructor(canvas: Canvas<CanvasSession>, room: TellingSurroundings) {
    this.#canvas = canvas
    this.#room = room
  }

  /** A connection has opened, or is there again. */
  add(session: CanvasSession): void {
    if (session.version > 0) this.#lines.set(session, new Line(this.#canvas.place.version))
  }

  /** A connection is gone. */
  remove(session: CanvasSession, departed: Departed): void {
    this.#lines.delete(session)
    this.#tidings.views.delete(session)
    this.#tidings.departed = [...this.#tidings.departed, departed]
  }

  /** What is to be told to a version 1 connection alone; `undefined` of any other. */
  lineOf(session: CanvasSession): Line | undefined {
    return this.#lines.get(session)
  }

  get hasLines(): boolean {
    return this.#lines.size > 0
  }

  /** What a user can undo is something else. */
  turned(userId: string): void {
    for (const [session, line] of this.#lines) if (session.identity.userId === userId) line.turned()
  }

  /** A connection looks elsewhere. */
  looked(session: CanvasSession): void {
    this.#tidings.views.add(session)
  }

  /**
   * Sends the canvas, or to version 1 what has changed since a place. Everything must have been told before. Gives how many
   * characters that were.
   */
  show(session: CanvasSession, since: CanvasPlace | undefined): number {
    if (session.version === 0) {
      const text = encodeFrame(this.#baselineWhole())
      this.#room.send(session, text)
      return text.length
    }
    const { place } = this.#canvas
    const known = since && this.#canvas.since(since)
    const others = [...this.#room.sessions()].filter((other) => other !== session)
    const viewports = others.flatMap(viewportOf)
    const lists = batches(known?.shapes ?? this.#canvas.shapes, [viewports, known?.removed])
    const steps = this.#room.stepsOf(session)
    let sent = 0
    for (const [index, shapes] of lists.entries()) {
      const isLast = index === lists.length - 1
      const text = encodeFrame<CanvasServerFrame>({
        type: 'canvas.shapes',
        payload: {
          ...place,
          ...(known && { since: since.version, ...(isLast && { removed: known.removed }) }),
          shapes,
          viewports: isLast ? viewports : [],
          steps,
          ...(!isLast && { partial: true as const }),
        },
      })
      this.#room.send(session, text)
      sent += text.length
    }
    this.#lines.get(session)?.reset(place.version)
    return sent
  }

  /** Tells every connection what it has not been told. */
  tell(): void {
    const tidings = new Tidings(this.#canvas.takeNews()).with(this.#tidings)
    this.#tidings = new Tidings()
    const baseline = once(() => this.#baselineWhole())
    // To all who have done nothing of it the same is said.
    const common = new Map<number, readonly string[]>()
    const { writers } = tidings.news
    for (const session of this.#room.sessions()) {
      if (!session.kept.isOpen) continue
      const line = this.#lines.get(session)
      this.#room.attend(session, () => {
        if (line) this.#tellLine(session, line, tidings, writers, common)
        else {
          const known = { shapeOf: this.#canvas.shapeOf, whole: baseline }
          for (const frame of baselineFrames(tidings, session, known)) this.#room.send(session, encodeFrame(frame))
        }
      })
    }
  }

  #tellLine(
    session: CanvasSession,
    line: Line,
    tidings: Tidings,
    writers: ReadonlySet<CanvasSession | null>,
    common: Map<number, readonly string[]>,
  ): void {
    if (session.traffic.lags) return line.hold(tidings)
    const { version } = this.#canvas.place
    const from = line.version
    const all = line.take(tidings)
    const asides = {
      ...line.asides(this.#canvas.isSettled, () => this.#room.stepsOf(session)),
      ...all.viewsFor(session),
    }
    line.version = version
    const isOwn = Object.keys(asides).length > 0
    if (all.news.isEmpty && !isOwn) return
    const told = { version, from, shapeOf: this.#canvas.shapeOf }
    const isCommon = all === tidings && !isOwn && !writers.has(session)
    const frames = (isCommon && common.get(from)) || changeFrames(all.news, session, asides, told)
    if (isCommon) common.set(from, frames)
    for (const frame of frames) this.#room.send(session, frame)
  }

  #baselineWhole(): BaselineCanvasFrame {
    const shapes = this.#canvas.shapes.map(baselineShape)
    return { type: 'canvas.shapes', payload: { shapes, viewports: baselineViewports(this.#room.sessions()) } }
  }
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
