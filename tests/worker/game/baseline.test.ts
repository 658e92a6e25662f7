import { expect, onTestFinished, test } from 'vitest'
import { GameWire } from '../../support/game-wire.ts'
import { createOwnGames, some } from '../../support/own-games.ts'

const games = createOwnGames()
const { rooms, game } = games
const open = (name: string, user?: string) => games.open(name, user, '')
const playerOf = (userId: string, ready = false) => ({
  userId,
  userName: userId,
  ready,
  connectedAt: expect.any(String),
  data: { color: userId.length },
})

test('A7, Y12: a baseline client is told its rights and the game, who comes, is ready and goes, and whole states', async () => {
  const name = some('two')
  const ann = await open(name, 'ann')
  const first = { at: expect.anything(), log: ['join ann'], secrets: {}, used: {}, clock: 0 }
  expect(ann.told()).toEqual([
    { type: 'auth', payload: { canWrite: true } },
    { type: 'game.state', payload: { tick: 0, running: false, players: [playerOf('ann')], state: first } },
  ])
  const ben = await open(name, 'ben')
  expect(ben.told()[1]!.payload.players).toEqual([playerOf('ann'), playerOf('ben')])
  ann.send('game.player_ready')
  ben.send('game.player_ready')
  await ben.until(({ type }) => type === 'game.start')
  ben.send('game.input', { action: 'move', data: { x: 1, y: 2 } })
  await ann.until(({ type, payload }) => type === 'game.tick' && payload.state.used.ben === 1)
  await ben.close()
  await ann.until(({ type }) => type === 'game.player_leave')
  ann.send('game.end')
  await ann.until(({ type }) => type === 'game.end')
  const told = ann.told(2).filter(({ type }) => type !== 'game.tick')
  const state = expect.objectContaining({ used: { ben: 1 } })
  expect(told).toEqual([
    { type: 'game.player_join', payload: { player: playerOf('ben') } },
    { type: 'game.player_ready', payload: { userId: 'ann' } },
    { type: 'game.player_ready', payload: { userId: 'ben' } },
    { type: 'game.start', payload: { tick: 0, state: expect.anything() } },
    { type: 'game.player_leave', payload: { userId: 'ben' } },
    { type: 'game.end', payload: { tick: expect.any(Number), state } },
  ])
  const ticks = ann.told().filter(({ type }) => type === 'game.tick')
  for (const { payload } of ticks) expect(Object.keys(payload).sort()).toEqual(['state', 'tick'])
  // The state is not reset by a start, and the flags of who is ready survive the end.
  expect(await game(name)).toMatchObject({ running: false, players: [{ userId: 'ann', ready: true }] })
})

test('A7, Y12: in a full room a baseline client is told so instead of the game, and hears what happens; what it does is refused', async () => {
  const name = some('small')
  const [ann] = [await open(name, 'ann'), await open(name, 'ben')]
  const cid = await open(name, 'cid')
  expect(cid.told()).toEqual([
    { type: 'auth', payload: { canWrite: true } },
    { type: 'core.error', payload: { error: 'Game is full', code: 'too-many' } },
  ])
  ann.send('game.start')
  await cid.until(({ type }) => type === 'game.start')
  const from = cid.frames.length
  cid.send('game.input', { action: 'note', data: 'hole' })
  expect((await cid.refusal(from)).error).toBe('Game is full')
  ann.send('game.input', { action: 'note', data: 'told' })
  const { payload } = await cid.until(({ type }) => type === 'game.tick')
  expect(payload.state.log.at(-1)).toBe('ann: told')
  expect(payload.state.log.join()).not.toContain('hole')
})

test('A7, Y12: a visitor watches; words of version 1 and others are unknown', async () => {
  const name = some()
  const visitor = await open(name)
  expect(visitor.told().map(({ type, payload }) => [type, payload.canWrite ?? payload.players])).toEqual([
    ['auth', false],
    ['game.state', []],
  ])
  for (const [type, error] of [
    ['game.input', 'Write access denied: spectators cannot drive the game'],
    ['game.query', 'Unknown game message type: game.query'],
    ['game.leave', 'Unknown game message type: game.leave'],
    ['canvas.add', 'Unknown game message type: canvas.add'],
  ] as const) {
    const from = visitor.frames.length
    visitor.send(type, { action: 'note' })
    expect((await visitor.refusal(from)).error).toBe(error)
  }
})

test('Y12: data is {} where it is left out, and there is no un-ready', async () => {
  const name = some('two untyped')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const modern = await GameWire.open(rooms.base, name, 'cid')
  onTestFinished(() => modern.close())
  ann.send('game.player_ready', { ready: false })
  modern.send('game.player_ready')
  modern.send('game.player_ready', { ready: false })
  await modern.until(({ payload }) => payload.ready === false)
  ben.send('game.start')
  await ann.until(({ type }) => type === 'game.start')
  const ready = ann.told().filter(({ type }) => type === 'game.player_ready')
  expect(ready.map(({ payload }) => payload)).toEqual([{ userId: 'ann' }, { userId: 'cid' }])
  ann.send('game.input', { action: 'return' })
  const { payload } = await ann.until(({ type, payload }) => type === 'game.tick' && payload.state.anything)
  expect(payload.state.anything).toEqual({})
})
