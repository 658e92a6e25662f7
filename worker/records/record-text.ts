import { docKeyOf } from '../../src/protocol/documents/doc-key.ts'
import { encodeTextFrame, type TextFrame } from '../../src/protocol/documents/text-frame.ts'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { encodeFrame } from '../../src/protocol/frame.ts'
import type { TextServerFrame } from '../../src/protocol/records/messages.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { TextPlace } from '../../src/protocol/records/text-place.ts'
import { type AwarenessDelivery, DocumentAwareness } from '../documents/awareness.ts'
import { Document, type DocumentLimits } from '../documents/document.ts'
import type { DocumentLog } from '../documents/document-log.ts'
import { formerDocument, nothing } from '../documents/former-document.ts'
import { awarenessUserOf } from '../documents/verified-state.ts'
import type { Attend } from './access.ts'
import type { JoinedText, RecordSession } from './record-session.ts'
import type { TextMemory } from './text-memory.ts'

/** What a text needs of its room. */
export interface TextRoom {
  readonly send: (session: RecordSession, frame: string | Uint8Array) => void
  readonly attend: Attend
  /** Has what is known of a connection outlive a sleep. */
  readonly keep: (session: RecordSession) => void
  readonly limits: DocumentLimits
  /** Where a text is kept, from when somebody joins it. */
  readonly log: (place: TextPlace) => DocumentLog
  /** Which documents are in memory, of all of the room. */
  readonly memory: TextMemory<RecordText>
}

/** What is to be told to connections about who else is here. */
export type Deliveries = readonly AwarenessDelivery<RecordSession>[]

/** So many bytes of an answer are sent for one unit of a budget. */
const bytesPerUnit = 512

/** The least that says of a connection where it is, in bytes of an attachment. */
const leastKept = 120

/**
 * The text of one field of one record: its document, and who has joined it. Nobody else is sent anything of it. It judges
 * nobody: `canWrite` of a connection is what was last found, see `RecordTexts`.
 */
export class RecordText {
  readonly place: TextPlace
  readonly docKey: string
  readonly collection: Collection
  readonly members = new Set<RecordSession>()
  readonly #room: TextRoom
  readonly #awareness = new DocumentAwareness<RecordSession>()
  #open: Document | undefined

  constructor(place: TextPlace, collection: Collection, room: TextRoom) {
    this.place = place
    this.docKey = docKeyOf(place)
    this.collection = collection
    this.#room = room
  }

  /** The document, opened when it is first needed. */
  get document(): Document {
    this.#open ??= Document.open(this.#room.log(this.place), {
      limits: this.#room.limits,
      updated: (update, origin) => this.#relay(update, origin),
      failed: (error) => console.error('a text could not be stored, and will be tried again', error),
    })
    this.#room.memory.used(this)
    return this.#open
  }

  get weight(): number {
    return this.#open?.weight ?? 0
  }

  /**
   * Somebody joins, or joins again: they are sent all that there is, unless they have it already and will say what they lack,
   * what they may do, and who else is here.
   */
  join(session: RecordSession, canWrite: boolean, isSynced: boolean): void {
    const { document, docKey } = this
    // Read before they are in: what cannot be opened nobody has joined.
    const vector = document.step1()
    const whole = isSynced ? undefined : document.whole()
    // What they have may be another document by now.
    const { isFormer: _, ...known } = session.kept.texts.get(docKey) ?? {}
    session.kept.texts.set(docKey, { ...known, canWrite })
    this.members.add(session)
    const states = this.#awareness.join(session, awarenessUserOf(session.identity))
    this.#send(session, { type: 'sync', docKey, step: 'vector', payload: vector })
    if (whole) this.#send(session, { type: 'sync', docKey, step: 'state', payload: whole })
    this.#room.send(session, joinedFrame(this.place, canWrite))
    for (const update of states) this.#send(session, { type: 'awareness', docKey, update })
  }

  /** Somebody who has joined is still here after a sleep. */
  restore(session: RecordSession, { awareness }: JoinedText): void {
    this.members.add(session)
    this.#awareness.restore(session, awarenessUserOf(session.identity), awareness)
  }

  /** Takes somebody out. Gives what is to be told about it, since who else may hear it may have to be judged first. */
  remove(session: RecordSession): Deliveries {
    session.kept.texts.delete(this.docKey)
    return this.members.delete(session) ? this.#awareness.leave(session) : []
  }

  /** Tells who is here, and who is not, to those who are. */
  deliver(deliveries: Deliveries): void {
    for (const { to, update } of deliveries) this.#tell(to, { type: 'awareness', docKey: this.docKey, update })
  }

  /** The same to one who has left. */
  deliverTo(session: RecordSession, deliveries: Deliveries): void {
    for (const { update } of deliveries) this.#send(session, { type: 'awareness', docKey: this.docKey, update })
  }

  /** Tells somebody what they may do now; who has come to write is asked for what they wrote meanwhile. */
  tellRights(session: RecordSession, canWrite: boolean): void {
    // Nothing else tells a baseline client that what it has is taken no more.
    const isTaken = canWrite && !(session.version === 0 && session.kept.texts.get(this.docKey)?.isFormer)
    this.#room.send(session, joinedFrame(this.place, isTaken))
    if (canWrite) this.#ask(session)
  }

  /** Takes a frame of somebody who has joined. Gives of whom something else is to be kept now. Throws a `DeepSpaceError`. */
  take(session: RecordSession, frame: TextFrame): readonly RecordSession[] {
    if (frame.type === 'awareness') {
      const { deliveries, changed } = this.#awareness.receive(session, frame.update)
      this.deliver(deliveries)
      return changed
    }
    if (frame.step === 'vector') this.#answer(session, frame.payload)
    else this.#edit(session, frame.payload)
    return []
  }

  /** Says a client's number back once all before it is stored, if it is here then. */
  saved(session: RecordSession, counter: number): void {
    this.document.stored(() =>
      this.#room.attend(session, () => {
        if (!this.members.has(session)) return
        const payload = { ...this.place, counter }
        this.#room.send(session, encodeFrame<TextServerFrame>({ type: 'yjs.saved', payload }))
      }),
    )
  }

  /** What is to be kept over a sleep of what somebody says of themselves, in so many bytes. */
  keep(session: RecordSession, maxBytes: number): void {
    const joined = session.kept.texts.get(this.docKey)
    if (!joined || !this.members.has(session)) return
    const kept = maxBytes < leastKept ? undefined : this.#awareness.kept(session, maxBytes)
    if (kept && kept.ids.length > 0) joined.awareness = kept
    else delete joined.awareness
  }

  /**
   * Lets go of the document, once all of it is written. Where that fails now it stays open, and `later` is called when it
   * has been written. Says whether it is closed.
   */
  close(later: () => void = () => {}): boolean {
    try {
      this.#open?.close()
    } catch (error) {
      console.error('a text could not be stored, and will be tried again', error)
      this.#open?.stored(later)
      return false
    }
    this.#open = undefined
    this.#room.memory.closed(this)
    return true
  }

  /** Lets go of the document and of what is not written of it: its record is gone. Gives who has written in it, if it was open. */
  discard(): readonly number[] | undefined {
    const writers = this.#open?.writers
    this.#open?.discard()
    this.#open = undefined
    this.#room.memory.closed(this)
    return writers
  }

  /** Sends what somebody lacks. Who has what is of a former record is to begin anew: until then they are told nothing more. */
  #answer(session: RecordSession, vector: Uint8Array): void {
    const { document, docKey } = this
    const isFormer = document.isFormer(vector)
    const isDeaf = isFormer && session.version > 0
    const payload = isDeaf ? nothing : document.difference(vector)
    this.#noteFormer(session, isFormer)
    this.#send(session, { type: 'sync', docKey, step: 'state', payload })
    if (isDeaf && session.kept.texts.get(docKey)?.canWrite) throw formerDocument()
  }

  #edit(session: RecordSession, update: Uint8Array): void {
    const joined = session.kept.texts.get(this.docKey)
    if (!joined?.canWrite) {
      const reason = `UPDATE DENIED: role=${session.role}, collection=${this.collection.name}`
      throw new DeepSpaceError('denied', `${reason}: this text is read-only for you`)
    }
    // It was on its way when they were told.
    if (joined.isFormer) return
    const outcome = this.document.apply(update, session)
    if (outcome === 'gap') this.#ask(session)
    if (outcome !== 'former') return
    this.#noteFormer(session, true)
    if (session.version > 0) throw formerDocument()
  }

  /** What somebody has is of a former record, or is not any more. */
  #noteFormer(session: RecordSession, isFormer: boolean): void {
    const joined = session.kept.texts.get(this.docKey)!
    if (isFormer === Boolean(joined.isFormer)) return
    if (isFormer) joined.isFormer = true
    else delete joined.isFormer
    this.#room.keep(session)
    if (!joined.canWrite) return
    if (session.version === 0) this.tellRights(session, true)
    else this.#ask(session)
  }

  /** Asks for what the document lacks, of whom it may lack anything. */
  #ask(session: RecordSession): void {
    if (session.kept.texts.get(this.docKey)?.isFormer) return
    this.#send(session, { type: 'sync', docKey: this.docKey, step: 'vector', payload: this.document.step1() })
  }

  /** Passes on what has been applied, to all but whoever has sent it, and who is to begin anew. */
  #relay(update: Uint8Array, origin: unknown): void {
    const others = [...this.members].filter(
      (session) => session !== origin && !(session.version > 0 && session.kept.texts.get(this.docKey)?.isFormer),
    )
    this.#tell(others, { type: 'sync', docKey: this.docKey, step: 'update', payload: update })
  }

  /** Tells those of these who are here when it is their turn: to tell one may have ended another. */
  #tell(sessions: readonly RecordSession[], frame: TextFrame): void {
    if (sessions.length === 0) return
    const bytes = encodeTextFrame(frame)
    for (const session of sessions) {
      if (this.members.has(session)) this.#room.attend(session, () => this.#room.send(session, bytes))
    }
  }

  #send(session: RecordSession, frame: TextFrame): void {
    const bytes = encodeTextFrame(frame)
    session.budget.spend(bytes.length / bytesPerUnit)
    this.#room.send(session, bytes)
  }
}

function joinedFrame(place: TextPlace, canWrite: boolean): string {
  return encodeFrame<TextServerFrame>({ type: 'yjs.join', payload: { ...place, canWrite } })
}

/** Tells somebody that they may not read a text any more. A baseline client knows no more than that it may not write. */
export function revokedFrame(place: TextPlace, { version }: RecordSession): string {
  const payload = { ...place, canWrite: false, ...(version > 0 && { revoked: true as const }) }
  return encodeFrame<TextServerFrame>({ type: 'yjs.join', payload })
}
