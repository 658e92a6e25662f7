import { type Accessor, createComputed, createSignal, onCleanup, untrack } from 'solid-js'
import { isServer } from 'solid-js/web'

/** What can be shown in between: a number, or an object of which the numbers are moved and the rest is taken as it comes. */
export type Movable = number | object | undefined

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
    show(() => between(from, to, part))
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

function between<T extends Movable>(from: T, to: T, part: number): T {
  if (typeof from === 'number' && typeof to === 'number') return (from + (to - from) * part) as T
  if (typeof from !== 'object' || typeof to !== 'object') return to
  const parts = from as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(to as object).map(([key, value]) => [
      key,
      typeof value === 'number' && typeof parts[key] === 'number' ? between(parts[key], value, part) : value,
    ]),
  ) as T
}
