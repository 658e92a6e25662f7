import fc from 'fast-check'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { Field, StoredGame } from '../../support/field.ts'
import { GameWire } from '../../support/game-wire.ts'
import { createOwnGames, some } from '../../support/own-games.ts'
import { callRoom } from '../../support/rpc.ts'

const { rooms, game } = createOwnGames()
const effort = inject('effort')

/** Waits until a step has used what came, if there is one to come. */
async function stepped(name: string): Promise<void> {
  const { tick } = await game(name)
  for (;;) {
    const { running, players, ...now } = await game(name)
    if (!running || now.tick > tick + 1 || players.every(({ connected }) => !connected)) return
  }
}

const users = ['ann', 'ben', 'cid', undefined] as const
const hooks = ['onPlayerJoin', 'onPlayerLeave', 'onPlayerDrop', 'onPlayerReturn', 'onStart', 'onEnd', 'mayStart']
const act = fc.record({
  who: fc.constantFrom(0, 1, 2, 3),
  does: fc.constantFrom(
    ...Array<'secret'>(8).fill('secret'),
    ...['note', 'move', 'wrong', 'query', 'drop', 'again', 'role', 'remove'],
    ...['throw', 'return', 'trip', 'trip', 'blind', 'end', 'stop', 'ready', 'leave', 'close', 'part A', 'only part A'],
    ...['kick', 'demote', 'sleep', 'crash'],
  ),
  hook: fc.constantFrom(...hooks),
})

/** A connection of the story: whose it is, and which version it speaks. */
interface Seen {
  readonly who: number
  readonly version: 0 | 1
  readonly wire: GameWire
}

test(
  'Y8: what a player alone may know is in no frame to anybody else, whatever happens, and each knows all that they may',
  async () => {
    let secrets = 0
    let told = 0
    let compared = 0
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (story) => {
        const name = some('at-once fast')
        const all: Seen[] = []
        const now: (Seen | undefined)[] = []
        const enter = async (who: number, version: 0 | 1 = 1): Promise<Seen> => {
          const wire = await GameWire.open(rooms.base, name, users[who], version === 1 ? 'v=1' : '')
          const seen = { who, version, wire }
          all.push(seen)
          return seen
        }
        for (const who of users.keys()) now[who] = await enter(who)
        const mine: string[][] = users.map(() => [])
        const isMember = users.map(() => true)
        /** Everything so far is handled; whom the game has sent away is not here any more. */
        const settled = async () => {
          for (const [who, seen] of now.entries()) {
            if (seen && (await Promise.race([seen.wire.handled(), seen.wire.closed]))) now[who] = undefined
          }
        }
        const starts = async () => {
          for (const seen of now) seen?.wire.send('game.start')
          await settled()
        }
        await starts()
        for (const { who, does, hook } of story) {
          now[who] ??= await enter(who)
          const { wire, version } = now[who]
          switch (does) {
            case 'secret': {
              const secret = `canary-${who}-${crypto.randomUUID()}`
              mine[who]!.push(secret)
              // Whoever has left plays again.
              wire.send('game.player_ready', { ready: false })
              await starts()
              wire.input('secret', secret)
              break
            }
            case 'note':
              wire.input('note', 'nothing secret')
              break
            case 'move':
              wire.input('move', { x: secrets, y: 1 })
              break
            case 'wrong':
              wire.input('move', { x: `canary-${who}-wrong` })
              break
            case 'throw':
            case 'end':
              wire.input(does)
              break
            case 'blind':
              wire.input('blind', 3)
              break
            case 'trip':
              wire.input('trip', hook)
              break
            case 'kick':
            case 'demote':
              wire.input(does, users[(who + 1) % 3])
              break
            case 'return':
              wire.input('return', 'circle')
              break
            case 'stop':
              wire.send('game.end')
              break
            case 'ready':
              wire.send('game.player_ready')
              break
            case 'leave':
              await wire.leave()
              break
            case 'query':
              if (version === 1) await wire.query()
              break
            case 'close':
            case 'drop':
              now[who] = undefined
              await wire[does]()
              break
            case 'again':
              now[who] = await enter(who)
              break
            case 'part A':
              await enter(who, 0)
              break
            case 'only part A':
              await wire.close()
              now[who] = await enter(who, 0)
              break
            case 'role':
              if (users[who] === undefined) break
              isMember[who] = !isMember[who]
              await callRoom(rooms.base, name, 'setRole', [users[who], isMember[who] ? 'member' : 'viewer'])
              break
            case 'remove':
              if (users[who] === undefined) break
              now[who] = undefined
              await callRoom(rooms.base, name, 'removeUser', [users[who]])
              await wire.closed
              break
            case 'sleep': {
              const { running, players } = await game(name)
              // One that steps does not sleep.
              if (!running || players.every(({ connected }) => !connected)) await rooms.sleep(name, 'GAME')
              break
            }
            case 'crash':
              now.fill(undefined)
              await callRoom(rooms.base, name, 'crash', [])
          }
          await settled()
          await stepped(name)
          await settled()
        }
        for (const { version, wire } of now.flatMap((seen) => seen ?? [])) {
          if (version === 0) continue
          const { state } = wire
          expect(state).toEqual((await wire.query()).state)
          compared++
        }
        for (const { wire } of all) await wire.close()
        // Nobody is here, so nobody is left in a seat, and no game goes on.
        while ((await game(name)).players.length > 0);
        expect(await game(name)).toMatchObject({ running: false })
        const stored = async () => (await callRoom(rooms.base, name, 'stored', [])).result as StoredGame
        await expect.poll(stored).toMatchObject({ planned: 0 })
        for (const { who, wire } of all) {
          const text = wire.texts.join('\n')
          for (const [other, theirs] of mine.entries()) {
            for (const secret of theirs) {
              secrets++
              if (other === who && text.includes(secret)) told++
              if (other !== who) expect(text, `${users[who]} and the secret of ${users[other]}`).not.toContain(secret)
            }
          }
        }
      }),
      { numRuns: 15 * effort, interruptAfterTimeLimit: 50_000 * effort },
    )
    // It would be easy to keep a secret from all.
    expect(told).toBeGreaterThan(10)
    expect(compared).toBeGreaterThan(10)
  },
  60_000 * effort,
)

test('Y8: those who see the same are told the same, and each player their own', async () => {
  const name = some()
  const wires = await Promise.all(users.map((user) => GameWire.open(rooms.base, name, user)))
  const other = await GameWire.open(rooms.base, name)
  onTestFinished(async () => {
    for (const wire of [...wires, other]) await wire.close()
  })
  const [ann, ben, , visitor] = wires as [GameWire, GameWire, GameWire, GameWire]
  ann.send('game.start')
  await other.until(({ type }) => type === 'game.start')
  await visitor.until(({ type }) => type === 'game.start')
  const from = [visitor.texts.length, other.texts.length]
  await ann.play('secret', 'of ann')
  await ben.play('secret', 'of ben')
  await ann.play('note', 'all')
  const last = (wire: GameWire) => wire.until(() => (wire.state as unknown as Field).log.includes('ann: all'))
  await Promise.all([...wires, other].map(last))
  expect(visitor.texts.slice(from[0])).toEqual(other.texts.slice(from[1]))
  expect(wires.map(({ state }) => state?.secrets)).toEqual([{ ann: 'of ann' }, { ben: 'of ben' }, {}, {}])
})

test('Y8: what somebody sees is asked for once for all who see the same, and not where nothing has changed', async () => {
  const name = some('ticking')
  const wires = [await GameWire.open(rooms.base, name, 'ann'), await GameWire.open(rooms.base, name, 'ben')]
  for (let n = 0; n < 8; n++) wires.push(await GameWire.open(rooms.base, name, undefined, n % 2 ? 'v=1' : ''))
  onTestFinished(async () => {
    for (const wire of wires) await wire.close()
  })
  const [ann] = wires as [GameWire]
  ann.send('game.start')
  await ann.play('note', 'counted')
  const { clock: before } = (await game(name)).state
  const from = ((await callRoom(rooms.base, name, 'views', [])).result as string[]).length
  const first = ann.tick
  await ann.until(() => ann.tick >= first + 10)
  const views = ((await callRoom(rooms.base, name, 'views', [])).result as string[]).slice(from)
  const steps = ((await game(name)).state.clock - before) / 50
  const asked = (who: string) => views.filter((view) => view.startsWith(who)).length
  expect(asked('ann')).toBeGreaterThanOrEqual(9)
  for (const who of ['ann', 'ben', 'watcher']) expect(asked(who)).toBeLessThanOrEqual(steps)
})
