import { type Accessor, createComputed, createSignal, onCleanup, untrack } from 'solid-js'
import { unwrap } from 'solid-js/store'
import { isServer } from 'solid-js/web'
import { combined, type Movable } from '../live/combined.ts'
import type { GameState } from '../protocol/game/delta.ts'
import { jsonEqual } from '../protocol/json.ts'
import type { GameClient } from './game-client.ts'
import { farthestBehind } from './tick-clock.ts'

/** What a value was at a moment of the game, in milliseconds since tick 0. */
interface Sample<T> {
  readonly at: number
  readonly value: T
}

/** Shows a part of the state between the ticks that have told of it, by the clock of the game. */
export function createInterpolated<T extends Movable>(
  client: Accessor<GameClient | undefined>,
  path: (state: GameState) => T,
): Accessor<T | undefined> {
  const [shown, show] = createSignal<T>()
  if (isServer) return shown
  /** The first one is shown, or behind us; the others are to come. */
  let samples: Sample<T>[] = []
  let frame = 0
  let moment = 0
  const move = (): void => {
    moment = Math.max(moment, untrack(client)!.clock.shown)
    while (samples.length > 1 && samples[1]!.at <= moment) samples.shift()
    const [from, to] = samples as [Sample<T>, Sample<T>?]
    const part = to && Math.max(0, moment - from.at) / (to.at - from.at)
    show(() => (to ? combined(from.value, to.value, (a, b) => a + (b - a) * part!) : from.value))
    if (to) frame = requestAnimationFrame(move)
  }
  createComputed<number>((toldBefore) => {
    const there = client()
    cancelAnimationFrame(frame)
    const { state, tick = 0, told = -1 } = there?.game ?? {}
    if (!there || !state) {
      samples = []
      show(undefined)
      return -1
    }
    const given = path(state)
    const last = samples.at(-1)
    const value = last && jsonEqual(given, last.value) ? last.value : copied(given)
    const at = tick * there.clock.length
    const isAtRest = samples.length === 1 && value === last!.value
    if (!last || at < last.at || told === toldBefore || isAtRest) {
      // Another game, another part of it, or nothing that moves.
      samples = [{ at, value }]
      moment = at - farthestBehind
    } else {
      if (at === last.at) samples.pop()
      // What has not moved for a while begins to now.
      else if (at - last.at > farthestBehind) samples.push({ at: at - farthestBehind, value: last.value })
      samples.push({ at, value })
    }
    untrack(move)
    return told
  }, -1)
  onCleanup(() => cancelAnimationFrame(frame))
  return shown
}

/** The value as it is now: what is in a store changes in place. */
function copied<T>(value: T): T {
  return typeof value === 'object' ? structuredClone(unwrap(value)) : value
}
