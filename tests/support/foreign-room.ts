import { createSignal } from 'solid-js'
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { ConnectionEvents, ConnectionStatus } from '../../src/connection/connection.ts'
import type { Door } from '../../src/connection/provider.ts'
import { type DocumentFrame, encodeDocumentFrame, readDocumentFrame } from '../../src/protocol/documents/sync-frame.ts'
import type { DeepSpaceError } from '../../src/protocol/errors.ts'
import { DocumentClient } from '../../src/yjs/document-client.ts'

/** What a client says: bytes as what they are, text as what its JSON says. */
export type Said = DocumentFrame | { readonly type: string; readonly payload?: unknown }

/** A client of a document, whose room is the test. */
export class ForeignRoom {
  readonly client: DocumentClient
  /** Everything that the client has said, on all connections. */
  readonly said: Said[] = []
  readonly errors: DeepSpaceError[] = []
  /** What the room has. */
  readonly doc = new Y.Doc()
  readonly awareness = new Awareness(this.doc)
  /** What is not known yet: who is signed in. */
  doubt: Promise<unknown> | undefined
  restarts = 0
  /** The only component that looks at the document is gone. */
  readonly letGo: () => void
  #events!: ConnectionEvents
  #isGreeted = false
  #setStatus: (status: ConnectionStatus) => void

  constructor() {
    const [status, setStatus] = createSignal<ConnectionStatus>('connecting')
    this.#setStatus = setStatus
    const door: Door = {
      open: (events) => {
        this.#events = events
        return {
          status,
          error: () => undefined,
          send: (frame) => {
            if (this.#isGreeted) {
              this.said.push(typeof frame === 'string' ? JSON.parse(frame) : readDocumentFrame(frame))
            }
            return this.#isGreeted
          },
          reconnect: () => {},
          restart: () => {
            this.restarts++
          },
          retry: () => {},
          disconnect: () => {},
          close: () => this.drop(),
        }
      },
      failed: (error) => this.errors.push(error),
      keepFor: () => 0,
      doubt: () => this.doubt,
    }
    this.client = new DocumentClient(door)
    this.letGo = this.client.hold()
  }

  get document() {
    return this.client.document
  }

  get text(): Y.Text {
    return this.document.doc().getText('content')
  }

  /** Says something to the client. */
  say(frame: DocumentFrame | object): void {
    const data =
      'type' in frame && ['sync', 'awareness', 'denied', 'query-awareness', 'saved'].includes(frame.type as string)
        ? encodeDocumentFrame(frame as DocumentFrame).buffer
        : JSON.stringify(frame)
    this.hear(data)
  }

  /** Has the client hear something as it is. */
  hear(data: string | ArrayBuffer): void {
    if (!this.#events.received(data) || this.#isGreeted) return
    this.#isGreeted = true
    this.#events.greeted?.()
    this.#setStatus('connected')
  }

  sayVector(): void {
    this.say({ type: 'sync', step: 'vector', payload: Y.encodeStateVector(this.doc) })
  }

  sayState(vector?: Uint8Array): void {
    this.say({ type: 'sync', step: 'state', payload: Y.encodeStateAsUpdate(this.doc, vector) })
  }

  /** Greets as a room of version 1. */
  greet(canWrite = true): void {
    this.say({ type: 'auth', canWrite })
    this.sayVector()
    this.sayState(this.last('vector'))
  }

  /** Takes the edits that the client has sent since it was asked last. */
  take(): number {
    const edits = this.said.filter((frame) => frame.type === 'sync' && 'step' in frame && frame.step !== 'vector')
    for (const edit of edits) if ('payload' in edit) Y.applyUpdate(this.doc, edit.payload as Uint8Array)
    for (const frame of this.said) {
      if (frame.type === 'awareness' && 'update' in frame) applyAwarenessUpdate(this.awareness, frame.update, 'client')
    }
    return edits.length
  }

  /** The payload of the last sync frame of a step. */
  last(step: string): Uint8Array | undefined {
    const frame = this.said.findLast((frame) => frame.type === 'sync' && 'step' in frame && frame.step === step)
    return frame && 'payload' in frame ? (frame.payload as Uint8Array) : undefined
  }

  /** The connection is lost. */
  drop(): void {
    if (!this.#isGreeted) return
    this.#isGreeted = false
    this.#setStatus('disconnected')
    this.#events.dropped()
  }

  end(): void {
    this.client.close()
    this.awareness.destroy()
  }
}
