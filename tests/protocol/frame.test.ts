import { describe, expect, test } from 'vitest'
import { openFrame } from '../../src/protocol/frame.ts'
import { refusal, told } from './records/fixtures.ts'

describe('a frame that is none', () => {
  test.each([
    ['not JSON', '{"type":', 'not JSON'],
    ['empty', '', 'not JSON'],
    ['a bare word', 'hello', 'not JSON'],
    ['a list', '[]', 'expected an object, received array'],
    ['a list of frames', '[{"type":"user.list","payload":{}}]', 'expected an object, received array'],
    ['null', 'null', 'expected an object, received null'],
    ['text', '"user.list"', 'expected an object, received string'],
    ['a number', '1', 'expected an object, received number'],
    ['true', 'true', 'expected an object, received boolean'],
  ])('%s', (_, text, reason) => {
    expect(told(refusal(() => openFrame(text)))).toEqual({
      message: `Invalid message: ${reason}`,
      code: 'invalid-message',
      collection: undefined,
      recordId: undefined,
      field: undefined,
    })
  })
})

describe('W5: where the answer belongs is read before anything else is believed', () => {
  test.each<[unknown, object]>([
    [{ type: 'core.put', payload: { requestId: 'q1', collection: 5 } }, { requestId: 'q1' }],
    [{ type: 'core.purge', payload: { requestId: 'q1' } }, { requestId: 'q1' }],
    [{ payload: { requestId: 'q1' } }, { requestId: 'q1' }],
    [{ type: 'core.subscribe', payload: { subscriptionId: 's1', query: null } }, { subscriptionId: 's1' }],
    [
      { type: 'core.subscribe', payload: { subscriptionId: 's1', requestId: 'q1' } },
      { subscriptionId: 's1', requestId: 'q1' },
    ],
    [{ type: 'core.put', payload: { requestId: 'x'.repeat(300) } }, { requestId: 'x'.repeat(300) }],
    [{ type: 'core.put', payload: { requestId: 1, subscriptionId: null } }, {}],
    [{ type: 'core.put', payload: [{ requestId: 'q1' }] }, {}],
    [{ type: 'core.put', requestId: 'q1' }, {}],
    [{ type: 'user.list' }, {}],
  ])('%j', (frame, replyTo) => {
    expect(openFrame(JSON.stringify(frame)).replyTo).toStrictEqual(replyTo)
  })
})
