import { setTimeout as later } from 'node:timers/promises'
import { collectionsOf } from '../support/random-rooms.ts'
import { judgeFresh, judgePage, judgeReader, judgeRoster, sightOf } from './answers.ts'
import { writeBatches } from './batches.ts'
import { strike } from './chaos.ts'
import { act } from './deeds.ts'
import type { Dice } from './dice.ts'
import type { Events } from './events.ts'
import { judgeRecords, judgeSightings, judgeWrites } from './order.ts'
import type { RoomState } from './orders.ts'
import { endScene, type Scene, setScene } from './scene.ts'
import { type Script, users } from './script.ts'
import { settle } from './settle.ts'
import { skew as skewClients } from './skewed-date.ts'
import type { Workerd } from './workerd.ts'

/** How much of the time it storms. Behind that connections last, and what the room sleeps over must not be lost on them. */
const stormy = 0.75

/** One room: people come, it storms and calms down within so many milliseconds, and everything is judged. */
export async function runEpisode(
  worker: Workerd,
  name: string,
  lasts: number,
  dice: Dice,
  events: Events,
): Promise<void> {
  const scene = await setScene(worker, name, dice, events)
  const { room, script, lines, crowd, olds, isHonest } = scene
  try {
    const over = AbortSignal.timeout(lasts)
    const calm = later(lasts * stormy).then(() => {
      const lost = dice.chance(0.25) ? dice.pick(lines) : undefined
      for (const line of lines) line.calm(line === lost)
      events.note('the network is calm')
    })
    await Promise.all([
      calm,
      ...crowd.map((person) => act(person, dice.fork(), script, over)),
      writeBatches(script, dice.fork(), () => crowd[0]!.seen, over),
      strike(script, dice.fork(), isHonest, lasts * stormy, over),
    ])
    skewClients(0)
    await worker.order({ type: 'skew', milliseconds: 0 })
    await worker.order({ type: 'limit', room, limits: {} })
    events.note('all is calm')
    const missing = await settle(crowd, olds, script.ledger)
    if (missing) events.blame(missing)
    else await judge(worker, scene, events)
  } finally {
    endScene(scene)
  }
}

/** Judges what became of every write, and what everybody sees. */
export async function judge(worker: Workerd, scene: Scene, events: Events): Promise<void> {
  const { room, script, sightings, crowd, olds } = scene
  const state = await worker.order<RoomState>({ type: 'state', room })
  const { journal, things } = state
  const compared = () => events.count('comparisons')
  const blame = (violations: Iterable<string>): void => {
    for (const violation of violations) events.blame(violation)
  }
  blame(judgeWrites(script.ledger.writes, journal))
  blame(judgeRecords(new Map(things.map(({ recordId, data }) => [recordId, data.f0])), journal))
  blame(judgeSightings(sightings, journal))
  blame(judgeSettings(script, state))
  events.count('commits', journal.length)

  const sights = new Map([undefined, ...users].map((user) => [user, sightOf(user, state, collectionsOf(room)[0]!)]))
  const sightOfUser = (user: string | undefined) => sights.get(user as (typeof users)[number])!
  for (const person of crowd) blame(judgePage(person, sightOfUser(person.user), compared))
  for (const person of crowd) blame(judgeRoster(person, state, compared))
  for (const reader of olds) blame(judgeReader(reader, sightOfUser(reader.user), compared))
  for (const person of crowd) {
    for await (const violation of judgeFresh(person, room, `http://127.0.0.1:${worker.port}`, compared)) {
      events.blame(violation)
    }
  }
  const after = await worker.order<RoomState>({ type: 'state', room })
  if (after.journal.length > journal.length) throw new Error('somebody wrote while it was judged')
}

/** What is wrong with memberships and roles: each is what was acknowledged last, or of which nobody knows. */
function* judgeSettings({ settings }: Script, { users, members }: RoomState): Generator<string> {
  for (const [name, { sure, possible }] of settings) {
    const [, kind, user] = /^(\w+) of (\w+)$/.exec(name)!
    const role = users.find(({ id }) => id === user)?.role
    const status = members.find(({ recordId }) => recordId === user)?.data.status
    const value = String((kind === 'role' ? role : status) ?? 'none')
    if (value !== sure && !possible.has(value)) yield `the ${name} is ${value}, and was set to ${sure} last (W7)`
  }
}
