import { collection, type RecordOf } from 'deepspace-solid/schema'
import * as v from 'valibot'

export const tasks = collection('tasks', {
  fields: {
    title: v.pipe(v.string(), v.trim(), v.nonEmpty('A task needs a title'), v.maxLength(120, 'At most 120 characters')),
    done: v.optional(v.boolean(), false),
    visibility: v.optional(v.picklist(['private', 'public']), 'private'),
  },
  visibilityField: 'visibility',
  permissions: {
    viewer: { read: 'published' },
    member: { read: 'published', create: true, update: 'own', delete: 'own' },
  },
  indexes: [['createdAt']],
})

export type Task = RecordOf<typeof tasks>
