import { expect, test } from 'vitest'
import type { GameWire } from '../../support/game-wire.ts'
import { createOwnGames, fieldOf, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'
import { upgrade } from '../../support/upgrade.ts'
import { tokenFor } from '../../support/users.ts'

const { rooms, open, game, stored } = createOwnGames()
const typesOf = (wire: GameWire, from = 0) => wire.told(from).map(({ type }) => type)

/** Connects by hand, and closes with 1001: no socket of a script may say that. */
async function goAway(name: string, user: string): Promise<void> {
  const token = await tokenFor(user)
  const { socket } = await upgrade(rooms.base, `/ws/game/${encodeURIComponent(name)}?token=${token}&v=1`)
  socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 1001 >> 8, 1001 & 255]))
}

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
  await playing.leave()
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

test.for<[string, (name: string) => Promise<unknown>]>([
  ['without a code, as our client does that connects anew', async (name) => (await open(name, 'ann')).close()],
  ['with 1000', async (name) => (await open(name, 'ann')).close(1000)],
  ['with 1001, as a page does that is loaded anew', (name) => goAway(name, 'ann')],
  ['as a network breaks', async (name) => (await open(name, 'ann')).drop()],
])('Y3: a seat is held, however the connection ends: %s', async ([, end]) => {
  const name = some('small')
  const ben = await open(name, 'ben')
  await end(name)
  await ben.until(({ type }) => type === 'game.player_drop')
  expect((await game(name)).players).toMatchObject([{ userId: 'ben' }, { userId: 'ann', connected: false }])
  const ann = await open(name, 'ann')
  await ben.until(({ type }) => type === 'game.player_return')
  ann.send('game.start')
  await ann.play('note', 'here again')
  expect(fieldOf(ann).log.slice(0, 4)).toEqual(['join ben', 'join ann', 'drop ann', 'return ann'])
  expect(typesOf(ben)).not.toContain('game.player_leave')
})

test('Y3: a seat is free once it was held long enough', async () => {
  const name = some('hasty')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.send('game.start')
  await ben.close()
  await ann.until(({ type, payload }) => type === 'game.player_leave' && payload.userId === 'ben')
  expect(typesOf(ann).filter((type) => type === 'game.player_drop')).toHaveLength(1)
  expect((await game(name)).players).toMatchObject([{ userId: 'ann' }])
})

test('Y3, Y12: a client of part A gives up its seat where it closes in order, since it has no other word; where it breaks the seat is held', async () => {
  const name = some()
  const [ann, ben, cid] = [await open(name, 'ann'), await open(name, 'ben', ''), await open(name, 'cid', '')]
  await ben.close()
  await ann.until(({ type, payload }) => type === 'game.player_leave' && payload.userId === 'ben')
  await cid.drop()
  await ann.until(({ type, payload }) => type === 'game.player_drop' && payload.userId === 'cid')
  expect(typesOf(ann).filter((type) => type === 'game.player_drop')).toHaveLength(1)
  expect((await game(name)).players).toMatchObject([{ userId: 'ann' }, { userId: 'cid' }])
})

test('Y3: who leaves has no seat any more and watches, until they ask for one again, ready or not', async () => {
  const name = some('small')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const cid = await open(name, 'cid')
  ann.send('game.start')
  await ann.play('secret', 'of ann')
  expect(fieldOf(ann).secrets).toEqual({ ann: 'of ann' })
  await ann.leave()
  // As a watcher sees it, and told without being asked.
  expect(ann.state).toMatchObject({ secrets: {}, log: ['join ann', 'join ben', 'start', 'leave ann'] })
  expect(await ann.query()).not.toHaveProperty('received')
  for (const wire of [ann, ben, cid]) await wire.until(({ type }) => type === 'game.player_leave')
  for (const type of ['game.input', 'game.start', 'game.end']) {
    const from = ann.frames.length
    ann.send(type, { seq: 2, action: 'note', data: 'no more' })
    const error = 'Write access denied: this connection has left the game'
    expect(await ann.refusal(from)).toMatchObject({ error, code: 'denied' })
  }
  ann.sent = 2
  // The seat is anybody's.
  cid.send('game.player_ready')
  await ben.until(({ type, payload }) => type === 'game.player_join' && payload.player.userId === 'cid')
  ann.send('game.player_ready', { ready: false })
  expect(await ann.refusal(ann.frames.length)).toMatchObject({ error: 'Game is full' })
  await cid.leave()
  ann.send('game.player_ready', { ready: false })
  await ann.until(({ type, payload }) => type === 'game.state' && payload.received === 2)
  await ann.play('note', 'at last')
  expect((await game(name)).players).toMatchObject([
    { userId: 'ben', ready: false },
    { userId: 'ann', ready: false },
  ])
  expect(fieldOf(ann).log).toEqual([
    ...['join ann', 'join ben', 'start', 'leave ann', 'join cid', 'leave cid', 'join ann', 'ann: at last'],
  ])
})

test('Y3: with the last who leaves a game ends', async () => {
  const name = some()
  const [ann, watcher] = [await open(name, 'ann'), await open(name)]
  ann.send('game.start')
  await ann.play('note', 'alone')
  await ann.leave()
  expect((await watcher.until(({ type }) => type === 'game.end')).payload.reason).toBe('left')
  expect(await game(name)).toMatchObject({ running: false, players: [] })
  expect(await stored(name)).toMatchObject({ planned: 0 })
})

test('Y2: who has no seat has none to leave: nothing happens, nobody is told, and a role that lets them play gives them none', async () => {
  const name = some('small')
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const [cid, visitor] = [await open(name, 'cid'), await open(name)]
  const before = await game(name)
  const wires = [ann, ben, cid, visitor]
  const from = wires.map(({ frames }) => frames.length)
  await cid.leave()
  await visitor.leave()
  await ben.handled()
  expect(wires.flatMap((wire, index) => wire.told(from[index]))).toEqual([])
  expect(await game(name)).toEqual(before)
  await ben.leave()
  await callRoom(rooms.base, name, 'setRole', ['cid', 'viewer'])
  await callRoom(rooms.base, name, 'setRole', ['cid', 'member'])
  await cid.handled()
  expect((await game(name)).players).toMatchObject([{ userId: 'ann' }])
  expect(cid.told().at(-1)).toMatchObject({ type: 'game.state' })
})

test('Y3: of two connections that play the other one drives where one leaves, and the seat was never free', async () => {
  const name = some()
  const [ben, one] = [await open(name, 'ben'), await open(name, 'ann')]
  const two = await open(name, 'ann')
  one.send('game.start')
  await two.play('note', 'two')
  const from = ben.frames.length
  await two.leave()
  await one.until(({ type, payload }) => type === 'game.state' && payload.received === 1)
  await one.play('note', 'one')
  const refused = two.frames.length
  two.input('note', 'two again')
  expect(await two.refusal(refused)).toMatchObject({ code: 'denied', seq: 2 })
  // One that has left is not taken, however the other ends.
  await one.drop()
  await ben.until(({ type }) => type === 'game.player_drop')
  expect((await game(name)).players).toMatchObject([{ userId: 'ben' }, { userId: 'ann', connected: false }])
  // It is back where it asks.
  two.send('game.player_ready', { ready: false })
  await ben.until(({ type }) => type === 'game.player_return')
  await two.play('note', 'two at last')
  expect(ben.told(from).map(({ type }) => type)).not.toContain('game.player_leave')
  expect(fieldOf(two).log.slice(3)).toEqual(['ann: two', 'ann: one', 'drop ann', 'return ann', 'ann: two at last'])
})

test('Y3: that a connection has left is known after a sleep of the room, and so is which one drives', async () => {
  const name = some()
  const [ben, one] = [await open(name, 'ben'), await open(name, 'ann')]
  const two = await open(name, 'ann')
  const three = await open(name, 'ann')
  await three.leave()
  // The older one takes the seat over.
  one.send('game.player_ready', { ready: false })
  await one.handled()
  await rooms.sleep(name, 'GAME')
  one.send('game.start')
  await one.play('note', 'one')
  const from = two.frames.length
  two.input('note', 'two')
  expect(await two.refusal(from)).toMatchObject({ code: 'denied' })
  await one.drop()
  await two.until(({ type }) => type === 'game.state', from)
  await two.play('note', 'two at last')
  await two.drop()
  await ben.until(({ type }) => type === 'game.player_drop')
  await three.until(() => fieldOf(three).log.includes('drop ann'))
  expect(fieldOf(three).log.slice(2)).toEqual(['start', 'ann: one', 'ann: two at last', 'drop ann'])
})

test('Y3: a connection that asks takes over the seat that another of the same user drives, and goes on with its own numbers', async () => {
  const name = some()
  const one = await open(name, 'ann')
  one.send('game.start')
  await one.play('note', 'one')
  const two = await open(name, 'ann')
  for (let n = 2; n <= 6; n++) await two.play('note', 'two')
  // What is on its way was numbered before it knew.
  one.send('game.player_ready', { ready: false })
  for (const seq of [2, 3]) one.send('game.input', { seq, action: 'note', data: 'too early' })
  await one.handled()
  const refused = one.told().flatMap(({ type, payload }) => (type === 'core.error' ? [payload] : []))
  expect(refused).toEqual(
    [2, 3].map((seq) => {
      const error = `Invalid message: seq: expected more than 6, received ${seq}`
      return { error, code: 'invalid-message', field: 'seq', seq }
    }),
  )
  expect(one.frames.findLast(({ type }) => type === 'game.state')!.payload).toMatchObject({ received: 6 })
  await one.play('note', 'one again')
  const from = two.frames.length
  for (let n = 0; n < 3; n++) two.input('note', 'two no more')
  await two.handled()
  expect(two.told(from).filter(({ payload }) => payload.code === 'denied')).toHaveLength(3)
  await one.leave()
  // Its own numbers have gone further.
  await two.until(({ type, payload }) => type === 'game.state' && payload.received === 9)
  await two.play('note', 'two at last')
  const said = fieldOf(two).log.filter((line) => line.startsWith('ann: '))
  expect(said).toEqual([
    ...['ann: one', 'ann: two', 'ann: two', 'ann: two', 'ann: two', 'ann: two', 'ann: one again', 'ann: two at last'],
  ])
  expect((await game(name)).players).toHaveLength(1)
  expect(fieldOf(two).log.filter((line) => /^(drop|return|leave)/.test(line))).toEqual([])
})

test('Y3: whose role lets them write no more, and who is removed, has no seat at once', async () => {
  const name = some()
  const ben = await open(name, 'ben')
  for (const role of ['viewer', null]) {
    const from = ben.frames.length
    await open(name, 'ann')
    await callRoom(rooms.base, name, 'setRole', ['ann', role])
    await ben.until(({ type }) => type === 'game.player_leave', from)
    expect(typesOf(ben, from)).not.toContain('game.player_drop')
  }
  expect((await game(name)).players).toMatchObject([{ userId: 'ben' }])
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
