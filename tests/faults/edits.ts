import * as Y from 'yjs'
import type { Dice } from './dice.ts'

const words = ['a', 'bc', 'def', ' ', 'ö', '\u{1F600}', 'the end', '\n']

/** Edits a document as people and editors do, in one transaction. */
export function edit(doc: Y.Doc, dice: Dice): void {
  const text = doc.getText('content')
  switch (dice.weighted({ insert: 6, delete: 3, replace: 1, map: 1, list: 1 })) {
    case 'insert':
      return text.insert(dice.below(text.length + 1), dice.pick(words))
    case 'delete': {
      const at = dice.below(text.length + 1)
      return text.delete(at, Math.min(text.length - at, 1 + dice.below(8)))
    }
    case 'replace': {
      const at = dice.below(text.length + 1)
      return doc.transact(() => {
        text.delete(at, Math.min(text.length - at, 1 + dice.below(4)))
        text.insert(at, dice.pick(words))
      })
    }
    case 'map':
      return void doc.getMap('board').set(dice.pick(['x', 'y', 'z']), dice.below(1000))
    case 'list': {
      const list = doc.getArray('items')
      if (list.length > 0 && dice.chance(0.3)) return list.delete(dice.below(list.length), 1)
      return list.insert(dice.below(list.length + 1), [dice.below(1000)])
    }
  }
}

/** A plain document that has seen these updates. */
export function documentOf(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return doc
}

/** Whether a document has everything that is in an update, deletions too. */
export function has(doc: Y.Doc, update: Uint8Array): boolean {
  const copy = documentOf([Y.encodeStateAsUpdate(doc)])
  let isNews = false
  copy.on('update', () => {
    isNews = true
  })
  Y.applyUpdate(copy, update)
  const { pendingStructs, pendingDs } = copy.store
  return !isNews && pendingStructs === null && pendingDs === null
}

/** Whether a document has everything that another has. */
export function contains(doc: Y.Doc, other: Y.Doc): boolean {
  return has(doc, Y.encodeStateAsUpdate(other))
}

/** What a document says, for people to read. */
export function say(doc: Y.Doc): string {
  const text = JSON.stringify(doc.getText('content').toString().slice(0, 200))
  const clocks = [...Y.decodeStateVector(Y.encodeStateVector(doc))].map(([client, clock]) => `${client}:${clock}`)
  return `${text} (${clocks.toSorted().join(' ')})`
}
