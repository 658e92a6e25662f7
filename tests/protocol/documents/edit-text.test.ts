import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import * as Y from 'yjs'
import { editText } from '../../../src/protocol/documents/edit-text.ts'

const effort = inject('effort')

/** Texts with characters of one and of two units, of several characters that are shown as one, and marks on others. */
const characters = fc.constantFrom('a', 'b', '\n', 'é', 'e\u0301', '\u0301', '😀', '😁', '👩‍👩‍👧', '🇦🇹', '\ufffc', '𝒳')
const content = fc.array(characters, { maxLength: 12 }).map((each) => each.join(''))

function documentOf(value: string): Y.Doc {
  const doc = new Y.Doc()
  doc.getText('content').insert(0, value)
  return doc
}

/** Another page's copy. */
function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

const textOf = (doc: Y.Doc): string => doc.getText('content').toString()

/** Has both know everything. */
function merge(one: Y.Doc, other: Y.Doc): void {
  Y.applyUpdate(one, Y.encodeStateAsUpdate(other))
  Y.applyUpdate(other, Y.encodeStateAsUpdate(one))
}

test('a text becomes any other in one transaction, here and elsewhere', () => {
  fc.assert(
    fc.property(content, content, (before, after) => {
      const doc = documentOf(before)
      const other = copyOf(doc)
      const updates: Uint8Array[] = []
      doc.on('update', (update: Uint8Array) => updates.push(update))
      editText(doc.getText('content'), after)
      expect(updates).toHaveLength(before === after ? 0 : 1)
      for (const update of updates) Y.applyUpdate(other, update)
      expect([textOf(doc), textOf(other)]).toEqual([after, after])
    }),
    { numRuns: 300 * effort },
  )
})

test('what is the same at both ends stays: no character is split, and nothing shorter would do', () => {
  fc.assert(
    fc.property(content, content, (before, after) => {
      const doc = documentOf(before)
      const text = doc.getText('content')
      const changes: Y.YTextEvent['delta'][] = []
      text.observe(({ delta }) => changes.push(delta))
      editText(text, after)
      const [start, end] = sameEnds([...before], [...after])
      const kept = [...before].slice(0, start).join('').length
      const inserted = [...after].slice(start, [...after].length - end).join('')
      const deleted = [...before].slice(start, [...before].length - end).join('').length
      const expected = { retain: kept, insert: inserted, delete: deleted }
      const [delta = []] = changes
      const is = {
        retain: before === after ? kept : 0,
        insert: '',
        delete: 0,
        ...Object.fromEntries(delta.flatMap((step) => Object.entries(step))),
      }
      expect(is).toEqual(expected)
    }),
    { numRuns: 300 * effort },
  )
})

test('two who edit at once double nothing of what both have kept, and lose nothing of what each has inserted', () => {
  const inserts = (letters: string) => fc.uniqueArray(fc.constantFrom(...letters), { maxLength: 5 })
  fc.assert(
    fc.property(
      fc.subarray([...'abcdefghijkl']),
      fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
      inserts('123456'),
      inserts('𝒳𝒴𝒵😀😁'),
      fc.nat(12),
      fc.nat(12),
      (base, keeps, ones, others, at, elsewhere) => {
        const one = documentOf(base.join(''))
        const other = copyOf(one)
        const kept = [base.filter((_, index) => keeps[index]), base.filter((_, index) => keeps[index + 12])]
        editText(one.getText('content'), kept[0]!.toSpliced(at, 0, ...ones).join(''))
        editText(other.getText('content'), kept[1]!.toSpliced(elsewhere, 0, ...others).join(''))
        merge(one, other)
        expect(textOf(one)).toBe(textOf(other))
        const merged = [...textOf(one)]
        expect(merged.filter((each) => ones.includes(each))).toEqual(ones)
        expect(merged.filter((each) => others.includes(each))).toEqual(others)
        // Each piece is one deletion and one insertion: what both keep at either end is there once.
        const counts = base.map((each) => merged.filter((other) => other === each).length)
        const [start, end] = [kept[0]!, kept[1]!]
          .map((after, index) => sameEnds(base, after.toSpliced(index ? elsewhere : at, 0, ...(index ? others : ones))))
          .reduce(([a, b], [c, d]) => [Math.min(a, c), Math.min(b, d)])
        expect(counts.slice(0, start).every((count) => count === 1)).toBe(true)
        expect(counts.slice(base.length - end).every((count) => count === 1)).toBe(true)
      },
    ),
    { numRuns: 300 * effort },
  )
})

test('half a character is inserted as what others would read', () => {
  const doc = documentOf('a')
  editText(doc.getText('content'), 'a\ud83d!')
  expect([textOf(doc), textOf(copyOf(doc))]).toEqual(['a\ufffd!', 'a\ufffd!'])
})

test('formats and what is embedded stay where they are, but in what is replaced', () => {
  const doc = new Y.Doc()
  const text = doc.getText('content')
  text.insert(0, 'one two', { bold: true })
  text.insertEmbed(7, { image: 1 })
  text.insert(8, ' three', { bold: null })
  text.insertEmbed(14, { image: 2 })
  editText(text, 'one two 3')
  expect(text.toDelta()).toEqual([
    { insert: 'one two', attributes: { bold: true } },
    { insert: { image: 1 } },
    { insert: ' 3' },
    { insert: { image: 2 } },
  ])
  editText(text, 'one! two 3')
  editText(text, 'one! 3')
  expect(text.toString()).toBe('one! 3')
})

test('what is written is undone by an undo manager like any other edit', () => {
  const doc = documentOf('one two')
  const undo = new Y.UndoManager(doc.getText('content'))
  editText(doc.getText('content'), 'one three')
  undo.undo()
  expect(textOf(doc)).toBe('one two')
})

/** How much of two lists is the same at the beginning, and of the rest at the end. */
function sameEnds(before: readonly string[], after: readonly string[]): [number, number] {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++
  return [start, end]
}
