import { type GameInput, GameRoom, type Player, type Step } from 'deepspace-solid/worker'
import * as v from 'valibot'
import {
  type Arena,
  begin,
  conclude,
  fewest,
  fieldSize,
  type Go,
  giveStar,
  inputs,
  leave,
  newArena,
  play,
  sit,
  stepAway,
} from './arena.ts'

/**
 * The game of a visitor's room. Who may watch and who may play says the record that it is bound to, as for the sketch: who may
 * write on the board plays, the others watch. It ends with its room.
 */
export class ArenaRoom<Env = unknown> extends GameRoom<Env, Arena, Go> {
  override readonly tickRate = 20
  override readonly minPlayers = fewest
  override readonly maxPlayers: number = 4
  override readonly inputs = inputs
  /** So far beyond the field one may aim, and no further. */
  override readonly input = v.object({
    action: v.literal('go'),
    data: v.nullable(v.strictObject({ x: aim(fieldSize.width), y: aim(fieldSize.height) })),
  })
  override readonly limits = { frameBytes: 4 * 1024, framesPerSecond: 60, frameBurst: 300, stateBytes: 16 * 1024 }
  /** How many may be in it at the same time: as many as in its room. */
  readonly places: number = 24
  /** What it takes to win: half a minute, if one is quick. */
  readonly goal: number = 30
  readonly seconds: number = 60

  override create(): Arena {
    const { maxPlayers: seats, goal, seconds } = this
    return newArena({ seats, goal, seconds })
  }

  override onPlayerJoin(arena: Arena, { userId }: Player): void {
    sit(arena, userId)
    if (arena.secondsLeft > 0 && !arena.stars[userId]) giveStar(arena, userId, freshSeed())
  }

  override onPlayerDrop(arena: Arena, { userId }: Player): void {
    stepAway(arena, userId)
  }

  override onPlayerReturn(arena: Arena, player: Player): void {
    this.onPlayerJoin(arena, player)
  }

  override onPlayerLeave(arena: Arena, { userId }: Player): void {
    leave(arena, userId)
  }

  override onStart(arena: Arena): void {
    begin(arena, freshSeed)
  }

  override onTick(arena: Arena, given: readonly GameInput<Go>[], step: Step): void {
    play(arena, given, step)
    if (arena.outcome) this.end()
  }

  override onEnd(arena: Arena): Arena | undefined {
    if (!arena.outcome) conclude(arena)
    // Where all have left there is nobody to be told who has won.
    return Object.values(arena.discs).every(({ isAway }) => isAway) ? this.create() : undefined
  }

  /** Nobody sees the star of another, nor what says where the next one will be. */
  override view(arena: Arena, player: Player | null): Arena {
    const own = player && arena.stars[player.userId]
    return { ...arena, stars: own ? { [player.userId]: own } : {} }
  }

  /** A round is over when somebody has won it, or the time is up. */
  override mayEnd(): boolean {
    return false
  }

  override async fetch(request: Request): Promise<Response> {
    if (this.ctx.getWebSockets().length >= this.places) return new Response('The game is full', { status: 503 })
    return super.fetch(request)
  }

  /** Sends everyone away for good and keeps nothing. (`end` of a room with a game ends the round alone.) */
  async endForGood(): Promise<void> {
    await this.vacate()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }
}

function aim(size: number) {
  return v.pipe(v.number(), v.minValue(-2 * size), v.maxValue(3 * size))
}

function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}
