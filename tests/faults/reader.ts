import type { RecordEnvelope } from 'deepspace-solid/schema'
import type { RecordChange, ServerFrame } from '../../src/protocol/records/messages.ts'
import type { Sightings } from './sightings.ts'
import type { Tokens } from './tokens.ts'
import { noteFrame, type Observed } from './witness.ts'

/** How long the line may be silent before it is asked, and before it is given up; in milliseconds. */
const patience = { ask: 700, giveUp: 2_000 }

/**
 * A client that knows nothing but part A of the protocol: it asks for everything, applies each change, and comes back
 * after every close.
 */
export class Reader {
  readonly name: string
  readonly user: string | undefined
  readonly #token: () => string | Promise<string> | undefined
  readonly #url: string
  readonly #sightings: Sightings
  readonly #beat: NodeJS.Timeout
  #records = new Map<string, RecordEnvelope>()
  #isGreeted = false
  #observed: Observed | undefined
  #heardAt = 0
  #sockets = 0
  #isReady = false
  #isAway = false

  constructor(
    name: string,
    user: string | undefined,
    tokens: Tokens,
    room: string,
    port: number,
    sightings: Sightings,
  ) {
    this.name = name
    this.user = user
    this.#token = () => tokens.of(user)
    this.#url = `ws://127.0.0.1:${port}/ws/${encodeURIComponent(room)}`
    this.#sightings = sightings
    void this.#open()
    this.#beat = setInterval(() => this.#check(), 100)
  }

  /** The socket, once the first answer has come over it. */
  get line(): Observed | undefined {
    return this.#isReady ? this.#observed : undefined
  }

  /** What it holds; nothing when it was refused. */
  get records(): readonly RecordEnvelope[] {
    return [...this.#records.values()]
  }

  leave(): void {
    this.#isAway = true
    clearInterval(this.#beat)
    this.#observed?.socket.close()
  }

  #check(): void {
    if (!this.#observed) return
    const silence = performance.now() - this.#heardAt
    const { socket } = this.#observed
    if (socket.readyState === WebSocket.CLOSED || silence > patience.giveUp) {
      socket.close()
      void this.#open()
    } else if (silence > patience.ask && socket.readyState === WebSocket.OPEN) socket.send('ping')
  }

  async #open(): Promise<void> {
    this.#observed = undefined
    this.#isReady = false
    this.#isGreeted = false
    const token = await this.#token()
    const socket = new WebSocket(token === undefined ? this.#url : `${this.#url}?token=${token}`)
    const observed: Observed = { socket, asked: 0, open: new Set(), postponed: new Set() }
    const observer = `${this.name}, socket ${++this.#sockets}`
    this.#observed = observed
    this.#heardAt = performance.now()
    socket.addEventListener('error', () => {})
    socket.addEventListener('message', ({ data }) => {
      if (this.#observed !== observed || this.#isAway) return
      this.#heardAt = performance.now()
      if (data === 'pong') return
      const frame = JSON.parse(data as string) as ServerFrame
      noteFrame(frame, observer, this.#sightings)
      this.#take(frame, socket)
    })
  }

  #take(frame: ServerFrame, socket: WebSocket): void {
    if (frame.type === 'records.resubscribe' || (frame.type === 'user.info' && !this.#isGreeted)) {
      // What a later role shows and hides comes by itself.
      this.#isGreeted = true
      const payload = { subscriptionId: 'all', query: { collection: 'things' } }
      socket.send(JSON.stringify({ type: 'core.subscribe', payload }))
    } else if (frame.type === 'core.query_result') {
      this.#records = new Map(frame.payload.records.map((record) => [record.recordId, record]))
      this.#isReady = true
    } else if (frame.type === 'core.error') {
      this.#records.clear()
      this.#isReady = true
    } else if (frame.type === 'core.record_change') {
      const { collection, record, changeType, revoked } = frame.payload as RecordChange
      if (collection !== 'things') return
      if (changeType === 'delete' || revoked) this.#records.delete(record.recordId)
      else this.#records.set(record.recordId, record as RecordEnvelope)
    }
  }
}
