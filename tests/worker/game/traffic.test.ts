import { expect, test } from 'vitest'
import { GameWire } from '../../support/game-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'

const rooms = createOwnRooms()

/** How many characters a tick of ten players takes, told as what has changed and as a whole, where so many of them move. */
async function sizes(movers: number): Promise<{ delta: number; whole: number }> {
  const name = `game:uncounted one-each:${crypto.randomUUID()}`
  const users = Array.from({ length: 10 }, (_, n) => `player-${n}`)
  const wires = await Promise.all(users.map((user) => GameWire.open(rooms.base, name, user)))
  const baseline = await GameWire.open(rooms.base, name, undefined, '')
  const watcher = await GameWire.open(rooms.base, name)
  wires[0]!.send('game.start')
  await Promise.all([watcher, baseline].map((wire) => wire.until(({ type }) => type === 'game.start')))
  const from = [watcher.frames.length, baseline.frames.length]
  for (let round = 1; round <= 20; round++) {
    const moving = wires.slice(0, movers)
    await Promise.all(moving.map((wire, n) => wire.play('move', { x: round * 3.25, y: n * 10 + round / 4 })))
  }
  await Promise.all([watcher, baseline].map((wire) => wire.handled()))
  const sizeOf = (wire: GameWire, start: number) => {
    const ticks = wire.texts.slice(start).filter((text) => text.startsWith('{"type":"game.tick"'))
    return { count: ticks.length, mean: ticks.reduce((sum, { length }) => sum + length, 0) / ticks.length }
  }
  const [delta, whole] = [sizeOf(watcher, from[0]!), sizeOf(baseline, from[1]!)]
  expect(delta.count).toBe(whole.count)
  expect(watcher.state).toEqual(baseline.state)
  for (const wire of [...wires, baseline, watcher]) await wire.close()
  return { delta: delta.mean, whole: whole.mean }
}

test('Y1: of ten players one that moves takes 0.15 of the whole at most, and all of them take half of it', async () => {
  const [one, all] = [await sizes(1), await sizes(10)]
  console.log(`one of ten moves: ${one.delta / one.whole} of the whole; all: ${all.delta / all.whole}`)
  expect(one.delta / one.whole).toBeLessThan(0.15)
  expect(all.delta / all.whole).toBeLessThan(0.5)
})
