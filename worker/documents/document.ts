import * as Y from 'yjs'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { applyCounting, isCrowded } from './crowd.ts'
import type { DocumentLog } from './document-log.ts'
import { type Fit, fitOf } from './fit.ts'
import { Journal } from './journal.ts'
import { readStateVector, readUpdate, type Update, weights } from './read-update.ts'
import { endOf, structsOf } from './struct-lists.ts'
import { extraWeightOf, structCountOf } from './weight.ts'

/** How large a document may become. */
export interface DocumentLimits {
  /** How many bytes it may have, written whole. */
  readonly bytes: number
  /**
   * How many structs it may have: runs of insertions and deletions, each some 200 bytes of memory. What weighs more
   * counts as several: an object or array in a value 1, a shared type 4, a subdocument 20.
   */
  readonly structs: number
}

/** What a document may become where nobody says otherwise. */
export const defaultDocumentLimits: DocumentLimits = { bytes: 16 * 1024 * 1024, structs: 250_000 }

/** What a document tells whoever has opened it. */
export interface DocumentListener {
  readonly limits?: Partial<DocumentLimits>
  /** Something has been applied: what is to be passed on, and whose it was. Called before `apply` returns. */
  readonly updated?: (update: Uint8Array, origin: unknown) => void
  /**
   * What has come could not be written when it was due. It is kept, and tried again with the next that comes, or by
   * itself in 200 ms, 400 ms and so on up to 10 s. Whoever waits in {@link Document.stored} goes on waiting.
   */
  readonly failed?: (error: unknown) => void
}

/**
 * What became of an update: it was applied, or has nothing that the document lacks, or stands on what it lacks; or it holds
 * something of a document that had the same name and was removed.
 */
export type Outcome = 'applied' | 'known' | 'gap' | 'former'

/**
 * A document of Yjs that is kept in a log. What is in memory is the truth; what comes is checked whole before any of it
 * is applied, told at once, and written at most 100 ms later.
 */
export class Document {
  readonly limits: DocumentLimits
  readonly #listener: DocumentListener
  readonly #journal: Journal
  readonly #log: DocumentLog
  /** Who wrote in what was removed under its name; read when it is first asked. */
  #former: ReadonlySet<number> | undefined
  #doc: Y.Doc
  #isOpen = true
  /** What the Y.Doc says while an update is applied; told once it is known to have gone well. */
  #heard: { readonly update: Uint8Array; readonly origin: unknown; readonly transaction: Y.Transaction }[] = []
  /** How many bytes it has at most, and what it weighs at most beside its structs and root types. */
  #bytes = 0
  #extra = 0
  /** How much has come or gone since each of these was looked at. */
  #sinceBytes = Number.POSITIVE_INFINITY
  #sinceExtra = 0

  /** Opens a document as it is stored; nothing is stored of one that is new until something comes. */
  static open(log: DocumentLog, listener: DocumentListener = {}): Document {
    return new Document(log, listener)
  }

  private constructor(log: DocumentLog, listener: DocumentListener) {
    this.limits = { ...defaultDocumentLimits, ...listener.limits }
    this.#listener = listener
    this.#log = log
    const failed = listener.failed ?? ((error) => console.error('a document could not be written', error))
    this.#journal = new Journal(log, () => this.#doc, failed)
    this.#doc = this.#load()
    this.#bytes = this.#journal.bytes
    this.#extra = extraWeightOf(this.#doc)
  }

  /**
   * Applies an update of a client if all of it can be: told in `updated` with this origin, and written later. Where it
   * stands on something that is missing, nothing of it is applied, and the client is to be asked with {@link step1}. Nor is
   * anything of one that holds what was written in a document that had the name before, unless it is to be `restored`.
   * Throws `invalid-message` for what is no update, and `too-large` where the document would pass its limits, and is
   * then as it was before. An update that only deletes may pass them, as far as twice the structs.
   */
  apply(update: Uint8Array, origin?: unknown, restored = false): Outcome {
    this.#checkOpen()
    const whole = readUpdate(update, 2 * this.limits.structs)
    if (!restored && (this.#isFormer(whole.structs.keys()) || this.#isFormer(whole.deletes.keys()))) return 'former'
    // Of one that is known in part, no more counts than what is new.
    const isOld = [...whole.structs].some(([client, [first]]) => first!.clock < endOf(structsOf(this.#doc, client)))
    const rest = isOld ? this.#unknownOf(update, whole) : update
    const read = isOld ? readUpdate(rest) : whole
    const fit = fitOf(read, this.#doc)
    if (fit === 'gap') return 'gap'
    if (!fit.isNews) return 'known'
    const weight = read.weight + fit.cuts + weights.type * fit.roots
    this.#makeRoom(rest.length, weight, read.structs.size === 0)
    this.#applyOrLeave(rest, fit, origin)
    this.#bytes += rest.length
    this.#extra += read.weight - weights.struct * structsIn(read)
    this.#sinceBytes += rest.length + fit.deleted
    this.#sinceExtra += rest.length + fit.deleted
    for (const { update, transaction } of this.#heard) this.#journal.note(update, transaction)
    for (const { update, origin } of this.#heard.splice(0)) this.#tell(update, origin)
    return 'applied'
  }

  /** The state vector: who has more than it says is asked for that. */
  step1(): Uint8Array {
    this.#checkOpen()
    return Y.encodeStateVector(this.#doc)
  }

  /** What who has this state vector lacks, as an update. Throws `invalid-message` for what is no state vector. */
  difference(stateVector: Uint8Array): Uint8Array {
    this.#checkOpen()
    readStateVector(stateVector)
    return Y.encodeStateAsUpdate(this.#doc, stateVector)
  }

  /**
   * Whether who has this state vector has something of a document that had the name before and was removed. Throws
   * `invalid-message` for what is no state vector.
   */
  isFormer(stateVector: Uint8Array): boolean {
    this.#checkOpen()
    return this.#isFormer(readStateVector(stateVector).keys())
  }

  /** The ids that Yjs gave to those who have written in it. */
  get writers(): number[] {
    return [...this.#doc.store.clients.keys()]
  }

  /** All of the document, as an update. */
  whole(): Uint8Array {
    this.#checkOpen()
    return Y.encodeStateAsUpdate(this.#doc)
  }

  /** Whether anything that has been applied is not written yet. */
  get isPending(): boolean {
    return this.#journal.isPending
  }

  /**
   * Calls back as soon as all that has been applied so far is written: at once where it is. What the object sends after
   * that leaves it only once the write is on disk. Never called where the document is discarded before.
   */
  stored(callback: () => void): void {
    this.#checkOpen()
    this.#journal.whenStored(callback)
  }

  /** Writes now what is not written yet. Throws what the storage throws; all of it is kept then, and tried again later. */
  flush(): void {
    this.#journal.flush()
  }

  /** Writes what is not written yet, and lets go of the document. Where the write throws, it stays open. */
  close(): void {
    if (!this.#isOpen) return
    this.flush()
    this.discard()
  }

  /** Lets go of the document, and of whatever is not written yet: it has been removed. */
  discard(): void {
    this.#isOpen = false
    this.#journal.discard()
    this.#doc.destroy()
    this.#doc = new Y.Doc()
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new TypeError('the document has been closed')
  }

  /** Whether one of these wrote in what had the name before. Of what was restored the document has something again. */
  #isFormer(writers: Iterable<number>): boolean {
    this.#former ??= this.#log.formerWriters()
    if (this.#former.size === 0) return false
    for (const id of writers) if (this.#former.has(id) && structsOf(this.#doc, id).length === 0) return true
    return false
  }

  #load(): Y.Doc {
    const doc = new Y.Doc()
    // Clients tidy up formats themselves, and all alike: here it would be edits that nobody has made.
    doc.on('afterTransaction', (transaction) => {
      transaction._needFormattingCleanup = false
    })
    const updates = this.#journal.read()
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update)
    })
    if (isWaiting(doc)) throw new Error('a document cannot be opened: something is missing of what is stored of it')
    doc.on('update', (update: Uint8Array, origin: unknown, _: Y.Doc, transaction: Y.Transaction) => {
      this.#heard.push({ update, origin, transaction })
    })
    return doc
  }

  /** The part of an update that the document lacks. What begins before is cut, and goes on from what the document has. */
  #unknownOf(update: Uint8Array, { structs }: Update): Uint8Array {
    const clocks = [...structs.keys()].map((client) => [client, endOf(structsOf(this.#doc, client))] as const)
    return Y.diffUpdate(update, Y.encodeStateVector(new Map(clocks)))
  }

  /** Throws where the limits would be passed. What is known of the size is too much rather than too little. */
  #makeRoom(bytes: number, weight: number, onlyDeletes: boolean): void {
    const { limits } = this
    const mostStructs = onlyDeletes ? 2 * limits.structs : limits.structs
    // Not measured at each keystroke into a full document: only when enough has changed for the answer to be another.
    if (this.weight + weight > mostStructs && this.#sinceExtra >= limits.structs * worthMeasuring) {
      this.#extra = extraWeightOf(this.#doc)
      this.#sinceExtra = 0
    }
    if (this.weight + weight > mostStructs) throw tooLarge('structs', this.weight + weight, mostStructs)
    if (onlyDeletes) return
    if (this.#bytes + bytes > limits.bytes && this.#sinceBytes >= limits.bytes * worthMeasuring) {
      this.#bytes = Y.encodeStateAsUpdate(this.#doc).length
      this.#sinceBytes = 0
    }
    if (this.#bytes + bytes > limits.bytes) throw tooLarge('bytes', this.#bytes + bytes, limits.bytes)
  }

  /** How many structs it has at most, as its limits count them; what it takes of memory follows it. */
  get weight(): number {
    return structCountOf(this.#doc) + weights.type * this.#doc.share.size + this.#extra
  }

  /**
   * Applies what has been found to fit. Should it be seen only then that it is too much work, or should Yjs fail at it,
   * the document is made anew as it was.
   */
  #applyOrLeave(update: Uint8Array, { order }: Fit, origin: unknown): void {
    let reason = new DeepSpaceError('invalid-message', 'Invalid message: update: it cannot be applied')
    try {
      if (isCrowded(order, this.#doc)) applyCounting(update, order, this.#doc, origin)
      else Y.applyUpdate(this.#doc, update, origin)
      if (!isWaiting(this.#doc)) return
      throw new Error('something waits for what is missing')
    } catch (error) {
      if (error instanceof DeepSpaceError) reason = error
      console.error('an update could not be applied, and is taken back', error)
    }
    this.#heard = []
    this.#doc.destroy()
    this.#doc = this.#load()
    throw reason
  }

  #tell(update: Uint8Array, origin: unknown): void {
    try {
      this.#listener.updated?.(update, origin)
    } catch (error) {
      console.error('an update could not be passed on', error)
    }
  }
}

/** A document that seems full is measured again when so much of what it may have has come or gone. */
const worthMeasuring = 1 / 64

function tooLarge(unit: string, size: number, most: number): DeepSpaceError {
  return new DeepSpaceError('too-large', `Too large: the document would have ${size} ${unit}, at most ${most} are kept`)
}

/** Whether something has come into a Y.Doc that waits for what is missing. */
function isWaiting({ store }: Y.Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null
}

function structsIn({ structs }: Update): number {
  let count = 0
  for (const run of structs.values()) count += run.length
  return count
}
