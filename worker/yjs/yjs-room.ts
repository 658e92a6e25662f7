import * as Y from 'yjs'
import { defaultText } from '../../src/protocol/documents/default-text.ts'
import { editText } from '../../src/protocol/documents/edit-text.ts'
import { type DocumentFrame, encodeDocumentFrame, readDocumentFrame } from '../../src/protocol/documents/sync-frame.ts'
import { errorPayload } from '../../src/protocol/error-payload.ts'
import { DeepSpaceError, mismatch } from '../../src/protocol/errors.ts'
import { encodeFrame, openFrame } from '../../src/protocol/frame.ts'
import { type AuthFrame, readYjsFrame, type YjsServerFrame } from '../../src/protocol/yjs/messages.ts'
import { type AwarenessDelivery, DocumentAwareness } from '../documents/awareness.ts'
import { Document } from '../documents/document.ts'
import { DocumentStorage } from '../documents/document-storage.ts'
import { formerDocument, nothing } from '../documents/former-document.ts'
import { readText } from '../documents/read-text.ts'
import { awarenessUserOf } from '../documents/verified-state.ts'
import type { RpcCaller } from '../edge/rpc-caller.ts'
import { GuestRoom } from '../room/guest-room.ts'
import { Keeping } from '../room/keeping.ts'
import { presentable } from '../room/room.ts'
import { defaultYjsLimits, type YjsLimits } from './yjs-limits.ts'
import type { Dialect, Spoken, YjsSession } from './yjs-session.ts'

/**
 * The Durable Object that holds one document of Yjs, at `/ws/yjs/<docId>`. Extend it, and give it to `routeRooms` as
 * `rooms.yjs`; whoever may write is said at the door (`authorize`), or by a record that it is bound to.
 *
 *     export class Docs extends YjsRoom<Env> {}
 *
 * It speaks the sync protocol of Yjs, so stock clients of y-websocket can connect. What is written is passed on at once and
 * stored within 100 ms.
 */
export class YjsRoom<Env = unknown> extends GuestRoom<Env, Spoken> {
  override readonly limits: Partial<YjsLimits> = {}

  #bounds: YjsLimits | undefined
  #storage!: DocumentStorage
  #open: Document | undefined
  #awareness!: DocumentAwareness<YjsSession>
  readonly #keeping = new Keeping<YjsSession>((session) =>
    this.attend(session, () => {
      session.kept.awareness = this.#awareness.kept(session, keptBytes)
      this.keep(session)
    }),
  )

  // Life and connections

  protected override start(): void {
    this.#storage = new DocumentStorage(this.ctx.storage)
    this.#awareness = this.#freshAwareness()
  }

  protected override get bounds(): YjsLimits {
    this.#bounds ??= { ...defaultYjsLimits, ...this.limits }
    return this.#bounds
  }

  protected override keptAtFirst(): Spoken {
    return { dialect: 'unheard', awareness: undefined, isFormer: false }
  }

  protected override keptAtLeast(kept: Spoken): Spoken {
    return { ...kept, awareness: undefined }
  }

  protected override joined(session: YjsSession): void {
    if (session.version > 0) this.#speaks(session, 'version 1')
    this.#ask(session)
    if (session.version === 0) {
      this.#sendFrame(session, { type: 'sync', step: 'state', payload: this.#document.whole() })
      // A client that has nothing to say is none of y-websocket, which begins with what it has.
      setTimeout(() => this.attend(session, () => this.#heard(session, 'baseline')), silenceMeans)
    }
    this.#showOthers(session)
  }

  protected override resumed(session: YjsSession, isWhole: boolean): void {
    const { awareness } = session.kept
    const isKnown = this.#awareness.restore(session, awarenessUserOf(session.identity), awareness)
    if (!isWhole || !isKnown) this.#sendFrame(session, { type: 'query-awareness' })
  }

  protected override left(session: YjsSession): void {
    this.#keeping.forget(session)
    this.#deliver(this.#awareness.leave(session))
  }

  protected override roleChanged(session: YjsSession): void {
    const { dialect } = session.kept
    if (dialect === 'version 1' || dialect === 'baseline') this.#tellRights(session)
    // What it has written while it might not is asked for, now that it may.
    if (this.mayWrite(session)) this.#ask(session)
  }

  protected override emptied(): void {
    const open = new Map(this.#open && [[documentName, this.#open.writers]])
    this.#open?.discard()
    this.#open = undefined
    this.#storage.removeAll('', open)
    this.#awareness = this.#freshAwareness()
  }

  // Frames

  protected override unread(session: YjsSession, _: string | ArrayBuffer, error: DeepSpaceError): void {
    this.#refuse(session, error)
  }

  protected override received(session: YjsSession, message: string | ArrayBuffer): void {
    try {
      if (typeof message === 'string') return this.#takeText(session, message)
      session.budget.checkWrite()
      session.budget.read(message.byteLength)
      const frame = readDocumentFrame(new Uint8Array(message))
      this.#heard(session, frame.type === 'sync' && frame.step === 'vector' ? 'plain' : 'baseline')
      this.#take(session, frame)
    } catch (error) {
      this.#refuse(session, presentable(error))
    }
  }

  #take(session: YjsSession, frame: DocumentFrame): void {
    switch (frame.type) {
      case 'sync':
        return frame.step === 'vector' ? this.#answer(session, frame.payload) : this.#edit(session, frame)
      case 'awareness': {
        const { deliveries, changed } = this.#awareness.receive(session, frame.update)
        this.#deliver(deliveries)
        return this.#keeping.soon(changed)
      }
      case 'saved':
        return this.#document.stored(() => this.attend(session, () => this.#sendFrame(session, frame)))
      case 'query-awareness':
        return this.#showOthers(session)
      case 'denied':
        return
      default:
        frame satisfies never
    }
  }

  /** Asks for what the room lacks. Who is to begin anew is asked then; a plain client is told when it answers. */
  #ask(session: YjsSession): void {
    if (session.kept.isFormer && session.version > 0) return
    this.#sendFrame(session, { type: 'sync', step: 'vector', payload: this.#document.step1() })
  }

  /** Sends who else is here. */
  #showOthers(session: YjsSession): void {
    for (const update of this.#awareness.join(session, awarenessUserOf(session.identity))) {
      this.#sendFrame(session, { type: 'awareness', update })
    }
  }

  /** Sends what somebody lacks. Who has what is of a former record is to begin anew: until then they are told nothing more. */
  #answer(session: YjsSession, vector: Uint8Array): void {
    const isFormer = this.#document.isFormer(vector)
    const isDeaf = isFormer && session.version > 0
    const payload = isDeaf ? nothing : this.#document.difference(vector)
    this.#noteFormer(session, isFormer)
    this.#sendFrame(session, { type: 'sync', step: 'state', payload })
    if (isDeaf && this.mayWrite(session)) throw formerDocument()
  }

  /** What somebody has is of a former record, or is not any more. */
  #noteFormer(session: YjsSession, isFormer: boolean): void {
    const { kept } = session
    if (isFormer === kept.isFormer) return
    kept.isFormer = isFormer
    this.keep(session)
    if (kept.dialect === 'baseline') this.#tellRights(session)
    if (!isFormer && this.mayWrite(session)) this.#ask(session)
  }

  #edit(session: YjsSession, { step, payload }: DocumentFrame & { readonly type: 'sync' }): void {
    if (!this.mayWrite(session)) {
      // A client of part A answers with all that it has, whether it has anything new or not; it is not told.
      if (step === 'state' && session.version === 0) return
      throw new DeepSpaceError('denied', `UPDATE DENIED: role=${session.role}, this document is read-only for you`)
    }
    const { isFormer } = session.kept
    // It was on its way when they were told. A plain client has not been, and goes on.
    if (isFormer && session.version > 0) return
    const outcome = isFormer ? 'former' : this.#document.apply(payload, session)
    if (outcome === 'gap') this.#ask(session)
    if (outcome !== 'former') return
    this.#noteFormer(session, true)
    throw formerDocument()
  }

  #takeText(session: YjsSession, message: string): void {
    // Part A has no text from a client.
    if (session.version === 0) return
    const frame = readYjsFrame(openFrame(message))
    switch (frame.type) {
      case 'core.mark':
        return session.traffic.confirm(frame.payload.mark)
      case 'yjs.initial':
        if (!this.mayWrite(session)) throw new DeepSpaceError('denied', `UPDATE DENIED: role=${session.role}`)
        return this.#begin(frame.payload)
      default:
        frame satisfies never
    }
  }

  /** Inserts what the document is to begin with, where nothing has ever been written. */
  #begin({ text, field = defaultText }: { readonly text: string; readonly field?: string }): void {
    if (!isPristine(this.#document)) return
    this.#change((doc) => doc.getText(field).insert(0, text))
  }

  /** It is known how a client speaks. */
  #heard(session: YjsSession, dialect: Dialect): void {
    if (session.kept.dialect === 'unheard') this.#speaks(session, dialect)
  }

  #speaks(session: YjsSession, dialect: Dialect): void {
    session.kept.dialect = dialect
    this.keep(session)
    if (dialect !== 'plain') this.#tellRights(session)
  }

  #tellRights(session: YjsSession): void {
    const { version, identity, kept } = session
    // Nothing else tells a baseline client that what it has is taken no more.
    const canWrite = this.mayWrite(session) && !(version === 0 && kept.isFormer)
    const frame: AuthFrame = { type: 'auth', canWrite, ...(version > 0 && { userId: identity.userId }) }
    this.send(session, JSON.stringify(frame))
  }

  #refuse(session: YjsSession, error: DeepSpaceError): void {
    if (session.version > 0) {
      return this.send(session, encodeFrame<YjsServerFrame>({ type: 'core.error', payload: errorPayload(error) }))
    }
    // Baseline clients know no word for it.
    if (session.kept.dialect !== 'baseline') this.#sendFrame(session, { type: 'denied', reason: error.message })
  }

  #sendFrame(session: YjsSession, frame: DocumentFrame): void {
    this.send(session, encodeDocumentFrame(frame))
  }

  // Document and awareness

  /** The document, opened when it is first needed after a sleep. */
  get #document(): Document {
    const { documentBytes, documentStructs } = this.bounds
    this.#open ??= Document.open(this.#storage.log(documentName), {
      limits: { bytes: documentBytes, structs: documentStructs },
      updated: (update, origin) => this.#relay(update, origin),
      failed: (error) => console.error('a document could not be stored, and will be tried again', error),
    })
    return this.#open
  }

  /** Passes on what has been applied, to all but whoever has sent it, and who is to begin anew. */
  #relay(update: Uint8Array, origin: unknown): void {
    const frame = encodeDocumentFrame({ type: 'sync', step: 'update', payload: update })
    for (const session of this.sessions.values()) {
      if (session === origin || (session.version > 0 && session.kept.isFormer)) continue
      this.attend(session, () => this.send(session, frame))
    }
  }

  #deliver(deliveries: readonly AwarenessDelivery<YjsSession>[]): void {
    for (const { to, update } of deliveries) {
      const frame = encodeDocumentFrame({ type: 'awareness', update })
      for (const session of to) this.attend(session, () => this.send(session, frame))
    }
  }

  #freshAwareness(): DocumentAwareness<YjsSession> {
    const { awarenessIds, awarenessBytes } = this.bounds
    return new DocumentAwareness({ ids: awarenessIds, stateBytes: awarenessBytes })
  }

  /** Has the room itself write. Throws what {@link Document.apply} throws. */
  #change(edit: (doc: Y.Doc) => void): void {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, this.#document.whole())
    const before = Y.encodeStateVector(doc)
    doc.transact(() => edit(doc))
    this.#document.apply(Y.encodeStateAsUpdate(doc, before))
    doc.destroy()
  }

  // RPC

  /**
   * What a text of the document says, as a caller may read it; of the one that clients write where they name none. Rejects like
   * {@link checkRights}, and with `invalid-message` for a name that is no text.
   */
  async getText(as: RpcCaller, name: string = defaultText): Promise<string> {
    if (as !== 'system') await this.checkRights(as, 'yjs', 'read')
    checkTexts({ name })
    return readText(this.#document, name)
  }

  /**
   * Makes a text say something else by its smallest change; everybody is told. Resolves when it is stored. Rejects like
   * {@link getText}, with `denied` where the caller may only read, with `too-large`, and with `invalid-message` for what is no text.
   */
  async setText(value: string, as: RpcCaller, name: string = defaultText): Promise<void> {
    if (as !== 'system') await this.checkRights(as, 'yjs', 'write')
    checkTexts({ value, name })
    this.#change((doc) => editText(doc.getText(name), value))
    this.#document.flush()
  }

  /** The whole document, as an update of Yjs. Rejects like {@link getText}. */
  async snapshot(as: RpcCaller): Promise<Uint8Array> {
    if (as !== 'system') await this.checkRights(as, 'yjs', 'read')
    return this.#document.whole()
  }

  /**
   * Applies an update of Yjs; everybody is told. Resolves when it is stored. Rejects like {@link setText}, with
   * `invalid-message` for what is no update or stands on something that the document lacks, and with `not-found` for what was
   * written for a record that is gone: that only the room itself brings back.
   */
  async applyUpdate(update: Uint8Array, as: RpcCaller): Promise<void> {
    if (as !== 'system') await this.checkRights(as, 'yjs', 'write')
    if (!(update instanceof Uint8Array)) {
      throw new DeepSpaceError('invalid-message', `Invalid message: ${mismatch('update', 'bytes', update)}`)
    }
    const outcome = this.#document.apply(update, undefined, as === 'system')
    if (outcome === 'former') throw formerDocument()
    if (outcome === 'gap') {
      throw new DeepSpaceError('invalid-message', 'Invalid message: update: it stands on something that is not there')
    }
    this.#document.flush()
  }
}

function checkTexts(given: { readonly [name: string]: unknown }): void {
  for (const [what, text] of Object.entries(given)) {
    if (typeof text !== 'string')
      throw new DeepSpaceError('invalid-message', `Invalid message: ${mismatch(what, 'text', text)}`)
  }
}

/** The one document of the room. */
const documentName = 'document'

/** Whoever has said nothing for so long after connecting waits to be told something, in milliseconds. */
const silenceMeans = 1000

/** What it may take of an attachment, in bytes: of 16 KiB the identity takes up to 7, and traffic 2. */
const keptBytes = 6 * 1024

/** Whether nothing has ever been written to a document. */
function isPristine(document: Document): boolean {
  return Y.decodeStateVector(document.step1()).size === 0
}
