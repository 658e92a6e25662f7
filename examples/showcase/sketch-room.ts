import { CanvasRoom } from 'deepspace-solid/worker'
import * as v from 'valibot'
import { seedSketch } from './seed-sketch.ts'
import { shapeColors, shapeKinds, sketchSize, smallest } from './sketch.ts'

/** The sketch of a visitor's room. Who may enter it and draw says the record that it is bound to; it ends with its room. */
export class SketchRoom<Env = unknown> extends CanvasRoom<Env> {
  /** What is too far out, too large or too small is taken for what comes next to it. */
  override readonly shape = v.object({
    type: v.picklist(shapeKinds),
    x: within(0, sketchSize.width - smallest),
    y: within(0, sketchSize.height - smallest),
    width: within(smallest, sketchSize.width),
    height: within(smallest, sketchSize.height),
    props: v.strictObject({ color: v.picklist(shapeColors) }),
  })
  override readonly limits = {
    frameBytes: 64 * 1024,
    framesPerSecond: 100,
    frameBurst: 500,
    shapes: 100,
    shapeBytes: 512,
    canvasBytes: 64 * 1024,
  }
  /** How many may be in it at the same time: as many as in its room. */
  readonly places: number = 24

  override async fetch(request: Request): Promise<Response> {
    if (this.ctx.getWebSockets().length >= this.places) return new Response('The sketch is full', { status: 503 })
    return super.fetch(request)
  }

  /** Puts there what it begins with, unless there is something already: a start of its room may have been broken off. */
  begin(): void {
    if (this.shapes().length > 0) return
    this.apply(
      seedSketch.map((shape) => ({ op: 'add', shape })),
      'system',
    )
  }

  /** Sends everyone away for good and keeps nothing. */
  async end(): Promise<void> {
    // Before its tables are gone: nothing is left that would still be written to them.
    await this.vacate()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }
}

function within(least: number, most: number) {
  return v.pipe(v.number(), v.toMinValue(least), v.toMaxValue(most))
}
