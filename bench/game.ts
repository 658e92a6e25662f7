import { sentFor, stepsOf } from './rooms/game.ts'
import { Workerd } from './rooms/workerd.ts'
import { atLeast, bytes, count, ratio, Table, verdict } from './table.ts'

/** A room with a game beside objects that have their steps done in simpler ways, in a real workerd. */
export async function run({ quick }: { readonly quick: boolean }): Promise<string[]> {
  const seconds = quick ? 10 : 30
  const wrong: string[] = []
  const workerd = await Workerd.start()
  try {
    const table = new Table(`20 steps a second, ten players, 10 ms of work a step, for ${seconds} s`, [
      ['', 36],
      ['steps', 10],
      ['due', 10],
      ['steps / due', 11],
      ['target', 14],
    ])
    for (const [pace, what] of [
      ['game', 'a game of ours'],
      ['interval', 'setInterval'],
      ['timeout', 'each setTimeout sets the next'],
      ['alarm', 'an alarm a step'],
    ] as const) {
      const { done, due, wrong: lines } = await stepsOf(workerd, pace, seconds * 1000)
      const share = done / due
      table.row(what, count(done), count(due), ratio(share), pace === 'game' ? atLeast(share, 0.95, 'x') : '')
      wrong.push(...lines.map((line) => `${what}: ${line}`))
    }
    const sent = new Table('what a step of ten players is told in', [
      ['', 36],
      ['whole', 10],
      ['changes', 10],
      ['changes / whole', 15],
      ['target', 14],
    ])
    for (const [movers, what, target] of [
      [0, 'nobody moves', undefined],
      [1, 'one moves', 0.15],
      [10, 'all move', 0.5],
    ] as const) {
      const { changes, whole, wrong: lines } = await sentFor(workerd, movers, movers === 0 ? 2_000 : 10_000)
      const share = changes / whole
      sent.row(
        what,
        bytes(whole),
        bytes(changes),
        target === undefined ? '' : ratio(share),
        target === undefined ? '' : verdict(share, target, 'x'),
      )
      wrong.push(...lines.map((line) => `${what}: ${line}`))
    }
  } finally {
    await workerd.close()
  }
  return wrong
}
