import { collection } from 'deepspace-solid/schema'
import * as v from 'valibot'

export const cards = collection('cards', {
  fields: {
    title: v.pipe(v.string(), v.minLength(1)),
    text: v.optional(v.string(), ''),
    done: v.optional(v.boolean(), false),
    colour: v.optional(v.picklist(['white', 'yellow', 'green']), 'white'),
  },
  permissions: {
    viewer: { read: true },
    member: { read: true, create: true, update: true, delete: true },
  },
})
