import { type GameInput, GameRoom, type Player, type Step } from 'deepspace-solid/worker'
import * as v from 'valibot'
import { type Drive, step, type Track } from './track.ts'

export class Race extends GameRoom<unknown, Track, Drive> {
  override readonly minPlayers = 2
  override readonly maxPlayers = 4
  override readonly input = v.object({
    action: v.literal('push'),
    data: v.pipe(v.number(), v.minValue(0), v.maxValue(10)),
  })

  override create(): Track {
    return { cars: {}, winner: null }
  }

  override onTick(track: Track, inputs: readonly GameInput<Drive>[], about: Step) {
    step(track, inputs, about)
    if (track.winner) this.end()
  }

  override onPlayerJoin(track: Track, { userId }: Player) {
    track.cars[userId] = { x: 0, speed: 0 }
  }

  override onPlayerLeave(track: Track, { userId }: Player) {
    delete track.cars[userId]
  }

  override onStart(track: Track) {
    track.winner = null
    for (const car of Object.values(track.cars)) Object.assign(car, { x: 0, speed: 0 })
  }
}
