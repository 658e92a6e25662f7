import { collection } from 'deepspace-solid/schema'
import * as v from 'valibot'
import { teamMembers } from '../support/collections.ts'

/** Records that have documents. Whoever is in `people` writes, the rest reads while the record is public. */
const things = collection('things', {
  fields: {
    f0: v.optional(v.nullable(v.string())),
    owner: v.optional(v.nullable(v.string())),
    people: v.optional(v.array(v.string()), []),
    visibility: v.optional(v.picklist(['private', 'public']), 'private'),
  },
  ownerField: 'owner',
  collaboratorsField: 'people',
  visibilityField: 'visibility',
  permissions: {
    viewer: { read: 'published' },
    member: { read: 'shared', create: true, update: 'collaborator', delete: 'collaborator' },
    admin: { read: true, create: true, update: true, delete: true },
  },
})

/** What a room with documents declares. */
export const noteCollections = [things, teamMembers] as const

/** How the names of such rooms begin. */
export const notesPrefix = 'documents:'

/** The field that has a text. */
export const textField = 'body'

/** The two kinds of document that a record has here: one in a room of its own, and the text of a field. */
export type DocumentKind = 'yjs' | 'text'

/** One document of one record. */
export interface DocumentPlace {
  readonly kind: DocumentKind
  readonly recordId: string
}

/** The id of a record says in which room it is: of two rooms none may have the same, since the documents are bound by it. */
export function recordIdIn(room: string, number: number): string {
  return `r${number}@${room}`
}

/** The room of the record that a document is bound to. */
export function roomOfDocument(id: string): string {
  return id.slice(id.indexOf('@') + 1)
}

/** The id of the document of a record. */
export function docIdOf(recordId: string): string {
  return `${things.name}:${recordId}`
}

/** One place as a text. */
export function nameOfPlace({ kind, recordId }: DocumentPlace): string {
  return `the ${kind === 'yjs' ? 'document' : 'text'} of ${recordId}`
}
