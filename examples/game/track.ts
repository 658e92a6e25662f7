import type { GameInput, Step } from 'deepspace-solid/schema'

/** What everybody sees of a race. */
export interface Track {
  cars: Record<string, { x: number; speed: number }>
  winner: string | null
}

/** What a player does: push the car, by so many units a second; the track has 100. */
export interface Drive {
  readonly action: 'push'
  readonly data: number
}

/** One step of a race: what the room decides, and what a page shows before the room has said so. */
export function step(track: Track, inputs: readonly GameInput<Drive>[], { dt }: Step): void {
  for (const { userId, data } of inputs) {
    const car = track.cars[userId]
    if (car) car.speed += data
  }
  for (const [userId, car] of Object.entries(track.cars)) {
    car.x = Math.min(100, car.x + car.speed * dt)
    car.speed *= 1 - dt
    if (car.x === 100) track.winner ??= userId
  }
}
