import type { PeerPayload, PresenceChanges, PresenceState } from '../../src/protocol/presence/messages.ts'
import { Arrivals } from './arrivals.ts'
import { tokenFor } from './users.ts'
import type { Frame } from './wire.ts'

/** One raw connection to a room of who is here, as somebody with nothing but the protocol would make it. */
export class PresenceWire extends Arrivals<Frame> {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  /** Who is here, as a version 1 client knows it by what it was told. */
  readonly peers = new Map<string, PeerPayload>()
  /** Whether it says back what it is asked. */
  answers = true

  private constructor(socket: WebSocket) {
    super()
    this.socket = socket
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.type === 'core.mark' && this.answers) socket.send(String(data))
      this.#note(frame)
      this.frames.push(frame)
      this.arrived()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
  }

  /** Connects as a user, or anonymously, and waits for the greeting; `search` is `v=1` unless something else is given. */
  static async open(base: string, name: string, user?: string, search = 'v=1'): Promise<PresenceWire> {
    const token = user === undefined ? '' : `token=${await tokenFor(user)}&`
    const url = `${base.replace('http', 'ws')}/ws/presence/${encodeURIComponent(name)}?${token}${search}`
    const wire = new PresenceWire(new WebSocket(url))
    await new Promise((resolve, reject) => {
      wire.socket.addEventListener('open', resolve)
      wire.socket.addEventListener('error', () => reject(new Error('refused')))
    })
    await Promise.race([wire.until(({ type }) => type === 'presence.sync'), wire.closed])
    return wire
  }

  send(type: string, payload: unknown): void {
    this.socket.send(JSON.stringify({ type, payload }))
  }

  /** Enters, and gives what makes another connection this one's continuation. */
  async enter(state: PresenceState = {}, before: object = {}): Promise<{ connectionId: string; resume: string }> {
    const from = this.frames.length
    this.send('presence.enter', { state, ...before })
    const { payload } = await this.until(({ type }) => type === 'presence.entered', from)
    return { connectionId: payload.connectionId, resume: payload.resume }
  }

  /** Waits until the room has handled everything so far; whatever it had to say of it at once has come by then. */
  async handled(): Promise<void> {
    const from = this.frames.length
    this.send('handled?', {})
    await this.until(({ type, payload }) => type === 'core.error' && /handled\?/.test(payload.error), from)
  }

  /** The error that comes next. */
  async refusal(from = 0): Promise<Frame['payload']> {
    return (await this.until(({ type }) => type === 'core.error', from)).payload
  }

  /** What users say of themselves, by the names of the users; of several connections of one in the order in which they came. */
  get states(): Record<string, PresenceState[]> {
    return Object.fromEntries(
      [...Map.groupBy(this.peers.values(), ({ userId }) => userId)].map(([userId, peers]) => [
        userId,
        peers.map(({ state }) => state),
      ]),
    )
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }

  #note({ type, payload }: Frame): void {
    if (type === 'presence.sync') {
      this.peers.clear()
      for (const peer of payload.peers) this.peers.set(peer.connectionId, peer)
    }
    if (type !== 'presence.changes') return
    const { joined = [], updated = [], left = [] } = payload as PresenceChanges
    for (const peer of joined) this.peers.set(peer.connectionId!, peer)
    for (const { connectionId, set, unset = [], state } of updated) {
      const peer = this.peers.get(connectionId)!
      const next = { ...(state ?? peer.state), ...set }
      for (const field of unset) delete next[field]
      this.peers.set(connectionId, { ...peer, state: next })
    }
    for (const id of left) this.peers.delete(id)
  }
}
