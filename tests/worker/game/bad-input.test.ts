import { expect, test } from 'vitest'
import { createOwnGames, logOf, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'

const { rooms, open, game, running } = createOwnGames()

test.for<[string, string, object]>([
  [
    'no seq',
    '{"type":"game.input","payload":{"action":"note","data":"a"}}',
    { error: 'Invalid message: game.input: seq: is missing', code: 'invalid-message', field: 'seq' },
  ],
  ['a seq of 0', '{"type":"game.input","payload":{"seq":0,"action":"note","data":"a"}}', { field: 'seq' }],
  ['a seq of a half', '{"type":"game.input","payload":{"seq":1.5,"action":"note","data":"a"}}', { field: 'seq' }],
  [
    'no action',
    '{"type":"game.input","payload":{"seq":1,"data":"a"}}',
    { error: 'Invalid message: game.input: action: is missing', field: 'action', seq: 1 },
  ],
  [
    'an unknown action',
    '{"type":"game.input","payload":{"seq":1,"action":"fly","data":"a"}}',
    { code: 'invalid-field', field: 'action', seq: 1 },
  ],
  [
    'data of another type',
    '{"type":"game.input","payload":{"seq":1,"action":"move","data":{"x":1,"y":"2"}}}',
    { error: 'FIELD ERROR: data.y: expected number, received "2"', field: 'data.y', seq: 1 },
  ],
  [
    'a prototype',
    '{"type":"game.input","payload":{"seq":1,"action":"throw","data":{"__proto__":{}}}}',
    { error: 'Invalid message: data: the key "__proto__" is not allowed', seq: 1 },
  ],
  [
    'data without end',
    `{"type":"game.input","payload":{"seq":1,"action":"return","data":${'['.repeat(70)}${']'.repeat(70)}}}`,
    { field: 'data', seq: 1 },
  ],
  [
    'a frame that is too long',
    `{"type":"game.input","payload":{"seq":1,"action":"note","data":"${'x'.repeat(20_000)}"}}`,
    { code: 'too-large', seq: 1 },
  ],
  ['no JSON', '{"type":"game.input"', { error: 'Invalid message: not JSON', code: 'invalid-message' }],
  ['a list', '[]', { error: 'Invalid message: expected an object, received array' }],
  ['no type', '{}', { error: 'Unknown game message type: (none)', code: 'unknown-type' }],
  ['a type of another room', '{"type":"canvas.open"}', { error: 'Unknown game message type: canvas.open' }],
  ['ready that is none', '{"type":"game.player_ready","payload":{"ready":1}}', { field: 'ready' }],
])('Y7: %s: refused by name to its sender, its number is used up, and the game goes on', async ([, text, expected]) => {
  const { name, ann, watcher } = await running()
  const from = watcher.frames.length
  ann.socket.send(text)
  const refusal = await ann.refusal()
  expect(refusal).toMatchObject(expected)
  ann.sent = refusal.seq ?? 0
  await ann.play('note', 'on')
  await watcher.until(() => logOf(watcher).at(-1) === 'ann: on')
  expect(logOf(watcher)).toEqual(['join ann', 'start', 'ann: on'])
  expect(watcher.told(from).some(({ type }) => type === 'core.error')).toBe(false)
  expect((await game(name)).running).toBe(true)
})

test('Y7: bytes are refused', async () => {
  const { ann } = await running()
  ann.socket.send(new Uint8Array([1, 2, 3]))
  expect(await ann.refusal()).toMatchObject({ error: 'Invalid message: expected text, received bytes' })
})

test('Y7: a number that jumps or goes back is refused, and the next one is taken', async () => {
  const { ann } = await running()
  await ann.play('note', '1')
  for (const seq of [3, 1, 900]) {
    const from = ann.frames.length
    ann.send('game.input', { seq, action: 'note', data: 'wrong' })
    const error = `Invalid message: seq: expected 2, received ${seq}`
    expect(await ann.refusal(from)).toEqual({ error, code: 'invalid-message', field: 'seq', seq })
  }
  await ann.play('note', '2')
  expect(logOf(ann).slice(-2)).toEqual(['ann: 1', 'ann: 2'])
})

test('Y7: before the start and after the end an input is refused, and is not used later', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  ann.input('note', 'early')
  expect(await ann.refusal()).toMatchObject({ error: 'Game is not running', code: 'not-running', seq: 1 })
  ann.send('game.start')
  await ann.play('note', 'now')
  ann.send('game.end')
  const from = ann.frames.length
  ann.input('note', 'late')
  expect(await ann.refusal(from)).toMatchObject({ code: 'not-running', seq: 3 })
  ann.send('game.start')
  await ann.play('note', 'again')
  expect(logOf(ann)).toEqual(['join ann', 'start', 'ann: now', 'end', 'start', 'ann: again'])
})

test('Y7: of inputs that wait 256 are kept, and one more is refused by name', async () => {
  const { ann } = await running('slow')
  for (let n = 1; n <= 300; n++) ann.input('note', String(n))
  await ann.until(() => ann.used >= 256)
  await ann.handled()
  const refused = ann.told().flatMap(({ type, payload }) => (type === 'core.error' ? [payload] : []))
  for (const each of refused) {
    expect(each).toMatchObject({ error: 'Too many inputs are waiting: at most 256', code: 'too-many' })
  }
  await ann.play('note', 'last')
  const used = logOf(ann).filter((line) => /^ann: \d+$/.test(line)).length
  // Whichever step they came before: each was used or refused, and none was both.
  expect(used + refused.length).toBe(300)
  expect(refused.length).toBeGreaterThan(0)
})

test('Y7: who sends far more than may be sent is refused and then cut off, and steps and others go on', async () => {
  const { name, ann } = await running('ticking')
  const ben = await open(name, 'ben')
  const { tick } = await game(name)
  for (let n = 1; n <= 10_000; n++) ann.input('move', { x: n, y: 0 })
  expect(await ann.closed).toMatchObject({ code: 1008 })
  const refused = ann.told().flatMap(({ type, payload }) => (type === 'core.error' ? [payload] : []))
  const codes = new Set(refused.map(({ code }) => code as string))
  expect(codes.has('rate-limited')).toBe(true)
  expect([...codes].filter((code) => code !== 'rate-limited' && code !== 'too-many')).toEqual([])
  // In order, and none of those that were refused.
  const moves = (await callRoom(rooms.base, name, 'moves', [])).result as string[]
  const used = moves.map((move) => Number(move.replace('ann ', '')))
  expect(used).toEqual([...new Set(used)].sort((a, b) => a - b))
  expect(refused.filter(({ seq }) => used.includes(seq))).toEqual([])
  await ben.until(({ type, payload }) => type === 'game.player_leave' && payload.userId === 'ann')
  await ben.play('note', 'on')
  expect(ben.told().some(({ type }) => type === 'core.error')).toBe(false)
  const after = await game(name)
  expect(after.tick).toBeGreaterThan(tick)
  expect(after.players).toMatchObject([{ userId: 'ben' }])
})
