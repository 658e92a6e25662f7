import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openFrame } from '../../src/protocol/frame.ts'
import { replyToIn } from '../../src/protocol/reply-to.ts'

/** Names that mean something somewhere, and strings that look like JSON. */
const name = fc.constantFrom('requestId', 'subscriptionId', 'payload', 'data', 'type', 'a"b', '\\', '{', '":"')
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

test('W5, L1, L2: the ids of a frame that is not parsed are those of its payload, whatever else has their names', () => {
  fc.assert(
    fc.property(frame, order, fc.constantFrom(undefined, 1, '\t'), (frame, order, space) => {
      const ordered = Object.fromEntries(order.map((key) => [key, frame[key as keyof typeof frame]]))
      const text = JSON.stringify(ordered, undefined, space)
      const { requestId, subscriptionId } = openFrame(text).replyTo
      // An empty id is none.
      expect(replyToIn(text)).toEqual({ ...(requestId && { requestId }), ...(subscriptionId && { subscriptionId }) })
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
    expect(() => replyToIn(text)).not.toThrow()
  }
  expect(replyToIn(`{"payload":{"requestId":"${'x'.repeat(129)}"}}`)).toEqual({})
  expect(replyToIn(`{"payload":{"data":"${'\\\\'.repeat(100_000)}","requestId":"r"}}`)).toEqual({ requestId: 'r' })
})
