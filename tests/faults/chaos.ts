import { setTimeout as later } from 'node:timers/promises'
import type { Dice } from './dice.ts'
import type { LowLimits } from './orders.ts'
import type { Script } from './script.ts'
import { skew as skewClients } from './skewed-date.ts'

/** Hours, and more than the log remembers, both ways; in milliseconds. */
const skews = [0, 5_000, -5_000, 3_600_000, -3_600_000, 9 * 86_400_000, -9 * 86_400_000]

/** Limits under which much is refused that is asked again by itself. */
const lowLimits: readonly LowLimits[] = [
  { subscriptions: 3 },
  { workPerSecond: 500, workBurst: 200 },
  { workPerSecond: 2_000, workBurst: 1_000, subscriptions: 6 },
  { framesPerSecond: 20, frameBurst: 40 },
]

/**
 * What strikes the worker and the clocks, at random; while it storms, in the middle a kill for certain.
 * `isHonest`: the clock of the worker is left alone.
 */
export async function strike(
  { worker, room, ledger, events }: Pick<Script, 'worker' | 'room' | 'ledger' | 'events'>,
  dice: Dice,
  isHonest: boolean,
  storms: number,
  over: AbortSignal,
): Promise<void> {
  const orders = new Set<Promise<void>>()
  const order = (name: string, asked: Promise<unknown>): void => {
    const done: Promise<void> = asked
      .then(
        () => events.count(name),
        (error: Error) => events.note(`${name}: ${error.message}`),
      )
      .finally(() => orders.delete(done))
    orders.add(done)
  }
  const kill = async (): Promise<void> => {
    const isBehindAck = dice.chance(0.5)
    if (isBehindAck) await Promise.race([ledger.nextAcknowledgement, later(300)])
    events.note('the worker is killed')
    await worker.kill()
    events.count(isBehindAck ? 'kills behind an ACK' : 'kills at any moment')
    await later(dice.wait(100))
    await worker.start()
    events.note('the worker is back')
  }
  const weights = {
    sleep: 12,
    end: 0.5,
    crash: 0.7,
    kill: 1.2,
    freeze: 0.5,
    skewWorker: isHonest ? 0 : 1.5,
    skewClients: 1,
    limit: 2,
  }
  const startedAt = performance.now()
  const middle = startedAt + storms * dice.between(0.3, 0.7)
  let hasKilled = false
  while (!over.aborted) {
    await later(dice.wait(100))
    // What ends connections is over when the storm is; the room goes on falling asleep.
    const isCalm = performance.now() - startedAt > storms
    const isMiddle = !hasKilled && performance.now() > middle
    switch (isCalm ? 'sleep' : isMiddle ? 'kill' : dice.weighted(weights)) {
      case 'sleep':
        if (worker.isSleeping) break
        order('sleeps', worker.order({ type: 'sleep', room, closes: false }))
        break
      case 'end':
        events.note('the room ends its connections')
        order('ends', worker.order({ type: 'sleep', room, closes: true }))
        break
      case 'freeze': {
        const milliseconds = dice.wait(500)
        events.note(`the worker stands still for ${Math.round(milliseconds)} ms`)
        events.count('freezes')
        await worker.freeze(milliseconds)
        break
      }
      case 'crash':
        events.note('the room crashes')
        await worker.order({ type: 'crash', room }).catch(() => events.count('crashes'))
        break
      case 'kill':
        hasKilled = true
        await kill()
        break
      case 'skewWorker': {
        const milliseconds = dice.pick(skews)
        events.note(`the clock of the worker is ${milliseconds} ms ahead`)
        order('clocks set', worker.order({ type: 'skew', milliseconds }))
        break
      }
      case 'limit': {
        const limits = dice.pick(lowLimits)
        const lasts = Math.min(1_500, dice.wait(600))
        events.note(`the limits are ${JSON.stringify(limits)} for ${Math.round(lasts)} ms`)
        order('low limits', worker.order({ type: 'limit', room, limits }))
        order(
          'high limits',
          later(lasts).then(() => worker.order({ type: 'limit', room, limits: {} })),
        )
        break
      }
      case 'skewClients':
        skewClients(dice.pick(skews))
        events.count('clocks set')
        break
    }
  }
  await Promise.all(orders)
}
