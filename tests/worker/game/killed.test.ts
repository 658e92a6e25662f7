import { expect, test } from 'vitest'
import type { Field, GameNow, StoredGame } from '../../support/field.ts'
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
    // Nobody else takes the seat of who is not back yet.
    const cid = await GameWire.open(worker.base, name, 'cid')
    expect(cid.told().map(({ payload }) => payload.error)).toContain('Game is full')
    const ann = await GameWire.open(worker.base, name, 'ann')
    await ann.play('note', 'after')
    const { log } = ann.state as unknown as Field
    expect(log.filter((line) => /^(ben|ann): /.test(line))).toEqual(['ben: before', 'ben: after', 'ann: after'])
    expect(log).toEqual(expect.arrayContaining(['return ben', 'return ann']))
    expect(log).not.toContain('leave ann')
    expect(ann.tick).toBeGreaterThan(now.tick)
  } finally {
    await worker.kill()
  }
}, 90_000)

test('Y11: after a process is killed a game to which nobody comes back ends by itself, whoever asks for it or not, and no timer is left', async () => {
  const name = 'game:alert hasty killed'
  let worker = await start()
  try {
    const [ann, ben] = [await GameWire.open(worker.base, name, 'ann'), await GameWire.open(worker.base, name, 'ben')]
    ann.send('game.start')
    await ben.play('note', 'before')
  } finally {
    await worker.kill()
  }
  worker = await start()
  try {
    // As who does not wake it by asking.
    const doings = async () => (await (await fetch(new URL('/doings', worker.base))).json()) as string[]
    while (!(await doings()).includes(`end of ${name}`));
    const now = (await callRoom(worker.base, name, 'game', [])).result as GameNow
    expect(now).toMatchObject({ running: false, players: [], state: { log: expect.arrayContaining(['end']) } })
    const stored = (await callRoom(worker.base, name, 'stored', [])).result as StoredGame
    expect(stored).toMatchObject({ games: 1, planned: 0, alarm: null })
  } finally {
    await worker.kill()
  }
}, 90_000)
