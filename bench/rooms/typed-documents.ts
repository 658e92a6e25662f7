import { DurableObject } from 'cloudflare:workers'
import * as Y from 'yjs'
import { Document } from '../../worker/documents/document.ts'
import { DocumentStorage } from '../../worker/documents/document-storage.ts'

/** Keeps documents that were typed or pasted, and opens them as often as it is asked to. */
export class TypedDocuments extends DurableObject {
  readonly #storage = new DocumentStorage(this.ctx.storage)

  /**
   * Types so many letters, each written by itself. Gives after how many of the last `looked` there was most to open: that is the
   * worst moment for somebody to come.
   */
  type(name: string, letters: number, looked: number): { worstAt: number; entries: number } {
    const document = Document.open(this.#storage.log(name))
    const text = typist(document)
    let worst = { worstAt: letters, entries: 0 }
    for (let typed = 1; typed <= letters; typed++) {
      text.insert(text.length, letter)
      document.flush()
      if (typed <= letters - looked) continue
      const entries = this.#entries(name)
      if (entries > worst.entries) worst = { worstAt: typed, entries }
    }
    document.close()
    return worst
  }

  /** Puts the same text there at once. */
  paste(name: string, letters: number): void {
    const document = Document.open(this.#storage.log(name))
    typist(document).insert(0, letter.repeat(letters))
    document.close()
  }

  /** Opens a document so many times, one after the other. */
  open(name: string, times: number): void {
    for (let i = 0; i < times; i++) Document.open(this.#storage.log(name)).discard()
  }

  #entries(name: string): number {
    const { snapshot, folded, recent } = this.#storage.log(name).read()
    return (snapshot ? 1 : 0) + folded.length + recent.length
  }
}

const letter = 'x'

function typist(document: Document): Y.Text {
  const doc = new Y.Doc()
  doc.on('update', (update: Uint8Array) => void document.apply(update))
  return doc.getText('content')
}
