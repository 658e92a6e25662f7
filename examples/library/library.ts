import { type Cursor, createCount, createQuery } from 'deepspace-solid'
import { createSignal } from 'solid-js'
import { books } from './schema.ts'

export function createLibrary() {
  const [place, setPlace] = createSignal<Cursor>()
  const page = createQuery(books, () => ({ orderBy: 'title', orderDir: 'asc', limit: 20, after: place() }))
  const next = () => page.hasMore && setPlace(page.cursor)
  return [
    // A page of 20, and the one behind it.
    page,
    next,
    // How many there are, kept up to date without a record being sent.
    createCount(books),
    createCount(books, { lent: true }),
    // Equal. `null` also means absent.
    createQuery(books, { where: { lent: false } }),
    createQuery(books, { where: { title: { eq: 'Emma' } } }),
    createQuery(books, { where: { author: null } }),
    // Not equal: everything else, records without a value among it.
    createQuery(books, { where: { author: { ne: 'Jane Austen' } } }),
    // Greater, less. A null is neither. A date in a field is text: write them all as `toISOString()` does.
    createQuery(books, { where: { pages: { gt: 300 } } }),
    createQuery(books, { where: { pages: { gte: 100, lt: 200 } } }),
    createQuery(books, { where: { due: { lte: new Date().toISOString() } } }),
    // The envelope's times are times, in whatever way they are said.
    createQuery(books, { where: { createdAt: { gte: '2026-01-31T18:00:00+01:00' } } }),
    // One of several, or none of them; at most 1,000.
    createQuery(books, { where: { author: { in: ['Jane Austen', 'Mary Shelley', null] } } }),
    createQuery(books, { where: { recordId: { nin: ['a', 'b'] } } }),
    // Text: as it stands, case and all ...
    createQuery(books, { where: { title: { startsWith: 'The ' } } }),
    createQuery(books, { where: { title: { contains: 'sea' } } }),
    // ... or with `%` for anything and `_` for one character, whatever the case.
    createQuery(books, { where: { title: { like: '%WHALE%' } } }),
    // An element of an array.
    createQuery(books, { where: { tags: { contains: 'novel' } } }),
    // A value there, or none.
    createQuery(books, { where: { due: { isNull: false } } }),
    // All of these, any of these, none of this.
    createQuery(books, { where: { or: [{ lent: false }, { due: { lt: '2026-12-24' } }] } }),
    createQuery(books, { where: { and: [{ pages: { gt: 10 } }, { not: { tags: { contains: 'draft' } } }] } }),
    // One key, or several, each with its own direction.
    createQuery(books, { orderBy: 'title', orderDir: 'asc' }),
    createQuery(books, { orderBy: ['lent', { field: 'title', dir: 'asc' }], limit: 20 }),
  ]
}
