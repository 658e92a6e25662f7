import * as Y from 'yjs'
import { encodeTextFrame, readTextFrame } from '../../src/protocol/documents/text-frame.ts'
import type { Dice } from './dice.ts'
import { edit } from './edits.ts'
import type { Events } from './events.ts'
import { type DocumentPlace, noteCollections, textField } from './notes.ts'
import type { Tokens } from './tokens.ts'

/**
 * Who writes a text over a plain connection, with nothing but the protocol, and now and then loses what they send: the room must find that
 * something is missing, and ask. And whoever begins anew tries to bring back what they had before, of whatever record that was.
 */
export class Scribe {
  readonly name: string
  readonly user: string
  readonly place: DocumentPlace
  doc = new Y.Doc()
  readonly #frame: { readonly collection: string; readonly recordId: string; readonly fieldName: string }
  readonly #docKey: string
  readonly #url: string
  readonly #token: () => string | Promise<string> | undefined
  readonly #events: Events
  #socket: WebSocket | undefined
  #canWrite = false
  #isIn = false
  #isAway = false
  /** What it had before it began anew, and has not sent again yet. */
  #former: Uint8Array | undefined
  /** How many of its next edits get lost. */
  #losing = 0
  #isCareful = false

  constructor(
    name: string,
    user: string,
    tokens: Tokens,
    room: string,
    recordId: string,
    port: number,
    events: Events,
  ) {
    this.name = name
    this.user = user
    this.place = { kind: 'text', recordId }
    this.#frame = { collection: noteCollections[0].name, recordId, fieldName: textField }
    this.#docKey = `${this.#frame.collection}:${recordId}:${textField}`
    this.#url = `ws://127.0.0.1:${port}/ws/${encodeURIComponent(room)}`
    this.#token = () => tokens.of(user)
    this.#events = events
    void this.#open()
  }

  get isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  /** Whether the room has sent the whole text, and has not taken it away since. */
  get isIn(): boolean {
    return this.#isIn
  }

  /** Edits at random, or as it is told. */
  edit(dice: Dice, change: (doc: Y.Doc) => void = (doc) => edit(doc, dice)): void {
    if (!this.#canWrite || this.#socket?.readyState !== WebSocket.OPEN) return
    const before = Y.encodeStateVector(this.doc)
    let isNews = false
    this.doc.once('update', () => {
      isNews = true
    })
    change(this.doc)
    if (!isNews) return
    if (this.#losing === 0 && !this.#isCareful && dice.chance(0.1)) this.#losing = 1 + dice.below(3)
    if (this.#losing > 0) {
      this.#losing--
      return this.#events.count('document edits lost on purpose')
    }
    this.#events.count('edits over a wire')
    this.#sync('update', Y.encodeStateAsUpdate(this.doc, before))
  }

  /** Loses its next edits, and none behind them. */
  loseNext(count: number): void {
    this.#losing = count
    this.#isCareful = true
  }

  /** Begins anew with what the room has, and joins, or comes back where the connection is gone. */
  begin(): void {
    this.#forget()
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send('yjs.join', this.#frame)
    else if (this.#socket?.readyState === WebSocket.CLOSED) void this.#open()
  }

  /** Takes another connection, whatever has become of the present one. */
  comeAgain(): void {
    this.#forget()
    this.#socket?.close()
    void this.#open()
  }

  leave(): void {
    this.#isAway = true
    this.#socket?.close()
  }

  #forget(): void {
    this.#isIn = this.#canWrite = false
    if (this.doc.store.clients.size > 0) this.#former = Y.encodeStateAsUpdate(this.doc)
    this.doc = new Y.Doc()
  }

  /** Sends what it had before, and joins again: of what the room takes of that it is told nothing. */
  #bringBack(): void {
    if (!this.#former) return
    this.#sync('state', this.#former)
    this.#former = undefined
    this.#isIn = false
    this.#send('yjs.join', this.#frame)
  }

  async #open(): Promise<void> {
    this.#socket = undefined
    const socket = new WebSocket(`${this.#url}?v=1&token=${await this.#token()}`)
    if (this.#isAway) return socket.close()
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    let isGreeted = false
    socket.addEventListener('error', () => {})
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket || data === 'pong') return
      if (typeof data !== 'string') return this.#take(new Uint8Array(data as ArrayBuffer))
      const { type, payload } = JSON.parse(data)
      if (type === 'user.info' && !isGreeted) {
        isGreeted = true
        this.#send('yjs.join', this.#frame)
      }
      if (type === 'core.mark') socket.send(data)
      if (type === 'yjs.join' && payload.recordId === this.place.recordId) {
        this.#canWrite = payload.canWrite
        if (payload.revoked) this.#isIn = false
        if (payload.canWrite) this.#bringBack()
      }
      if (type === 'core.error' && payload.error.includes('a record that is gone'))
        this.#events.count('documents of a record that is gone brought back over a wire')
    })
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#isIn = this.#canWrite = false
    })
  }

  #take(bytes: Uint8Array): void {
    const frame = readTextFrame(bytes)
    if (frame.docKey !== this.#docKey || frame.type !== 'sync') return
    if (frame.step === 'vector') {
      // It answers what the room asks for, and so mends what was lost.
      if (this.#canWrite) this.#sync('state', Y.encodeStateAsUpdate(this.doc, frame.payload))
      return
    }
    if (frame.step === 'state') this.#isIn = true
    Y.applyUpdate(this.doc, frame.payload, this)
  }

  #sync(step: 'state' | 'update', payload: Uint8Array): void {
    this.#socket!.send(
      encodeTextFrame({ type: 'sync', docKey: this.#docKey, step, payload }) as Uint8Array<ArrayBuffer>,
    )
  }

  #send(type: string, payload: object): void {
    this.#socket!.send(JSON.stringify({ type, payload: { ...payload, requestId: crypto.randomUUID() } }))
  }
}
