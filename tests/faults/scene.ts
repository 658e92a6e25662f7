import fc from 'fast-check'
import { levels } from '../support/collections.ts'
import { anyQuestion } from '../support/live-questions.ts'
import { anyPlan, collectionsOf, kindsOf, nameOf, type RoomPlan } from '../support/random-rooms.ts'
import type { Dice } from './dice.ts'
import type { Events } from './events.ts'
import { Ledger } from './ledger.ts'
import { Line } from './line.ts'
import { Person } from './person.ts'
import { Reader } from './reader.ts'
import { type Script, users } from './script.ts'
import { Sightings } from './sightings.ts'
import { makeTokens } from './tokens.ts'
import type { Workerd } from './workerd.ts'

/** How many records a query shows at most before it loads more. */
export const longestLimit = 6

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
export interface Scene {
  readonly room: string
  readonly script: Script
  readonly sightings: Sightings
  readonly lines: readonly Line[]
  readonly crowd: readonly Person[]
  readonly olds: readonly Reader[]
  /** Whether the clock of the worker is left alone, so that tokens can be short. */
  readonly isHonest: boolean
}

/** How long a page that was left is kept, in milliseconds of the clients. */
const keptFor = [undefined, undefined, 0, 300, 20_000]

/** What members may read by, the more often the more there is to gain and to lose. */
const interesting = (['true', 'false', 'own', 'unclaimed-or-own', 'collaborator', 'published', 'shared'] as const)
  .map((level) => levels.findIndex((each) => String(each) === level))
  .concat(Array.from({ length: 4 }, () => levels.indexOf('team')))

const anyFields = fc.string({ unit: fc.constantFrom('t', 'n', 'b'), minLength: 1, maxLength: 2 })

/** Opens a room, and has everybody come. `isLegible`: nothing is compressed on its way. */
export async function setScene(
  worker: Workerd,
  name: string,
  dice: Dice,
  events: Events,
  isLegible = false,
): Promise<Scene> {
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
    const line = await Line.open({
      name,
      dice: dice.fork(),
      events,
      target: () => worker.port,
      heavy: isHeavy,
      isLegible,
    })
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

/** Everybody leaves. */
export function endScene({ crowd, olds, lines }: Scene): void {
  for (const each of [...crowd, ...olds]) each.leave()
  for (const line of lines) line.close()
}
