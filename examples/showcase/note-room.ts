import { YjsRoom } from 'deepspace-solid/worker'

/** The note of a visitor's room. Who may enter and write it says the record that it is bound to; it ends with its room. */
export class NoteRoom<Env = unknown> extends YjsRoom<Env> {
  override readonly limits = {
    frameBytes: 64 * 1024,
    framesPerSecond: 50,
    frameBurst: 500,
    documentBytes: 256 * 1024,
    documentStructs: 20_000,
    awarenessIds: 2,
    awarenessBytes: 1024,
  }
  /** How many may be in it at the same time: as many as in its room. */
  readonly places: number = 24

  override async fetch(request: Request): Promise<Response> {
    if (this.ctx.getWebSockets().length >= this.places) return new Response('The note is full', { status: 503 })
    return super.fetch(request)
  }

  /** Sends everyone away for good and keeps nothing. */
  async end(): Promise<void> {
    // Before its tables are gone: nothing is left that would still be written to them.
    await this.vacate()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }
}
