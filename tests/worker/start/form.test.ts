import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { DeepSpaceError } from '../../../src/protocol/errors.ts'
import { collection } from '../../../src/protocol/records/schema.ts'
import { fieldErrors, formData } from '../../../start/form.ts'

const things = collection('things', {
  fields: {
    title: v.pipe(v.string(), v.trim(), v.nonEmpty('It needs a title'), v.maxLength(10, 'At most 10 characters')),
    note: v.optional(v.string(), ''),
    count: v.optional(v.pipe(v.number(), v.integer('Only whole ones'), v.minValue(1, 'At least one'))),
    done: v.optional(v.boolean(), false),
    kind: v.optional(v.picklist(['small', 'large'], 'Small or large')),
    tags: v.optional(v.array(v.string('A tag is text'))),
  },
  permissions: { member: { read: true, create: true } },
})

function form(entries: Iterable<readonly [string, string | Blob]>): FormData {
  const made = new FormData()
  for (const [name, value] of entries) made.append(name, value)
  return made
}

/** What is wrong with a form. */
function wrongIn(entries: Iterable<readonly [string, string | Blob]>): object {
  try {
    formData(things, form(entries))
  } catch (error) {
    return fieldErrors(error)
  }
  throw new Error('nothing is wrong')
}

describe('N14: what a form gives', () => {
  test('is each field as its schema takes it, and of what the collection does not have nothing', () => {
    const data = formData(
      things,
      form([
        ['id', 'x'],
        ['title', ' a title '],
        ['note', ''],
        ['count', '12'],
        ['done', 'on'],
        ['kind', 'large'],
        ['tags', '["a","b"]'],
        ['_method', 'put'],
        ['__proto__', 'x'],
      ]),
    )
    expect(data).toEqual({ title: ' a title ', note: '', count: 12, done: true, kind: 'large', tags: ['a', 'b'] })
  })

  test('of a check box is what the last value of its name says', () => {
    const done = (...values: string[]) => formData(things, form(values.map((value) => ['done', value]))).done
    expect([done('false'), done('false', 'on'), done('true'), done('1'), done('0'), done()]).toEqual([
      false,
      true,
      true,
      true,
      false,
      undefined,
    ])
  })

  test('where an input for a number or for JSON is empty, is nothing', () => {
    expect(
      formData(
        things,
        form([
          ['count', ' '],
          ['tags', ''],
        ]),
      ),
    ).toEqual({})
  })

  test('is refused for all its fields at once, in the words of the schema', () => {
    expect(
      wrongIn([
        ['title', '  '],
        ['count', '0.5'],
        ['kind', 'huge'],
        ['tags', '["a",1]'],
      ]),
    ).toEqual({
      title: ['It needs a title'],
      count: ['Only whole ones', 'At least one'],
      kind: ['Small or large'],
      'tags.1': ['A tag is text'],
    })
    expect(wrongIn([['count', 'many']])).toEqual({ count: [expect.stringContaining('Expected number')] })
    expect(wrongIn([['tags', '{broken']])).toEqual({ tags: [expect.stringContaining('Expected Array')] })
    expect(wrongIn([['title', new Blob(['x'])]])).toEqual({ title: ['Expected text, received a file'] })
  })

  test('is refused as a DeepSpaceError that speaks of the first of them', () => {
    expect(() => formData(things, form([['title', '']]))).toThrow(
      expect.objectContaining({
        name: 'DeepSpaceError',
        code: 'invalid-field',
        message: 'FIELD ERROR: title: It needs a title',
        collection: 'things',
        field: 'title',
      }),
    )
  })

  test('whatever it is, fits the schema or is refused by field', () => {
    const entry = fc.tuple(
      fc.constantFrom('title', 'note', 'count', 'done', 'kind', 'tags', 'else', '__proto__', 'constructor'),
      fc.oneof(fc.string(), fc.json(), fc.constantFrom('', 'on', '1e999', 'NaN', '-0', '0x10', 'small')),
    )
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        let data: Record<string, unknown>
        try {
          data = formData(things, form(entries))
        } catch (error) {
          const wrong = fieldErrors(error)
          expect(Object.keys(wrong).length).toBeGreaterThan(0)
          for (const path of Object.keys(wrong)) expect(Object.keys(things.fields)).toContain(path.split('.')[0])
          return
        }
        for (const [field, value] of Object.entries(data)) {
          expect(v.safeParse(things.fields[field as 'title'], value).success).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('N14: what is wrong by field', () => {
  test('is what the room says of one, without the words that are for programs', () => {
    const error = (message: string, field?: string) =>
      new DeepSpaceError('invalid-field', message, field === undefined ? {} : { field })
    expect(fieldErrors(error('FIELD ERROR: title (string): It needs a title', 'title'))).toEqual({
      title: ['It needs a title'],
    })
    expect(fieldErrors(error("Required field 'title' is missing", 'title'))).toEqual({
      title: ["Required field 'title' is missing"],
    })
  })

  test('is nothing that a form could show, where an error is about no field', () => {
    for (const error of [
      new DeepSpaceError('denied', 'CREATE DENIED: role=viewer, collection=things'),
      new Error('x'),
      null,
    ]) {
      expect(() => fieldErrors(error)).toThrow(error ?? undefined)
    }
  })
})
