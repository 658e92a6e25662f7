import { expect, test } from 'vitest'
import { createLibrary } from '../../../examples/library/library.ts'
import { books } from '../../../examples/library/schema.ts'
import { base, inRoom, until } from '../../support/room.tsx'
import { Wire } from '../../support/wire.ts'

const shelf = [
  { title: 'Emma', author: 'Jane Austen', pages: 474, tags: ['novel'] },
  { title: 'The Last Man', author: 'Mary Shelley', pages: 342, lent: true, due: '2026-05-01T00:00:00.000Z' },
  { title: 'Moby-Dick; or, The Whale', author: null, pages: 120, tags: ['novel', 'sea'] },
  { title: 'Twenty Thousand Leagues Under the sea', author: 'Jules Verne', pages: 400, tags: ['draft'] },
]

test('every example of docs/queries.md runs, and finds something, but not everything that it is not asked for', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  for (const [index, book] of shelf.entries()) {
    expect(await bob.put('books', index === 0 ? 'a' : `book${index}`, book)).toMatchObject({ success: true })
  }
  const { made } = inRoom(room, createLibrary, { user: 'alice', collections: [books] })
  const queries = made.filter((each) => typeof each !== 'function')
  await until(() => queries.every(({ status }) => status === 'ready'))
  const found = queries.map((each) => ('count' in each ? each.count : each.records.length))
  expect(found).toEqual([4, 4, 1, 3, 1, 1, 3, 3, 1, 1, 4, 3, 3, 1, 1, 1, 2, 1, 4, 3, 4, 4])
})
