import { expect, test } from 'vitest'
import { GameWire } from '../../support/game-wire.ts'
import { createOwnGames, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'

const { rooms, open, game, running } = createOwnGames()
/** The errors that somebody was told. */
const errorsOf = (wire: GameWire) =>
  wire.told().flatMap(({ type, payload }) => (type === 'core.error' ? [payload as object] : []))
const failed = { error: 'Game failed', code: 'game-failed' }

test.for<[string, string, string]>([
  ['throw', '', 'the secret is hidden'],
  ['return', 'circle', 'state.anything.itself.itself'],
  ['return', 'function', 'state.anything: expected a JSON value, received function'],
  ['return', 'NaN', 'state.anything: expected a finite number, received NaN'],
  ['return', 'promise', 'state.anything: expected a JSON value, received Promise'],
  ['return', 'date', 'state.anything: expected a JSON value, received Date'],
  ['return', 'proto', 'state.anything: the key "__proto__" is not allowed'],
  ['return', 'large', 'state: has 3'],
])(
  'Y9: code that fails (%s %s) ends the game, says so to all and why in the log, once, and leaves the state as it was',
  async ([action, data, why]) => {
    const { name, ann, watcher } = await running('narrow')
    await ann.play('secret', 'hidden')
    ann.input(action, data)
    for (const wire of [ann, watcher]) {
      const { payload } = await wire.until(({ type }) => type === 'game.end')
      expect(payload.reason).toBe('failed')
      expect(payload.state).toMatchObject({ log: ['join ann', 'start', 'end'], used: { ann: 1 } })
      expect(errorsOf(wire)).toEqual([failed])
    }
    expect(watcher.texts.join()).not.toContain('hidden')
    const { state, running: goesOn } = await game(name)
    expect(goesOn).toBe(false)
    expect(state).toEqual({ ...ann.state })
    await expect.poll(() => rooms.errors(name)).toEqual([expect.stringContaining(why)])
    // It may begin anew.
    ann.send('game.start')
    await ann.play('note', 'again')
    expect(await rooms.errors(name)).toHaveLength(1)
  },
)

test('Y9: a start that fails is none, and is told to all', async () => {
  const name = some('fails-onStart')
  const [watcher, ann] = [await open(name), await open(name, 'ann')]
  ann.send('game.start')
  for (const wire of [ann, watcher]) {
    await wire.refusal()
    await wire.handled()
    expect(errorsOf(wire)).toEqual([failed])
    expect(wire.told().map(({ type }) => type)).not.toContain('game.start')
  }
  expect(await game(name)).toMatchObject({ running: false, state: { log: ['join ann'] } })
  await expect.poll(() => rooms.errors(name)).toEqual([expect.stringContaining('onStart knows {}')])
})

test('Y9: a game whose end fails has failed, and its state is as it was before that', async () => {
  const { name, ann, watcher } = await running('fails-onEnd')
  await ann.play('secret', 'hidden')
  ann.send('game.end')
  for (const wire of [ann, watcher]) {
    const { payload } = await wire.until(({ type }) => type === 'game.end')
    expect(payload).toMatchObject({ reason: 'failed', state: { log: ['join ann', 'start'] } })
    expect(errorsOf(wire)).toEqual([failed])
  }
  expect(watcher.texts.join()).not.toContain('hidden')
  await expect.poll(() => rooms.errors(name)).toEqual([expect.stringContaining('onEnd knows')])
})

test.for<[string, (ben: GameWire, name: string) => unknown, string[]]>([
  ['onPlayerDrop', (ben) => ben.drop(), ['game.player_drop']],
  ['onPlayerLeave', (ben) => ben.leave(), ['game.player_leave']],
  [
    'onPlayerReturn',
    async (ben, name) => {
      await ben.drop()
      await open(name, 'ben')
    },
    ['game.player_drop', 'game.player_return'],
  ],
])('Y9: where %s fails the game does, and seats are what they are', async ([hook, cause, told]) => {
  const name = some(`fails-${hook}`)
  const [watcher, ben, ann] = [await open(name), await open(name, 'ben'), await open(name, 'ann')]
  ann.send('game.start')
  await ann.play('secret', 'hidden')
  const from = watcher.frames.length
  await cause(ben, name)
  for (const wire of [ann, watcher]) {
    const { payload } = await wire.until(({ type }) => type === 'game.end')
    expect(payload.reason).toBe('failed')
    expect(payload.state.log.filter((line: string) => /^(drop|leave|return)/.test(line))).toHaveLength(told.length - 1)
    await wire.until(({ type }) => type === told.at(-1))
    await wire.handled()
    expect(errorsOf(wire)).toEqual([failed])
  }
  expect(watcher.texts.join()).not.toContain('hidden')
  const types = watcher.told(from).map(({ type }) => type)
  expect(types.filter((type) => type.startsWith('game.player'))).toEqual(told)
  const { players } = await game(name)
  expect(players.map(({ userId }) => userId)).toEqual(hook === 'onPlayerLeave' ? ['ann'] : ['ben', 'ann'])
  await expect.poll(() => rooms.errors(name)).toEqual([expect.stringContaining(`${hook} knows`)])
})

test.for([
  ['fails-onPlayerJoin', 'onPlayerJoin knows {}'],
  ['odd-data', 'player.data.itself'],
  ['long-data', 'player.data: has 5002 bytes as JSON, at most 4096 are kept'],
])('Y9: who cannot join (%s) has no seat, and nothing of them is in the state', async ([what, why]) => {
  const name = some(what)
  const watcher = await open(name)
  const ann = await open(name, 'ann')
  for (const wire of [ann, watcher]) {
    await wire.handled()
    expect(errorsOf(wire)).toEqual([failed])
    expect(wire.state).toMatchObject({ at: {}, log: [] })
  }
  expect(ann.frames.find(({ type }) => type === 'game.state')!.payload.players).toEqual([])
  expect(watcher.told().map(({ type }) => type)).not.toContain('game.player_join')
  expect(await game(name)).toMatchObject({ players: [], state: { log: [] } })
  await expect.poll(() => rooms.errors(name)).toEqual([expect.stringContaining(why!)])
  // Whoever asks for one has the same answer.
  ann.send('game.player_ready')
  await ann.handled()
  expect(errorsOf(ann)).toEqual([failed, failed])
  expect((await game(name)).players).toEqual([])
})

test('Y9: who cannot join a game that runs ends it, and joins once they can', async () => {
  const { name, ann, watcher } = await running()
  await ann.play('trip', 'onPlayerJoin')
  const ben = await open(name, 'ben')
  expect((await watcher.until(({ type }) => type === 'game.end')).payload.reason).toBe('failed')
  expect(errorsOf(ben)).toEqual([failed])
  expect((await game(name)).players).toMatchObject([{ userId: 'ann' }])
  ben.send('game.player_ready')
  await ben.until(({ type }) => type === 'game.player_ready')
  expect((await game(name)).players).toMatchObject([{ userId: 'ann' }, { userId: 'ben' }])
})

test('Y9: what the room says of a player it says when they come: nothing that a hook does to it later is kept or told', async () => {
  for (const what of ['data-drop', 'color-drop']) {
    const name = some(what)
    const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
    await ben.drop()
    await ann.until(({ type }) => type === 'game.player_drop')
    const { players } = await ann.query()
    expect(players).toMatchObject([{ data: { color: 3 } }, { userId: 'ben', data: { color: 3 } }])
    await open(name, 'ben')
    await ann.until(({ type }) => type === 'game.player_return')
  }
})

test.for(['mayStart', 'mayEnd'] as const)(
  'Y4: who asks a room whose %s fails is refused, and nobody else hears of it',
  async (rule) => {
    const name = some(`fails-${rule}`)
    const [watcher, ann] = [await open(name), await open(name, 'ann')]
    if (rule === 'mayEnd') ann.send('game.start')
    await ann.handled()
    const [from, other] = [ann.frames.length, watcher.frames.length]
    ann.send(rule === 'mayStart' ? 'game.start' : 'game.end')
    expect(await ann.refusal(from)).toEqual({ error: 'Internal error: nothing was written', code: 'internal' })
    await watcher.handled()
    expect(watcher.told(other)).toEqual([])
    expect((await game(name)).running).toBe(rule === 'mayEnd')
  },
)

test('Y8, Y9: a view that fails ends the game, and says nothing to anybody; all are told once, and the log once', async () => {
  const { name, ann, watcher } = await running()
  await ann.play('secret', 'hidden')
  ann.input('blind')
  const { payload } = await watcher.until(({ type }) => type === 'game.end')
  expect(payload).toMatchObject({ reason: 'failed', state: { log: ['join ann', 'start'] } })
  expect(watcher.texts.join()).not.toContain('hidden')
  for (const wire of [ann, watcher]) {
    await wire.until(({ type }) => type === 'game.end')
    await wire.handled()
    expect(errorsOf(wire)).toEqual([failed])
  }
  await expect.poll(() => rooms.errors(name)).toEqual([expect.stringContaining('nobody may know')])
})

test('Y8, Y9: a view that fails for who comes ends the game once, and the next game goes on', async () => {
  const { name, ann, watcher } = await running('unready')
  await ann.play('secret', 'hidden')
  await callRoom(rooms.base, name, 'blindFor', [1])
  const visitor = await open(name, 'ben')
  for (const wire of [ann, watcher]) {
    expect((await wire.until(({ type }) => type === 'game.end')).payload.reason).toBe('failed')
    await wire.handled()
    expect(errorsOf(wire)).toEqual([failed])
  }
  ann.send('game.start')
  await ann.play('note', 'again')
  await ann.play('note', 'and again')
  expect((await game(name)).running).toBe(true)
  expect(errorsOf(ann)).toEqual([failed])
  for (const wire of [watcher, visitor]) expect(wire.texts.join()).not.toContain('hidden')
  expect(await rooms.errors(name)).toHaveLength(1)
})

test.for([
  ['hopeless', 'tickRate: expected a number from 1 to 60, received 61'],
  ['boundless', 'limits.stateBytes: expected a whole number from 2 to 1048576, received 2097152'],
])('Y13: a declaration that cannot be (%s) is named, and the room does not start', async ([what, why]) => {
  const error = `The room could not start: ${why}`
  expect(await callRoom(rooms.base, some(what), 'game', [])).toMatchObject({ error })
})

test.for([
  ['circle', 'state.anything.itself.itself'],
  ['function', 'state.anything: expected a JSON value, received function'],
  ['NaN', 'state.anything: expected a finite number, received NaN'],
  ['promise', 'state.anything: expected a JSON value, received Promise'],
])(
  'Y13: a state of create() that is no JSON (%s) is named by its path, and the room does not start',
  async ([what, path]) => {
    const name = some(`creates-${what}`)
    const { error } = await callRoom(rooms.base, name, 'game', [])
    expect(error).toContain(`The room could not start: create: ${path}`)
    const wire = await GameWire.open(rooms.base, name, 'ann')
    expect(await wire.closed).toMatchObject({ code: 1013 })
    expect(wire.texts.join()).not.toContain('anything')
  },
)

test('G6, Y9: nothing is left of a game whose record is gone, also where no new one can be created', async () => {
  const { name, ann } = await running('created-once')
  await ann.play('secret', 'hidden')
  expect(await callRoom(rooms.base, name, 'vacate', [])).toMatchObject({ error: 'no second field' })
  expect(await ann.closed).toMatchObject({ code: 4403 })
  expect(await game(name)).toMatchObject({ state: {}, running: false, tick: 0, skipped: 0, players: [] })
  expect((await callRoom(rooms.base, name, 'stored', [])).result).toMatchObject({ games: 0, planned: 0 })
  const watcher = await open(name)
  expect(watcher.state).not.toHaveProperty('log')
})
