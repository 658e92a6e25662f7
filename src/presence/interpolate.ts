import { type Accessor, createComputed, createSignal, onCleanup, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'
import { combined, type Movable } from '../live/combined.ts'

/** In milliseconds: the farthest that what is shown may be behind, and the silence after which the next value is shown at once. */
const farthestBehind = 250
const snapsAfter = 1000

/**
 * Shows a value that comes now and then, like somebody's cursor, as one that moves: from where it is shown to the last that
 * has come, in the time that passed between the last two, at most 250 ms. What comes after a second of nothing is shown at once,
 * and so is what follows `undefined`. A frame is asked for while something moves, and not otherwise.
 *
 * @example
 * const at = interpolate(() => peer.state.cursor)
 * <i style={{ translate: `${at()?.x}px ${at()?.y}px` }} />
 */
export function interpolate<T extends Movable>(value: Accessor<T>): Accessor<T> {
  if (isServer) return value
  const [shown, show] = createSignal<T>(untrack(value), { equals: false })
  let cameAt = Number.NEGATIVE_INFINITY
  let frame = 0
  const move = (from: T, to: T, since: number, lasts: number): void => {
    const part = Math.min(1, (performance.now() - since) / lasts)
    show(() => (part < 1 ? combined(from, to, (a, b) => a + (b - a) * part) : to))
    if (part < 1) frame = requestAnimationFrame(() => move(from, to, since, lasts))
  }
  createComputed(() => {
    const next = copied(value())
    cancelAnimationFrame(frame)
    const now = performance.now()
    const silence = now - cameAt
    cameAt = now
    const from = untrack(shown)
    if (from === undefined || next === undefined || silence > snapsAfter) return void show(() => next)
    frame = requestAnimationFrame(() => move(from, next, now, Math.min(silence, farthestBehind)))
  })
  onCleanup(() => cancelAnimationFrame(frame))
  return shown
}

/** The value as it is now, each part of it tracked. */
function copied<T extends Movable>(value: T): T {
  return typeof value === 'object' ? { ...value } : value
}
