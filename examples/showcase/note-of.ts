/** The note of a room, as a document is named: bound to the record of the collection `notes` that has the room's name. */
export function noteOf(room: string): string {
  return prefix + room
}

/** Whose note a document is; `null` for any other document. */
export function roomOfNote(id: string): string | null {
  return id.startsWith(prefix) ? id.slice(prefix.length) : null
}

const prefix = 'notes:'
