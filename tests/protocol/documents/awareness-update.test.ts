import fc from 'fast-check'
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import { afterEach, describe, expect, test } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import {
  type AwarenessEntry,
  encodeAwareness,
  readAwareness,
} from '../../../src/protocol/documents/awareness-update.ts'
import { outcome, storm } from './mutations.ts'

const limits = { entries: 100, stateBytes: 1000, depth: 32 }
const read = (bytes: Uint8Array) => readAwareness(bytes, limits)

const instances: Awareness[] = []
afterEach(() => {
  for (const awareness of instances.splice(0)) awareness.destroy()
})

function stock(): Awareness {
  const awareness = new Awareness(new Y.Doc())
  instances.push(awareness)
  return awareness
}

const anyEntry = fc.record({
  clientId: fc.maxSafeNat(),
  clock: fc.maxSafeNat(),
  state: fc.oneof(
    fc.constant('null'),
    fc
      .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 })
      .map((state) => JSON.stringify(state)),
  ),
})
const anyUpdate = fc.uniqueArray(anyEntry, { maxLength: 5, selector: ({ clientId }) => clientId })
const wide = { entries: 100, stateBytes: 100_000, depth: 32 }

function raw(...entries: [number, number, string][]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, entries.length)
  for (const [clientId, clock, state] of entries) {
    writeVarUint(encoder, clientId)
    writeVarUint(encoder, clock)
    writeVarString(encoder, state)
  }
  return toUint8Array(encoder)
}

describe('awareness updates', () => {
  test('what is encoded is read again', () => {
    fc.assert(
      fc.property(anyUpdate, (entries) => {
        expect(readAwareness(encodeAwareness(entries), wide)).toEqual(entries)
      }),
    )
  })

  test('those of y-protocols are read, and ours are applied by it', () => {
    const one = stock()
    const two = stock()
    one.setLocalState({ user: { name: 'Ü 👋' }, cursor: null })
    two.setLocalState(null)
    applyAwarenessUpdate(one, encodeAwareness([{ clientId: 7, clock: 2 ** 41, state: '{"a":[1]}' }]), 'test')
    const update = encodeAwarenessUpdate(one, [one.clientID, 7])
    const entries: AwarenessEntry[] = [
      { clientId: one.clientID, clock: 1, state: '{"user":{"name":"Ü 👋"},"cursor":null}' },
      { clientId: 7, clock: 2 ** 41, state: '{"a":[1]}' },
    ]
    expect(read(update)).toEqual(entries)
    expect(encodeAwareness(entries)).toEqual(update)
    applyAwarenessUpdate(two, encodeAwareness(entries), 'test')
    expect(two.getStates()).toEqual(one.getStates())
    applyAwarenessUpdate(two, encodeAwareness([{ clientId: 7, clock: 2 ** 41 + 1, state: 'null' }]), 'test')
    expect(two.getStates().has(7)).toBe(false)
  })

  test('one without entries is one byte', () => {
    expect([...encodeAwareness([])]).toEqual([0])
    expect(read(Uint8Array.of(0))).toEqual([])
  })

  test('a removal is the text null, however it was written', () => {
    expect(read(raw([1, 1, ' null\n']))).toEqual([{ clientId: 1, clock: 1, state: 'null' }])
  })

  test.each<[string, Uint8Array, string]>([
    ['a list', raw([1, 1, '{}'], [2, 1, '[]']), 'entry 1: state: expected an object or null, received array'],
    ['a number', raw([1, 1, '5']), 'entry 0: state: expected an object or null, received number'],
    ['no JSON', raw([1, 1, '{a}']), 'entry 0: state: expected JSON, received other text'],
    ['empty text', raw([1, 1, '']), 'entry 0: state: expected JSON, received other text'],
    ['an id twice', raw([5, 1, '{}'], [5, 2, '{}']), 'entry 1: client id: expected each id once, received 5 again'],
    ['bytes left over', Uint8Array.of(0, 0), 'end: expected nothing more, received bytes: 1'],
    [
      'fewer entries than said',
      Uint8Array.of(1),
      'entry 0: client id: expected a number, received the end of the frame',
    ],
    [
      'an id of 2^53',
      Uint8Array.of(1, 128, 128, 128, 128, 128, 128, 128, 16, 0, 2, 123, 125),
      'entry 0: client id: expected a number below 2^53, received a greater one',
    ],
    [
      'a state that is no UTF-8',
      Uint8Array.of(1, 1, 1, 1, 255),
      'entry 0: state: expected UTF-8, received other bytes',
    ],
  ])('%s is refused with what was expected and what came', (_, update, reason) => {
    expect(() => read(update)).toThrow(
      expect.objectContaining({ code: 'invalid-message', message: `Invalid message: awareness update: ${reason}` }),
    )
  })

  test.each<[string, Uint8Array, string]>([
    ['too many entries', Uint8Array.of(101), 'number of entries: expected at most 100, received 101'],
    [
      'too long a state',
      raw([1, 1, JSON.stringify({ a: 'ü'.repeat(600) })]),
      'entry 0: state: expected at most 1000 bytes, received 1208',
    ],
    [
      'too deep a state',
      raw([1, 1, `{"a":${'['.repeat(32)}${']'.repeat(32)}}`]),
      'entry 0: state: nested deeper than 32 levels',
    ],
  ])('%s is refused with the limit', (_, update, reason) => {
    expect(() => read(update)).toThrow(
      expect.objectContaining({ code: 'too-large', message: `Too large: awareness update: ${reason}` }),
    )
  })

  test('the limits themselves are allowed, and brackets in text are text', () => {
    expect(read(raw([1, 1, `{"a":${'['.repeat(31)}${']'.repeat(31)}}`]))).toHaveLength(1)
    expect(read(raw([1, 1, JSON.stringify({ a: `\\"${'['.repeat(500)}` })]))).toHaveLength(1)
    expect(read(raw([1, 1, JSON.stringify({ a: 'x'.repeat(992) })]))).toHaveLength(1)
    expect(read(raw(...Array.from({ length: 100 }, (_, id): [number, number, string] => [id, 1, '{}'])))).toHaveLength(
      100,
    )
  })

  test('half a million brackets are refused without a stack overflow', () => {
    const deep = raw([1, 1, `{"a":${'['.repeat(500_000)}`])
    expect(outcome((bytes) => readAwareness(bytes, { ...limits, stateBytes: 1e6 }), deep)).toEqual({
      code: 'too-large',
    })
  })

  test('every beginning of an update is refused', () => {
    fc.assert(
      fc.property(anyUpdate, (entries) => {
        const whole = encodeAwareness(entries)
        for (let end = 0; end < whole.length; end++)
          expect(outcome(read, whole.subarray(0, end))).toHaveProperty('code')
      }),
    )
  })

  test('any bytes are a value or a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (any) => void outcome(read, any)),
      { numRuns: 2000 },
    )
  })

  test('100,000 mutated updates are values or refusals', async () => {
    const frames = fc.sample(anyUpdate, { numRuns: 200, seed: 6 }).map(encodeAwareness)
    const { read: values, refused } = await storm(read, frames, 3)
    expect(values).toBeGreaterThan(1000)
    expect(refused).toBeGreaterThan(10_000)
  })
})
