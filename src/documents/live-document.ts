import type { Accessor } from 'solid-js'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { backoff } from '../connection/connection.ts'
import { createShown, type Shown } from '../live/shown.ts'
import type { SyncStep } from '../protocol/documents/sync-step.ts'
import { DeepSpaceError, type ErrorCode } from '../protocol/errors.ts'
import { AwarenessLink } from './awareness-link.ts'
import { LocalEdits } from './local-edits.ts'

/** How the frames of a document travel. Each says whether it could be sent; nothing is kept for later. */
export interface DocumentLine {
  readonly sync: (step: SyncStep, payload: Uint8Array) => boolean
  readonly awareness: (update: Uint8Array) => boolean
  /** Has the room say a number back once everything before it is stored. */
  readonly saved: (counter: number) => boolean
  /** While it is not known whether the user is still the same: resolves when it is. */
  readonly doubt: () => Promise<unknown> | undefined
  /** Takes an error that is not about what was written. */
  readonly failed: (error: DeepSpaceError) => void
}

/** What was written here waits so long for more of it, in milliseconds. */
const frame = 16

/** A longer frame is the end of a connection on Cloudflare, and would be of the next one. */
const mostBytes = 32 * 1024 * 1024 - 1024

/** Refusals that pass by themselves. */
const passing: readonly ErrorCode[] = ['rate-limited', 'internal']

/** A document as it is on this page, until it begins anew. */
interface Copy {
  readonly doc: Y.Doc
  readonly link: AwarenessLink
  readonly edits: LocalEdits
}

/**
 * The browser's end of one document that many write at once, on whatever line its frames travel. Offline it keeps nothing
 * beside the document itself: on the next connection both ends say what they have, and send what the other lacks.
 */
export class LiveDocument {
  readonly #line: DocumentLine
  readonly #copy: Shown<Copy>
  readonly #synced = createShown(false)
  readonly #saved = createShown(true)
  readonly #canWrite = createShown<boolean | undefined>(undefined)
  readonly #refused = createShown<DeepSpaceError | undefined>(undefined)

  /** The document. Another one when what was shown or written is no more. Tracked. */
  readonly doc: Accessor<Y.Doc> = () => this.#copy().doc
  /** Tracked. */
  readonly awareness: Accessor<Awareness> = () => this.#copy().link.awareness
  /** Whether all that the room has had has come since the document is there. Tracked. */
  readonly synced: Accessor<boolean> = this.#synced
  /** Whether everything that was written here is stored. Tracked. */
  readonly saved: Accessor<boolean> = this.#saved
  /** What the room has said last of whether we may write; `undefined` until it has. Tracked. */
  readonly canWrite: Accessor<boolean | undefined> = this.#canWrite
  /** Why what was written here, and is shown, is not stored and will not be. Tracked. */
  readonly refused: Accessor<DeepSpaceError | undefined> = this.#refused

  /** Whether something was sent that may have got lost unnoticed. */
  #isUnsure = false
  /** Whether nothing is sent, because something was refused. */
  #isHeld = false
  /** Whether anybody here looks at it. */
  #isLookedAt = true
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Runs out when something that was refused for a reason that passes is to be sent again. */
  #pause: ReturnType<typeof setTimeout> | undefined
  #pauses = 0
  /** The number of the last `saved` that was sent. What comes back with an earlier one says nothing. */
  #counter = 0
  #awaitsSaved = false
  /** Whether something was sent behind it. */
  #sentSince = false

  // What is true of one connection only.
  #isOpen = false
  /** Whether the room knows part A of the protocol alone, or nothing but y-protocols; not known before its first frame. */
  #isPlain: boolean | undefined
  /** What the room had when it said so last. */
  #theirs: Uint8Array | undefined
  /** How many of our questions for what we lack have no answer yet. */
  #asked = 0
  #askedForGap = false
  /** Whether edits were sent of which a plain room may yet say that we might not. */
  #hasSent = false

  constructor(line: DocumentLine) {
    this.#line = line
    this.#copy = createShown(this.#fresh())
    window.addEventListener('pagehide', this.flush)
  }

  /** Whether it is there and may be written: throws a `DeepSpaceError` where not. Gives it as it is, not tracked. */
  writable(): Y.Doc {
    if (!this.#synced.now) throw new DeepSpaceError('not-connected', 'The document is not there yet')
    if (!this.#canWrite.now) throw readOnly()
    return this.#copy.now.doc
  }

  /** Whether all that the room has is there, we may write, and a text is empty. */
  isEmpty(name: string): boolean {
    return this.#synced.now && Boolean(this.#canWrite.now) && this.#copy.now.doc.getText(name).length === 0
  }

  // What the room says

  /** The line is open: frames can be sent. */
  greeted(): void {
    this.#isOpen = true
    this.#ask()
    this.#copy.now.link.greeted()
    this.flush()
    this.#answer()
  }

  /** The line is there no more. */
  dropped(): void {
    this.#isOpen = this.#askedForGap = this.#hasSent = false
    this.#isPlain = this.#theirs = undefined
    this.#asked = 0
    this.#halt()
    this.#copy.now.link.dropped()
  }

  /** The room says whether we may write. */
  allowed(mayWrite: boolean): void {
    this.#isPlain ??= false
    const before = this.#canWrite.now
    this.#canWrite.set(mayWrite)
    if (!mayWrite) {
      // Such a room has thrown away what was sent to it before it said so.
      if (this.#isPlain && this.#hasSent) this.#setSaved(false)
      if (!this.#saved.now) this.#refuse(readOnly())
    } else if (before === false) {
      this.#isHeld = false
      // It asks next for what it lacks, unless it knows part A alone.
      if (this.#isPlain) this.#answer()
      else this.#theirs = undefined
    }
  }

  /** A part of the document has come, or what the room has of it. Throws where it is none. */
  took(step: SyncStep, payload: Uint8Array): void {
    this.#heardBytes()
    if (step === 'vector') {
      this.#theirs = payload
      return this.#answer()
    }
    this.#apply(payload)
    if (step === 'state' && this.#asked && --this.#asked === 0) this.#synced.set(true)
    const { pendingStructs, pendingDs } = this.#copy.now.doc.store
    if (!pendingStructs && !pendingDs) this.#askedForGap = false
    else if (!this.#askedForGap && !this.#asked) {
      // Something went missing on the way. What one question does not bring the room does not have.
      this.#askedForGap = true
      this.#ask()
    }
  }

  /** Others have moved, come or gone. */
  tookAwareness(update: Uint8Array): void {
    this.#heardBytes()
    this.#copy.now.link.apply(update)
  }

  /** The room wants to know who is here. */
  askedWho(): void {
    this.#copy.now.link.greeted()
    this.flush()
  }

  /** Everything up to a number is stored. */
  stored(counter: number): void {
    if (!this.#awaitsSaved || counter !== this.#counter) return
    this.#awaitsSaved = false
    if (this.#sentSince) return this.#askSaved()
    if (this.#copy.now.edits.isEmpty) this.#setSaved(true)
  }

  /** The room has refused something, or failed. What crossed the end of what we could see is nobody's error. */
  failed(error: DeepSpaceError): void {
    if (!this.#isOpen) return
    const passes = passing.includes(error.code)
    // It may have been a question, for which nothing else comes.
    if (passes) this.#sendLater()
    if (this.#saved.now || error.message.includes('awareness')) {
      if (error.code === 'not-found') this.#renew()
      else this.#line.failed(error)
    } else if (!passes) this.#refuse(error)
  }

  /** The room says no to what was sent, in words of y-protocols. */
  denied(reason: string): void {
    this.#refuse(new DeepSpaceError('denied', reason))
  }

  // What happens here

  /** Sends at once what waits. */
  readonly flush = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const doubt = this.#line.doubt()
    // It is to be written by who is signed in now, not by who was.
    if (doubt) return void doubt.then(this.flush)
    const { edits, link } = this.#copy.now
    if (!edits.isEmpty) this.#send('update', edits.take())
    const said = link.take()
    // On the next connection it is said anew.
    if (said && this.#isOpen) this.#line.awareness(said)
  }

  /** Gives up what was refused: the document begins anew, with what the room has. */
  discard(): void {
    if (this.#refused.now) this.#renew()
  }

  /** Nothing that was shown remains: it was somebody else's to see, or is so no more. */
  reset(): void {
    // This connection was somebody else's.
    this.#isOpen = false
    this.#renew()
    this.#canWrite.set(undefined)
  }

  /** Whether anybody here looks at it; if nobody does, we are not there to others. */
  lookedAt(isLookedAt: boolean): void {
    if (isLookedAt === this.#isLookedAt) return
    this.#isLookedAt = isLookedAt
    if (isLookedAt) this.#copy.now.link.comeBack()
    else this.#copy.now.link.leave()
  }

  /** Ends everything. What waits is sent first. */
  close(): void {
    window.removeEventListener('pagehide', this.flush)
    this.#end(this.#copy.now)
    this.#halt()
  }

  #fresh(): Copy {
    const doc = new Y.Doc()
    doc.on('update', this.#wrote)
    return { doc, edits: new LocalEdits(doc), link: new AwarenessLink(doc, () => this.#soon()) }
  }

  #renew(): void {
    this.#halt()
    this.#end(this.#copy.now)
    this.#copy.set(this.#fresh())
    if (!this.#isLookedAt) this.#copy.now.link.leave()
    this.#isHeld = this.#askedForGap = this.#hasSent = this.#isUnsure = false
    this.#synced.set(false)
    this.#setSaved(true)
    if (this.#isOpen) this.greeted()
  }

  #end({ doc, link }: Copy): void {
    doc.off('update', this.#wrote)
    link.end()
    this.flush()
  }

  readonly #wrote = (update: Uint8Array, origin: unknown, _: Y.Doc, transaction: Y.Transaction): void => {
    if (origin === this) return
    this.#setSaved(false)
    if (this.#canWrite.now === false) return this.#refuse(readOnly())
    // Of the rest the room is sent what it lacks when it has said what it has.
    if (!this.#isSending) return
    this.#copy.now.edits.add(update, transaction)
    this.#soon()
  }

  /** Whether what is written now can be sent: a room that lacks what was before it could do nothing with it. */
  get #isSending(): boolean {
    return Boolean(this.#isOpen && this.#theirs && this.#canWrite.now && !this.#isHeld && !this.#pause)
  }

  #soon(): void {
    this.#timer ??= setTimeout(this.flush, frame)
  }

  /** Asks for what we lack. */
  #ask(): void {
    if (this.#line.sync('vector', Y.encodeStateVector(this.#copy.now.doc))) this.#asked++
  }

  /** Sends what the room lacks, if we have and may send anything. */
  #answer(): void {
    const doubt = this.#line.doubt()
    if (doubt) return void doubt.then(() => this.#answer())
    const { doc, edits } = this.#copy.now
    const ahead = this.#theirs && isAhead(doc, this.#theirs)
    // A reader may have what the room had not stored yet when it ended, or had of a record that is gone: it is there no more.
    if (ahead && this.#saved.now && this.#canWrite.now === false) return this.#renew()
    if (!this.#isSending) return
    edits.clear()
    if (!this.#saved.now || this.#isUnsure || ahead) {
      this.#send('state', Y.encodeStateAsUpdate(doc, this.#theirs))
    }
  }

  #send(step: SyncStep, update: Uint8Array): void {
    if (update.length > mostBytes) {
      return this.#refuse(new DeepSpaceError('too-large', 'Too large: at most 32 MiB'))
    }
    if (!this.#line.sync(step, update)) return
    if (!this.#isPlain) return this.#askSaved()
    // It would not know the question: what has been sent has to count as stored. On the next connection it is sent again.
    this.#hasSent ||= !this.#saved.now
    this.#isUnsure = true
    this.#setSaved(true)
  }

  #askSaved(): void {
    this.#sentSince = this.#awaitsSaved
    if (!this.#awaitsSaved) this.#awaitsSaved = this.#line.saved(++this.#counter)
  }

  /** The first frame of a room that knows the whole protocol is text. */
  #heardBytes(): void {
    this.#isPlain ??= true
    if (this.#canWrite.now === undefined) this.allowed(true)
  }

  #apply(update: Uint8Array): void {
    try {
      Y.applyUpdate(this.#copy.now.doc, update, this)
    } catch (error) {
      // Unless it is no update, an observer of the app has failed.
      Y.decodeUpdate(update)
      reportError(error)
    }
  }

  /** What was written stays as it is here, and nothing more is sent: it would stand on what the room does not have. */
  #refuse(error: DeepSpaceError): void {
    this.#halt()
    this.#setSaved(false)
    if (!this.#isHeld) this.#refused.set(error)
    this.#isHeld = true
  }

  #sendLater(): void {
    if (this.#isHeld || this.#pause) return
    this.#halt()
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined
        // Of what was asked before nothing comes any more; should it all the same, it is as good.
        if (this.#asked) {
          this.#asked = 0
          this.#ask()
        }
        this.#answer()
      },
      backoff(this.#pauses++),
    )
  }

  /** What waits is not sent as it is, and what the room says of what was sent before is not heard. */
  #halt(): void {
    this.#copy.now.edits.clear()
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#awaitsSaved = this.#sentSince = false
  }

  #setSaved(isSaved: boolean): void {
    this.#saved.set(isSaved)
    if (!isSaved) return
    this.#pauses = 0
    this.#refused.set(undefined)
  }
}

/** Whether a document has anything that another lacks, by what that says it has; of what was deleted it does not tell. */
function isAhead(doc: Y.Doc, vector: Uint8Array): boolean {
  const theirs = Y.decodeStateVector(vector)
  return [...Y.decodeStateVector(Y.encodeStateVector(doc))].some(([client, clock]) => clock > (theirs.get(client) ?? 0))
}

/** Why a reader does not write. */
function readOnly(): DeepSpaceError {
  return new DeepSpaceError('denied', 'UPDATE DENIED: this document is read-only')
}
