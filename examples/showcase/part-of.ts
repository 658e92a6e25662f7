/** The note of a room, as a document is named: bound to the record of the collection `notes` that has the room's name. */
export function noteOf(room: string): string {
  return notes + room
}

/** The sketch of a room, and who points at it, as both are named: bound to the record of the collection `sketches`. */
export function sketchOf(room: string): string {
  return sketches + room
}

/** The game of a room: bound to the record of the collection `games`. */
export function gameOf(room: string): string {
  return games + room
}

/** The room that a place of this kind belongs to, itself or a part of one; `null` where there is no such part. */
export function roomOf({ kind, id }: { readonly kind: string; readonly id: string }): string | null {
  const prefix = prefixes.get(kind)
  return prefix !== undefined && id.startsWith(prefix) ? id.slice(prefix.length) : null
}

const notes = 'notes:'
const sketches = 'sketches:'
const games = 'games:'
const prefixes = new Map([
  ['records', ''],
  ['yjs', notes],
  ['canvas', sketches],
  ['presence', sketches],
  ['game', games],
])
