import { type GameInput, GameRoom, type InputChoice, type Player, type Step } from 'deepspace-solid/worker'
import * as v from 'valibot'
import { type Drive, race, type Track } from '../race.ts'

/** A race that pages predict; what its name says is another way than usual. */
export class RaceRoom extends GameRoom<unknown, Track, Drive> {
  override readonly tickRate = this.#says('quick') ? 60 : 20
  override readonly maxPlayers = this.#says('small') ? 2 : 100
  override readonly inputs: InputChoice = this.#says('one-each') ? 'one' : this.#says('last-each') ? 'last' : 'all'
  override readonly input = v.object({ action: v.picklist(['speed', 'jump']), data: v.number() })

  override create(): Track {
    return { cars: {}, order: [], lights: 'red' }
  }

  override onTick(track: Track, inputs: readonly GameInput<Drive>[], step: Step): void {
    race(track, inputs, step)
    if (inputs.some(({ data }) => data === 13)) throw new Error('an unlucky number')
    // What no page knows of: nobody gets beyond the wall.
    if (this.#says('walled')) for (const car of Object.values(track.cars)) car.x = Math.min(car.x, 100)
  }

  override onPlayerJoin(track: Track, { userId }: Player): void {
    track.cars[userId] = { x: 0, speed: 0, jumps: 0, paint: { color: 'red', coats: [1] } }
  }

  override onPlayerLeave(track: Track, { userId }: Player): void {
    delete track.cars[userId]
  }

  override onStart(track: Track): void {
    track.lights = 'green'
  }

  override onEnd(track: Track): void {
    track.lights = 'red'
  }

  override mayStart({ userId }: Player): boolean {
    return userId !== 'zed'
  }

  /** Stands still for so long. */
  stall(milliseconds: number): void {
    const until = Date.now() + milliseconds
    while (Date.now() < until) {}
  }

  #says(word: string): boolean {
    return this.ctx.id.name!.includes(word)
  }
}
