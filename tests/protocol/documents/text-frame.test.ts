import fc from 'fast-check'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import { docKeyOf, readDocKey } from '../../../src/protocol/documents/doc-key.ts'
import { docKeyIn, encodeTextFrame, readTextFrame, type TextFrame } from '../../../src/protocol/documents/text-frame.ts'
import { outcome, storm } from './mutations.ts'

const bytes = fc.uint8Array({ maxLength: 300 })
const docKey = fc.string({ unit: 'grapheme', maxLength: 60 })
const anyFrame: fc.Arbitrary<TextFrame> = fc.oneof(
  fc.record({
    type: fc.constant('sync' as const),
    docKey,
    step: fc.constantFrom('vector' as const, 'state' as const, 'update' as const),
    payload: bytes,
  }),
  fc.record({ type: fc.constant('awareness' as const), docKey, update: bytes }),
)

describe('A3: frames of a field', () => {
  test('what is encoded is read again', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(readTextFrame(encodeTextFrame(frame))).toEqual(frame)
      }),
    )
  })

  test('they are what lib0 writes', () => {
    const encoder = createEncoder()
    writeVarUint(encoder, 22)
    writeVarString(encoder, 'notes:ü:body')
    writeVarUint(encoder, 2)
    writeVarUint8Array(encoder, Uint8Array.of(0, 0))
    const frame = { type: 'sync', docKey: 'notes:ü:body', step: 'update', payload: Uint8Array.of(0, 0) } as const
    expect(encodeTextFrame(frame)).toEqual(toUint8Array(encoder))
    expect([...encodeTextFrame({ type: 'awareness', docKey: 'k', update: Uint8Array.of(5) })]).toEqual([
      23, 1, 107, 1, 5,
    ])
  })

  test.each<[string, number[], string]>([
    ['nothing', [], 'type: expected a number, received the end of the frame'],
    ['a frame of y-protocols', [0, 1, 0], 'type: expected 22 or 23, received 0'],
    ['a key cut short', [22, 4, 97], 'docKey: expected 4 bytes, received 1'],
    ['a key that is no UTF-8', [23, 2, 195, 40, 0], 'docKey: expected UTF-8, received other bytes'],
    ['an unknown step', [22, 1, 97, 9, 0], 'step: expected 0, 1 or 2, received 9'],
    ['no update', [23, 1, 97], 'length of the awareness update: expected a number, received the end of the frame'],
    ['bytes left over', [23, 1, 97, 0, 0], 'end: expected nothing more, received bytes: 1'],
  ])('%s is refused with what was expected and what came', (_, frame, reason) => {
    expect(() => readTextFrame(Uint8Array.from(frame))).toThrow(
      expect.objectContaining({ code: 'invalid-message', message: `Invalid message: text frame: ${reason}` }),
    )
  })

  test('every beginning of a frame is refused', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const whole = encodeTextFrame(frame)
        for (let end = 0; end < whole.length; end++) {
          expect(outcome(readTextFrame, whole.subarray(0, end))).toEqual({ code: 'invalid-message' })
        }
      }),
    )
  })

  test('any bytes are a value or a refusal', () => {
    const begun = fc
      .tuple(fc.constantFrom(22, 23), fc.uint8Array({ maxLength: 60 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest))
    fc.assert(
      fc.property(begun, (any) => void outcome(readTextFrame, any)),
      { numRuns: 2000 },
    )
  })

  test('X3: of a frame that is not read it is known which text it is about, whatever comes behind that', async () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const whole = encodeTextFrame(frame)
        const expected = frame.type === 'sync' ? frame.docKey : undefined
        expect(docKeyIn(whole)).toBe(expected)
        expect(docKeyIn(whole.subarray(0, whole.length - 1))).toBe(expected)
      }),
    )
    const longest = `${'\u6f22'.repeat(128)}:${'\u6f22'.repeat(128)}:${'\u6f22'.repeat(128)}`
    const update = { type: 'sync', step: 'update', payload: new Uint8Array(1) } as const
    expect(docKeyIn(encodeTextFrame({ ...update, docKey: longest }))).toBe(longest)
    expect(docKeyIn(encodeTextFrame({ ...update, docKey: `${longest}x` }))).toBeUndefined()
    for (const bytes of [[], [22], [22, 3, 97], [22, 2, 195, 40, 0], [255, 255]]) {
      expect(docKeyIn(Uint8Array.from(bytes))).toBeUndefined()
    }
  })

  test('100,000 mutated frames are values or refusals', async () => {
    const { read, refused } = await storm(
      readTextFrame,
      fc.sample(anyFrame, { numRuns: 200, seed: 5 }).map(encodeTextFrame),
      2,
    )
    expect(read).toBeGreaterThan(1000)
    expect(refused).toBeGreaterThan(10_000)
  })
})

describe('A3: the key of a document', () => {
  test('is split at its first and its last colon', () => {
    expect(readDocKey('notes:a:b:c:body')).toEqual({ collection: 'notes', recordId: 'a:b:c', fieldName: 'body' })
    expect(readDocKey('n:::f')).toEqual({ collection: 'n', recordId: ':', fieldName: 'f' })
  })

  test('is read as it was made', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes(':'))
    fc.assert(
      fc.property(name, fc.string({ minLength: 1 }), name, (collection, recordId, fieldName) => {
        const place = { collection, recordId, fieldName }
        expect(readDocKey(docKeyOf(place))).toEqual(place)
      }),
    )
  })

  test.each(['', 'a', 'a:b', ':', '::', 'a::b', ':a:b', 'a:b:'])('%j is none', (key) => {
    expect(() => readDocKey(key)).toThrow(
      expect.objectContaining({
        code: 'invalid-message',
        message: `Invalid message: docKey: expected collection:recordId:fieldName, received ${JSON.stringify(key)}`,
      }),
    )
  })

  test.each([
    { collection: 'a:b', recordId: 'c', fieldName: 'd' },
    { collection: 'a', recordId: 'c', fieldName: 'd:e' },
    { collection: 'a', recordId: '', fieldName: 'd' },
  ])('is not made of %j', (place) => {
    expect(() => docKeyOf(place)).toThrow(expect.objectContaining({ code: 'invalid-message' }))
  })
})
