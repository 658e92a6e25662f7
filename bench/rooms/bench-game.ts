import { type GameInput, GameRoom, type Player, type Step } from '../../worker/index.ts'
import type { Course, GameNow, Runner } from './course.ts'
import { work } from './paced.ts'

/** A game of runners who keep the speed that they have said last. A step takes 10 ms of work where the name of the room says `busy`. */
export class BenchGame extends GameRoom<unknown, Course> {
  create(): Course {
    return { runners: {} }
  }

  override onPlayerJoin({ runners }: Course, { userId, userName }: Player): void {
    runners[userId] = { name: userName, team: 'red', health: 100, score: 0, x: 0, y: 0, speed: 0, used: 0 }
  }

  override onTick({ runners }: Course, inputs: readonly GameInput[], { dt }: Step): void {
    if (this.ctx.id.name!.includes('busy')) work()
    for (const { userId, data } of inputs) {
      const runner = runners[userId]!
      runner.speed = data as number
      runner.used++
    }
    for (const runner of Object.values(runners)) move(runner, dt)
  }

  /** What the bench asks of it: the type of a whole game is too deep for a call. */
  now(): GameNow {
    const { state, tick, skipped } = this.game()
    return {
      used: Object.fromEntries(Object.entries(state.runners).map(([user, { used }]) => [user, used])),
      tick,
      skipped,
    }
  }
}

function move(runner: Runner, dt: number): void {
  const { speed } = runner
  if (speed === 0) return
  runner.x = hundredths(runner.x + speed * dt)
  runner.y = hundredths(runner.y + (speed * dt) / 3)
}

const hundredths = (value: number): number => Math.round(value * 100) / 100
