import { setTimeout as later } from 'node:timers/promises'
import type { RecordData } from 'deepspace-solid/schema'
import { drawData, type Script, set } from './deeds.ts'
import type { Dice } from './dice.ts'
import type { Operation } from './orders.ts'
import type { Workerd } from './workerd.ts'

/** The room's own writes, several in one commit, until it is over. `seen` gives records that are likely there. */
export async function writeBatches(
  worker: Workerd,
  room: string,
  dice: Dice,
  script: Script,
  seen: () => readonly string[],
  over: AbortSignal,
): Promise<void> {
  const { ledger, events, ids } = script
  while (!over.aborted) {
    await later(dice.wait(300))
    const recordIds = [...new Set(Array.from({ length: 1 + dice.below(4) }, () => dice.pick(ids)))]
    const there = recordIds.find((recordId) => seen().includes(recordId))
    const isMadeAgain = there !== undefined && dice.chance(0.3)
    const writes = ledger.begin(
      'the room',
      ...(isMadeAgain ? [{ type: 'remove' as const, recordId: there }] : []),
      ...recordIds.map((recordId) => ({ type: 'put' as const, recordId })),
    )
    const operations = writes.map(({ type, recordId, stamp }): Operation => {
      const place = { collection: 'things', recordId }
      return type === 'remove'
        ? { type, ...place }
        : { type, ...place, data: { ...drawData(dice, script), f0: stamp } as RecordData }
    })
    const names = writes.map(({ recordId, stamp = 'removal' }) => `${recordId} ${stamp}`).join(', ')
    events.note(`the room writes ${names}`)
    events.count('deeds')
    const commit = (more: readonly Operation[]): Promise<void> =>
      worker.order<void>({ type: 'batch', room, operations: [...operations, ...more] })
    if (dice.chance(0.3)) {
      // Who is in the team changes with the records of the team, and nobody may see a state between.
      const status = dice.pick(['active', 'paused'])
      const data = { teamId: 't', userId: 'bob', status }
      const answer = commit([{ type: 'put', collection: 'team_members', recordId: 'bob', data }])
      await Promise.all([set(script, 'membership of bob', status, () => answer), ledger.follow(writes, answer)])
    } else await ledger.follow(writes, commit([]))
    events.count('batches')
    events.note(`the room: ${names} ${writes[0]!.outcome}`)
  }
}
