import * as Y from 'yjs'
import type { Document } from './document.ts'

/** What a text of a document says. It is read in a copy: a text that nobody has written would otherwise be one of the document. */
export function readText(document: Document, name: string): string {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, document.whole())
  const text = doc.getText(name).toString()
  doc.destroy()
  return text
}
