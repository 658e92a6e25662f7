import fc from 'fast-check'
import { expect } from 'vitest'
import { DeepSpaceError } from '../../../src/protocol/errors.ts'
import type { Json } from '../../../src/protocol/json.ts'
import type { MembersOf } from '../../../src/protocol/records/permissions.ts'
import type { RecordData, RecordEnvelope } from '../../../src/protocol/records/record.ts'

/** The time of the write under test, and of what was there before it. */
export const now = '2026-11-23T10:00:00.000Z'
export const earlier = '2026-11-01T08:00:00.000Z'

/** A record as it was stored before the test. */
export function recordWith(data: RecordData, envelope: Partial<Omit<RecordEnvelope, 'data'>> = {}): RecordEnvelope {
  return { recordId: 'r1', createdBy: 'creator', createdAt: earlier, updatedAt: earlier, ...envelope, data }
}

/** A room without teams. */
export const noMembers: MembersOf = () => new Set()

/** The `DeepSpaceError` that a call throws; anything else fails the test. */
export function refusal(call: () => unknown): DeepSpaceError {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(DeepSpaceError)
    return error as DeepSpaceError
  }
  throw new Error('expected a refusal, the call returned')
}

/** An error as a test compares it: the text, the code and the place. */
export function told(error: DeepSpaceError) {
  const { message, code, collection, recordId, field } = error
  return { message, code, collection, recordId, field }
}

/** Well-formed text, with characters on both sides of the surrogates more often than chance would have it. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}') }),
)

/** Finite numbers; JSON has no negative zero. */
export const anyNumber = fc
  .oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((number) => number + 0)

/** Nested JSON over few keys and values, so that equal ones come up. */
export const anyJson = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, '', 'a'),
    anyText,
    anyNumber,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '1', 'constructor'), tie('json'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).json

/** The same JSON with the keys of every object in the other order. */
export function reversed<T extends Json>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(reversed) as T
  const entries = Object.entries(value as { [key: string]: Json }).reverse()
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)])) as T
}
