import { describe, expect, test } from 'vitest'
import {
  type Arena,
  begin,
  conclude,
  discRadius,
  fieldSize,
  type Go,
  leave,
  newArena,
  type Place,
  play,
  sit,
  stepAway,
} from '../examples/showcase/arena.ts'

const dt = 1 / 20
const seconds = 60

/** A round that has just begun, for these players. */
function round(...userIds: string[]): Arena {
  const arena = newArena({ seats: 4, goal: 30, seconds })
  for (const userId of userIds) sit(arena, userId)
  let seed = 0
  begin(arena, () => ++seed)
  return arena
}

/** Does so many steps; what is sent is sent with the first of them. */
function steps(arena: Arena, many: number, sent: Readonly<Record<string, Place | null>> = {}, from = 1): void {
  for (let nth = 0; nth < many; nth++) {
    const inputs = Object.entries(nth === 0 ? sent : {}).map(
      ([userId, data]) => ({ userId, action: 'go', data }) as const,
    )
    play(arena, inputs, { tick: from + nth, dt })
  }
}

/** A number from 0 to 1 that is the same each time. */
const chance = (nth: number): number => ((Math.imul(nth + 1, 0x9e3779b1) ^ (nth << 7)) >>> 0) / 2 ** 32

test('a page that knows what it is told does the steps that the room does, whatever is random in them', () => {
  const room = round('ada', 'ben')
  const told = structuredClone(room)
  // Of another's star it knows nothing, and here nobody but Ada moves.
  delete told.stars.ben
  let taken = 0
  for (let tick = 1; tick <= 20 * seconds && !room.outcome; tick++) {
    const data = { x: chance(tick) * fieldSize.width, y: chance(-tick) * fieldSize.height }
    const inputs: (Go & { userId: string })[] = tick % 15 === 1 ? [{ userId: 'ada', action: 'go', data }] : []
    const before = room.discs.ada!.points
    play(room, inputs, { tick, dt })
    play(told, inputs, { tick, dt })
    taken += room.discs.ada!.points - before
    expect(told).toEqual({ ...room, stars: { ada: room.stars.ada } })
    // It is kept and sent as JSON.
    expect(JSON.parse(JSON.stringify(room))).toEqual(room)
  }
  expect(taken).toBeGreaterThan(5)
  expect(room.outcome).toMatchObject({ winners: ['ada'] })
})

describe('a disc', () => {
  test('goes straight where it is sent, rests there, and goes no further than the edge of the field', () => {
    const arena = round('ada', 'ben')
    const disc = arena.discs.ada!
    expect(disc).toMatchObject({ x: 48, y: 48, to: null })
    steps(arena, 10, { ada: { x: 148, y: 48 } })
    expect([disc.x, disc.y, disc.to]).toEqual([138, 48, { x: 148, y: 48 }])
    steps(arena, 5)
    expect(disc).toMatchObject({ x: 148, y: 48, to: null })
    steps(arena, 100, { ada: { x: -600, y: 48 } })
    expect(disc).toMatchObject({ x: discRadius, y: 48, to: null })
    steps(arena, 3, { ada: { x: 400, y: 48 } })
    steps(arena, 5, { ada: null })
    expect(disc).toMatchObject({ x: discRadius + 27, y: 48, to: null })
    // Who has no disc sends none.
    steps(arena, 1, { eve: { x: 1, y: 1 } })
    expect(Object.keys(arena.discs)).toEqual(['ada', 'ben'])
  })

  test('takes the dots and its own star, and another one lies elsewhere then', () => {
    const arena = round('ada', 'ben')
    const { ada, ben } = arena.discs
    arena.dots = { 1: { x: 100, y: 48 }, 2: { x: 500, y: 300 } }
    arena.stars = { ada: { x: 200, y: 48, seed: 1 }, ben: { x: 150, y: 48, seed: 2 } }
    arena.dotsSoFar = 2
    steps(arena, 6, { ada: { x: 300, y: 48 } })
    expect([ada!.points, ben!.points, Object.keys(arena.dots)]).toEqual([1, 0, ['2', '3']])
    steps(arena, 14)
    // Over the star of another it goes as over nothing.
    expect(ada!.points).toBe(4)
    expect(arena.stars.ada).not.toMatchObject({ x: 200 })
    expect(arena.stars.ben).toMatchObject({ x: 150, y: 48 })
    for (const { x, y } of [...Object.values(arena.dots), ...Object.values(arena.stars)]) {
      expect(Math.min(x, y, fieldSize.width - x, fieldSize.height - y)).toBeGreaterThanOrEqual(discRadius)
    }
  })
})

describe('a round', () => {
  test('is won by who has enough, and nothing moves from then on', () => {
    const arena = round('ada', 'ben')
    Object.assign(arena, { dots: { 1: { x: 48, y: 48 } }, stars: {} })
    arena.discs.ada!.points = 29
    steps(arena, 1, { ben: { x: 300, y: 200 } })
    expect(arena).toMatchObject({ outcome: { winners: ['ada'], points: 30 }, secondsLeft: 0 })
    const over = structuredClone(arena)
    steps(arena, 10, { ada: { x: 300, y: 200 } }, 2)
    expect(arena).toEqual(over)
  })

  test('is won by who has most when the time is up; those who have the same have won together, and nobody without a point', () => {
    const ends = (points: readonly number[]): unknown => {
      const arena = round('ada', 'ben', 'chloe')
      Object.assign(arena, { dots: {}, stars: {} })
      for (const [at, disc] of Object.values(arena.discs).entries()) disc.points = points[at]!
      steps(arena, 20 * seconds - 1)
      expect([arena.outcome, arena.secondsLeft]).toEqual([null, 1])
      steps(arena, 1, {}, 20 * seconds)
      return arena.outcome
    }
    expect(ends([3, 7, 2])).toEqual({ winners: ['ben'], points: 7 })
    expect(ends([7, 3, 7])).toEqual({ winners: ['ada', 'chloe'], points: 7 })
    expect(ends([0, 0, 0])).toEqual({ winners: [], points: 0 })
  })

  test('keeps the disc of who is away or has left, which takes nothing meanwhile, until it is over', () => {
    const arena = round('ada', 'ben', 'chloe')
    arena.discs.ben!.points = 5
    steps(arena, 3, { ben: { x: 300, y: 200 } })
    leave(arena, 'ben')
    stepAway(arena, 'chloe')
    const { x, y } = arena.discs.ben!
    arena.dots = { 1: { x, y } }
    steps(arena, 10, {}, 4)
    expect(arena.discs.ben).toEqual({ x, y, to: null, points: 5, isAway: true })
    sit(arena, 'ben')
    steps(arena, 1, {}, 14)
    expect(arena.discs.ben).toMatchObject({ x, y, points: 6, isAway: false })
    // The next is for those who are here, each in a corner.
    conclude(arena)
    leave(arena, 'chloe')
    sit(arena, 'dan')
    begin(arena, () => 1)
    expect(Object.keys(arena.discs)).toEqual(['ada', 'ben', 'dan'])
    expect(Object.keys(arena.stars)).toEqual(['ada', 'ben', 'dan'])
    expect(new Set(Object.values(arena.discs).map((disc) => `${disc.x} ${disc.y}`)).size).toBe(3)
    expect(Object.values(arena.discs).every(({ points }) => points === 0)).toBe(true)
    expect(arena).toMatchObject({ outcome: null, secondsLeft: seconds, seconds, goal: 30 })
  })
})
