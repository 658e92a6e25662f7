import { PresenceRoom } from 'deepspace-solid/worker'

/** Who looks at the sketch of a visitor's room, and where they point: visitors, too. It is open to whom the sketch is. */
export class PointerRoom<Env = unknown> extends PresenceRoom<Env> {
  override readonly limits = { frameBytes: 4 * 1024, framesPerSecond: 60, frameBurst: 300, stateBytes: 512 }
  /** How many may be in it at the same time: as many as in its room. */
  readonly places: number = 24

  override async fetch(request: Request): Promise<Response> {
    if (this.ctx.getWebSockets().length >= this.places) return new Response('The sketch is full', { status: 503 })
    return super.fetch(request)
  }

  /** Sends everyone away for good and keeps nothing. */
  async end(): Promise<void> {
    await this.vacate()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }
}
