import { collection, type RecordOf } from 'deepspace-solid/schema'
import * as v from 'valibot'

/** From none to high. */
const priority = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3))

export const tasks = collection('tasks', {
  fields: {
    title: v.pipe(v.string(), v.trim(), v.nonEmpty('A task needs a title'), v.maxLength(120)),
    done: v.optional(v.boolean(), false),
    priority: v.optional(priority, 0),
    visibility: v.optional(v.picklist(['private', 'public']), 'private'),
  },
  visibilityField: 'visibility',
  permissions: {
    viewer: { read: 'published' },
    member: { read: 'published', create: true, update: 'own', delete: 'own' },
    admin: { read: true, create: true, update: true, delete: true },
  },
  // The board's filter, and the orders that are looked at most. The others are rare enough to be sorted when asked.
  indexes: [['createdAt'], ['done', 'createdAt'], ['priority']],
})

export type Task = RecordOf<typeof tasks>

/** Whoever is in the room reads, whoever has a name in it writes as well. */
const shared = {
  fields: { title: v.string() },
  permissions: {
    viewer: { read: true },
    member: { read: true, update: true },
    admin: { read: true, update: true },
  },
} as const

/** A room has one note: the record says who may read and write the document that is bound to it. */
export const notes = collection('notes', shared)

/** A room has one sketch: the record says who may see it, and who may draw. */
export const sketches = collection('sketches', shared)

/** A room has one game: the record says who may watch, and who may play. */
export const games = collection('games', shared)
