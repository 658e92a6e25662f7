import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { cutLines, isBack, newDoc, open, storedText, textIn } from '../../support/documents.tsx'
import { until } from '../../support/room.tsx'

const effort = inject('effort')
const people = ['ann', 'bob', 'cy']
const who = fc.nat(people.length - 1)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('insert' as const), who, at: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('delete' as const), who, at: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('return' as const), who }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('wait' as const), who }) },
)

test('whatever happens to connections, all come to the same text, and so does the room; nothing is there twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const id = newDoc()
      const pages = await Promise.all(people.map((user) => open(id, user, { options: { initial: '0' } })))
      const docs = pages.map(({ doc }) => doc)
      await until(() => docs.every((doc) => textIn(doc) === '0'))
      /** What is inserted is a character of its own each time, of two units. */
      let next = 0x20000
      for (const each of steps) {
        const doc = docs['who' in each ? each.who : 0]!
        const characters = [...textIn(doc)!]
        if (each.does === 'insert') {
          doc.setText(characters.toSpliced(each.at % (characters.length + 1), 0, String.fromCodePoint(next++)).join(''))
        } else if (each.does === 'delete') doc.setText(characters.toSpliced(each.at, 1).join(''))
        else if (each.does === 'cut') await cutLines(id)
        else if (each.does === 'return') await isBack(doc)
        else if (doc.status === 'connected') await until(() => doc.saved || doc.status !== 'connected')
      }
      await isBack(...docs)
      await until(() => docs.every(({ saved }) => saved))
      await until(() => docs.every((doc) => textIn(doc) === textIn(docs[0]!)))
      expect(await storedText(id)).toBe(textIn(docs[0]!))
      const characters = [...textIn(docs[0]!)!]
      expect(new Set(characters).size).toBe(characters.length)
      expect(docs.map(({ refused }) => refused)).toEqual([undefined, undefined, undefined])
      for (const page of pages) page.unmount()
    }),
    { numRuns: 5 * effort },
  )
})
