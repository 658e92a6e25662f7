import * as decoding from 'lib0/decoding'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Dice } from './dice.ts'
import { edit } from './edits.ts'
import type { Events } from './events.ts'
import { type DocumentPlace, docIdOf } from './notes.ts'
import type { Tokens } from './tokens.ts'

/** Who uses y-websocket as it comes from npm. It knows no word for `saved`, and nobody who may not write. */
export class Stock {
  readonly name: string
  readonly user: string
  readonly place: DocumentPlace
  readonly #connect: (doc: Y.Doc) => WebsocketProvider
  readonly #events: Events
  #edits = 0
  doc!: Y.Doc
  #provider!: WebsocketProvider

  private constructor(name: string, user: string, token: string, recordId: string, port: number, events: Events) {
    this.name = name
    this.user = user
    this.place = { kind: 'yjs', recordId }
    this.#events = events
    const options = { params: { token }, disableBc: true, WebSocketPolyfill: BytesOnly }
    const docId = encodeURIComponent(docIdOf(recordId))
    this.#connect = (doc) => new WebsocketProvider(`ws://127.0.0.1:${port}/ws/yjs`, docId, doc, options)
    this.#begin()
  }

  #begin(): void {
    const doc = new Y.Doc()
    const provider = this.#connect(doc)
    this.doc = doc
    this.#provider = provider
    // As it comes it would say so on the console.
    provider.messageHandlers[2] = (_, decoder) => {
      this.#events.count('refusals told to y-websocket')
      decoding.readVarUint(decoder)
      // An app that has got something of another record begins anew.
      if (this.doc === doc && decoding.readVarString(decoder).includes('a record that is gone')) {
        this.#events.count('documents begun anew by y-websocket')
        this.leave()
        this.#begin()
      }
    }
    doc.on('update', (_: Uint8Array, __: unknown, ___: Y.Doc, { local }: Y.Transaction) => {
      if (local) this.#edits++
    })
  }

  static async open(
    name: string,
    user: string,
    tokens: Tokens,
    recordId: string,
    port: number,
    events: Events,
  ): Promise<Stock> {
    return new Stock(name, user, (await tokens.of(user))!, recordId, port, events)
  }

  get isConnected(): boolean {
    return this.#provider.wsconnected
  }

  get isSynced(): boolean {
    return this.#provider.synced
  }

  edit(dice: Dice): void {
    const before = this.#edits
    edit(this.doc, dice)
    if (this.#edits > before) this.#events.count('edits by y-websocket')
  }

  /** Says something of itself to the others. */
  say(cursor: number): void {
    this.#provider.awareness.setLocalStateField('cursor', cursor)
  }

  /** Comes back, where it was told to stay away: it does not by itself. */
  knock(): void {
    this.#provider.connect()
  }

  leave(): void {
    this.#provider.destroy()
    this.doc.destroy()
  }
}

/** Who is silent for a second is told in text whether it may write (T1), which y-websocket throws at and goes on. */
class BytesOnly extends WebSocket {
  override set onmessage(take: ((event: MessageEvent) => void) | null) {
    super.onmessage = take && ((event: MessageEvent) => typeof event.data !== 'string' && take(event))
  }

  override get onmessage() {
    return super.onmessage
  }
}
