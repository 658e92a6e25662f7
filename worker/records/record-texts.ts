import { defaultText } from '../../src/protocol/documents/default-text.ts'
import { docKeyOf, readDocKey } from '../../src/protocol/documents/doc-key.ts'
import { docKeyIn, readTextFrame } from '../../src/protocol/documents/text-frame.ts'
import { DeepSpaceError, quoted } from '../../src/protocol/errors.ts'
import type { ClientFrame } from '../../src/protocol/records/messages.ts'
import type { Caller } from '../../src/protocol/records/permissions.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { TextPlace } from '../../src/protocol/records/text-place.ts'
import { Document } from '../documents/document.ts'
import type { DocumentLog } from '../documents/document-log.ts'
import { DocumentStorage } from '../documents/document-storage.ts'
import { readText } from '../documents/read-text.ts'
import { Keeping } from '../room/keeping.ts'
import { presentable } from '../room/room.ts'
import type { Audience } from './audience.ts'
import type { Connections } from './people.ts'
import type { RecordLimits } from './record-limits.ts'
import { callerOf, type RecordSession } from './record-session.ts'
import { RecordText, revokedFrame, type TextRoom } from './record-text.ts'
import { type Commit, keyOf, type Records } from './records.ts'
import type { Replies } from './replies.ts'
import { type Rights, rightsTo } from './rights.ts'
import { TextMemory } from './text-memory.ts'

/** What {@link RecordTexts} works with, of one room. */
export interface Surroundings {
  readonly durable: DurableObjectStorage
  readonly records: Records
  readonly audience: Audience
  readonly replies: Replies
  readonly connections: Pick<Connections, 'attend' | 'keep'>
  /** Sends at once, whatever waits for the connection: what is lost is said before anything else. */
  readonly send: TextRoom['send']
  readonly bounds: RecordLimits
}

/** What a client says of a text beside its binary frames. */
export type TextClientFrame = Extract<ClientFrame, { type: `yjs.${string}` }>

/** What is told once everybody whom a change concerns is judged: who is told of one may have lost another. */
type Tellings = (() => void)[]

/**
 * The texts of the fields of records: documents of Yjs that connections join and edit (A3). Who may read a record reads
 * them, who may update it writes them, as things stand: what a commit, a membership or a role changes of it holds in that
 * turn, before anything else is sent. With its record a text is gone.
 */
export class RecordTexts {
  readonly #room: Surroundings
  readonly #textRoom: TextRoom
  /** Those that anybody has joined, or that are not stored yet, by their docKeys. */
  readonly #texts = new Map<string, RecordText>()
  /** The same, by the keys of their records. */
  readonly #ofRecord = new Map<string, Set<RecordText>>()
  readonly #keeping = new Keeping<RecordSession>((session) =>
    this.#room.connections.attend(session, () => this.#keepAwareness(session)),
  )
  /** How the names begin of what could not be removed with its record, with who wrote in what was open. */
  readonly #remains = new Map<string, ReadonlyMap<string, readonly number[]>>()
  /** The tables of texts: `null` where there are none, `undefined` where that has not been looked for yet. */
  #stored: DocumentStorage | null | undefined

  constructor(room: Surroundings) {
    const { durable, bounds, send, connections } = room
    this.#room = room
    this.#textRoom = {
      send,
      attend: connections.attend,
      keep: connections.keep,
      memory: new TextMemory(bounds.textStructs * mostFull),
      limits: { bytes: bounds.textBytes, structs: bounds.textStructs },
      log: (place) => {
        // A room without texts has no tables for them.
        this.#stored ||= new DocumentStorage(durable)
        return this.#logOf(place, this.#stored)
      },
    }
  }

  // What connections ask

  /** A frame has come that is about a text. Throws a `DeepSpaceError`. */
  take(session: RecordSession, frame: TextClientFrame): void {
    const { collection, recordId, fieldName } = frame.payload
    const place = { collection, recordId, fieldName }
    switch (frame.type) {
      case 'yjs.join':
        return this.#join(session, place, session.version > 0 && frame.payload.synced === true)
      case 'yjs.leave':
        return this.#leave(session, place)
      case 'yjs.saved':
        return this.#joined(session, docKeyOf(place)).saved(session, frame.payload.counter)
      default:
        frame satisfies never
    }
  }

  /** Somebody joins a text. What they may not read is answered as if it did not exist. */
  #join(session: RecordSession, place: TextPlace, isSynced: boolean): void {
    const { bounds, records, connections } = this.#room
    const { texts } = session.kept
    session.budget.checkWrite()
    const { collection, record } = records.find(place.collection, place.recordId, callerOf(session))
    if (texts.size >= bounds.texts && !texts.has(docKeyOf(place))) {
      throw new DeepSpaceError(
        'too-many',
        `Too many texts: a connection may have ${bounds.texts} joined`,
        placeOf(place),
      )
    }
    const text = this.#textOf(place, collection)
    try {
      text.join(session, this.#rights(session, collection, record) === 'write', isSynced)
    } finally {
      this.#closeUnused(text)
    }
    connections.keep(session)
  }

  /** Somebody leaves a text, if they are there. They are told that they are gone as the others are: baseline clients expect it. */
  #leave(session: RecordSession, place: TextPlace): void {
    const text = this.#texts.get(docKeyOf(place))
    if (!text?.members.has(session)) return
    const deliveries = text.remove(session)
    this.#room.connections.keep(session)
    text.deliver(deliveries)
    text.deliverTo(session, deliveries)
    this.#closeUnused(text)
  }

  /** A binary frame has come. What is wrong with it is said to its sender, and nobody hears of it. */
  receive(session: RecordSession, message: ArrayBuffer): void {
    let text: RecordText | undefined
    try {
      session.budget.checkWrite()
      session.budget.read(message.byteLength)
      const frame = readTextFrame(new Uint8Array(message))
      text = this.#joined(session, frame.docKey)
      this.#keeping.soon(text.take(session, frame))
    } catch (error) {
      if (text) this.#refuse(session, presentable(error), text)
      else this.refuse(session, message, presentable(error))
    }
  }

  /** Says why a binary frame was refused that was not read. Of what was written in a text, its sender has to know in which. */
  refuse(session: RecordSession, message: ArrayBuffer, error: DeepSpaceError): void {
    const text = this.#texts.get(docKeyIn(new Uint8Array(message)) ?? '')
    this.#refuse(session, error, text?.members.has(session) ? text : undefined)
  }

  /** What a text says to a caller: the one named {@link defaultText} of its document. Throws like a query, and `not-found`. */
  read(place: TextPlace, caller: Caller): string {
    const { records } = this.#room
    records.checkAsk(place.collection, caller)
    records.find(place.collection, place.recordId, caller)
    const text = this.#texts.get(docKeyOf(place))
    if (text) return readText(text.document, defaultText)
    if (!this.#storage) return ''
    const document = Document.open(this.#logOf(place, this.#storage))
    try {
      return readText(document, defaultText)
    } finally {
      document.discard()
    }
  }

  // What changes of who may what

  /** A commit is stored: judges anew whoever has joined a text that it concerns, and removes the texts of what is gone. */
  committed({ touched, moves }: Commit): void {
    const tellings: Tellings = []
    for (const { key, collection, recordId, existing, record, wasRemoved } of touched) {
      // What was made again under the id of what the same commit removed is another record.
      const now = wasRemoved ? undefined : record
      for (const text of this.#ofRecord.get(key) ?? []) {
        for (const session of [...text.members]) this.#judge(session, text, now, tellings)
      }
      if (existing && wasRemoved) this.#removeTexts(collection, recordId, key)
    }
    for (const { membership } of moves) {
      for (const session of this.#room.audience.of(membership.userId)) this.#judgeAll(session, tellings)
    }
    for (const tell of tellings) tell()
  }

  /** Connections have another role: judges them anew. */
  roleChanged(sessions: Iterable<RecordSession>): void {
    const tellings: Tellings = []
    for (const session of sessions) this.#judgeAll(session, tellings)
    for (const tell of tellings) tell()
  }

  /** A connection is there again after a sleep, with what it has joined and may still read. */
  resumed(session: RecordSession): void {
    const tellings: Tellings = []
    for (const [docKey, joined] of [...session.kept.texts]) {
      const place = readDocKey(docKey)
      const collection = this.#room.records.collections.get(place.collection)
      if (!collection) {
        session.kept.texts.delete(docKey)
        continue
      }
      const text = this.#textOf(place, collection)
      text.restore(session, joined)
      this.#judge(session, text, this.#recordOf(text), tellings)
    }
    for (const tell of tellings) tell()
  }

  /** A connection is gone. */
  left(session: RecordSession): void {
    this.#keeping.forget(session)
    for (const docKey of [...session.kept.texts.keys()]) {
      const text = this.#texts.get(docKey)
      if (!text) continue
      text.deliver(text.remove(session))
      this.#closeUnused(text)
    }
  }

  #judgeAll(session: RecordSession, tellings: Tellings): void {
    for (const docKey of [...session.kept.texts.keys()]) {
      const text = this.#texts.get(docKey)
      if (text) this.#judge(session, text, this.#recordOf(text), tellings)
    }
  }

  /** Judges what somebody may do with a text by its record as it is now. Nothing is sent: that is for the tellings. */
  #judge(session: RecordSession, text: RecordText, record: RecordEnvelope | undefined, tellings: Tellings): void {
    const joined = session.kept.texts.get(text.docKey)
    if (!joined) return
    const { attend, keep } = this.#room.connections
    const rights = this.#rights(session, text.collection, record)
    if (rights === 'none') {
      const deliveries = text.remove(session)
      tellings.push(() => {
        attend(session, () => {
          keep(session)
          this.#room.send(session, revokedFrame(text.place, session))
        })
        text.deliver(deliveries)
        this.#closeUnused(text)
      })
      return
    }
    const canWrite = rights === 'write'
    if (joined.canWrite === canWrite) return
    joined.canWrite = canWrite
    tellings.push(() =>
      attend(session, () => {
        keep(session)
        // Another verdict of the same commit may have followed.
        if (text.members.has(session) && joined.canWrite === canWrite) text.tellRights(session, canWrite)
      }),
    )
  }

  /** Where it cannot be said what somebody may, they may nothing. */
  #rights(session: RecordSession, collection: Collection, record: RecordEnvelope | undefined): Rights {
    try {
      return rightsTo(record, collection, callerOf(session), this.#room.records.teams.of)
    } catch (error) {
      console.error('it cannot be said what somebody may do with a text: nothing', error)
      return 'none'
    }
  }

  #recordOf({ collection, place }: RecordText): RecordEnvelope | undefined {
    try {
      return this.#room.records.storage.get(collection, place.recordId)
    } catch (error) {
      console.error('a record cannot be read: nobody reads its texts', error)
      return undefined
    }
  }

  // The texts

  #textOf(place: TextPlace, collection: Collection): RecordText {
    const known = this.#texts.get(docKeyOf(place))
    if (known) return known
    const text = new RecordText(place, collection, this.#textRoom)
    const key = keyOf(collection.name, place.recordId)
    this.#texts.set(text.docKey, text)
    this.#ofRecord.set(key, (this.#ofRecord.get(key) ?? new Set()).add(text))
    return text
  }

  get #storage(): DocumentStorage | null {
    if (this.#stored === undefined) this.#stored = DocumentStorage.ifAny(this.#room.durable) ?? null
    return this.#stored
  }

  #joined(session: RecordSession, docKey: string): RecordText {
    const text = this.#texts.get(docKey)
    if (text?.members.has(session)) return text
    const expected = `expected a text that this connection has joined, received ${quoted(docKey)}`
    throw new DeepSpaceError('invalid-message', `Invalid message: docKey: ${expected}`, placeOf(readDocKey(docKey)))
  }

  /** Nobody has a text any more: it is written, and needs no memory. */
  #closeUnused(text: RecordText): void {
    if (text.members.size > 0 || this.#texts.get(text.docKey) !== text) return
    if (text.close(() => this.#closeUnused(text))) this.#forget(text)
  }

  #forget(text: RecordText): void {
    const key = keyOf(text.collection.name, text.place.recordId)
    const siblings = this.#ofRecord.get(key)
    this.#texts.delete(text.docKey)
    siblings?.delete(text)
    if (siblings?.size === 0) this.#ofRecord.delete(key)
  }

  /** A record is gone, and its texts with it, whether or not anybody has them open. */
  #removeTexts({ name }: Collection, recordId: string, key: string): void {
    const open = new Map<string, readonly number[]>()
    for (const text of [...(this.#ofRecord.get(key) ?? [])]) {
      const writers = text.discard()
      if (writers) open.set(nameOf(text.place), writers)
      this.#forget(text)
    }
    const prefix = nameOf({ collection: name, recordId, fieldName: '' })
    try {
      this.#storage?.removeAll(prefix, open)
    } catch (error) {
      // The commit is stored, and is told (W9).
      console.error('texts of a record that is gone could not be removed, and will be before anybody sees them', error)
      this.#remains.set(prefix, open)
    }
  }

  /** Where a text is kept, once nothing remains there of a former record. Throws what the storage throws. */
  #logOf(place: TextPlace, storage: DocumentStorage): DocumentLog {
    const prefix = nameOf({ ...place, fieldName: '' })
    const remains = this.#remains.get(prefix)
    if (remains) storage.removeAll(prefix, remains)
    this.#remains.delete(prefix)
    return storage.log(nameOf(place))
  }

  /** The whole of a connection is in one attachment: what it says in all its texts together takes no more than a part of it. */
  #keepAwareness(session: RecordSession): void {
    const { texts } = session.kept
    const share = Math.floor(keptBytes / Math.max(1, texts.size))
    for (const docKey of texts.keys()) this.#texts.get(docKey)?.keep(session, share)
    this.#room.connections.keep(session)
  }

  /** A baseline client knows no word for what it may not do, or has not joined: it is told only what it would lose by not knowing. */
  #refuse(session: RecordSession, error: DeepSpaceError, text: RecordText | undefined): void {
    if (session.version === 0 && (error.code === 'denied' || error.code === 'invalid-message')) return
    this.#room.replies.refuse(
      session,
      {},
      text ? new DeepSpaceError(error.code, error.message, placeOf(text.place)) : error,
    )
  }
}

/** How many texts may be in memory that are as large as one may be: each is some 20 MB then, where an object has 128. */
const mostFull = 3

/** What awareness may take of an attachment, in bytes: the rest is for the identity, and for what was asked and joined. */
const keptBytes = 3 * 1024

/**
 * What a text is stored as. An id may hold whatever stands between the parts, so its length is said before it: what begins
 * like the texts of one record is no other's. Of a collection the spelling may change.
 */
function nameOf({ collection, recordId, fieldName }: TextPlace): string {
  return `${collection.toLowerCase()}:${recordId.length}:${recordId}:${fieldName}`
}

function placeOf({ collection, recordId, fieldName }: TextPlace) {
  return { collection, recordId, field: fieldName }
}
