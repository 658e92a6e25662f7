import { expect, test } from 'vitest'
import type { GameWire } from '../../support/game-wire.ts'
import { createOwnGames, logOf, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'
import { tokenFor } from '../../support/users.ts'

const { rooms, open, game } = createOwnGames()

/** A game in which a seat is held for ann, whom others wait for. */
async function held(what = ''): Promise<{ name: string; ben: GameWire }> {
  const name = some(what)
  const [ben, ann] = [await open(name, 'ben'), await open(name, 'ann')]
  await ann.drop()
  await ben.until(({ type }) => type === 'game.player_drop')
  return { name, ben }
}

test.for<[string, (name: string) => Promise<{ result?: unknown }>, unknown]>([
  ['removed', (name) => callRoom(rooms.base, name, 'removeUser', ['ann']), 1],
  ['a viewer', (name) => callRoom(rooms.base, name, 'setRole', ['ann', 'viewer']), 1],
  ['a viewer of the record', (name) => callRoom(rooms.base, name, 'regrant', [[{ who: 'ann', role: 'viewer' }]]), []],
])('Y3: a seat that is held is free at once where its player is %s', async ([, change, answer]) => {
  const { name, ben } = await held()
  expect((await change(name)).result).toEqual(answer)
  expect((await game(name)).players).toMatchObject([{ userId: 'ben' }])
  await ben.until(({ type, payload }) => type === 'game.player_leave' && payload.userId === 'ann')
})

test('Y3: a seat that is held stays so where its player has another role that may write, or another user changes', async () => {
  const { name, ben } = await held()
  const cid = await open(name, 'cid')
  expect((await callRoom(rooms.base, name, 'setRole', ['ann', 'admin'])).result).toBe(1)
  await callRoom(rooms.base, name, 'setRole', ['cid', 'viewer'])
  await cid.handled()
  // Whoever waits for somebody is told what becomes of them.
  const grants = [
    { who: 'ann', role: 'member' },
    { who: 'dan', role: 'member' },
  ]
  expect((await callRoom(rooms.base, name, 'regrant', [grants])).result).toEqual(['dan'])
  expect((await game(name)).players).toMatchObject([{ userId: 'ben' }, { userId: 'ann', connected: false }])
  await open(name, 'ann')
  await ben.until(({ type }) => type === 'game.player_return')
})

test('Y3: a seat that is held is free at once where its player comes back as who may not write', async () => {
  const { name, ben } = await held()
  const ann = await open(name, undefined, `v=1&token=${await tokenFor('ann', { name: 'role-viewer' })}`)
  expect(ann.frames[0]!.payload).toMatchObject({ canWrite: false, userId: 'ann' })
  await ben.until(({ type }) => type === 'game.player_leave')
  expect((await game(name)).players).toMatchObject([{ userId: 'ben' }])
})

test('Y3: a seat that is held goes with the right to write of a connection that has left', async () => {
  const name = some()
  const [ben, one] = [await open(name, 'ben'), await open(name, 'ann')]
  const two = await open(name, 'ann')
  await two.leave()
  await one.drop()
  await ben.until(({ type }) => type === 'game.player_drop')
  await callRoom(rooms.base, name, 'setRole', ['ann', 'viewer'])
  await ben.until(({ type }) => type === 'game.player_leave')
})

test('Y8, W9: whose role may see less than before sees no more than that, on any of their connections', async () => {
  const name = some()
  const wires = [await open(name, 'ann'), await open(name, 'ann'), await open(name, 'ann')]
  const [one, , three] = wires as [GameWire, GameWire, GameWire]
  one.send('game.start')
  await three.until(({ type }) => type === 'game.start')
  await three.play('secret', 'of a player')
  await one.until(() => one.texts.at(-1)!.includes('of a player'))
  // It drives, and is neither the first nor the last.
  wires[1]!.send('game.player_ready', { ready: false })
  await wires[1]!.handled()
  const from = wires.map(({ frames }) => frames.length)
  await callRoom(rooms.base, name, 'setRole', ['ann', 'viewer'])
  await Promise.all(wires.map((wire) => wire.handled()))
  for (const [index, wire] of wires.entries()) {
    expect(wire.told(from[index]).map(({ type }) => type)).toContain('auth')
    expect(wire.texts.slice(from[index]).join()).not.toContain('of a player')
    expect(wire.state).toMatchObject({ secrets: {} })
  }
})

test('Y8: a connection that has left sees what those see who watch, also while another of the same user plays', async () => {
  const name = some()
  const [one, two] = [await open(name, 'ann'), await open(name, 'ann')]
  two.send('game.start')
  await two.play('secret', 'of a player')
  await one.until(() => one.texts.at(-1)!.includes('of a player'))
  const from = one.frames.length
  await one.leave()
  expect(one.told(from).map(({ type }) => type)).toEqual(['game.state'])
  expect(one.state).toMatchObject({ secrets: {} })
  expect(await one.query()).not.toHaveProperty('seq')
  await two.play('secret', 'another')
  expect(one.texts.slice(from).join()).not.toMatch(/of a player|another/)
  one.send('game.player_ready', { ready: false })
  await one.until(() => one.texts.at(-1)!.includes('another'))
})

test('Y11: whose connection has ended with the object has dropped, and returns', async () => {
  const name = some()
  const [ann] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  await ann.play('note', 'lost')
  await callRoom(rooms.base, name, 'crash', [])
  const again = await open(name, 'ann')
  await again.handled()
  expect(logOf(again)).toEqual(['join ann', 'join ben', 'start', 'drop ann', 'drop ben', 'return ann'])
  expect((await game(name)).players).toMatchObject([{ connected: true }, { connected: false }])
})

test('Y3, Y11: the seat of a visitor is not held after a crash either', async () => {
  const name = some('role-member small')
  const [ann] = [await open(name, 'ann'), await open(name)]
  await callRoom(rooms.base, name, 'crash', [])
  await ann.closed
  const { players, state } = await game(name)
  expect(players).toMatchObject([{ userId: 'ann', connected: false }])
  expect(state.log.map((line) => line.split(' ')[0])).toEqual(['join', 'join', 'drop', 'leave'])
  const ben = await open(name, 'ben')
  expect((await ben.query()).players).toHaveLength(2)
})

test('Y6: where a user has played by clients of both versions in one step, each knows what was used', async () => {
  const name = some('slow')
  const one = await open(name, 'ann')
  one.send('game.start')
  await one.until(({ type }) => type === 'game.start')
  one.input('note', 'one')
  one.input('note', 'two')
  await one.handled()
  const two = await open(name, 'ann', '')
  two.send('game.input', { action: 'note', data: 'three' })
  await one.until(() => one.used === 2)
  expect(logOf(one).slice(-3)).toEqual(['ann: one', 'ann: two', 'ann: three'])
})

test('Y10, L8: who says all the time that they are ready, and not, writes no more than their share', async () => {
  const name = some()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  for (let n = 0; n < 13; n++) await ann.play('note', 'x'.repeat(15_000))
  ann.send('game.end')
  await ann.until(({ type }) => type === 'game.end')
  const stored = async () => (await callRoom(rooms.base, name, 'stored', [])).result as { written: number }
  const { written } = await stored()
  const from = ann.frames.length
  const refused = () => ann.told(from).filter(({ payload }) => payload.code === 'rate-limited').length
  // However fast the room is: more than it has time for.
  for (let round = 0; round < 20 && refused() <= 100; round++) {
    for (let n = 0; n < 600; n++) ann.send('game.player_ready', { ready: n % 2 === 0 })
    await ann.handled()
  }
  expect(refused()).toBeGreaterThan(100)
  const told = ann.told(from).filter(({ type }) => type === 'game.player_ready')
  expect((await stored()).written - written).toBe(told.length)
  // It is theirs alone.
  ben.send('game.player_ready', { ready: true })
  await ben.until(({ type, payload }) => type === 'game.player_ready' && payload.userId === 'ben')
})
