import { expect, test } from 'vitest'
import { createOwnGames, logOf, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'

const { rooms, open, game, stored } = createOwnGames()
const crash = (name: string) => callRoom(rooms.base, name, 'crash', [])
/** What rooms have done, as who does not wake them by asking. */
const doings = async () => (await (await fetch(new URL('/doings', rooms.base))).json()) as string[]

test('Y10: a game that runs writes a row each five seconds of steps at most, and one when it starts, ends, or a seat changes', async () => {
  const name = some('fast ticking')
  const ann = await open(name, 'ann')
  expect((await stored(name)).written).toBe(1)
  ann.send('game.start')
  await ann.until(({ type }) => type === 'game.start')
  const { others } = await stored(name)
  expect((await stored(name)).written).toBe(2)
  await ann.until(() => ann.tick >= 290)
  for (let n = 0; n < 20; n++) ann.input('note', String(n))
  expect((await stored(name)).written).toBe(2)
  await ann.until(() => ann.tick >= 305)
  // Nothing else is written either.
  expect(await stored(name)).toMatchObject({ written: 3, others })
  ann.send('game.end')
  await ann.until(({ type }) => type === 'game.end')
  expect(await stored(name)).toMatchObject({ written: 4, games: 1, planned: 0 })
})

test('Y11: after a crash players have their seats again, and the game goes on from what was kept', async () => {
  const name = some('small ticking')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  await ann.play('note', 'kept')
  // A seat that changes has everything kept.
  await ben.drop()
  await ann.until(({ type }) => type === 'game.player_drop')
  await open(name, 'ben')
  await ann.until(({ type }) => type === 'game.player_return')
  const before = await game(name)
  await ann.play('note', 'lost')
  await crash(name)
  await ann.closed
  const again = await open(name, 'ann')
  const { payload } = again.frames.find(({ type }) => type === 'game.state')!
  expect(payload).toMatchObject({ running: true, seq: 1, received: 1 })
  expect(payload.tick).toBeLessThanOrEqual(before.tick)
  expect(payload.state.log).toContain('ann: kept')
  expect(payload.players.map(({ userId }: { userId: string }) => userId)).toEqual(['ann', 'ben'])
  // Nobody else takes the seat that is held.
  const cid = await open(name, 'cid')
  expect(cid.told().map(({ payload }) => payload.error)).toContain('Game is full')
  await again.until(() => again.tick > payload.tick)
  // A client goes on with its own numbers, whatever the room has forgotten.
  again.sent = 40
  await again.play('note', 'on')
  expect(logOf(again).filter((line) => line.startsWith('ann: '))).toEqual(['ann: kept', 'ann: on'])
})

test('Y11: after a crash a game ends by itself where none of its players is back in time', async () => {
  const name = some('hasty')
  const ann = await open(name, 'ann')
  ann.send('game.start')
  await ann.play('note', 'kept')
  await crash(name)
  const watcher = await open(name)
  expect(watcher.frames[1]!.payload).toMatchObject({ running: true, players: [{ userId: 'ann', connected: false }] })
  await watcher.until(({ type }) => type === 'game.end')
  expect(await game(name)).toMatchObject({ running: false, players: [] })
  await watcher.handled()
  expect(await stored(name)).toMatchObject({ games: 1, planned: 0 })
  // And begins anew when somebody is there.
  const ben = await open(name, 'ben')
  ben.send('game.start')
  await ben.play('note', 'anew')
})

test('Y11: a game whose object has ended, and that nobody asks for, ends by itself', async () => {
  const name = some('soon')
  const ann = await open(name, 'ann')
  ann.send('game.start')
  await ann.drop()
  while ((await game(name)).players[0]?.connected);
  await crash(name)
  expect(await doings()).not.toContain(`end of ${name}`)
  while (!(await doings()).includes(`end of ${name}`));
  expect(await game(name)).toMatchObject({ running: false, players: [] })
  expect(await stored(name)).toMatchObject({ games: 1, planned: 0 })
})

test('Y11: a game whose object has ended in the middle of a run, and that nobody asks for, is taken up within its time, and ends', async () => {
  const name = some('alert hasty ticking')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  await ben.play('note', 'kept')
  expect((await game(name)).players).toMatchObject([{ connected: true }, { connected: true }])
  await crash(name)
  await ann.closed
  expect(await doings()).not.toContain(`end of ${name}`)
  while (!(await doings()).includes(`end of ${name}`));
  expect(await game(name)).toMatchObject({ running: false, players: [] })
  expect(await stored(name)).toMatchObject({ games: 1, planned: 0, alarm: null })
})

test('Y11: a game that runs is looked after at least once a minute, unless the room says something else', async () => {
  const [name, other] = [some('alert'), some()]
  for (const [room, within] of [
    [name, 1000],
    [other, 60_000],
  ] as const) {
    const ann = await open(room, 'ann')
    expect((await stored(room)).planned).toBe(0)
    const before = Date.now()
    ann.send('game.start')
    await ann.until(({ type }) => type === 'game.start')
    const { planned, alarm } = await stored(room)
    expect(planned).toBe(1)
    expect(alarm).toBeGreaterThanOrEqual(before + within)
    expect(alarm).toBeLessThanOrEqual(Date.now() + within)
  }
  // It is planned anew, as long as it runs.
  const { alarm } = await stored(name)
  while ((await stored(name)).alarm! <= alarm!);
  expect((await game(name)).running).toBe(true)
})

test('Y5, Y11: a room in which no game runs sleeps, and knows afterwards who is there', async () => {
  const name = some('two')
  const [ann, ben, visitor] = [await open(name, 'ann'), await open(name, 'ben'), await open(name)]
  ann.send('game.player_ready')
  await ben.until(({ type }) => type === 'game.player_ready')
  await rooms.sleep(name, 'GAME')
  // That it has slept is told to nobody.
  const from = [ann, visitor].map(({ frames }) => frames.length)
  await Promise.all([ben.handled(), ann.handled(), visitor.handled()])
  expect([ann, visitor].flatMap((wire, index) => wire.told(from[index]))).toEqual([])
  ben.send('game.player_ready')
  await Promise.all([ann, ben, visitor].map((wire) => wire.until(({ type }) => type === 'game.start')))
  for (const wire of [ann, ben]) await wire.play('note', 'awake')
  await visitor.until(() => logOf(visitor).includes('ben: awake'))
  expect(logOf(visitor).slice(-3)).toEqual(['start', 'ann: awake', 'ben: awake'])
  expect(logOf(visitor).filter((line) => /^(drop|return|leave)/.test(line))).toEqual([])
  ann.send('game.end')
  await visitor.until(({ type }) => type === 'game.end')
  await rooms.sleep(name, 'GAME')
  await ann.query()
  expect((await stored(name)).planned).toBe(0)
})

test('G4, G6: a game that is bound to a record is played by who may write it, and begins empty once the record was gone', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const name = `tasks:t@${room}`
  const put = (data: object) => {
    const ann = { userId: 'ann', name: 'ann', email: '', anonymous: false }
    return callRoom(rooms.base, room, 'put', ['tasks', `t@${room}`, data, ann])
  }
  await put({ title: 'x', visibility: 'public' })
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  expect([ann, ben].map(({ frames }) => frames[0]!.payload.canWrite)).toEqual([true, false])
  ann.send('game.start')
  await ann.play('note', 'of the record')
  await callRoom(rooms.base, room, 'remove', ['tasks', `t@${room}`, 'system'])
  expect(await ann.closed).toMatchObject({ code: 4403 })
  expect(await ben.closed).toMatchObject({ code: 4403 })
  await callRoom(rooms.base, room, 'settled', [])
  await put({ title: 'y' })
  const again = await open(name, 'ann')
  expect(again.running).toBe(false)
  expect(logOf(again)).toEqual(['join ann'])
})
