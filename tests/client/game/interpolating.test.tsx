import { type Accessor, createEffect, createSignal } from 'solid-js'
import { describe, expect, test } from 'vitest'
import { drive, newRace, sit, stateOf } from '../../support/games.tsx'
import { until } from '../../support/room.tsx'
import { delayOn } from '../../support/sockets.ts'

const frame = (): Promise<number> => new Promise(requestAnimationFrame)

/** A page that watches the car of ann, and where it shows it. */
async function watch(id: string, shownAs: 'x' | 'car' = 'x') {
  let shown!: Accessor<unknown>
  const page = await sit(id, 'ben', {
    beside: (game) => {
      shown =
        shownAs === 'x' ? game.interpolated((track) => track.cars.ann?.x) : game.interpolated((track) => track.cars.ann)
    },
  })
  return { ...page, shown, x: () => (shownAs === 'x' ? shown() : (shown() as { x: number }).x) as number }
}

describe('J8: a part of the state', () => {
  test.for(['', 'quick'])(
    'is shown between its ticks, never goes back, is never beyond what was told, and at most 200 ms behind: %s',
    async (kind) => {
      const id = newRace(kind)
      const ann = await drive(id, 'ann')
      delayOn(id, () => Math.random() * 120)
      const ben = await watch(id)
      ann.game.send({ action: 'speed', data: 100 })
      const seen: number[] = []
      const told = new Set<number>()
      while (told.size < 60) {
        await frame()
        const car = stateOf(ben).cars.ann!
        told.add(car.x)
        seen.push(ben.x())
        expect(ben.x()).toBeLessThanOrEqual(car.x)
        if (car.speed > 0) expect(ben.x()).toBeGreaterThanOrEqual(car.x - 20 - 1e-9)
      }
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      // Most of what is shown is between two ticks.
      expect(seen.filter((x) => x > 0 && !told.has(x)).length).toBeGreaterThan(seen.length / 3)
      ann.game.send({ action: 'speed', data: 0 })
      await until(() => stateOf(ben).cars.ann!.speed === 0)
      await until(() => ben.x() === stateOf(ben).cars.ann!.x)
      expect(ben.errors).toEqual([])
    },
  )

  test('asks for no frame while it does not move, and runs nobody then', async () => {
    const id = newRace()
    const ann = await drive(id, 'ann')
    let runs = 0
    const ben = await sit(id, 'ben', {
      beside: (game) => {
        const x = game.interpolated((track) => track.cars.ann?.x)
        createEffect(() => {
          x()
          runs++
        })
      },
    })
    ann.game.send({ action: 'jump', data: 10 })
    await until(() => stateOf(ben).cars.ann!.x === 10)
    for (let n = 0; n < 30; n++) await frame()
    const before = runs
    let asked = 0
    const ask = window.requestAnimationFrame
    window.requestAnimationFrame = (run) => {
      asked++
      return ask(run)
    }
    for (let n = 0; n < 20; n++) await new Promise((resolve) => ask(resolve))
    window.requestAnimationFrame = ask
    expect([runs - before, asked]).toEqual([0, 0])
  })

  test('of an object moves its numbers, and takes the rest as it comes', async () => {
    const id = newRace()
    const ann = await drive(id, 'ann')
    const ben = await watch(id, 'car')
    expect(ben.shown()).toEqual(stateOf(ben).cars.ann)
    ann.game.send({ action: 'jump', data: 1000 })
    const seen: { x: number; paint: object }[] = []
    while (seen.at(-1)?.x !== 1000) {
      await frame()
      seen.push(ben.shown() as (typeof seen)[0])
    }
    expect(seen.some(({ x }) => x > 0 && x < 1000)).toBe(true)
    for (const { paint } of seen) expect(paint).toEqual({ color: 'red', coats: [1] })
    expect(ben.shown()).toEqual(stateOf(ben).cars.ann)
  })

  test('that has stood still begins to move when it is told, and not before', async () => {
    const id = newRace()
    const ann = await drive(id, 'ann')
    const ben = await watch(id)
    ann.game.send({ action: 'jump', data: 1 })
    await until(() => ben.x() === 1)
    // So many ticks in which nothing changes, or only the other one does.
    ben.game.send({ action: 'speed', data: 10 })
    const since = ben.game.tick
    await until(() => ben.game.tick > since + 20)
    expect(ben.x()).toBe(1)
    ann.game.send({ action: 'jump', data: 100 })
    while (stateOf(ben).cars.ann!.x === 1) {
      expect(ben.x()).toBe(1)
      await frame()
    }
    expect(ben.x()).toBeLessThan(101)
    await until(() => ben.x() === 101)
  })

  test('that is another one is shown at once, and so is one of another game, or of nobody', async () => {
    const id = newRace()
    const ann = await drive(id, 'ann')
    const [user, setUser] = createSignal('ann')
    const [named, name] = createSignal<string | null>(id)
    let shown!: Accessor<number | undefined>
    const { enter } = await import('../../support/games.tsx')
    const ben = enter(named, {
      user: () => 'ben',
      beside: (game) => {
        shown = game.interpolated((track) => track.cars[user()]?.x)
      },
    })
    expect(shown()).toBe(undefined)
    await until(() => ben.game.running && ben.game.canWrite)
    ann.game.send({ action: 'jump', data: 500 })
    ben.game.send({ action: 'jump', data: 20 })
    await until(() => shown() === 500 && stateOf(ben).cars.ben!.x === 20)
    setUser('ben')
    expect(shown()).toBe(20)
    setUser('nobody')
    expect(shown()).toBe(undefined)
    setUser('ann')
    expect(shown()).toBe(500)
    const next = newRace()
    await sit(next, 'ann')
    name(next)
    expect(shown()).toBe(undefined)
    await until(() => shown() === 0)
    name(null)
    expect(shown()).toBe(undefined)
  })
})
