import * as Y from 'yjs'
import { encodeAwareness, readAwareness } from '../../src/protocol/documents/awareness-update.ts'
import type { SyncStep } from '../../src/protocol/documents/sync-step.ts'
import { encodeTextFrame, type TextFrame } from '../../src/protocol/documents/text-frame.ts'
import { Arrivals } from './arrivals.ts'
import type { Ack, Frame, Wire } from './wire.ts'

/**
 * The text of a field of a record, as somebody has it who joins it on a raw connection. Its frames are those about this text: binary
 * ones as what they are, others with their payload beside their type.
 */
// biome-ignore lint/suspicious/noExplicitAny: tests look at frames as they are
export class TextWire extends Arrivals<any> {
  readonly wire: Wire
  readonly place: { readonly collection: string; readonly recordId: string; readonly fieldName: string }
  readonly docKey: string
  /** What the room has said of the text, and what we had of it before. */
  readonly doc: Y.Doc
  #counter = 0
  #isOver = false

  constructor(wire: Wire, collection: string, recordId: string, fieldName = 'body', doc = new Y.Doc()) {
    super()
    this.wire = wire
    this.doc = doc
    this.place = { collection, recordId, fieldName }
    this.docKey = `${collection}:${recordId}:${fieldName}`
    wire.hear((frame) => this.#take(frame))
  }

  #take({ type, payload }: Frame): void {
    if (this.#isOver) return
    if (type === 'binary') {
      if (payload.docKey !== this.docKey) return
      if (payload.type === 'sync' && payload.step !== 'vector') Y.applyUpdate(this.doc, payload.payload, this)
      this.frames.push(payload)
    } else if (type.startsWith('yjs.')) {
      const { collection, recordId, fieldName } = payload
      if (`${collection}:${recordId}:${fieldName}` === this.docKey) this.frames.push({ type, ...payload })
    }
    this.arrived()
  }

  /** Asks to join, and waits for the whole answer, or for the refusal. */
  async join(more: { readonly synced?: boolean } = {}): Promise<Ack> {
    return this.wire.request('yjs.join', { ...this.place, ...more })
  }

  leave(): Promise<Ack> {
    return this.wire.request('yjs.leave', this.place)
  }

  /** Hears no more. */
  end(): void {
    this.#isOver = true
  }

  send(frame: TextFrame): void {
    this.wire.socket.send(encodeTextFrame(frame) as Uint8Array<ArrayBuffer>)
  }

  sync(step: SyncStep, payload: Uint8Array): void {
    this.send({ type: 'sync', docKey: this.docKey, step, payload })
  }

  /** Says of itself what a client of Yjs would. */
  say(clientId: number, clock: number, state: object | null): void {
    const update = encodeAwareness([{ clientId, clock, state: JSON.stringify(state) }])
    this.send({ type: 'awareness', docKey: this.docKey, update })
  }

  /** Edits our copy and sends what that has changed. */
  edit(change: (text: Y.Text) => void): Uint8Array {
    const before = Y.encodeStateVector(this.doc)
    this.doc.transact(() => change(this.doc.getText('content')))
    const update = Y.encodeStateAsUpdate(this.doc, before)
    this.sync('update', update)
    return update
  }

  write(words: string): Uint8Array {
    return this.edit((text) => text.insert(text.length, words))
  }

  /** Waits until our copy says something. */
  async reads(words: string): Promise<void> {
    while (this.text !== words) await this.next
  }

  /** Waits until the room has stored everything so far. */
  async saved(): Promise<void> {
    const counter = ++this.#counter
    this.wire.send('yjs.saved', { ...this.place, counter })
    await this.until((frame) => frame.type === 'yjs.saved' && frame.counter === counter)
  }

  get text(): string {
    return this.doc.getText('content').toString()
  }

  /** The last that the room has said of whether we may write. */
  get canWrite(): boolean | undefined {
    return this.frames.findLast(({ type }) => type === 'yjs.join')?.canWrite
  }

  /** The kinds of the frames that have come, from one on. */
  kinds(from = 0): string[] {
    return this.frames.slice(from).map(({ type, step }) => (step ? `${type} ${step}` : type))
  }

  /** What was said of who is here, in order: `undefined` is gone. */
  states(from = 0): unknown[] {
    return this.frames
      .slice(from)
      .filter(({ type }) => type === 'awareness')
      .flatMap(({ update }) => readAwareness(update, { entries: 100, stateBytes: 20_000, depth: 40 }))
      .map(({ state }) => JSON.parse(state) ?? undefined)
  }
}
