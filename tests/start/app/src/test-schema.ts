import { collection } from 'deepspace-solid/schema'
import * as v from 'valibot'

/** What members alone may read, and of it each only their own. */
export const notes = collection('notes', {
  fields: { text: v.string(), json: v.optional(v.any()) },
  permissions: {
    member: { read: 'own', create: true, update: 'own', delete: 'own' },
    admin: { read: true, create: true, update: true, delete: true },
  },
})
