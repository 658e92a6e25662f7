import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { PresenceWire } from '../../support/presence-wire.ts'

const rooms = createOwnRooms()
const open = async (name: string, user?: string, search?: string): Promise<PresenceWire> => {
  const wire = await PresenceWire.open(rooms.base, name, user, search)
  onTestFinished(() => wire.close())
  return wire
}
const come = async (name: string, user: string, state = {}): Promise<PresenceWire> => {
  const wire = await open(name, user)
  await wire.enter(state)
  return wire
}
const some = (): string => `presence:${crypto.randomUUID()}`
/** A frame as text, with a value in it that `JSON.stringify` does not write. */
const raw = (type: string, payload: string): string => `{"type":"${type}","payload":${payload}}`
const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

test.each<readonly [what: string, frame: string, code: string, words: RegExp]>([
  ['no JSON', '{', 'invalid-message', /not JSON/],
  ['an array', '[]', 'invalid-message', /expected an object, received array/],
  ['an unknown type', raw('presence.shout', '{}'), 'unknown-type', /^Unknown presence message type: presence\.shout$/],
  ['a type of another room', raw('canvas.move', '{}'), 'unknown-type', /^Unknown presence message type/],
  ['a state that is an array', raw('presence.update', '[]'), 'invalid-message', /^Presence state must be an object$/],
  ['a state that is null', raw('presence.update', 'null'), 'invalid-message', /^Presence state must be an object$/],
  ['a state that is text', raw('presence.update', '"x"'), 'invalid-message', /^Presence state must be an object$/],
  ['no state', '{"type":"presence.update"}', 'invalid-message', /^Presence state must be an object$/],
  ['an entry without a state', raw('presence.enter', '{}'), 'invalid-message', /presence\.enter: state: is missing/],
  [
    'an entry with a list',
    raw('presence.enter', '{"state":[]}'),
    'invalid-message',
    /state: expected an object, received array/,
  ],
  ['a short secret', raw('presence.enter', '{"state":{},"resume":"x"}'), 'invalid-message', /presence\.enter: resume/],
  [
    'fields that are a list',
    raw('presence.change', '{"set":[1]}'),
    'invalid-message',
    /set: expected an object, received array/,
  ],
  ['fields to take away that are none', raw('presence.change', '{"unset":[1]}'), 'invalid-message', /unset\.0/],
  [
    'an infinite number',
    raw('presence.change', '{"set":{"x":1e999}}'),
    'invalid-message',
    /state\.x: expected a finite number, received Infinity/,
  ],
  [
    'a lone surrogate',
    raw('presence.change', '{"set":{"x":"\\ud800"}}'),
    'invalid-message',
    /state\.x: .*lone surrogate/,
  ],
  [
    '__proto__',
    raw('presence.change', '{"set":{"__proto__":{"x":1}}}'),
    'invalid-message',
    /"__proto__" is not allowed/,
  ],
  [
    '__proto__ inside',
    raw('presence.update', '{"a":{"__proto__":1}}'),
    'invalid-message',
    /"__proto__" is not allowed/,
  ],
  ['what is too deep', raw('presence.change', `{"set":{"x":${deep(80)}}}`), 'invalid-message', /deeper than 64/],
  [
    'what is too long',
    raw('presence.change', `{"set":{"x":"${'é'.repeat(8200)}"}}`),
    'too-large',
    /^Presence state exceeds 16 KiB$/,
  ],
  [
    'a frame that is too long',
    raw('presence.change', `{"set":{"x":"${'x'.repeat(70_000)}"}}`),
    'too-large',
    /at most 65536 are read/,
  ],
  ['no event', raw('presence.broadcast', '{}'), 'invalid-message', /event: is missing/],
  [
    'an event that is too long',
    raw('presence.broadcast', `{"event":"${'x'.repeat(16_400)}"}`),
    'too-large',
    /^Presence event exceeds 16 KiB$/,
  ],
])('O8: %s is answered to its sender by name, and nothing is changed', async (_, frame, code, words) => {
  const name = some()
  const [ann, ben] = [await come(name, 'ann', { at: 1 }), await come(name, 'ben')]
  const [from, heard] = [ann.frames.length, ben.frames.length]
  ann.socket.send(frame)
  const refusal = await ann.refusal(from)
  expect(refusal.code).toBe(code)
  expect(refusal.error).toMatch(words)
  await ben.handled()
  expect(ben.frames.length - heard).toBe(1)
  ann.send('presence.change', { set: { at: 2 } })
  await ben.until(() => ben.states.ann?.[0]?.at === 2)
  expect(ben.states.ann).toEqual([{ at: 2 }])
})

test('O8: bytes are answered by name', async () => {
  const ann = await come(some(), 'ann')
  ann.socket.send(new Uint8Array([1, 2, 3]))
  expect(await ann.refusal()).toMatchObject({
    code: 'invalid-message',
    error: expect.stringContaining('received bytes'),
  })
})

test('O8: what is laid over counts together with what was there', async () => {
  const name = some()
  const [ann, ben] = [await come(name, 'ann', { a: 'x'.repeat(9000) }), await come(name, 'ben')]
  ann.send('presence.change', { set: { b: 'x'.repeat(9000) } })
  expect(await ann.refusal()).toMatchObject({ code: 'too-large', field: 'state' })
  ann.send('presence.change', { set: { b: 'x'.repeat(9000) }, unset: ['a'] })
  await ben.until(() => ben.states.ann?.[0]?.b !== undefined)
  expect(Object.keys(ben.states.ann![0]!)).toEqual(['b'])
})

test('O8, L2: of a thousand at once the last is told, and the others are not slowed; far more are refused by name', async () => {
  const name = some()
  const [ann, ben, eve] = [await come(name, 'ann'), await come(name, 'ben'), await come(name, 'eve')]
  await eve.until(() => eve.peers.size === 2)
  const from = ben.frames.length
  for (let at = 1; at <= 1000; at++) ann.send('presence.change', { set: { at } })
  eve.send('presence.change', { set: { here: true } })
  await ben.until(() => ben.states.eve?.[0]?.here === true)
  await ben.until(() => ben.states.ann?.[0]?.at === 1000)
  expect(ben.frames.length - from).toBeLessThan(300)
  for (let at = 1001; at <= 3500; at++) ann.send('presence.change', { set: { at } })
  expect(await ann.refusal()).toMatchObject({ code: 'rate-limited' })
  eve.send('presence.change', { set: { here: false } })
  await ben.until(() => ben.states.eve?.[0]?.here === false)
  expect(ann.socket.readyState).toBe(WebSocket.OPEN)
})

test('O8: whatever comes is taken or refused, and nobody else is told what is not JSON as it was said', async () => {
  const name = some()
  const [ann, ben] = [await come(name, 'ann'), await come(name, 'ben')]
  const state = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
  const frames = fc.oneof(
    fc.record({
      type: fc.constantFrom('presence.update', 'presence.enter', 'presence.broadcast'),
      payload: fc.jsonValue(),
    }),
    fc.record({
      type: fc.constant('presence.enter'),
      payload: fc.record({ state, resume: fc.option(fc.string({ minLength: 16, maxLength: 64 }), { nil: undefined }) }),
    }),
    fc.record({
      type: fc.constant('presence.change'),
      payload: fc.record(
        { set: state, unset: fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 }) },
        { requiredKeys: [] },
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(frames, { maxLength: 10 }), async (some) => {
      for (const frame of some) ann.socket.send(JSON.stringify(frame))
      const mark = crypto.randomUUID()
      ann.send('presence.change', { set: { mark } })
      await ben.until(() => ben.states.ann?.[0]?.mark === mark)
      const fresh = await open(name, 'eve')
      expect(fresh.states.ann).toEqual(ben.states.ann)
      await fresh.close()
    }),
    { numRuns: 40 * Number(process.env.EFFORT ?? 1) },
  )
})
