import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createOwnGames } from '../../support/own-games.ts'

const { rooms, open } = createOwnGames()
/** How often the object of a room has started, as who does not wake it by asking. */
async function starts(name: string): Promise<number> {
  const doings = (await (await fetch(new URL('/doings', rooms.base))).json()) as string[]
  return doings.filter((doing) => doing === `start of ${name}`).length
}

test('Y5: a room sleeps by itself once its game has ended, or nobody plays who is connected; one that runs does not', async () => {
  const kinds = ['never begun', 'ended', 'left', 'dropped', 'running'] as const
  const games = await Promise.all(
    kinds.map(async (kind) => {
      const name = `game:${kind}:${crypto.randomUUID()}`
      const [watcher, ann] = [await open(name), await open(name, 'ann')]
      return { kind, name, watcher, ann }
    }),
  )
  for (const { kind, watcher, ann } of games) {
    if (kind === 'never begun') continue
    ann.send('game.start')
    await ann.play('note', 'once')
    if (kind === 'ended') ann.send('game.end')
    if (kind === 'left') await ann.leave()
    if (kind === 'ended' || kind === 'left') await watcher.until(({ type }) => type === 'game.end')
    if (kind === 'dropped') await ann.drop()
    if (kind === 'dropped') await watcher.until(({ type }) => type === 'game.player_drop')
  }
  // Nothing says that an object is gone: it is after ten seconds without anything to do.
  await pause(12_000)
  for (const { watcher } of games) await watcher.query()
  const counted = await Promise.all(games.map(async ({ kind, name }) => [kind, await starts(name)]))
  expect(Object.fromEntries(counted)).toEqual({ 'never begun': 2, ended: 2, left: 2, dropped: 2, running: 1 })
}, 60_000)
