import { describe, expect, test } from 'vitest'
import { fieldValue, isRecordId } from '../../../src/protocol/records/record.ts'
import { earlier, recordWith } from './fixtures.ts'

describe('the id of a record', () => {
  test.each([
    ['one character', 'a'],
    ['128 characters', 'a'.repeat(128)],
    ['a uuid', '0b0f7ba0-9a9c-4d0f-8f6e-0f6d8f3f3f3f'],
    ['colons, slashes and blanks', 'user:1/a b'],
    ['text of any language', 'наталья-夏'],
    ['a whole surrogate pair', '😀'],
  ])('may be %s', (_, id) => {
    expect(isRecordId(id)).toBe(true)
  })

  test.each<[string, unknown]>([
    ['empty', ''],
    ['129 characters', 'a'.repeat(129)],
    ['a control character', 'a\u0000'],
    ['a line break', 'a\nb'],
    ['a line separator', 'a\u2028b'],
    ['half of a surrogate pair', '\ud83d'],
    ['a name that reaches Object.prototype', '__proto__'],
    ['the name constructor', 'constructor'],
    ['a number', 1],
    ['null', null],
    ['a list', ['a']],
  ])('is not %s', (_, id) => {
    expect(isRecordId(id)).toBe(false)
  })
})

test('Q2: a field is read from the envelope by its names, else from the data; absent reads as null', () => {
  const record = recordWith({ title: 'a', nothing: null }, { createdBy: 'u1' })
  expect(fieldValue(record, 'recordId')).toBe('r1')
  expect(fieldValue(record, 'createdBy')).toBe('u1')
  expect(fieldValue(record, 'createdAt')).toBe(earlier)
  expect(fieldValue(record, 'updatedAt')).toBe(earlier)
  expect(fieldValue(record, 'title')).toBe('a')
  expect(fieldValue(record, 'nothing')).toBe(null)
  expect(fieldValue(record, 'absent')).toBe(null)
})

test('Q2: a field that no record has reads as null, not as what every object inherits under that name', () => {
  const inherited = ['toString', 'toLocaleString', 'isPrototypeOf', 'constructor', '__proto__']
  expect(inherited.map((field) => fieldValue(recordWith({}), field))).toEqual([null, null, null, null, null])
})
