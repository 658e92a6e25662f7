import * as Y from 'yjs'

/** What a Y.Doc holds of a client, in the order of its clocks. */
export type StructList = readonly (Y.Item | Y.GC)[]

/** What a Y.Doc holds of a client. */
export function structsOf(doc: Y.Doc, client: number): StructList {
  return (doc.store.clients.get(client) as StructList | undefined) ?? []
}

/** Where the clocks of a list end. */
export function endOf(structs: StructList): number {
  const last = structs.at(-1)
  return last ? last.id.clock + last.length : 0
}

/** Where in a list what has a clock is; the clock must be before its end. */
export function indexAt(structs: readonly Spanned[], clock: number): number {
  let from = 0
  let to = structs.length - 1
  while (from < to) {
    const middle = (from + to + 1) >> 1
    if (clockOf(structs[middle]!) <= clock) from = middle
    else to = middle - 1
  }
  return from
}

type Spanned = { readonly id: { readonly clock: number } } | { readonly clock: number }

function clockOf(struct: Spanned): number {
  return 'id' in struct ? struct.id.clock : struct.clock
}

/** Whether what a Y.Doc holds has content and a place, and is not gone with what it was in. */
export function isItem(struct: Y.Item | Y.GC): struct is Y.Item {
  return struct instanceof Y.Item
}
