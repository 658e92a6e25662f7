import { collection } from 'deepspace-solid/schema'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { errorFrom } from '../../../src/protocol/error-payload.ts'
import { DeepSpaceError } from '../../../src/protocol/errors.ts'
import { encodeFrame, openFrame } from '../../../src/protocol/frame.ts'
import { type ClientFrame, readFrame } from '../../../src/protocol/records/messages.ts'
import { created } from '../../../src/protocol/records/write.ts'
import { anyJson, now, refusal, told } from './fixtures.ts'

const read = (text: string) => readFrame(openFrame(text))
const readJson = (frame: unknown) => read(JSON.stringify(frame))

const frames: ClientFrame[] = [
  { type: 'core.subscribe', payload: { subscriptionId: 's1', query: { collection: 'tasks' } } },
  {
    type: 'core.subscribe',
    payload: {
      subscriptionId: 's1',
      query: { collection: 'tasks', where: { done: false, tags: ['a'] }, orderBy: 'title', orderDir: 'asc', limit: 5 },
      requestId: 'q1',
    },
  },
  { type: 'core.unsubscribe', payload: { subscriptionId: 's1' } },
  { type: 'core.put', payload: { collection: 'tasks', recordId: 'r1', data: {} } },
  {
    type: 'core.put',
    payload: { collection: 'tasks', recordId: 'r1', data: { a: null, b: { c: [1] } }, requestId: 'q1' },
  },
  { type: 'core.delete', payload: { collection: 'tasks', recordId: 'r1', requestId: 'q1' } },
  { type: 'user.list', payload: {} },
  { type: 'user.update', payload: {} },
  { type: 'user.set_role', payload: { userId: 'u1', role: 'admin', requestId: 'q1' } },
  { type: 'records.list_schemas', payload: { requestId: 'q1' } },
]

describe('a good frame', () => {
  test.each(frames.map((frame) => [frame.type, frame] as const))('%s comes out as it went in: %j', (_, frame) => {
    expect(read(encodeFrame(frame))).toEqual(frame)
  })

  test.each(['user.list', 'user.update', 'records.list_schemas'])('%s needs no payload', (type) => {
    expect(readJson({ type })).toEqual({ type, payload: {} })
  })

  test('W5: what a newer client adds to a payload is overlooked', () => {
    expect(readJson({ type: 'user.list', payload: { more: 1 }, other: 2 })).toEqual({ type: 'user.list', payload: {} })
  })

  test('U5: what a client says of itself in user.update is overlooked', () => {
    const payload = { id: 'u2', name: 'Eve', email: 'eve@example.org', role: 'admin' }
    expect(readJson({ type: 'user.update', payload })).toEqual({ type: 'user.update', payload: {} })
  })

  test('Q4: a query is passed on whole, for its collection to judge', () => {
    const query = { collection: 'tasks', where: 5, orderDir: 'up', limit: -1 }
    expect(readJson({ type: 'core.subscribe', payload: { subscriptionId: 's1', query } }).payload).toEqual({
      subscriptionId: 's1',
      query,
    })
  })
})

describe('a frame that is none', () => {
  test.each<[unknown, string]>([
    [{ type: 'core.purge', payload: {} }, 'core.purge'],
    [{ type: 'Core.put', payload: {} }, 'Core.put'],
    [{ type: 'core.query_result', payload: {} }, 'core.query_result'],
    [{ type: 'toString' }, 'toString'],
    [{ type: '__proto__' }, '__proto__'],
    [{ type: 'constructor' }, 'constructor'],
    [{ type: 'x'.repeat(100) }, 'x'.repeat(64)],
    [{ type: '' }, '(none)'],
    [{ type: 1 }, '(none)'],
    [{ type: ['core.put'] }, '(none)'],
    [{ payload: {} }, '(none)'],
    [{}, '(none)'],
  ])('of an unknown type: %j', (frame, type) => {
    expect(told(refusal(() => readJson(frame)))).toEqual({
      message: `Unknown message type: ${type}`,
      code: 'unknown-type',
      collection: undefined,
      recordId: undefined,
      field: undefined,
    })
  })
})

describe('a payload that is wrong is refused with the type of the frame, the path and what came', () => {
  const subscribe = { subscriptionId: 's1', query: { collection: 'tasks' } }
  const put = { collection: 'tasks', recordId: 'r1', data: {} }
  const setRole = { userId: 'u1', role: 'admin' }
  const aName = 'expected a name: a letter, then letters, digits, "_" or "-"'
  const anId = 'expected an id of 1 to 128 printable characters'
  const long = 'x'.repeat(300)
  const cut = `"${'x'.repeat(57)}..."`

  test.each<[ClientFrame['type'], object, string, string]>([
    ['core.subscribe', { ...subscribe, subscriptionId: 1 }, 'subscriptionId', 'expected string, received number'],
    ['core.subscribe', { ...subscribe, subscriptionId: null }, 'subscriptionId', 'expected string, received null'],
    ['core.subscribe', { ...subscribe, query: 'tasks' }, 'query', 'expected Object, received "tasks"'],
    ['core.subscribe', { ...subscribe, query: null }, 'query', 'expected Object, received null'],
    [
      'core.subscribe',
      { ...subscribe, query: { collection: 1 } },
      'query.collection',
      'expected string, received number',
    ],
    ['core.subscribe', { ...subscribe, query: { collection: 'a b' } }, 'query.collection', `${aName}, received "a b"`],
    ['core.subscribe', { ...subscribe, query: { collection: '' } }, 'query.collection', `${aName}, received ""`],
    ['core.subscribe', { ...subscribe, requestId: 1 }, 'requestId', 'expected string, received number'],
    ['core.unsubscribe', { subscriptionId: {} }, 'subscriptionId', 'expected string, received object'],
    ['core.put', { ...put, collection: null }, 'collection', 'expected string, received null'],
    ['core.put', { ...put, collection: 'tasks"; DROP' }, 'collection', `${aName}, received "tasks\\"; DROP"`],
    ['core.put', { ...put, collection: long }, 'collection', `${aName}, received ${cut}`],
    ['core.put', { ...put, recordId: '' }, 'recordId', `${anId}, received ""`],
    ['core.put', { ...put, recordId: 'a\nb' }, 'recordId', `${anId}, received "a\\nb"`],
    ['core.put', { ...put, recordId: 7 }, 'recordId', `${anId}, received number`],
    ['core.put', { ...put, recordId: '__proto__' }, 'recordId', `${anId}, received "__proto__"`],
    ['core.put', { ...put, recordId: long }, 'recordId', `${anId}, received ${cut}`],
    ['core.put', { ...put, data: null }, 'data', 'expected an object, received null'],
    ['core.put', { ...put, data: [] }, 'data', 'expected an object, received array'],
    ['core.put', { ...put, data: 'a' }, 'data', 'expected an object, received "a"'],
    ['core.put', { ...put, requestId: {} }, 'requestId', 'expected string, received object'],
    ['core.delete', { collection: 'tasks', recordId: ['r1'] }, 'recordId', `${anId}, received array`],
    ['core.delete', { collection: true, recordId: 'r1' }, 'collection', 'expected string, received boolean'],
    ['user.list', { requestId: 1 }, 'requestId', 'expected string, received number'],
    ['user.update', { requestId: [] }, 'requestId', 'expected string, received array'],
    ['user.set_role', { ...setRole, userId: 1 }, 'userId', 'expected string, received number'],
    ['user.set_role', { ...setRole, role: null }, 'role', 'expected string, received null'],
    ['records.list_schemas', { requestId: null }, 'requestId', 'expected string, received null'],
  ])('%s %j: %s: %s', (type, payload, path, reason) => {
    expect(told(refusal(() => readJson({ type, payload })))).toEqual({
      message: `Invalid message: ${type}: ${path}: ${reason}`,
      code: 'invalid-message',
      collection: undefined,
      recordId: undefined,
      field: path,
    })
  })

  test.each<[ClientFrame['type'], object, string]>([
    ['core.subscribe', { ...subscribe, subscriptionId: '' }, 'subscriptionId'],
    ['core.subscribe', { ...subscribe, subscriptionId: long }, 'subscriptionId'],
    ['core.unsubscribe', { subscriptionId: long }, 'subscriptionId'],
    ['core.put', { ...put, requestId: '' }, 'requestId'],
    ['core.put', { ...put, requestId: long }, 'requestId'],
    ['user.set_role', { ...setRole, userId: '' }, 'userId'],
    ['user.set_role', { ...setRole, userId: long }, 'userId'],
    ['user.set_role', { ...setRole, role: '' }, 'role'],
    ['user.set_role', { ...setRole, role: long }, 'role'],
  ])('%s: an empty or long text: %j', (type, payload, path) => {
    const error = refusal(() => readJson({ type, payload }))
    expect(error.message.startsWith(`Invalid message: ${type}: ${path}: `)).toBe(true)
    expect([error.code, error.field]).toEqual(['invalid-message', path])
    expect(error.message.length).toBeLessThan(200)
  })

  const missing: [ClientFrame['type'], object, string][] = [
    ['core.subscribe', { query: subscribe.query }, 'subscriptionId'],
    ['core.subscribe', { subscriptionId: 's1' }, 'query'],
    ['core.subscribe', { subscriptionId: 's1', query: {} }, 'query.collection'],
    ['core.subscribe', { subscriptionId: 's1', query: [] }, 'query.collection'],
    ['core.unsubscribe', {}, 'subscriptionId'],
    ['core.put', { recordId: 'r1', data: {} }, 'collection'],
    ['core.put', { collection: 'tasks', data: {} }, 'recordId'],
    ['core.put', { collection: 'tasks', recordId: 'r1' }, 'data'],
    ['core.delete', { recordId: 'r1' }, 'collection'],
    ['core.delete', { collection: 'tasks' }, 'recordId'],
    ['user.set_role', { role: 'admin' }, 'userId'],
    ['user.set_role', { userId: 'u1' }, 'role'],
  ]

  test.each(missing)('%s %j: %s is missing', (type, payload, path) => {
    const error = refusal(() => readJson({ type, payload }))
    expect(error.message.startsWith(`Invalid message: ${type}: ${path}: `)).toBe(true)
    expect([error.code, error.field]).toEqual(['invalid-message', path])
  })

  test('what is missing is not said to be expected by its own name', () => {
    const messages = missing.map(([type, payload]) => refusal(() => readJson({ type, payload })).message)
    expect(messages.filter((message) => /expected "\w+"/.test(message))).toEqual([])
  })

  test.each([[null], [[]], ['text'], [1]])('a payload that is no object lacks everything: %j', (payload) => {
    const error = refusal(() => readJson({ type: 'core.delete', payload }))
    expect([error.code, error.field]).toEqual(['invalid-message', 'collection'])
  })
})

describe('F3, F6: __proto__ in data is refused by name, not dropped', () => {
  const notes = collection('notes', {
    fields: { text: v.optional(v.string()), any: v.optional(v.unknown()) },
    permissions: { '*': { create: true } },
  })
  const put = (data: string) => {
    const frame = read(`{"type":"core.put","payload":{"collection":"notes","recordId":"r1","data":${data}}}`)
    if (frame.type !== 'core.put') throw new Error('expected core.put')
    const caller = { userId: 'u1', role: 'member' }
    return created({ collection: notes, caller, recordId: frame.payload.recordId, now }, frame.payload.data)
  }

  test('as a field', () => {
    expect(refusal(() => put('{"text":"a","__proto__":{"any":1}}')).message).toBe(
      'FIELD ERROR: unknown field "__proto__" of notes (fields: text, any)',
    )
  })

  test('inside a field', () => {
    expect(refusal(() => put('{"any":{"__proto__":{"admin":true}}}')).message).toBe(
      'FIELD ERROR: any: the key "__proto__" is not allowed',
    )
    expect(refusal(() => put('{"any":[{"a":{"__proto__":null}}]}')).message).toBe(
      'FIELD ERROR: any[0].a: the key "__proto__" is not allowed',
    )
  })

  test('as the payload or the query of a frame it gives nothing its prototype', () => {
    const error = refusal(() =>
      read('{"type":"core.delete","payload":{"__proto__":{"collection":"a","recordId":"r"}}}'),
    )
    expect(error.field).toBe('collection')
    expect(refusal(() => read('{"__proto__":{"type":"user.list","payload":{}}}')).code).toBe('unknown-type')
    expect(({} as Record<string, unknown>).collection).toBeUndefined()
  })
})

test('W8: what is read of one error is refused in the words of the next', () => {
  const error = refusal(() => readJson({ type: 'core.put', payload: {} }))
  expect(errorFrom({ error: error.message }).code).toBe(error.code)
})

describe('whatever comes is read or refused with a DeepSpaceError', () => {
  const outcome = (text: string): 'read' | 'refused' => {
    try {
      read(text)
      return 'read'
    } catch (error) {
      if (error instanceof DeepSpaceError) return 'refused'
      throw error
    }
  }
  const anyType = fc.constantFrom(...new Set(frames.map((frame) => frame.type)))
  const names = [
    'collection',
    'recordId',
    'data',
    'query',
    'subscriptionId',
    'requestId',
    'userId',
    'role',
    '__proto__',
  ]
  const anyPayload = fc.dictionary(fc.constantFrom(...names), fc.oneof(anyJson, fc.jsonValue()))

  test('any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect(['read', 'refused']).toContain(outcome(text))
      }),
    )
  })

  test('any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(['read', 'refused']).toContain(outcome(text))
      }),
    )
  })

  test('any payload under any type', () => {
    fc.assert(
      fc.property(anyType, fc.oneof(anyPayload, fc.jsonValue()), (type, payload) => {
        expect(['read', 'refused']).toContain(outcome(JSON.stringify({ type, payload })))
      }),
      { numRuns: 2_000 },
    )
  })

  test('a good frame with a piece of its text replaced', () => {
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.nat(), fc.nat({ max: 8 }), fc.string(), (frame, at, length, piece) => {
        const text = encodeFrame(frame)
        const start = at % text.length
        expect(['read', 'refused']).toContain(outcome(text.slice(0, start) + piece + text.slice(start + length)))
      }),
    )
  })

  test.each(['core.put', 'core.subscribe'])('%s with JSON nested a hundred thousand levels deep', (type) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const query = `{"collection":"tasks","where":{"any":${deep}}}`
    const payload = `{"collection":"tasks","recordId":"r1","data":{"any":${deep}},"subscriptionId":"s1","query":${query}}`
    expect(outcome(`{"type":"${type}","payload":${payload}}`)).toBe('read')
  })
})
