import fc from 'fast-check'
import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, type Encoder, toUint8Array, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import { readAuthMessage, writePermissionDenied } from 'y-protocols/auth'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import {
  type DocumentFrame,
  encodeDocumentFrame,
  readDocumentFrame,
} from '../../../src/protocol/documents/sync-frame.ts'
import { outcome, storm } from './mutations.ts'

function written(write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  write(encoder)
  return toUint8Array(encoder)
}

const doc = new Y.Doc()
doc.getText('text').insert(0, 'Grüße 👋')

const bytes = fc.uint8Array({ maxLength: 300 })
const anyFrame: fc.Arbitrary<DocumentFrame> = fc.oneof(
  fc.record({
    type: fc.constant('sync' as const),
    step: fc.constantFrom('vector' as const, 'state' as const, 'update' as const),
    payload: bytes,
  }),
  fc.record({ type: fc.constant('awareness' as const), update: bytes }),
  fc.record({ type: fc.constant('denied' as const), reason: fc.string({ unit: 'grapheme' }) }),
  fc.constant({ type: 'query-awareness' as const }),
  fc.record({ type: fc.constant('saved' as const), counter: fc.maxSafeNat() }),
)

describe('A4: frames of a document', () => {
  test('what is encoded is read again', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(readDocumentFrame(encodeDocumentFrame(frame))).toEqual(frame)
      }),
    )
  })

  test.each([
    ['vector', 0, writeSyncStep1],
    ['state', 1, writeSyncStep2],
    ['update', 2, (encoder: Encoder, of: Y.Doc) => writeUpdate(encoder, Y.encodeStateAsUpdate(of))],
  ] as const)('a sync frame of y-protocols is read and written: %s', (step, _, write) => {
    const frame = written((encoder) => {
      writeVarUint(encoder, 0)
      write(encoder, doc)
    })
    const payload = step === 'vector' ? Y.encodeStateVector(doc) : Y.encodeStateAsUpdate(doc)
    expect(readDocumentFrame(frame)).toEqual({ type: 'sync', step, payload })
    expect(encodeDocumentFrame({ type: 'sync', step, payload })).toEqual(frame)
  })

  test('an awareness frame of y-websocket is read and written', () => {
    const awareness = new Awareness(doc)
    const update = encodeAwarenessUpdate(awareness, [doc.clientID])
    awareness.destroy()
    const frame = written((encoder) => {
      writeVarUint(encoder, 1)
      writeVarUint8Array(encoder, update)
    })
    expect(readDocumentFrame(frame)).toEqual({ type: 'awareness', update })
    expect(encodeDocumentFrame({ type: 'awareness', update })).toEqual(frame)
  })

  test('a refusal is the one of y-protocols', () => {
    const frame = written((encoder) => {
      writeVarUint(encoder, 2)
      writePermissionDenied(encoder, 'Nö')
    })
    expect(encodeDocumentFrame({ type: 'denied', reason: 'Nö' })).toEqual(frame)
    const decoder = createDecoder(frame)
    readVarUint(decoder)
    let heard = ''
    readAuthMessage(decoder, doc, (_doc, reason) => {
      heard = reason
    })
    expect(heard).toBe('Nö')
  })

  test('query-awareness is one byte; saved carries a counter', () => {
    expect([...encodeDocumentFrame({ type: 'query-awareness' })]).toEqual([3])
    expect([...encodeDocumentFrame({ type: 'saved', counter: 300 })]).toEqual([102, 172, 2])
  })

  test('the bytes of a frame are views of it', () => {
    const frame = Uint8Array.of(0, 2, 2, 7, 8)
    const { payload } = readDocumentFrame(frame) as { payload: Uint8Array }
    expect(payload.buffer).toBe(frame.buffer)
  })

  test.each<[string, number[], string]>([
    ['nothing', [], 'type: expected a number, received the end of the frame'],
    ['an unknown type', [4], 'type: expected 0, 1, 2, 3 or 102, received 4'],
    ['a great unknown type', [200, 1], 'type: expected 0, 1, 2, 3 or 102, received 200'],
    ['text', [...new TextEncoder().encode('{"type":"x"}')], 'type: expected 0, 1, 2, 3 or 102, received 123'],
    ['an unknown step', [0, 3, 0], 'step: expected 0, 1 or 2, received 3'],
    ['no step', [0], 'step: expected a number, received the end of the frame'],
    ['a short payload', [0, 2, 3, 1], 'payload: expected 3 bytes, received 1'],
    ['no payload', [0, 1], 'length of the payload: expected a number, received the end of the frame'],
    ['bytes left over', [0, 1, 1, 9, 9, 9], 'end: expected nothing more, received bytes: 2'],
    ['a byte behind a query', [3, 0], 'end: expected nothing more, received bytes: 1'],
    ['a number cut short', [102, 128], 'counter: expected a number, received the end of the frame in its middle'],
    [
      'a number without end',
      [102, ...Array(40).fill(128), 0],
      'counter: expected a number below 2^53, received a greater one',
    ],
    [
      '2^53',
      [102, 128, 128, 128, 128, 128, 128, 128, 16],
      'counter: expected a number below 2^53, received a greater one',
    ],
    ['another permission', [2, 1, 0], 'permission: expected 0 (denied), received 1'],
    ['a reason that is no UTF-8', [2, 0, 1, 255], 'reason: expected UTF-8, received other bytes'],
    [
      'a length beyond memory',
      [1, 255, 255, 255, 255, 255, 255, 255, 15],
      'awareness update: expected 9007199254740991 bytes, received 0',
    ],
  ])('%s is refused with what was expected and what came', (_, frame, reason) => {
    expect(() => readDocumentFrame(Uint8Array.from(frame))).toThrow(
      expect.objectContaining({
        name: 'DeepSpaceError',
        code: 'invalid-message',
        message: `Invalid message: document frame: ${reason}`,
      }),
    )
  })

  test('2^53 - 1 is read', () => {
    expect(readDocumentFrame(encodeDocumentFrame({ type: 'saved', counter: Number.MAX_SAFE_INTEGER }))).toEqual({
      type: 'saved',
      counter: Number.MAX_SAFE_INTEGER,
    })
  })

  test('every beginning of a frame is refused', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const whole = encodeDocumentFrame(frame)
        for (let end = 0; end < whole.length; end++) {
          expect(outcome(readDocumentFrame, whole.subarray(0, end))).toEqual({ code: 'invalid-message' })
        }
      }),
    )
  })

  test('any bytes are a value or a refusal, and what is read agrees with lib0', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => {
        const result = outcome(readDocumentFrame, any)
        if (!('value' in result) || result.value.type !== 'sync') return
        const decoder = createDecoder(any)
        readVarUint(decoder)
        readVarUint(decoder)
        expect(readVarUint8Array(decoder)).toEqual(result.value.payload)
      }),
      { numRuns: 2000 },
    )
  })

  test('100,000 mutated frames are values or refusals', async () => {
    const frames = fc.sample(anyFrame, { numRuns: 200, seed: 4 }).map(encodeDocumentFrame)
    const { read, refused } = await storm(readDocumentFrame, frames, 1)
    expect(read).toBeGreaterThan(1000)
    expect(refused).toBeGreaterThan(10_000)
  })
})
