import { batch, createSignal, getListener, getOwner, type Owner, onCleanup, sharedConfig, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { ContentType, type Doc, Item, iterateDeletedStructs, type Transaction } from 'yjs'
import { apart } from '../connection/connection.ts'

/** What is needed here of a type of Yjs. Its own declarations let no type of one content pass for one of another. */
export interface YType {
  readonly doc: Doc | null
  readonly _item: Item | null
}

/** What is told apart of a type: a key of a map; `null` is the whole of a text or a list, and which keys a map has. */
type Part = string | null

/** A part that is read where it is tracked: its signal, and its value as the readers were last told. */
interface Reading {
  readonly type: YType
  readonly part: Part
  readonly compute: () => unknown
  readonly track: () => void
  readonly trigger: () => void
  value: unknown
  readers: number
  /** Who has read last, so that a loop over a list does not count as many readers. */
  reader: Owner | null
}

/**
 * Reads a part of a type as it is now; `empty` where there is no type, or none in a document. Where it is tracked, the reader
 * runs again when another value is there, once a transaction; what has no reader is let go of at the end of the turn.
 */
export function read<Type extends YType, T>(
  type: Type | undefined,
  part: Part,
  compute: (type: Type) => T,
  empty: T,
): T {
  const doc = type?.doc
  if (!doc) return empty
  if (isServer) return compute(type)
  return readersOf(doc).read(type, part, () => compute(type)) as T
}

/**
 * Hears the transactions of a document until it is undone. The first function, called by an observer of Yjs, has something
 * done in one batch with the readers of the same transaction; if that fails it fails on its own.
 */
export function hear(doc: Doc): readonly [later: (work: () => void) => void, undo: () => void] {
  return readersOf(doc).hear()
}

const documents = new WeakMap<Doc, Readers>()

function readersOf(doc: Doc): Readers {
  const readers = documents.get(doc) ?? new Readers(doc)
  documents.set(doc, readers)
  return readers
}

/**
 * Who reads what in a document. All of it hangs on two observers of the document, which are there while somebody reads: so
 * what a transaction changes in many types is told in one batch. It is told when Yjs is through with the transaction, and
 * with those that observers have made in it. Who is told may write then: in the midst of it Yjs may merge what is written with
 * what was there, and tell others a wrong delta; and what is thrown might keep an observer from being told.
 */
class Readers {
  readonly #doc: Doc
  readonly #types = new Map<YType, Map<Part, Reading>>()
  /** What has shown a value to some of its readers, in the middle of a transaction, that others have not been told of. */
  readonly #torn = new Set<Reading>()
  /** What may have changed without a word of Yjs: of types that a transaction has deleted, or that have come in it. */
  readonly #noted = new Set<Reading>()
  /** What may have lost its last reader; most read again at once, since they are running again. */
  readonly #idle = new Set<Reading>()
  /** What has another value than its readers know. */
  readonly #changed = new Set<Reading>()
  #later: (() => void)[] = []
  #isWorking = false
  /** How many types are read and how many hear. */
  #held = 0

  constructor(doc: Doc) {
    this.#doc = doc
  }

  read(type: YType, part: Part, compute: () => unknown): unknown {
    const reading = getListener() ? this.#track(type, part, compute) : this.#types.get(type)?.get(part)
    if (!reading) return compute()
    if (!this.#isTouched(type)) return reading.value
    const now = compute()
    const isTracked = getListener() !== null
    if (isTracked) this.#noted.add(reading)
    if (same(reading, now)) return reading.value
    if (isTracked) this.#torn.add(reading)
    return now
  }

  hear(): readonly [later: (work: () => void) => void, undo: () => void] {
    this.#hold()
    return [(work) => this.#later.push(work), () => this.#release()]
  }

  #track(type: YType, part: Part, compute: () => unknown): Reading {
    const parts = this.#types.get(type) ?? new Map<Part, Reading>()
    if (parts.size === 0) {
      this.#types.set(type, parts)
      this.#hold()
    }
    const reading = parts.get(part) ?? readingOf(type, part, compute)
    parts.set(part, reading)
    reading.track()
    const reader = getOwner()
    if (reading.reader === reader) return reading
    reading.reader = reader
    reading.readers++
    // What Solid cleans up here it has just unsubscribed as well.
    onCleanup(() => {
      if (reading.reader === reader) reading.reader = null
      if (--reading.readers > 0) return
      if (this.#idle.size === 0) queueMicrotask(() => this.#forget())
      this.#idle.add(reading)
    })
    return reading
  }

  /** Lets go of what nobody reads any more. */
  #forget(): void {
    for (const reading of this.#idle) {
      if (reading.readers > 0) continue
      this.#torn.delete(reading)
      this.#noted.delete(reading)
      const parts = this.#types.get(reading.type)!
      parts.delete(reading.part)
      if (parts.size > 0) continue
      this.#types.delete(reading.type)
      this.#release()
    }
    this.#idle.clear()
  }

  /** Whether a transaction that readers have not been told of, over or not, may have changed a type. */
  #isTouched(type: YType): boolean {
    const item = type._item
    return this.#doc._transactionCleanups.some(
      ({ changed, beforeState }) =>
        // Yjs notes no changes of what it deletes, nor of what has come in the same transaction.
        changed.has(type as never) ||
        (item && (item.deleted || item.id.clock >= (beforeState.get(item.id.client) ?? 0))),
    )
  }

  #hold(): void {
    if (this.#held++ > 0) return
    this.#doc.on('beforeObserverCalls', this.#noteDeleted)
    this.#doc.on('afterAllTransactions', this.#tell)
  }

  #release(): void {
    if (--this.#held > 0) return
    this.#doc.off('beforeObserverCalls', this.#noteDeleted)
    this.#doc.off('afterAllTransactions', this.#tell)
  }

  /** Soon Yjs will have forgotten what it was that is deleted. */
  readonly #noteDeleted = (transaction: Transaction): void => {
    iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
      if (!(struct instanceof Item && struct.content instanceof ContentType)) return
      for (const reading of this.#types.get(struct.content.type)?.values() ?? []) this.#noted.add(reading)
    })
  }

  readonly #tell = (_doc: Doc, transactions: readonly Transaction[]): void => {
    for (const reading of this.#due(transactions)) {
      const now = reading.compute()
      const isSame = same(reading, now)
      if (!isSame) reading.value = now
      if (!isSame || this.#torn.has(reading)) this.#changed.add(reading)
    }
    this.#torn.clear()
    this.#noted.clear()
    // What an effect throws is no affair of who has made the transaction. While a part of the page is hydrated, Solid takes
    // whatever runs for something that the server has rendered.
    if (sharedConfig.context) queueMicrotask(() => this.#run())
    else apart(() => this.#run())
  }

  /** Runs who reads what has changed. */
  #run(): void {
    const changed = [...this.#changed]
    this.#changed.clear()
    if (changed.length === 0 && this.#later.length === 0) return
    untrack(() =>
      batch(() => {
        for (const { trigger } of changed) trigger()
        this.#work()
      }),
    )
  }

  /** Does what was left for later, in its order: what comes of it comes behind it. */
  #work(): void {
    if (this.#isWorking) return
    this.#isWorking = true
    for (const work of this.#later) apart(work)
    this.#later = []
    this.#isWorking = false
  }

  /** The readings that transactions may have changed. */
  #due(transactions: readonly Transaction[]): Set<Reading> {
    const due = new Set(this.#noted)
    for (const transaction of transactions) {
      for (const [type, changed] of transaction.changed) {
        const parts = this.#types.get(type)
        if (!parts) continue
        for (const part of [...changed, null]) {
          const reading = parts.get(part)
          if (reading) due.add(reading)
        }
      }
    }
    return due
  }
}

function readingOf(type: YType, part: Part, compute: () => unknown): Reading {
  const [track, trigger] = createSignal(undefined, { equals: false })
  return { type, part, compute, track, trigger, value: compute(), readers: 0, reader: null }
}

/** Whether a part has still the value it had. Of lists and keys, which are made anew for each reading, the elements count. */
function same({ part, value }: Reading, now: unknown): boolean {
  if (part !== null || !Array.isArray(value) || !Array.isArray(now)) return Object.is(value, now)
  return value.length === now.length && value.every((each, index) => Object.is(each, now[index]))
}
