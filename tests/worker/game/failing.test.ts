import { expect, onTestFinished, test } from 'vitest'
import type { GameNow } from '../../support/field.ts'
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
/** The errors that somebody was told. */
const errorsOf = (wire: GameWire) =>
  wire.told().flatMap(({ type, payload }) => (type === 'core.error' ? [payload as object] : []))
const failed = { error: 'Game failed', code: 'game-failed' }

/** A game that runs, with somebody who plays and somebody who watches. */
async function running(what = ''): Promise<{ name: string; ann: GameWire; watcher: GameWire }> {
  const name = some(what)
  const [watcher, ann] = [await open(name), await open(name, 'ann')]
  ann.send('game.start')
  await watcher.until(({ type }) => type === 'game.start')
  await ann.until(({ type }) => type === 'game.start')
  return { name, ann, watcher }
}

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
    expect(rooms.errors(name)).toHaveLength(1)
  },
)

test('Y8, Y9: a view that fails ends the game, and says nothing to anybody', async () => {
  const { ann, watcher } = await running()
  await ann.play('secret', 'hidden')
  ann.input('blind')
  const { payload } = await watcher.until(({ type }) => type === 'game.end')
  expect(payload).toMatchObject({ reason: 'failed', state: { log: ['join ann', 'start'] } })
  expect(watcher.texts.join()).not.toContain('hidden')
})

test('Y13: a declaration that cannot be is named, and the room does not start', async () => {
  const name = some('hopeless')
  const error = 'The room could not start: tickRate: expected a number from 1 to 60, received 61'
  expect(await callRoom(rooms.base, name, 'game', [])).toMatchObject({ error })
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
