import fc from 'fast-check'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { Field, GameNow } from '../../support/field.ts'
import { GameWire } from '../../support/game-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const effort = inject('effort')
const some = (what = ''): string => `game:${what}:${crypto.randomUUID()}`

const game = async (name: string) => (await callRoom(rooms.base, name, 'game', [])).result as GameNow

/** Waits until a step has used what came, if there is one to come. */
async function stepped(name: string): Promise<void> {
  const { tick } = await game(name)
  for (;;) {
    const { running, players, ...now } = await game(name)
    if (!running || now.tick > tick + 1 || players.every(({ connected }) => !connected)) return
  }
}

const users = ['ann', 'ben', 'cid', undefined] as const
const act = fc.record({
  who: fc.constantFrom(0, 1, 2, 3),
  does: fc.constantFrom(
    ...['secret', 'secret', 'secret', 'note', 'move', 'wrong', 'query', 'drop', 'again', 'role'],
    ...['throw', 'return', 'end', 'stop', 'ready', 'leave', 'close', 'part A'],
  ),
})

test(
  'Y8: what a player alone may know is in no frame to anybody else, whatever happens',
  async () => {
    let secrets = 0
    let told = 0
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (story) => {
        const name = some('at-once fast')
        const open = (who: number, search = 'v=1') => GameWire.open(rooms.base, name, users[who], search)
        const all: { readonly who: number; readonly wire: GameWire }[] = []
        const now: (GameWire | undefined)[] = []
        const enter = async (who: number, search?: string) => {
          const wire = await open(who, search)
          all.push({ who, wire })
          return wire
        }
        for (const who of users.keys()) now[who] = await enter(who)
        const mine: string[][] = users.map(() => [])
        const isMember = users.map(() => true)
        const starts = async () => {
          for (const wire of now) wire?.send('game.start')
          await Promise.all(now.map((wire) => wire?.handled()))
        }
        await starts()
        for (const { who, does } of story) {
          now[who] ??= await enter(who)
          const wire = now[who]
          switch (does) {
            case 'secret': {
              const secret = `canary-${who}-${crypto.randomUUID()}`
              mine[who]!.push(secret)
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
            case 'close':
              now[who] = undefined
              await wire.close()
              break
            case 'query':
              await wire.query()
              break
            case 'drop':
              now[who] = undefined
              await wire.drop()
              break
            case 'again':
              now[who] = await enter(who)
              break
            case 'part A':
              await enter(who, '')
              break
            case 'role':
              if (users[who] === undefined) break
              isMember[who] = !isMember[who]
              await callRoom(rooms.base, name, 'setRole', [users[who], isMember[who] ? 'member' : 'viewer'])
          }
          await now[who]?.handled()
          await stepped(name)
        }
        await Promise.all(now.map((wire) => wire?.handled()))
        // What is told last is told by then: no step is due any more.
        await callRoom(rooms.base, name, 'setRole', ['nobody', 'viewer'])
        for (const { wire } of all) await wire.close()
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
