import { setTimeout as later } from 'node:timers/promises'
import type { RecordEnvelope } from 'deepspace-solid/schema'
import { type Sizes, writeBatch } from './batches.ts'
import type { Dice } from './dice.ts'
import { judge } from './episode.ts'
import type { Events } from './events.ts'
import { drawTorn } from './fates.ts'
import type { Write } from './ledger.ts'
import type { Operation } from './orders.ts'
import { endScene, type Scene, setScene } from './scene.ts'
import { set } from './script.ts'
import { settle } from './settle.ts'
import type { Workerd } from './workerd.ts'

/**
 * One room in which nothing happens but commits, for so many milliseconds: connections end between the frames that tell of
 * one, and what everybody has is judged before the next, which would mend what is missing.
 */
export async function runCommits(
  worker: Workerd,
  name: string,
  lasts: number,
  dice: Dice,
  events: Events,
): Promise<void> {
  const end = performance.now() + lasts
  const scene = await setScene(worker, name, dice, events, true)
  const { script, lines, crowd, olds } = scene
  const commits: Told = { last: [], sockets: 0 }
  const onShown = (records: readonly RecordEnvelope[]): void => {
    const violations = [...judgeWhole(commits.last, records)]
    // After a new connection each list is made whole by an answer of its own.
    if (crowd[0]!.sockets.length > commits.sockets) return
    for (const violation of violations) events.blame(violation)
    if (commits.last.length > 1) events.count('lists that show a commit')
  }
  // Root reads everything.
  crowd[0]!.visit({ question: { orderDir: 'asc' }, onShown })
  for (const line of lines) line.calm(false)
  try {
    for (;;) {
      const missing = await settle(crowd, olds, script.ledger)
      if (missing) events.blame(missing)
      else await judge(worker, scene, events)
      if (events.violations.length > 0 || performance.now() > end) return
      await commit(scene, dice, commits)
      events.count('commits that are judged alone')
    }
  } finally {
    endScene(scene)
  }
}

/** A commit that stands alone, and how many sockets root had opened when it began to be told. */
interface Told {
  last: readonly Write[]
  sockets: number
}

/** Most commits take several frames, and few of these. */
const sizes: Sizes = { few: 1.5, many: 1, long: 3 }

/** One commit, or some at once; while they are told, some connections end, and now and then a right does. */
async function commit({ script, lines, crowd }: Scene, dice: Dice, commits: Told): Promise<void> {
  const { worker, room, events } = script
  const [root] = crowd
  if (dice.chance(0.1)) await worker.order({ type: 'sleep', room, closes: false }).catch(() => {})
  for (const line of lines) if (dice.chance(0.6)) line.doom(drawTorn(dice))
  const user = dice.pick(['alice', 'bob', 'carol'])
  const write = (dismissed: string | undefined, ...more: Operation[]) =>
    writeBatch(script, dice.fork(), root!.seen, dismissed, more, sizes)
  commits.last = []
  commits.sockets = root!.sockets.length
  const from = script.ledger.writes.length
  const batches = Array.from({ length: dice.pick([1, 1, 2, 3]) }, () => write(undefined))
  const rest = dice.weighted({ nothing: 6, role: 2, join: 2, dismiss: 1 })
  // What is written at the same time may come before and behind.
  if (batches.length === 1 && rest !== 'join' && rest !== 'dismiss') commits.last = script.ledger.writes.slice(from)
  switch (rest) {
    case 'nothing':
      break
    case 'role': {
      const role = dice.pick(['member', 'viewer', 'admin'])
      await set(script, `role of ${user}`, role, () => root!.setRole(user, role))
      break
    }
    case 'join': {
      const status = dice.pick(['active', 'paused'])
      const data = { teamId: 't', userId: user, status }
      const operation = { type: 'put', collection: 'team_members', recordId: user, data } as const
      await set(script, `membership of ${user}`, status, () => write(undefined, operation))
      break
    }
    case 'dismiss':
      script.dismissed.add(user)
      events.count('dismissals')
      await set(script, `role of ${user}`, 'none', () => write(user))
      break
  }
  await Promise.allSettled(batches)
  // The frames are on their way for some milliseconds more.
  await later(30)
  for (const line of lines) line.doom({ kind: 'none' })
  // Sessions as brief as these would be followed by longer and longer pauses.
  for (const { connection } of crowd) if (connection.status === 'disconnected') connection.reconnect()
}

/** A list of all records shows everything of a commit, or nothing (V7). */
function* judgeWhole(writes: readonly Write[], records: readonly RecordEnvelope[]): Generator<string> {
  const shown = new Set(records.map(({ data }) => data.f0))
  const stamps = writes.map(({ stamp }) => stamp).filter((stamp) => stamp !== undefined)
  const missing = stamps.filter((stamp) => !shown.has(stamp))
  if (missing.length === 0 || missing.length === stamps.length) return
  yield `a page shows a part of a commit (V7): of ${stamps} it does not show ${missing}`
}
