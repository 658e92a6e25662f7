import { Crowd, fill } from './crowd.ts'
import { open } from './schema.ts'
import { type Rounds, type Turns, takeTurns } from './turns.ts'
import type { Workerd } from './workerd.ts'
import { confirmed, creations, recordName } from './write.ts'

export interface Writes {
  readonly what: string
  readonly turns: Turns
  readonly wrong: readonly string[]
}

const records = 100

/** Writes that one client sends at once, until the last of them is acknowledged. */
export async function* writes(
  workerd: Workerd,
  { count, rounds }: { readonly count: number; readonly rounds: Rounds },
): AsyncGenerator<Writes> {
  const room = 'writes'
  const acks = '"success":true'
  await fill(workerd, room, creations(open.name, records))
  const bare = await Crowd.open(workerd, 1, { room, kind: 'bare', count: acks })

  const existing = (index: number) => recordName(index % records)
  for (const { what, asks, recordOf } of [
    { what: 'updates; ACK alone', asks: [], recordOf: existing },
    { what: 'updates; change and ACK', asks: [open.name], recordOf: existing },
    { what: 'creates; change and ACK', asks: [open.name], recordOf: () => crypto.randomUUID() },
  ]) {
    const ours = await Crowd.open(workerd, 1, { room, kind: 'v1', asks, count: acks })
    const messages = () =>
      Array.from({ length: count }, (_, index) => confirmed(open.name, recordOf(index), index === count - 1))
    bare.imitate((await ours.deliver([confirmed(open.name, recordOf(0), true)])).frame, 'sender')
    const turns = await takeTurns(rounds, {
      bare: () => bare.deliver(messages()),
      ours: () => ours.deliver(messages()),
    })
    const wrong = [...turns.bare, ...turns.ours]
      .filter(({ counted }) => counted !== count)
      .map(({ counted }) => `${counted} writes were acknowledged, not ${count}`)
    yield { what, turns, wrong }
    ours.close()
  }
  bare.close()
}
