import { collection } from 'deepspace-solid/schema'
import * as v from 'valibot'

export const books = collection('books', {
  fields: {
    title: v.string(),
    author: v.nullable(v.string()),
    pages: v.number(),
    lent: v.optional(v.boolean(), false),
    due: v.optional(v.nullable(v.pipe(v.string(), v.isoTimestamp()))),
    tags: v.optional(v.array(v.string()), []),
  },
  permissions: { member: { read: true, create: true, update: true, delete: true } },
  indexes: [['lent', 'pages'], ['createdAt']],
})
