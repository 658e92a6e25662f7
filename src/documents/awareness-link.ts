import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { apart } from '../connection/connection.ts'

/** How long others are shown after a drop, in milliseconds: a short one is not to be seen. */
const staysFor = 3_000

/** What has not changed is said again after so long: who is silent for 30 seconds is taken for gone. */
const renewAfter = 10_000

/** The ids of an event of y-protocols. */
interface Changes {
  readonly added: number[]
  readonly updated: number[]
  readonly removed: number[]
}

/**
 * Who is in a document, and where: what we say of ourselves, and what others do. Only our own id is ever sent: where all say
 * again what they hear of others, one can erase another.
 */
export class AwarenessLink {
  readonly awareness: Awareness
  /** Whether there is something to say. */
  #isDue = false
  #saidAt = 0
  #forgets: ReturnType<typeof setTimeout> | undefined
  #hasEnded = false
  /** What we said of ourselves before we went. */
  #withheld: Record<string, unknown> | null = null

  /** `wants` is called when there is something to say. */
  constructor(doc: Y.Doc, wants: () => void) {
    this.awareness = new Awareness(doc)
    const { clientID } = doc
    const isOwn = ({ added, updated, removed }: Changes): boolean =>
      added.includes(clientID) || updated.includes(clientID) || removed.includes(clientID)
    const say = (): void => {
      this.#isDue = true
      wants()
    }
    this.awareness.on('change', (changes: Changes) => isOwn(changes) && say())
    // y-protocols renews what has not changed. Where the room says that we are gone, we are not.
    this.awareness.on('update', (changes: Changes, origin: unknown) => {
      if (isOwn(changes) && (origin === this || Date.now() - this.#saidAt >= renewAfter)) say()
    })
  }

  /** What is to be said of us, if anything. */
  take(): Uint8Array | undefined {
    if (!this.#isDue) return undefined
    this.#isDue = false
    this.#saidAt = Date.now()
    return encodeAwarenessUpdate(this.awareness, [this.awareness.clientID])
  }

  /** Takes what the room says. */
  apply(update: Uint8Array): void {
    // What listeners of the app throw, and what another client has garbled, is no reason to end a connection.
    apart(() => applyAwarenessUpdate(this.awareness, update, this))
  }

  /** There is a connection: what we say of ourselves is news to it, also if we have said it before. */
  greeted(): void {
    const { awareness } = this
    const { clientID, meta } = awareness
    // Who was told that we are gone was told so by the clock that is next.
    meta.set(clientID, { ...meta.get(clientID)!, clock: meta.get(clientID)!.clock + 1 })
    const state = awareness.getLocalState()
    this.#saidAt = 0
    if (state) apart(() => awareness.setLocalState(state))
    this.#forgetLater()
  }

  /** There is no connection any more. Others are shown for a while, and then those of whom nothing has been heard since are not. */
  dropped(): void {
    const { meta, clientID } = this.awareness
    // What is heard of them next is news, whatever its clock.
    for (const [id, { lastUpdated }] of meta) if (id !== clientID) meta.set(id, { clock: 0, lastUpdated })
    this.#forgetLater()
  }

  /** Nobody looks at the document here: to others we are gone. */
  leave(): void {
    this.#withheld = this.awareness.getLocalState()
    apart(() => this.awareness.setLocalState(null))
  }

  /** Somebody looks again. */
  comeBack(): void {
    const withheld = this.#withheld
    this.#withheld = null
    if (withheld) apart(() => this.awareness.setLocalState(withheld))
  }

  /** Ends the document. What is left to be said is that we are gone. */
  end(): void {
    const { awareness } = this
    apart(() => awareness.doc.destroy())
    // Unless a listener of the app has thrown that is done.
    clearInterval(awareness._checkInterval)
    this.#hasEnded = true
    clearTimeout(this.#forgets)
  }

  #forgetLater(): void {
    if (this.#hasEnded) return
    clearTimeout(this.#forgets)
    this.#forgets = setTimeout(() => {
      const { meta, clientID } = this.awareness
      const unheard = [...meta].filter(([id, { clock }]) => id !== clientID && clock === 0).map(([id]) => id)
      apart(() => removeAwarenessStates(this.awareness, unheard, this))
    }, staysFor)
  }
}
