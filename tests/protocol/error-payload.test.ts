import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorFrom, errorPayload } from '../../src/protocol/error-payload.ts'
import { DeepSpaceError, type ErrorCode } from '../../src/protocol/errors.ts'
import { told } from './records/fixtures.ts'

describe('W8: errors travel with their code and place', () => {
  const anyError = fc
    .record({
      code: fc.constantFrom<ErrorCode>('denied', 'not-found', 'invalid-field', 'duplicate', 'too-large', 'internal'),
      message: fc.string(),
      place: fc.record({ collection: fc.string(), recordId: fc.string(), field: fc.string() }, { requiredKeys: [] }),
    })
    .map(({ code, message, place }) => new DeepSpaceError(code, message, place))

  test('and come out as they went in', () => {
    fc.assert(
      fc.property(anyError, (error) => {
        const back = errorFrom(JSON.parse(JSON.stringify(errorPayload(error))))
        expect(back).toBeInstanceOf(DeepSpaceError)
        expect(told(back)).toEqual(told(error))
      }),
    )
  })

  test('a payload holds nothing that the error does not speak of', () => {
    expect(errorPayload(new DeepSpaceError('internal', 'Oops'))).toStrictEqual({ error: 'Oops', code: 'internal' })
    expect(errorPayload(new DeepSpaceError('denied', 'No', { collection: 'tasks' }))).toStrictEqual({
      error: 'No',
      code: 'denied',
      collection: 'tasks',
    })
  })

  test.each<[string, ErrorCode]>([
    ['READ DENIED: role=viewer, collection=tasks', 'denied'],
    ['CREATE DENIED: role=viewer, collection=tasks', 'denied'],
    ['UPDATE DENIED: role=viewer, collection=tasks', 'denied'],
    ['DELETE DENIED: role=viewer, collection=tasks', 'denied'],
    ["FIELD ERROR: Role 'member' cannot modify field 'rank'", 'invalid-field'],
    ['FIELD ERROR: rank (string): expected a number', 'invalid-field'],
    ["Required field 'title' is missing", 'invalid-field'],
    ["Cannot modify immutable field 'kind'", 'invalid-field'],
    ['Record not found', 'not-found'],
    ['Schema not registered for collection: tasks - check the room', 'unknown-collection'],
    ['Duplicate: a record with a=1, b=2 already exists in tasks', 'duplicate'],
    ['Unknown message type: core.purge', 'unknown-type'],
    ['Invalid message: not JSON', 'invalid-message'],
    ['Something else went wrong', 'internal'],
    ['', 'internal'],
  ])('W8: %j alone, as a baseline worker sends it, means %s', (error, code) => {
    expect(told(errorFrom({ error }))).toEqual({
      message: error,
      code,
      collection: undefined,
      recordId: undefined,
      field: undefined,
    })
  })

  test('the code that is sent counts, whatever the text says', () => {
    expect(errorFrom({ error: 'Record not found', code: 'forbidden' }).code).toBe('forbidden')
  })
})
