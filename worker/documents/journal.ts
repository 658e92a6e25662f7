import * as Y from 'yjs'
import { Changes } from './changes.ts'
import type { DocumentLog } from './document-log.ts'
import { readUpdate } from './read-update.ts'

/** For how long what comes waits for more, in milliseconds: at most ten rows a second, however many write. */
const pause = 100
/** For how long a write that has failed is put off at most. */
const longestPause = 10_000
/** How many recent rows there are at most: whoever opens the document has to apply each. */
const mostRows = 32
/** From how many bytes that have come on the document may be written whole, whatever it has of rows. */
const leastBytes = 262_144
/** The document is written whole when what has come since the last time is this part of it. */
const share = 4
/** It is never written whole where it is more than so many times what has come: its size was a guess until then. */
const mostTimes = 5

/**
 * When and how what comes into a document is written down. Every byte that comes is written as an entry of the log, at
 * most once more when recent entries are folded into one, and at most `mostTimes` times when the document is
 * written whole: below eight times, whatever the size of the document. Keystrokes that are folded are a twentieth of what they
 * were as they came, and it is that by which is told when to write it whole: so few entries lie behind a document, and it is opened
 * nearly as fast as if it had been pasted.
 */
export class Journal {
  readonly #log: DocumentLog
  readonly #doc: () => Y.Doc
  readonly #failed: (error: unknown) => void
  /** What is not written yet. */
  readonly #unsaved = new Changes()
  /** What is in recent entries, or is not written yet. */
  readonly #recent = new Changes()
  /** The updates that are not written yet, as they came. */
  readonly #pending: Uint8Array[] = []
  #pendingBytes = 0
  #snapshotBytes = 0
  #logBytes = 0
  /** How much of it are recent entries. */
  #recentBytes = 0
  #waiting: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #failures = 0

  /** `doc` is what is written; `failed` hears of a write that nobody has asked for and that has failed. */
  constructor(log: DocumentLog, doc: () => Y.Doc, failed: (error: unknown) => void) {
    this.#log = log
    this.#doc = doc
    this.#failed = failed
  }

  /** Everything that is stored and that is not yet, in order. */
  read(): Uint8Array[] {
    const { snapshot, folded, recent } = this.#log.read()
    const sum = (entries: readonly Uint8Array[]): number => entries.reduce((bytes, { length }) => bytes + length, 0)
    this.#snapshotBytes = snapshot?.length ?? 0
    this.#recentBytes = sum(recent)
    this.#logBytes = sum(folded) + this.#recentBytes
    for (const entry of recent) this.#recent.noteUpdate(readUpdate(entry))
    return [...(snapshot ? [snapshot] : []), ...folded, ...recent, ...this.#pending]
  }

  /** How many bytes the document has, written whole, at most. */
  get bytes(): number {
    return this.#snapshotBytes + this.#logBytes + this.#pendingBytes
  }

  /** Whether anything is not written yet. */
  get isPending(): boolean {
    return this.#pending.length > 0
  }

  /** Something has come into the document. */
  note(update: Uint8Array, transaction: Y.Transaction): void {
    this.#unsaved.note(transaction)
    this.#recent.note(transaction)
    this.#pending.push(update)
    this.#pendingBytes += update.length
    // Only while something is unsaved: a pending timer keeps the object from its sleep.
    this.#timer ??= setTimeout(() => this.#due(), pause)
  }

  /** Calls back once all that has come so far is written; at once where it is. */
  whenStored(callback: () => void): void {
    if (this.isPending) this.#waiting.push(callback)
    else callback()
  }

  /** Writes what is not written yet. Where it throws, all of that is kept, and tried again later. */
  flush(): void {
    this.#stop()
    if (!this.isPending) return
    try {
      this.#write(this.#doc())
      this.#failures = 0
    } catch (error) {
      this.#timer = setTimeout(() => this.#due(), Math.min(longestPause, pause * 2 ** ++this.#failures))
      throw error
    }
    this.#unsaved.clear()
    this.#pending.length = 0
    this.#pendingBytes = 0
    for (const callback of this.#waiting.splice(0)) attempt(callback)
  }

  /** Forgets what is not written yet, and whoever waits for it. */
  discard(): void {
    this.#stop()
    this.#pending.length = 0
    this.#waiting = []
  }

  #due(): void {
    try {
      this.flush()
    } catch (error) {
      this.#failed(error)
    }
  }

  #stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** One of three: as an entry, as one entry together with all recent ones, or the document whole. */
  #write(doc: Y.Doc): void {
    const entry = this.#unsaved.encode(doc)
    const came = this.#log.came + entry.length
    const isFull = this.#log.rows >= mostRows - 1
    if ((isFull || came >= leastBytes) && came * share >= this.#snapshotBytes) {
      const whole = Y.encodeStateAsUpdate(doc)
      if (whole.length <= came * mostTimes) {
        this.#log.replace(whole, entry.length)
        this.#snapshotBytes = whole.length
        this.#logBytes = 0
        this.#recentBytes = 0
        this.#recent.clear()
        return
      }
      // Not looked at again before what has come is a share of it.
      this.#snapshotBytes = whole.length
    }
    if (isFull) {
      const fold = this.#recent.encode(doc)
      this.#log.fold(fold, entry.length)
      this.#logBytes += fold.length - this.#recentBytes
      this.#recentBytes = 0
      this.#recent.clear()
    } else {
      this.#log.append(entry)
      this.#logBytes += entry.length
      this.#recentBytes += entry.length
    }
  }
}

/** What others do about it is their affair. */
function attempt(callback: () => void): void {
  try {
    callback()
  } catch (error) {
    console.error('what was to be done once a document was stored has failed', error)
  }
}
