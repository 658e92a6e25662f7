import type { YjsText } from 'deepspace-solid'
import { createEffect, on, untrack } from 'solid-js'
import type * as Y from 'yjs'
import type { Dice } from './dice.ts'
import { edit } from './edits.ts'
import type { Events } from './events.ts'
import { type DocumentPlace, nameOfPlace } from './notes.ts'
import type { SavedEdits } from './saved-edits.ts'

/** One document as a page shows it, watched: what was written here is shown until it is stored, or given up. */
export class Copy {
  readonly place: DocumentPlace
  readonly view: YjsText
  readonly name: string
  readonly #events: Events
  readonly #saved: SavedEdits
  readonly #by: string
  /** What was written here into each document, of which nobody has said that it is stored. */
  readonly #written = new Map<Y.Doc, Uint8Array[]>()
  #isGivenUp = false
  /** What has been said here of oneself. */
  cursor: number | undefined

  /** To be made under an owner. */
  constructor(by: string, place: DocumentPlace, view: YjsText, saved: SavedEdits, events: Events) {
    this.place = place
    this.view = view
    this.name = `${nameOfPlace(place)} on the page of ${by}`
    this.#by = by
    this.#saved = saved
    this.#events = events
    createEffect(
      on(
        () => view.doc,
        (doc, former) => this.#shown(doc, former),
      ),
    )
    createEffect(() => {
      if (view.saved) this.#stored()
    })
    createEffect((wasRefused: boolean) => this.#judgeRefusal(wasRefused), false)
    createEffect(() => events.note(`${this.name} is ${view.status}`))
  }

  get unsaved(): readonly Uint8Array[] {
    const doc = untrack(() => this.view.doc)
    return (doc && this.#written.get(doc)) ?? []
  }

  /** Writes something, as an editor does that does not ask whether it may. */
  edit(dice: Dice): void {
    const { view } = this
    const { doc, refused: before } = view
    if (!doc) return
    const count = this.unsaved.length
    const text = dice.chance(0.2) && view.canWrite ? view.text!.toString() : undefined
    if (text === undefined) edit(doc, dice)
    else view.setText([...text].toSpliced(dice.below(text.length + 1), dice.below(3), 'set').join(''))
    if (this.unsaved.length === count) return
    this.#events.count('document edits')
    if (view.saved) this.#events.blame(`${this.name} calls saved what was only just written (D4)`)
    if (before && !view.refused) this.#events.blame(`${this.name} forgets its refusal for one more edit (D7)`)
  }

  /** Says something of oneself to the others. */
  say(cursor: number): void {
    if (!this.view.awareness) return
    this.cursor = cursor
    this.view.awareness.setLocalStateField('cursor', cursor)
  }

  /** Gives up what was refused. */
  discard(): void {
    const { doc, refused } = this.view
    if (!refused) return
    this.#events.note(`${this.name}: ${this.unsaved.length} refused edits are given up`)
    this.#isGivenUp = true
    this.view.discard()
    this.#isGivenUp = false
    this.#events.count('refusals given up')
    if (this.view.doc === doc || this.view.refused) this.#events.blame(`${this.name} keeps what was given up (D7)`)
  }

  #shown(doc: Y.Doc | undefined, former: Y.Doc | undefined): void {
    const lost = (former && this.#written.get(former)) ?? []
    this.cursor = undefined
    if (former && doc && former.store.clients.size > 0 && lost.length === 0 && this.view.status === 'connected')
      this.#events.count('documents begun anew')
    if (former && doc && lost.length > 0 && !this.#isGivenUp) {
      // What has ended is said in the same turn.
      queueMicrotask(() => {
        const { status } = this.view
        this.#events.note(`${this.name}: ${lost.length} edits are gone with what was shown`)
        if (status !== 'refused' && status !== 'off')
          this.#events.blame(`${this.name} loses ${lost.length} edits that were not stored, and is ${status} (D7, D10)`)
      })
    }
    if (!doc || this.#written.has(doc)) return
    const written: Uint8Array[] = []
    this.#written.set(doc, written)
    doc.on('update', (update: Uint8Array, _: unknown, __: Y.Doc, { local }: Y.Transaction) => {
      if (local) written.push(update)
    })
  }

  #stored(): void {
    // A page that has another document by now, or none, says nothing of the former.
    const { doc } = this.view
    const updates = (doc && this.#written.get(doc)?.splice(0)) ?? []
    if (updates.length === 0) return
    this.#events.count('saved confirmations')
    this.#events.count('document edits saved', updates.length)
    this.#saved.note(this.place, this.#by, updates)
  }

  /** What is refused stays so until it is stored, or is shown no more. */
  #judgeRefusal(wasRefused: boolean): boolean {
    const { refused, saved, doc } = this.view
    if (refused && !wasRefused) {
      this.#events.count('document edits refused')
      if (refused.code === 'not-found') this.#events.count('refusals of what was written for a record that is gone')
      this.#events.note(`${this.name}: refused: ${refused.message}`)
    }
    if (wasRefused && !refused && doc && !saved)
      this.#events.blame(`${this.name} forgets a refusal of what is not stored (D7)`)
    queueMicrotask(() => {
      if (this.view.refused && this.view.saved) this.#events.blame(`${this.name} is refused, and saved (D7)`)
    })
    return refused !== undefined
  }
}
