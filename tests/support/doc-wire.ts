import * as Y from 'yjs'
import { type DocumentFrame, encodeDocumentFrame, readDocumentFrame } from '../../src/protocol/documents/sync-frame.ts'
import { Arrivals } from './arrivals.ts'
import { tokenFor } from './users.ts'

/** A text frame as it came. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at frames as they are
export type TextFrame = any

/**
 * One raw connection to a room with a document, as somebody with nothing but the protocol would make it. Text frames are what
 * their JSON says, binary ones what they are.
 */
export class DocWire extends Arrivals<TextFrame> {
  readonly socket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  /** What the room has said of the document, and what we had of it before. */
  readonly doc: Y.Doc
  #counter = 0

  private constructor(socket: WebSocket, doc: Y.Doc) {
    super()
    this.socket = socket
    this.doc = doc
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', ({ data }) => {
      const frame = typeof data === 'string' ? JSON.parse(data) : readDocumentFrame(new Uint8Array(data as ArrayBuffer))
      if (frame.type === 'sync' && frame.step !== 'vector') Y.applyUpdate(this.doc, frame.payload, this)
      this.frames.push(frame)
      this.arrived()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }))
    })
  }

  /** Connects as a user, or anonymously; `search` is `v=1` unless something else is given. Waits for the first frame. */
  static async open(base: string, name: string, user?: string, search = 'v=1', doc = new Y.Doc()): Promise<DocWire> {
    const token = user === undefined ? '' : `token=${await tokenFor(user)}&`
    const url = `${base.replace('http', 'ws')}/ws/yjs/${encodeURIComponent(name)}?${token}${search}`
    const wire = new DocWire(new WebSocket(url), doc)
    await new Promise((resolve, reject) => {
      wire.socket.addEventListener('open', resolve)
      wire.socket.addEventListener('error', () => reject(new Error('refused')))
    })
    await Promise.race([wire.until(() => true), wire.closed])
    return wire
  }

  send(frame: DocumentFrame): void {
    this.socket.send(encodeDocumentFrame(frame) as Uint8Array<ArrayBuffer>)
  }

  /** Edits our copy and sends what that has changed. */
  edit(change: (text: Y.Text, doc: Y.Doc) => void): Uint8Array {
    const before = Y.encodeStateVector(this.doc)
    this.doc.transact(() => change(this.doc.getText('content'), this.doc))
    const update = Y.encodeStateAsUpdate(this.doc, before)
    this.send({ type: 'sync', step: 'update', payload: update })
    return update
  }

  /** Waits until the room has handled and stored everything so far; what it had to say before has come by then. */
  async saved(): Promise<void> {
    const counter = ++this.#counter
    this.send({ type: 'saved', counter })
    await this.until((frame) => frame.type === 'saved' && frame.counter === counter)
  }

  get text(): string {
    return this.doc.getText('content').toString()
  }

  /** The last that the room has said of whether we may write. */
  get canWrite(): boolean | undefined {
    return this.frames.findLast(({ type }) => type === 'auth')?.canWrite
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}
