import * as Y from 'yjs'
import { weights } from './read-update.ts'

/** How many structs a Y.Doc holds, as they are listed. */
export function structCountOf(doc: Y.Doc): number {
  let count = 0
  for (const structs of doc.store.clients.values()) count += structs.length
  return count
}

/** What a Y.Doc weighs beside its structs and root types: types, subdocuments, objects and arrays in values, as so many structs. */
export function extraWeightOf(doc: Y.Doc): number {
  let weight = 0
  for (const structs of doc.store.clients.values()) {
    for (const struct of structs) {
      if (struct instanceof Y.Item) weight += extraOf(struct.content)
    }
  }
  return weight
}

function extraOf(content: Y.Item['content']): number {
  if (content instanceof Y.ContentType) return weights.type
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) return nodesOf(content.arr) - 1
  if (content instanceof Y.ContentEmbed) return nodesOf(content.embed)
  if (content instanceof Y.ContentFormat) return nodesOf(content.value)
  return content.getRef() === subdocumentRef ? weights.subdocument : 0
}

/** Yjs does not give out the class of subdocuments. */
const subdocumentRef = 9

/** How many objects and arrays a value is and holds; they are never deep, since they have been read. */
function nodesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 0
  let nodes: number = weights.node
  for (const each of Object.values(value)) nodes += nodesOf(each)
  return nodes
}
