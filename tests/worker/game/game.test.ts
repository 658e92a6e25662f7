import { expect, onTestFinished, test } from 'vitest'
import type { Field, GameNow, StoredGame } from '../../support/field.ts'
import { GameWire } from '../../support/game-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const open = async (name: string, user?: string, search?: string): Promise<GameWire> => {
  const wire = await GameWire.open(rooms.base, name, user, search)
  onTestFinished(() => wire.close())
  return wire
}
const some = (what = ''): string => `game:${what}:${crypto.randomUUID()}`
const game = async (name: string) => (await callRoom(rooms.base, name, 'game', [])).result as GameNow
const stored = async (name: string) => (await callRoom(rooms.base, name, 'stored', [])).result as StoredGame
const fieldOf = (wire: GameWire) => wire.state as unknown as Field
const typesOf = (wire: GameWire, from = 0) => wire.told(from).map(({ type }) => type)

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

test('Y1: nothing is told where nothing has changed, however many steps there are', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  ann.send('game.start')
  await ann.handled()
  const from = ann.frames.length
  while ((await game(name)).tick < 30);
  await ann.handled()
  expect(ann.told(from)).toEqual([])
  await ann.play('note', 'late')
  expect(ann.tick).toBeGreaterThan(30)
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

test('Y2: of many who come at once no more have a seat than there are; the others are refused by name, and watch', async () => {
  const name = some('small')
  const users = ['ann', 'ben', 'cid', 'dan', 'eve']
  const wires = await Promise.all(users.map((user) => open(name, user)))
  const { players } = await game(name)
  expect(players).toHaveLength(2)
  const seated = new Set(players.map(({ userId }) => userId))
  for (const [index, wire] of wires.entries()) {
    const isSeated = seated.has(users[index]!)
    const refusals = wire.told().filter(({ type }) => type === 'core.error')
    expect(refusals.map(({ payload }) => payload)).toEqual(
      isSeated ? [] : [{ error: 'Game is full', code: 'too-many' }],
    )
    expect(typesOf(wire)).toContain('game.state')
  }
  const playing = wires.find((_, index) => seated.has(users[index]!))!
  const refused = wires.find((_, index) => !seated.has(users[index]!))!
  playing.send('game.start')
  await refused.until(({ type }) => type === 'game.start')
  for (const [type, payload] of [
    ['game.input', { seq: 1, action: 'note', data: 'mine' }],
    ['game.start', {}],
    ['game.end', {}],
    ['game.player_ready', {}],
  ] as const) {
    const from = refused.frames.length
    refused.send(type, payload)
    expect(await refused.refusal(from)).toMatchObject({ error: 'Game is full' })
    await refused.handled()
    expect(refused.told(from)).toHaveLength(1)
  }
  await playing.play('note', 'told to all')
  await refused.until(() => fieldOf(refused).log.some((line) => line.endsWith('told to all')))
  expect(fieldOf(refused).log.join()).not.toContain('mine')
  // A seat that has become free is taken by whoever asks.
  await playing.close()
  await refused.until(({ type }) => type === 'game.player_leave')
  refused.send('game.player_ready')
  await refused.until(({ type, payload }) => type === 'game.player_ready' && payload.ready)
  // The number that was refused is used up.
  refused.sent = 1
  await refused.play('note', 'at last')
})

test('Y2: who may not write watches, and is refused by name', async () => {
  const name = some()
  const [visitor, ann] = [await open(name), await open(name, 'ann')]
  expect(visitor.frames[0]!.payload).toMatchObject({ canWrite: false })
  ann.send('game.start')
  await visitor.until(({ type }) => type === 'game.start')
  for (const type of ['game.input', 'game.player_ready', 'game.start', 'game.end']) {
    const from = visitor.frames.length
    visitor.send(type, { seq: 1, action: 'note', data: '' })
    const error = 'Write access denied: spectators cannot drive the game'
    expect(await visitor.refusal(from)).toMatchObject({ error, code: 'denied' })
  }
  await ann.play('note', 'seen')
  await visitor.until(() => fieldOf(visitor).log.includes('ann: seen'))
  expect(Object.keys(fieldOf(visitor).used)).toEqual(['ann'])
})

test('Y2: a role that changes gives a seat, or takes it', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  await callRoom(rooms.base, name, 'setRole', ['ann', 'viewer'])
  await ann.until(({ payload }) => payload.canWrite === false)
  await ann.handled()
  expect((await game(name)).players).toEqual([])
  await callRoom(rooms.base, name, 'setRole', ['ann', 'member'])
  await ann.handled()
  expect((await game(name)).players).toMatchObject([{ userId: 'ann', connected: true }])
  expect(fieldOf(ann).log).toEqual(['join ann', 'leave ann', 'join ann'])
})

test('Y3: who comes twice has one seat, and the newest connection drives', async () => {
  const name = some()
  const one = await open(name, 'ann')
  one.send('game.start')
  await one.play('note', 'one')
  const two = await open(name, 'ann')
  expect((await game(name)).players).toHaveLength(1)
  const from = one.frames.length
  one.input('note', 'one again')
  expect(await one.refusal(from)).toMatchObject({ code: 'denied', seq: 2 })
  await two.play('note', 'two')
  await two.close()
  // The other one drives again, and the seat was never free.
  await one.query()
  await one.play('note', 'one at last')
  expect(fieldOf(one).log).toEqual(['join ann', 'start', 'ann: one', 'ann: two', 'ann: one at last'])
})

test('Y3: a drop holds the seat, and the same user takes it again; nobody else does', async () => {
  const name = some('small')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  await ann.play('note', 'before')
  await ann.drop()
  await ben.until(({ type }) => type === 'game.player_drop')
  expect((await game(name)).players).toMatchObject([{ userId: 'ann', connected: false }, { userId: 'ben' }])
  const cid = await open(name, 'cid')
  expect(cid.told().map(({ payload }) => payload.error)).toContain('Game is full')
  const again = await open(name, 'ann')
  await ben.until(({ type }) => type === 'game.player_return')
  await again.play('note', 'after')
  expect(fieldOf(again).log).toEqual([
    ...['join ann', 'join ben', 'start', 'ann: before', 'drop ann', 'return ann', 'ann: after'],
  ])
  expect(typesOf(ben)).not.toContain('game.player_leave')
})

test('Y3: a seat is free once it was held long enough, or when its player closes in order', async () => {
  const name = some('hasty')
  const [ann, ben, cid] = [await open(name, 'ann'), await open(name, 'ben'), await open(name, 'cid')]
  ann.send('game.start')
  await ben.drop()
  await ann.until(({ type, payload }) => type === 'game.player_leave' && payload.userId === 'ben')
  await cid.close()
  await ann.until(({ type, payload }) => type === 'game.player_leave' && payload.userId === 'cid')
  expect(typesOf(ann).filter((type) => type === 'game.player_drop')).toHaveLength(1)
  expect((await game(name)).players).toMatchObject([{ userId: 'ann' }])
})

test('Y3: a visitor who may play has a seat, which is not held: nobody could say that they are back', async () => {
  const name = some('role-member')
  const [ann, visitor] = [await open(name, 'ann'), await open(name)]
  expect((await game(name)).players).toHaveLength(2)
  await visitor.drop()
  await ann.until(({ type }) => type === 'game.player_leave')
  expect(typesOf(ann)).not.toContain('game.player_drop')
})

test('Y3: with its last player a game ends, and nothing is planned any more', async () => {
  const name = some('hasty ticking')
  const [watcher, ann] = [await open(name), await open(name, 'ann')]
  ann.send('game.start')
  await watcher.until(({ type }) => type === 'game.tick')
  await ann.drop()
  await watcher.until(({ type }) => type === 'game.player_drop')
  // Nobody plays, so nothing goes on.
  const { tick } = await game(name)
  const { payload } = await watcher.until(({ type }) => type === 'game.end')
  expect(payload).toMatchObject({ reason: 'left', tick })
  const types = typesOf(watcher).filter((type) => type !== 'game.tick')
  expect(types.slice(-2)).toEqual(['game.player_leave', 'game.end'])
  expect(await game(name)).toMatchObject({ running: false, players: [] })
  while ((await stored(name)).planned > 0);
  expect(await stored(name)).toMatchObject({ games: 1, planned: 0 })
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
