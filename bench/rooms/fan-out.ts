import { setTimeout as pause } from 'node:timers/promises'
import { Crowd, type Delivery, fill, userName } from './crowd.ts'
import { listed, members, open, shared } from './schema.ts'
import { type Rounds, type Turns, takeTurns, together } from './turns.ts'
import type { Workerd } from './workerd.ts'
import { type Creation, creations, recordName, retitle } from './write.ts'

/** By which rule everybody may read: one that is settled at once, or one that asks each user. */
export type Readers = 'everyone' | 'listed' | 'team'

/** How many connections, and how often to measure. */
export interface FanOutEffort {
  readonly size: number
  readonly readers: readonly Readers[]
  readonly rounds: Rounds
  /** Changes a round, each when everybody has the one before it. */
  readonly alone: number
  /** Changes a round, sent in one go. */
  readonly stream: number
}

export interface FanOut {
  readonly readers: Readers
  readonly kind: 'baseline' | 'v1'
  readonly pace: 'alone' | 'stream'
  readonly turns: Turns
  readonly wrong: readonly string[]
}

const collectionOf: Readonly<Record<Readers, string>> = { everyone: open.name, listed: listed.name, team: shared.name }

/** A stream is measured with baseline connections only: what version 1 makes of one is a burst. */
const scenes = [
  ['baseline', 'alone'],
  ['baseline', 'stream'],
  ['v1', 'alone'],
] as const

/** Longer than version 1 connections wait for more changes: each that is measured alone goes out at once. */
const rest = 15

/** One change, or a stream of them, to everybody in a room; the frames of both sides are the same to the byte. */
export async function* fanOut(workerd: Workerd, effort: FanOutEffort): AsyncGenerator<FanOut> {
  const { size } = effort
  const bare = await Crowd.open(workerd, size, { room: `fan-out-${size}`, kind: 'bare' })
  const crowds = { baseline: await openRoom(workerd, size, 'baseline'), v1: await openRoom(workerd, size, 'v1') }
  for (const readers of effort.readers) {
    for (const [kind, pace] of scenes) {
      const ours = crowds[kind]
      const write = (isLast: boolean) => retitle(collectionOf[readers], recordName(0), isLast)
      bare.imitate((await ours.deliver([write(true)])).frame)
      const run = pace === 'alone' ? oneByOne(effort.alone, write) : inOneGo(effort.stream, write)
      const turns = await takeTurns(effort.rounds, { bare: () => run(bare), ours: () => run(ours) })
      yield { readers, kind, pace, turns, wrong: wrongIn(turns, effort[pace] * size) }
    }
  }
  for (const crowd of [bare, crowds.baseline, crowds.v1]) crowd.close()
}

/** A room with one record in each collection that everybody may read, each by another rule. */
async function openRoom(workerd: Workerd, size: number, kind: 'baseline' | 'v1'): Promise<Crowd> {
  const room = `fan-out-${size}-${kind}`
  const users = Array.from({ length: size }, (_, index) => userName(index))
  await fill(workerd, room, [
    ...users.map(
      (user): Creation => ({
        type: 'put',
        collection: members.name,
        recordId: user,
        data: { team: 'all', user },
      }),
    ),
    ...creations(collectionOf.everyone, 1),
    ...creations(collectionOf.listed, 1, { people: users }),
    ...creations(collectionOf.team, 1, { team: 'all' }),
  ])
  return Crowd.open(workerd, size, { room, kind, asks: kind === 'v1' ? Object.values(collectionOf) : [] })
}

type Write = (isLast: boolean) => string
type Run = (crowd: Crowd) => Promise<Delivery>

function oneByOne(changes: number, write: Write): Run {
  return async (crowd) => {
    const deliveries: Delivery[] = []
    for (let change = 0; change < changes; change++) {
      await pause(rest)
      deliveries.push(await crowd.deliver([write(true)]))
    }
    return together(deliveries)
  }
}

function inOneGo(changes: number, write: Write): Run {
  return (crowd) => crowd.deliver(Array.from({ length: changes }, (_, change) => write(change === changes - 1)))
}

function wrongIn({ bare, ours }: Turns, expected: number): string[] {
  return [...bare, ...ours]
    .filter(({ counted, unserved }) => counted !== expected || unserved > 0)
    .map(({ counted, unserved }) => `${counted} changes came, not ${expected}; ${unserved} without the last`)
}
