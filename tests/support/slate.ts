import { tokenFor } from './users.ts'
import { type Frame, Wire } from './wire.ts'

/** A connection to a slate, the barest of rooms that share one thing: one text. */
export class Slate {
  readonly #wire: Wire

  private constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Connects as a user, or anonymously, and waits for the greeting. Rejects where it is refused. */
  static async open(base: string, name: string, user?: string): Promise<Slate> {
    const search = user === undefined ? '' : `token=${await tokenFor(user)}`
    const slate = new Slate(await Wire.knock(base, name, search, 'presence'))
    await slate.until(({ type }) => type === 'slate')
    // On a socket on which nothing has come yet workerd takes ten seconds to say that it is closed.
    slate.#wire.send('hello', {})
    await slate.until(({ type }) => type === 'done')
    return slate
  }

  /** What the room has last said that this connection may. */
  get may(): { role: string; canWrite: boolean } {
    return this.#last('may')
  }

  /** Replaces the text, if the room lets us. Gives what it is then. */
  async write(text: string): Promise<string> {
    this.#wire.frames = this.#wire.frames.filter(({ type }) => type !== 'done')
    this.#wire.send('write', { text })
    await this.until(({ type }) => type === 'done')
    return this.text
  }

  get text(): string {
    return this.#last('slate').text
  }

  get closed(): Promise<{ code: number; reason: string }> {
    return this.#wire.closed
  }

  get isOpen(): boolean {
    return this.#wire.socket.readyState === WebSocket.OPEN
  }

  until(wanted: (frame: Frame) => boolean): Promise<Frame> {
    return this.#wire.until(wanted)
  }

  close(): Promise<void> {
    return this.#wire.close()
  }

  #last(type: string): Frame['payload'] {
    return this.#wire.frames.findLast((frame) => frame.type === type)!.payload
  }
}
