import { setTimeout as later } from 'node:timers/promises'
import type { RecordData } from 'deepspace-solid/schema'
import type { Dice } from './dice.ts'
import type { Operation } from './orders.ts'
import { drawData, drawReaders, type Script, set } from './script.ts'

/** The room's own writes, several in one commit and several commits in a row, until it is over. */
export async function writeBatches(
  script: Script,
  dice: Dice,
  seen: () => readonly string[],
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await later(dice.wait(300))
    const inARow = dice.pick([1, 1, 1, 1, 2, 5])
    await Promise.all(
      Array.from({ length: inARow }, (_, index) => {
        const own = dice.fork()
        // Who is in the team changes with the records of the team, and nobody may see a state between.
        const status = index === 0 && own.chance(0.3) ? own.pick(['active', 'paused']) : undefined
        if (status === undefined) return writeBatch(script, own, seen()).catch(() => {})
        const data = { teamId: 't', userId: 'bob', status }
        const joins: Operation = { type: 'put', collection: 'team_members', recordId: 'bob', data }
        return set(script, 'membership of bob', status, () => writeBatch(script, own, seen(), undefined, [joins]))
      }),
    )
  }
}

/** How many records there are in a batch, and how long they are; each as often as its number says. */
export type Sizes = Readonly<Record<'few' | 'many' | 'long', number>>

const usual: Sizes = { few: 7, many: 1.5, long: 1.5 }

/**
 * One batch of the room's own, of one record to several hundred. `seen` are records that are likely there. `dismissed`: a
 * user who is removed in the same turn. Rejects as the commit does.
 */
export async function writeBatch(
  script: Script,
  dice: Dice,
  seen: readonly string[],
  dismissed?: string,
  more: readonly Operation[] = [],
  sizes = usual,
): Promise<void> {
  const { worker, room, ledger, events } = script
  const kind = dice.weighted({ ...sizes, many: script.moreIds.length > 0 ? sizes.many : 0 })
  const { removed, put } = drawIds(script, dice, seen, kind)
  const length = kind === 'long' ? script.ballast.longest : kind === 'many' ? dice.pick([0, 500, 3_000]) : undefined
  const writes = ledger.begin(
    'the room',
    ...removed.map((recordId) => ({ type: 'remove' as const, recordId })),
    ...put.map((recordId) => ({ type: 'put' as const, recordId })),
  )
  // Often records that stand together are for the same readers: frames then end where somebody has heard everything.
  const readers = dice.chance(0.6) ? Array.from({ length: 2 + dice.below(2) }, () => drawReaders(dice)) : []
  const operations = writes.map(({ type, recordId, stamp }, index): Operation => {
    const place = { collection: 'things', recordId }
    const access = readers[Math.floor((index * readers.length) / writes.length)]
    // Of long ones some are short, so that frames end at any of them.
    const own = kind === 'long' && dice.chance(0.3) ? 0 : length
    const data = (): RecordData => ({ ...drawData(dice, script, own), ...access, f0: stamp! })
    return type === 'remove' ? { type, ...place } : { type, ...place, data: data() }
  })
  const names = writes.map(({ recordId, stamp = 'removal' }) => `${recordId} ${stamp}`).join(', ')
  events.note(`the room writes ${names}${dismissed === undefined ? '' : ` and removes ${dismissed}`}`)
  events.count('deeds')
  const answer = worker.order<void>({ type: 'batch', room, operations: [...operations, ...more], dismissed })
  await ledger.follow(writes, answer)
  events.count('batches')
  if (kind !== 'few') events.count(`batches of ${kind}`)
  events.note(`the room: ${names} ${writes[0]!.outcome}`)
  await answer
}

function drawIds(
  { ids, moreIds }: Script,
  dice: Dice,
  seen: readonly string[],
  kind: keyof Sizes,
): { readonly removed: readonly string[]; readonly put: readonly string[] } {
  const some = (count: number, from: readonly string[]) => [
    ...new Set(Array.from({ length: count }, () => dice.pick(from))),
  ]
  switch (kind) {
    case 'few': {
      const put = some(1 + dice.below(4), ids)
      const there = put.find((recordId) => seen.includes(recordId))
      return { removed: there !== undefined && dice.chance(0.3) ? [there] : [], put }
    }
    case 'long':
      return { removed: [], put: some(dice.pick([2, 3, 3, 4, 4, 5, 8, 16]), ids) }
    case 'many': {
      const all = [...ids, ...moreIds]
      const there = [...new Set(seen)].filter((recordId) => moreIds.includes(recordId))
      const leaves = dice.chance(0.3)
      const removed = leaves ? there.slice(0, dice.below(there.length + 1)) : []
      return { removed, put: some(leaves ? 2 : 5 + dice.below(all.length), all) }
    }
  }
}
