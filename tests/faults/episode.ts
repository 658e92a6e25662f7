import { setTimeout as later } from 'node:timers/promises'
import fc from 'fast-check'
import { levels } from '../support/collections.ts'
import { anyQuestion } from '../support/live-questions.ts'
import { anyPlan, collectionsOf, kindsOf, nameOf, type RoomPlan } from '../support/random-rooms.ts'
import { judgeFresh, judgePage, judgeReader, sightOf } from './answers.ts'
import { writeBatches } from './batches.ts'
import { strike } from './chaos.ts'
import { act, longestLimit } from './deeds.ts'
import type { Dice } from './dice.ts'
import type { Events } from './events.ts'
import { Ledger } from './ledger.ts'
import { Line } from './line.ts'
import { judgeRecords, judgeSightings, judgeWrites } from './order.ts'
import type { RoomState } from './orders.ts'
import { Person } from './person.ts'
import { Reader } from './reader.ts'
import { type Script, users } from './script.ts'
import { settle } from './settle.ts'
import { Sightings } from './sightings.ts'
import { skew as skewClients } from './skewed-date.ts'
import { makeTokens } from './tokens.ts'
import type { Workerd } from './workerd.ts'

const pages = [
  { name: 'root', user: 'root' },
  { name: 'alice', user: 'alice' },
  { name: "alice's phone", user: 'alice' },
  { name: 'bob', user: 'bob' },
  { name: 'visitor', user: undefined },
  { name: 'desk', user: 'bob' },
] as const

const readers = [
  { name: "carol's old app", user: 'carol' },
  { name: 'old visitor', user: undefined },
] as const

/** One room, and everybody and everything in it. */
interface Scene {
  readonly room: string
  readonly script: Script
  readonly sightings: Sightings
  readonly lines: readonly Line[]
  readonly crowd: readonly Person[]
  readonly olds: readonly Reader[]
  /** Whether the clock of the worker is left alone, so that tokens can be short. */
  readonly isHonest: boolean
}

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
    for (const each of [...crowd, ...olds]) each.leave()
    for (const line of lines) line.close()
  }
}

/** How long a page that was left is kept, in milliseconds of the clients. */
const keptFor = [undefined, undefined, 0, 300, 20_000]

/** What members may read by, the more often the more there is to gain and to lose. */
const interesting = (['true', 'false', 'own', 'unclaimed-or-own', 'collaborator', 'published', 'shared'] as const)
  .map((level) => levels.findIndex((each) => String(each) === level))
  .concat(Array.from({ length: 4 }, () => levels.indexOf('team')))

const anyFields = fc.string({ unit: fc.constantFrom('t', 'n', 'b'), minLength: 1, maxLength: 2 })

async function setScene(worker: Workerd, name: string, dice: Dice, events: Events): Promise<Scene> {
  // The first field is for what tells the writes apart, the last for what makes records long.
  const plan: RoomPlan = {
    ...dice.draw(anyPlan),
    fields: `t${dice.draw(anyFields)}j`,
    member: dice.pick(interesting),
  }
  const isHeavy = dice.chance(0.25)
  const isForgetful = dice.chance(0.3)
  const isHonest = dice.chance(0.4)
  const room = nameOf(plan).replace(/[^:]*$/, `${isForgetful ? 'forgetful-' : ''}${name}`)
  events.note(`the room ${room}${isHeavy ? ', heavy' : ''}${isHonest ? ', with short tokens' : ''}`)
  const collections = collectionsOf(room)
  const { f0: _, ...kinds } = kindsOf(plan)
  const ids = Array.from({ length: isHeavy ? 30 : 20 }, (_, index) => `r${index}`)
  const isWide = dice.chance(0.4)
  const moreIds = Array.from({ length: isWide ? dice.pick([20, 100, 400]) : 0 }, (_, index) => `r${100 + index}`)
  const ballast = {
    field: Object.keys(kinds).at(-1)!,
    length: isHeavy ? 120_000 : 0,
    longest: 220_000,
  }
  const script: Script = {
    worker,
    room,
    ledger: new Ledger(),
    events,
    ids,
    moreIds,
    kinds,
    ballast,
    settings: new Map(),
    dismissed: new Set(),
  }
  const sightings = new Sightings()
  const tokens = await makeTokens(users, isHonest)
  const lines: Line[] = []
  const open = async (name: string): Promise<number> => {
    const line = await Line.open({ name, dice: dice.fork(), events, target: () => worker.port, heavy: isHeavy })
    lines.push(line)
    return line.port
  }
  const crowd: Person[] = []
  for (const { name, user } of pages) {
    const questions = Array.from({ length: 3 }, () =>
      dice.draw(anyQuestion(kinds, fc.constantFrom(...ids), longestLimit)),
    )
    const favourite = dice.pick(ids)
    const isAsync = dice.chance(0.5)
    const keepFor = dice.pick(keptFor)
    const { dismissed } = script
    const port = await open(name)
    crowd.push(
      new Person({
        name,
        room,
        collections,
        user,
        tokens,
        isAsync,
        keepFor,
        port,
        questions,
        favourite,
        dismissed,
        sightings,
        events,
      }),
    )
  }
  const olds: Reader[] = []
  for (const { name, user } of readers) {
    olds.push(new Reader(name, user, tokens, room, await open(name), sightings))
  }
  return { room, script, sightings, lines, crowd, olds, isHonest }
}

async function judge(worker: Workerd, scene: Scene, events: Events): Promise<void> {
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
