import { expect, test } from 'vitest'
import type { Field, GameNow } from '../../support/field.ts'
import { GameWire } from '../../support/game-wire.ts'
import { createOwnProcess } from '../../support/own-process.ts'
import { callRoom } from '../../support/rpc.ts'

const start = createOwnProcess()

test('Y11: after a process is killed a game goes on from five seconds of steps before at most, with its players in their seats', async () => {
  const name = 'game:small fast ticking killed'
  let worker = await start()
  let told: number
  try {
    const [ann, ben] = [await GameWire.open(worker.base, name, 'ann'), await GameWire.open(worker.base, name, 'ben')]
    ann.send('game.start')
    await ben.play('note', 'before')
    await ann.until(() => ann.tick > 330)
    told = ann.tick
  } finally {
    await worker.kill()
  }
  worker = await start()
  try {
    const now = (await callRoom(worker.base, name, 'game', [])).result as GameNow
    expect(now).toMatchObject({ running: true, players: [{ userId: 'ann' }, { userId: 'ben' }] })
    // A row each 300 steps, and what was done on the way to the kill.
    expect(now.tick).toBeGreaterThanOrEqual(told - 300)
    const ben = await GameWire.open(worker.base, name, 'ben')
    await ben.play('note', 'after')
    const { log } = ben.state as unknown as Field
    expect(log.filter((line) => line.startsWith('ben: '))).toEqual(['ben: before', 'ben: after'])
    expect(log).toContain('return ben')
    expect(ben.tick).toBeGreaterThan(now.tick)
  } finally {
    await worker.kill()
  }
}, 90_000)
