import type { GameInput, Step } from 'deepspace-solid/schema'

/** What cars do in a race: one sets its speed, in units a second, or jumps. */
export type Drive =
  | { readonly action: 'speed'; readonly data: number }
  | { readonly action: 'jump'; readonly data: number }

/** A race, as room and page know it. */
export interface Track {
  cars: Record<string, { x: number; speed: number; jumps: number; paint: { color: string; coats: number[] } }>
  /** Who has jumped, in order. */
  order: string[]
  lights: string
}

/** One step of a race, the same in the room and in the page. */
export function race(track: Track, inputs: readonly GameInput<Drive>[], { dt }: Step): void {
  for (const { userId, action, data } of inputs) {
    const car = track.cars[userId]
    if (!car) continue
    if (action === 'speed') car.speed = data
    if (action === 'jump') {
      car.x += data
      car.jumps++
      track.order.push(`${userId} ${data}`)
    }
  }
  for (const car of Object.values(track.cars)) car.x += car.speed * dt
}
