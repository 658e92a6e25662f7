import { expect, inject, test } from 'vitest'
import type { GameWire } from '../../support/game-wire.ts'
import { createOwnGames, fieldOf, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'

const { rooms, open, game } = createOwnGames()
const effort = inject('effort')

test('Y1: a version 1 client is told its rights and the whole game, and then what has changed', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  const player = { userId: 'ann', userName: 'ann', ready: false, connectedAt: expect.any(String), data: { color: 3 } }
  const at = { ann: { x: 0, y: 0, name: 'ann', health: 100, team: 'red', score: 0 } }
  expect(ann.told()).toEqual([
    { type: 'auth', payload: { canWrite: true, userId: 'ann' } },
    {
      type: 'game.state',
      payload: {
        tick: 0,
        running: false,
        tickRate: 20,
        skipped: 0,
        round: 0,
        seq: 0,
        received: 0,
        players: [{ ...player, connected: true }],
        state: { at, log: ['join ann'], secrets: {}, used: {}, clock: 0 },
      },
    },
  ])
  ann.send('game.start')
  await ann.until(({ type }) => type === 'game.start')
  const from = ann.frames.length
  await ann.play('move', { x: 3, y: 0 })
  expect(ann.told(from)).toEqual([
    {
      type: 'game.tick',
      payload: { tick: expect.any(Number), seq: 1, delta: { set: { used: { ann: 1 } }, in: expect.anything() } },
    },
  ])
  expect(ann.frames.at(-1)?.payload.delta.in).toEqual({ at: { in: { ann: { set: { x: 3 } } } } })
  expect(await ann.query()).toMatchObject({ running: true, seq: 1, received: 1, state: ann.state! })
  expect((await game(name)).state).toEqual(ann.state)
})

test('Y1: nothing is told in two seconds of steps in which nothing has changed', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  ann.send('game.start')
  await ann.handled()
  const from = ann.frames.length
  while ((await game(name)).tick < 40);
  await ann.handled()
  expect(ann.told(from)).toEqual([])
  await ann.play('note', 'late')
  expect(ann.tick).toBeGreaterThan(40)
})

test('Y1: a whole state comes again after five seconds of steps, and is the state that the deltas lead to', async () => {
  const name = some('fast ticking')
  const ann = await open(name, 'ann')
  ann.send('game.start')
  await ann.until(({ type }) => type === 'game.start')
  const from = ann.frames.length
  const { payload } = await ann.until(({ type }) => type === 'game.state', from)
  expect(payload.tick).toBeGreaterThanOrEqual(300)
  const deltas = ann.frames.slice(from, -1).filter(({ type }) => type === 'game.tick')
  expect(deltas.length).toBeGreaterThan(100)
  expect(deltas.every(({ payload }) => payload.delta && !payload.state)).toBe(true)
})

test('Y4: a game starts when all are ready and there are enough, and ready can be taken back', async () => {
  const name = some('two')
  const ann = await open(name, 'ann')
  ann.send('game.player_ready')
  await ann.handled()
  expect(ann.running).toBe(false)
  const from = ann.frames.length
  ann.send('game.start')
  expect(await ann.refusal(from)).toMatchObject({ error: 'Game needs 2 players, and has 1', code: 'denied' })
  const ben = await open(name, 'ben')
  ann.send('game.player_ready', { ready: false })
  ben.send('game.player_ready')
  await Promise.all([ann.handled(), ben.handled()])
  expect(ben.running).toBe(false)
  ann.send('game.player_ready')
  await ben.until(({ type }) => type === 'game.start')
  const told = (type: string) => ben.told().filter((frame) => frame.type === type)
  expect(told('game.player_ready').map(({ payload }) => payload)).toEqual([
    { userId: 'ann', ready: false },
    { userId: 'ben', ready: true },
    { userId: 'ann', ready: true },
  ])
  expect(told('game.start')[0]!.payload.tick).toBe(0)
  ann.send('game.end')
  await ben.until(({ type }) => type === 'game.end')
  expect(ben.frames.at(-1)!.payload).toMatchObject({ reason: 'ended', state: { log: expect.arrayContaining(['end']) } })
  expect((await game(name)).players).toMatchObject([{ ready: true }, { ready: true }])
})

test('Y4: who may start and end it the app says; it starts once, and ends once', async () => {
  const name = some()
  const [ann, zed] = [await open(name, 'ann'), await open(name, 'zed')]
  const refusedTo = async (wire: GameWire, type: string, error: string) => {
    const from = wire.frames.length
    wire.send(type)
    expect((await wire.refusal(from)).error).toBe(error)
  }
  await refusedTo(zed, 'game.start', 'Game start denied')
  await refusedTo(ann, 'game.end', 'Game is not running')
  ann.send('game.start')
  await refusedTo(ann, 'game.start', 'Game is running already')
  await refusedTo(zed, 'game.end', 'Game end denied')
  await ann.play('end')
  await zed.until(({ type }) => type === 'game.end')
  await refusedTo(ann, 'game.end', 'Game is not running')
  ann.send('game.start')
  await zed.until(({ type }, index) => type === 'game.start' && index > 0, zed.frames.length - 1)
  expect(fieldOf(zed).log.filter((line) => line === 'start')).toHaveLength(2)
})

test('Y5: each step stands for the same time; what was missed is made up for five at once, and the rest is skipped', async () => {
  const name = some('ticking')
  const ann = await open(name, 'ann')
  ann.send('game.start')
  await ann.until(({ type }) => type === 'game.tick')
  await callRoom(rooms.base, name, 'stall', [1000])
  await ann.until(({ type }) => type === 'game.tick', ann.frames.length)
  const { skipped, state, tick } = await game(name)
  expect(skipped).toBeGreaterThanOrEqual(10)
  // The clock of the game knows nothing of it.
  expect(state.clock).toBe(tick * 50)
  const ticks = ann.frames.flatMap(({ type, payload }) => (type === 'game.tick' ? [payload.tick as number] : []))
  expect(Math.max(...ticks.map((each, index) => each - (ticks[index - 1] ?? 0)))).toBeLessThanOrEqual(6)
  expect((await ann.query()).skipped).toBeGreaterThanOrEqual(skipped)
})

test('Y6: every input is used once, in its order, however fast they come', async () => {
  const name = some('fast')
  const wires = [await open(name, 'ann'), await open(name, 'ben'), await open(name, 'cid')]
  wires[0]!.send('game.start')
  await wires[0]!.until(({ type }) => type === 'game.start')
  await Promise.all(
    wires.map(async (wire) => {
      for (let round = 0; round < 10; round++) {
        for (let n = 0; n < 20; n++) wire.input('note', String(wire.sent + 1))
        await wire.until(() => wire.used === wire.sent)
      }
    }),
  )
  const { state } = await game(name)
  for (const user of ['ann', 'ben', 'cid']) {
    const said = state.log.filter((line) => line.startsWith(`${user}: `))
    expect(said).toEqual(Array.from({ length: 200 }, (_, n) => `${user}: ${n + 1}`))
  }
})

test(
  'Y6: ten players do something thirty times a second: each of it is used once, and in its order',
  async () => {
    const name = some('fast ticking uncounted')
    const users = Array.from({ length: 10 }, (_, n) => `player-${n}`)
    const wires = await Promise.all(users.map((user) => open(name, user)))
    const each = 90 * Math.min(10, effort)
    wires[0]!.send('game.start')
    await Promise.all(
      wires.map(async (wire) => {
        await wire.until(({ type }) => type === 'game.start')
        // There are sixty steps a second.
        for (let n = 1; n <= each; n++) {
          wire.input('move', { x: n, y: n })
          const { tick } = wire
          await wire.until(() => wire.tick >= tick + 2)
        }
        await wire.until(() => wire.used === each)
      }),
    )
    const moves = (await callRoom(rooms.base, name, 'moves', [])).result as string[]
    expect(moves).toHaveLength(10 * each)
    for (const user of users) {
      const theirs = moves.filter((move) => move.startsWith(`${user} `))
      expect(theirs).toEqual(Array.from({ length: each }, (_, n) => `${user} ${n + 1}`))
    }
  },
  30_000 + 5_000 * effort,
)

test.for([
  { choice: 'one-each', used: 5, log: ['1', '2', '3', '4', '5'], ticks: 5 },
  { choice: 'last-each', used: 1, log: ['5'], ticks: 1 },
])('Y6: $choice: a step uses of each player what the app has chosen', async ({ choice, used, log, ticks }) => {
  const name = some(`slow ${choice}`)
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  // The first step is a second away.
  for (let n = 1; n <= 5; n++) ann.input('note', String(n))
  await ann.until(() => ann.used === 5)
  expect(fieldOf(ann).log.slice(-log.length)).toEqual(log.map((line) => `ann: ${line}`))
  expect(fieldOf(ann).used).toEqual({ ann: used })
  expect(ann.told().filter(({ payload }) => payload.seq > 0)).toHaveLength(ticks)
  expect(ben.told().some(({ type, payload }) => type === 'game.tick' && payload.seq !== undefined)).toBe(false)
})

test('Y6: what has come before a drop is not done again after it', async () => {
  const name = some()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  await ann.play('note', '1')
  await ann.play('note', '2')
  await ann.drop()
  await ben.until(({ type }) => type === 'game.player_drop')
  const again = await open(name, 'ann')
  expect(again.frames[1]!.payload).toMatchObject({ seq: 2, received: 2 })
  // As who does not know what has arrived.
  for (const seq of [1, 2, 3]) again.send('game.input', { seq, action: 'note', data: String(seq) })
  await again.until(() => again.used === 3)
  expect(fieldOf(again).log.filter((line) => line.startsWith('ann: '))).toEqual(['ann: 1', 'ann: 2', 'ann: 3'])
})
