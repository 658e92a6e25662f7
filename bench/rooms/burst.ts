import { Crowd, fill } from './crowd.ts'
import { open } from './schema.ts'
import { type Rounds, type Turns, takeTurns } from './turns.ts'
import type { Workerd } from './workerd.ts'
import { creations, recordName, retitle } from './write.ts'

export interface BurstEffort {
  readonly size: number
  readonly writes: number
  readonly rounds: Rounds
}

export interface Burst {
  /** To how many different records the writes went. */
  readonly records: number
  readonly turns: Turns
  readonly wrong: readonly string[]
}

/** Writes that one client sends at once, until every version 1 connection has the last state. */
export async function bursts(workerd: Workerd, { size, writes, rounds }: BurstEffort): Promise<Burst[]> {
  const room = 'burst'
  await fill(workerd, room, creations(open.name, writes))
  const bare = await Crowd.open(workerd, size, { room, kind: 'bare' })
  const ours = await Crowd.open(workerd, size, { room, kind: 'v1', asks: [open.name] })
  bare.imitate((await ours.deliver([retitle(open.name, recordName(0), true)])).frame)

  const to = (records: number) =>
    Array.from({ length: writes }, (_, index) => {
      return retitle(open.name, recordName(index % records), index === writes - 1)
    })
  const turns = await takeTurns(rounds, {
    bare: () => bare.deliver(to(writes)),
    many: () => ours.deliver(to(writes)),
    one: () => ours.deliver(to(1)),
  })
  for (const crowd of [bare, ours]) crowd.close()

  return (
    [
      ['many', writes],
      ['one', 1],
    ] as const
  ).map(([side, records]) => {
    const deliveries = turns[side]
    const expected = records * size
    const wrong = [...turns.bare, ...deliveries]
      .filter(({ counted, unserved }) => unserved > 0 || counted < expected)
      .map(({ counted, unserved }) => `${counted} changes came, not ${expected}; ${unserved} without the last`)
    return { records, turns: { bare: turns.bare, ours: deliveries }, wrong }
  })
}
