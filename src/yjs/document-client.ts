import { batch } from 'solid-js'
import { type Connection, takenIn } from '../connection/connection.ts'
import type { Client, Door } from '../connection/provider.ts'
import { LiveDocument } from '../documents/live-document.ts'
import { defaultText } from '../protocol/documents/default-text.ts'
import { type DocumentFrame, encodeDocumentFrame, readDocumentFrame } from '../protocol/documents/sync-frame.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import { encodeFrame } from '../protocol/frame.ts'
import { isSameUser } from '../protocol/visitor-id.ts'
import type { AuthFrame, YjsClientFrame, YjsServerFrame } from '../protocol/yjs/messages.ts'

/** What a document is to begin with. */
export interface Initial {
  /** The name of the text. */
  readonly field: string
  readonly text: string
}

/**
 * The browser's end of a room with one document: its connection and the document. However many components name the room, there
 * is one of these a provider. The room may be ours, a baseline room, or any that speaks as y-websocket does.
 */
export class DocumentClient implements Client {
  readonly connection: Connection
  readonly document: LiveDocument
  /** How many look at it. */
  #holders = 0
  userId: string | undefined
  #initial: Initial | undefined
  /** Whether this connection has asked for it. */
  #hasOffered = false

  constructor(door: Door) {
    const send = (frame: DocumentFrame): boolean => this.connection.send(encodeDocumentFrame(frame))
    this.document = new LiveDocument({
      sync: (step, payload) => send({ type: 'sync', step, payload }),
      awareness: (update) => send({ type: 'awareness', update }),
      saved: (counter) => send({ type: 'saved', counter }),
      doubt: door.doubt,
      failed: door.failed,
    })
    this.connection = door.open({
      failed: door.failed,
      received: (frame) => this.#received(frame),
      greeted: () => this.document.greeted(),
      dropped: () => {
        this.#hasOffered = false
        this.document.dropped()
      },
      refused: () => this.#forget(),
    })
  }

  /** Somebody looks at the document. Gives back what ends that. */
  hold(): () => void {
    this.document.lookedAt(++this.#holders > 0)
    return () => this.document.lookedAt(--this.#holders > 0)
  }

  /** Has the room begin a document of which nothing was ever written. */
  begin(initial: Initial): void {
    this.#initial ??= initial
    this.#offer()
  }

  changeIdentity(): void {
    // What was written before is the former user's, on the former user's connection.
    this.document.flush()
    this.#forget()
    this.connection.restart()
  }

  close(): void {
    this.document.close()
    this.connection.close()
  }

  #forget(): void {
    this.userId = undefined
    batch(() => this.document.reset())
  }

  /**
   * Takes a frame of the room; says whether it was the greeting: the first that says anything of the document, or of us. One
   * frame runs each effect once at most. Throws when the frame cannot be taken in.
   */
  #received(frame: string | ArrayBuffer): boolean {
    const isGreeting = takenIn(() =>
      typeof frame === 'string' ? this.#takeText(frame) : this.#take(new Uint8Array(frame)),
    )
    this.#offer()
    return isGreeting
  }

  #takeText(text: string): boolean {
    const frame = JSON.parse(text) as AuthFrame | YjsServerFrame
    switch (frame.type) {
      case 'auth':
        this.#greeted(frame.userId)
        this.document.allowed(frame.canWrite)
        break
      case 'core.error': {
        const error = errorFrom(frame.payload)
        // A room that could not start ends the connection, which tells of it.
        if (error.code !== 'room-failed') this.document.failed(error)
        break
      }
      case 'core.mark':
        this.connection.send(text)
        break
      default:
        // A newer worker may say more than we know.
        frame satisfies never
    }
    return frame.type === 'auth'
  }

  #take(bytes: Uint8Array): boolean {
    if (!known.includes(bytes[0]!)) return false
    const frame = readDocumentFrame(bytes)
    switch (frame.type) {
      case 'sync':
        this.document.took(frame.step, frame.payload)
        break
      case 'awareness':
        this.document.tookAwareness(frame.update)
        break
      case 'saved':
        this.document.stored(frame.counter)
        break
      case 'query-awareness':
        this.document.askedWho()
        break
      case 'denied':
        this.document.denied(frame.reason)
        break
      default:
        frame satisfies never
    }
    return frame.type === 'sync' || frame.type === 'awareness'
  }

  #greeted(userId: string | undefined): void {
    const before = this.userId
    if (before && userId && !isSameUser(before, userId)) this.#forget()
    this.userId = userId
  }

  #offer(): void {
    const initial = this.#initial
    if (!initial || this.#hasOffered || !this.document.isEmpty(initial.field)) return
    const { text, field } = initial
    this.#hasOffered = this.connection.send(
      encodeFrame<YjsClientFrame>({ type: 'yjs.initial', payload: field === defaultText ? { text } : { text, field } }),
    )
  }
}

/** The types of frames that we know; a room may send others, of which nothing is expected. */
const known: readonly number[] = [0, 1, 2, 3, 102]
