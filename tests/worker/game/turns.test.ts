import { expect, onTestFinished, test } from 'vitest'
import type { GameWire } from '../../support/game-wire.ts'
import { createOwnGames, logOf, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'
import { upgrade } from '../../support/upgrade.ts'
import { shortTokenFor } from '../../support/users.ts'

const { rooms, open, game } = createOwnGames()

/** A game that runs, of ann, ben and a watcher. */
async function running(what = ''): Promise<{ name: string; ann: GameWire; ben: GameWire; watcher: GameWire }> {
  const name = some(what)
  const [watcher, ben, ann] = [await open(name), await open(name, 'ben'), await open(name, 'ann')]
  ann.send('game.start')
  await watcher.until(({ type }) => type === 'game.start')
  return { name, ann, ben, watcher }
}

test('Y2: who is sent away in a step has no seat once that step is done, and what the step did is not lost', async () => {
  const { name, ann, ben, watcher } = await running()
  ann.input('note', 'before')
  ann.input('kick', 'ben')
  ann.input('note', 'after')
  expect(await ben.closed).toMatchObject({ code: 4403 })
  await watcher.until(({ type }) => type === 'game.player_leave')
  await ann.play('note', 'on')
  const { state, players } = await game(name)
  expect(players).toMatchObject([{ userId: 'ann' }])
  expect(state.log).toEqual([...['join ben', 'join ann', 'start', 'ann: before', 'ann: after', 'leave ben', 'ann: on']])
  expect(Object.keys(state.at)).toEqual(['ann'])
  await watcher.until(() => logOf(watcher).includes('ann: on'))
  expect(watcher.state).toEqual({ ...state, secrets: {} })
})

test('Y2: who may write no more by what a step has done has no seat once that step is done', async () => {
  const { name, ann, ben, watcher } = await running()
  ann.input('demote', 'ben')
  ann.input('note', 'after')
  await ben.until(({ type, payload }) => type === 'auth' && payload.canWrite === false)
  await watcher.until(({ type }) => type === 'game.player_leave')
  await ann.play('note', 'on')
  const { state, players } = await game(name)
  expect(players).toMatchObject([{ userId: 'ann' }])
  expect(state.log.slice(2)).toEqual(['start', 'ann: after', 'leave ben', 'ann: on'])
})

test('Y3: a player who sends the last player away ends the game once that step is done', async () => {
  const name = some()
  const [watcher, ann] = [await open(name), await open(name, 'ann')]
  ann.send('game.start')
  ann.input('kick', 'ann')
  expect(await ann.closed).toMatchObject({ code: 4403 })
  const { payload } = await watcher.until(({ type }) => type === 'game.end')
  expect(payload).toMatchObject({ reason: 'left', state: { log: ['join ann', 'start', 'leave ann', 'end'] } })
  expect(await game(name)).toMatchObject({ running: false, players: [] })
})

test('Y1: who goes while all are told leaves nobody with what is older than what they know', async () => {
  const name = some('unveiled')
  // Of several the first is told first.
  const zed = await open(name, undefined, `v=1&token=${await shortTokenFor('zed', 3)}`)
  const until = Date.now() + 3500
  const [watcher, ann] = [await open(name), await open(name, 'ann')]
  ann.send('game.start')
  await ann.play('note', 'before')
  const from = watcher.frames.length
  ann.input('note', 'in the same step')
  ann.input('wait', until)
  expect(await zed.closed).toMatchObject({ code: 4401 })
  await watcher.until(({ type }) => type === 'game.player_drop')
  await ann.play('note', 'on')
  await watcher.until(() => logOf(watcher).includes('ann: on'))
  const log = ['join zed', 'join ann', 'start', 'ann: before', 'ann: in the same step', 'drop zed', 'ann: on']
  expect(watcher.state).toMatchObject({ log })
  expect(watcher.state).toEqual((await game(name)).state)
  expect(watcher.told(from).map(({ type }) => type)).toEqual([
    ...['game.tick', 'game.player_drop', 'game.tick', 'game.tick'],
  ])
})

test('Y2: whose token has ended before they were let in keeps no seat', async () => {
  const name = some('late at-once')
  const watcher = await open(name)
  const token = await shortTokenFor('zed', 1)
  const { socket, answer } = await upgrade(rooms.base, `/ws/game/${encodeURIComponent(name)}?token=${token}&v=1`)
  onTestFinished(() => void socket.destroy())
  expect(answer).toMatch(/^HTTP\/1.1 101/)
  // Held for no longer than any other.
  while ((await game(name)).players.length > 0);
  await watcher.handled()
  const told = watcher.told().map(({ type }) => type)
  expect(told.filter((type) => type.startsWith('game.player'))).toEqual([
    ...['game.player_join', 'game.player_drop', 'game.player_leave'],
  ])
})

test('Y4: the room’s own code ends the game from wherever it says so, once, and after that what it did there', async () => {
  for (const [hook, cause] of [
    ['onStart', undefined],
    ['onPlayerDrop', (_: GameWire, ben: GameWire) => ben.drop()],
    ['onPlayerLeave', (_: GameWire, ben: GameWire) => ben.leave()],
  ] as const) {
    const name = some(`ends-${hook}`)
    const [watcher, ben, ann] = [await open(name), await open(name, 'ben'), await open(name, 'ann')]
    ann.send('game.start')
    await watcher.until(({ type }) => type === 'game.start')
    await cause?.(ann, ben)
    const { payload } = await watcher.until(({ type }) => type === 'game.end')
    const last = { onStart: 'start', onPlayerDrop: 'drop ben', onPlayerLeave: 'leave ben' }[hook]
    expect(payload).toMatchObject({ reason: 'ended' })
    expect(payload.state.log.slice(-2)).toEqual([last, 'end'])
    expect(watcher.told().filter(({ type }) => type === 'game.end')).toHaveLength(1)
    expect((await game(name)).running).toBe(false)
  }
})

test('Y4: the room’s own code ends the game where nobody is connected', async () => {
  const name = some('ends-onPlayerDrop')
  const [watcher, ann] = [await open(name), await open(name, 'ann')]
  ann.send('game.start')
  await ann.play('note', 'alone')
  await ann.drop()
  const { payload } = await watcher.until(({ type }) => type === 'game.end')
  expect(payload).toMatchObject({ reason: 'ended' })
})

test('Y4: server code ends the game at once, also where nobody is connected; without a game it ends none that comes later', async () => {
  const name = some('ends-onPlayerJoin')
  const [watcher, ann] = [await open(name), await open(name, 'ann')]
  await callRoom(rooms.base, name, 'finish', [])
  ann.send('game.player_ready')
  await ann.until(({ type }) => type === 'game.start')
  await ann.play('note', 'goes on')
  await ann.drop()
  await watcher.until(({ type }) => type === 'game.player_drop')
  await callRoom(rooms.base, name, 'finish', [])
  expect((await game(name)).running).toBe(false)
  const { payload } = await watcher.until(({ type }) => type === 'game.end')
  expect(payload).toMatchObject({ reason: 'ended' })
})

test('Y4: what comes of a player who asks for a seat and is ready is no end of the game that begins by it', async () => {
  const name = some('ends-onPlayerJoin')
  const ann = await open(name, 'ann')
  await ann.leave()
  ann.send('game.player_ready')
  await ann.until(({ type }) => type === 'game.start')
  await ann.play('note', 'goes on')
})

test('Y1: who has not taken in what was sent is told the whole once they have, whether a game runs or not', async () => {
  const name = some()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  for (let n = 0; n < 13; n++) await ann.play('note', 'x'.repeat(15_000))
  const lag = async () => {
    ben.isSlow = true
    for (let n = 0; n < 14; n++) await ben.query()
  }
  await lag()
  let from = ben.frames.length
  await ann.play('note', 'missed')
  await ann.play('note', 'missed too')
  await ben.handled()
  expect(ben.told(from)).toEqual([])
  ben.catchUp()
  await ben.until(({ type }) => type === 'game.state', from)
  expect(logOf(ben).slice(-2)).toEqual(['ann: missed', 'ann: missed too'])
  ann.send('game.end')
  await ben.until(({ type }) => type === 'game.end')
  await lag()
  from = ben.frames.length
  await open(name, 'cid')
  await ben.until(({ type }) => type === 'game.player_join', from)
  await ben.handled()
  expect(ben.told(from).map(({ type }) => type)).toEqual(['game.player_join'])
  ben.catchUp()
  await ben.until(({ type }) => type === 'game.state', from)
  expect(logOf(ben).at(-1)).toBe('join cid')
})
