import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressIn } from '../../src/protocol/address.ts'
import { openFrame } from '../../src/protocol/frame.ts'

/** Names that mean something somewhere, and strings that look like JSON. */
const name = fc.constantFrom(
  'requestId',
  'subscriptionId',
  'collection',
  'recordId',
  'fieldName',
  'payload',
  'data',
  'type',
  'a"b',
  '\\',
  '{',
  '":"',
)
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(
      'id',
      'other',
      '"requestId":"wrong"',
      '{"requestId":"wrong"}',
      '\\"',
      '',
      1,
      true,
      null,
      '😀',
    ),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(name, tie('any'), { maxKeys: 4 }),
  ),
})).any
const frame = fc.record({
  type: fc.constant('core.put'),
  payload: fc.dictionary(name, value, { maxKeys: 5 }),
  data: value,
})
const order = fc.shuffledSubarray(['type', 'payload', 'data'], { minLength: 3 })

test('W5, W8, L1, L2: the ids of a frame that is not parsed, and what it is about, are those of its payload, whatever else has their names', () => {
  fc.assert(
    fc.property(frame, order, fc.constantFrom(undefined, 1, '\t'), (frame, order, space) => {
      const ordered = Object.fromEntries(order.map((key) => [key, frame[key as keyof typeof frame]]))
      const text = JSON.stringify(ordered, undefined, space)
      const { replyTo, payload } = openFrame(text)
      const { collection, recordId, fieldName } = payload
      const said = Object.entries({ ...replyTo, collection, recordId, fieldName })
      // An empty id is none.
      const ids = said.filter(([, value]) => typeof value === 'string' && value !== '')
      expect(addressIn(text)).toEqual(Object.fromEntries(ids))
    }),
    { numRuns: 3000 },
  )
})

test('W5: in text that is no JSON it looks no longer than that is', () => {
  for (const text of [
    '',
    '"',
    '{"payload":{"requestId":"',
    '[[[[',
    '}}}}',
    '{"payload":{"requestId":"a\\',
    '\\"'.repeat(1000),
  ]) {
    expect(() => addressIn(text)).not.toThrow()
  }
  expect(addressIn(`{"payload":{"requestId":"${'x'.repeat(129)}"}}`)).toEqual({})
  expect(addressIn(`{"payload":{"data":"${'\\\\'.repeat(100_000)}","requestId":"r"}}`)).toEqual({ requestId: 'r' })
})
