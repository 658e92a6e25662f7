import type * as Y from 'yjs'

/**
 * Makes a text of a document say something else by the smallest change: what is the same at the beginning and at the end stays, in between
 * one piece goes and one comes, in one transaction. So formats, cursors and what others write meanwhile keep their places, and
 * two who do it at once do not double what both have kept. A character is never split.
 */
export function editText(text: Y.Text, value: string): void {
  const before = text.toString()
  // Half a character is sent as another one: the text would not be the same everywhere.
  const after = value.replace(/\p{Surrogate}/gu, '\ufffd')
  const start = sameStart(before, after)
  const end = sameEnd(before, after, Math.min(before.length, after.length) - start)
  const removed = before.length - end - start
  const added = after.slice(start, after.length - end)
  if (removed === 0 && added === '') return
  const place = (unit: number): number => (text.length === before.length ? unit : placeOf(text, unit))
  const at = place(start)
  const past = removed > 0 ? place(start + removed - 1) + 1 : at
  text.doc!.transact(() => {
    text.delete(at, past - at)
    text.insert(at, added)
  })
}

/** How much of two texts is the same at the beginning. */
function sameStart(before: string, after: string): number {
  const most = Math.min(before.length, after.length)
  let same = 0
  while (same < most && before[same] === after[same]) same++
  return halfAt(before, same - 1) === firstHalf ? same - 1 : same
}

/** How much of two texts is the same at the end, of so many units at most. */
function sameEnd(before: string, after: string, most: number): number {
  let same = 0
  while (same < most && before.at(-1 - same) === after.at(-1 - same)) same++
  return halfAt(before, before.length - same) === secondHalf ? same - 1 : same
}

const firstHalf = 0xd800
const secondHalf = 0xdc00

/** Which half of a character a unit is, if it is one. */
function halfAt(text: string, at: number): number {
  return text.charCodeAt(at) & 0xfc00
}

/** Where a unit of what a text says stands in it: what is embedded takes a place too, and says nothing. */
function placeOf(text: Y.Text, unit: number): number {
  let [said, place] = [0, 0]
  for (const { insert } of text.toDelta() as { readonly insert: unknown }[]) {
    const isSaid = typeof insert === 'string'
    if (isSaid && said + insert.length > unit) break
    if (isSaid) said += insert.length
    place += isSaid ? insert.length : 1
  }
  return place + unit - said
}
