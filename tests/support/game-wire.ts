import { applyDelta, type GameState } from '../../src/protocol/game/delta.ts'
import { Arrivals } from './arrivals.ts'
import { tokenFor } from './users.ts'
import type { Frame } from './wire.ts'

/** One raw connection to a room with a game, as somebody with nothing but the protocol would make it. */
export class GameWire extends Arrivals<Frame> {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  /** How much has come, in characters; and each frame as it came. */
  readonly texts: string[] = []
  /** The state, as it follows from what came. */
  state: GameState | undefined
  tick = 0
  running = false
  /** The last of its inputs that the room says to have used, and the last that it has sent. */
  used = 0
  sent = 0
  /** Whether it does not say how far it has come. */
  isSlow = false
  readonly #unread: string[] = []

  private constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.type === 'core.mark') {
        if (this.isSlow) this.#unread.push(String(data))
        else socket.send(String(data))
      }
      this.texts.push(String(data))
      this.#note(frame)
      this.frames.push(frame)
      this.arrived()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
  }

  /** Connects as a user, or anonymously, and waits until the room has said all that it says at first; `search` is `v=1` unless something else is given. */
  static async open(base: string, name: string, user?: string, search = 'v=1'): Promise<GameWire> {
    const token = user === undefined ? '' : `token=${await tokenFor(user)}&`
    const url = `${base.replace('http', 'ws')}/ws/game/${encodeURIComponent(name)}?${token}${search}`
    const wire = new GameWire(new WebSocket(url))
    await new Promise((resolve, reject) => {
      wire.socket.addEventListener('open', resolve)
      wire.socket.addEventListener('error', () => reject(new Error('refused')))
    })
    await Promise.race([wire.until(({ type }) => type === 'auth'), wire.closed])
    if (wire.socket.readyState === WebSocket.OPEN) await wire.handled()
    return wire
  }

  send(type: string, payload: unknown = {}): void {
    this.socket.send(JSON.stringify({ type, payload }))
  }

  /** Sends an input with the next number, and gives that. */
  input(action: string, data?: unknown): number {
    const seq = ++this.sent
    this.send('game.input', { seq, action, data })
    return seq
  }

  /** Sends an input, and waits until a tick has used it. */
  async play(action: string, data?: unknown): Promise<void> {
    const seq = this.input(action, data)
    await this.until(() => this.used >= seq)
  }

  /** Waits until the room has handled everything so far; whatever it had to say of it at once has come by then. */
  async handled(): Promise<void> {
    const from = this.frames.length
    this.send('handled?')
    await this.until(({ type, payload }) => type === 'core.error' && /handled\?/.test(payload.error), from)
  }

  /** Asks for the whole state, and waits for it. */
  async query(): Promise<Frame['payload']> {
    const from = this.frames.length
    this.send('game.query')
    return (await this.until(({ type }) => type === 'game.state', from)).payload
  }

  /** The error that comes next. */
  async refusal(from = 0): Promise<Frame['payload']> {
    const isOurs = ({ type, payload }: Frame) => type === 'core.error' && !/handled\?/.test(payload.error)
    return (await this.until(isOurs, from)).payload
  }

  /** What came from a frame on, but for the answers that were waited for alone. */
  told(from = 0): Frame[] {
    return this.frames.slice(from).filter(({ payload }) => !/handled\?/.test(payload?.error ?? ''))
  }

  /** Ends the connection in order: without a code, or with the one that a page has which goes away (1001). */
  async close(code?: number): Promise<void> {
    this.socket.close(code)
    await this.closed
  }

  /** Says that it has come so far as it has, from now on too. */
  catchUp(): void {
    this.isSlow = false
    for (const mark of this.#unread.splice(0)) this.socket.send(mark)
  }

  /** Gives up the seat, and waits until the room has handled that. */
  async leave(): Promise<void> {
    this.send('game.leave')
    await this.handled()
  }

  /** Ends the connection as a network does that breaks: with a code of which one comes back. */
  async drop(): Promise<void> {
    this.socket.close(4000)
    await this.closed
  }

  #note({ type, payload }: Frame): void {
    if (!type.startsWith('game.')) return
    if (payload.state) this.state = payload.state
    if (payload.delta) this.state = applyDelta(this.state!, payload.delta)
    if (payload.tick !== undefined) this.tick = payload.tick
    if (payload.seq !== undefined) this.used = payload.seq
    if (type === 'game.state') this.running = payload.running
    if (type === 'game.state' && payload.received !== undefined) this.sent = Math.max(this.sent, payload.received)
    if (type === 'game.start') this.running = true
    if (type === 'game.end') this.running = false
  }
}
