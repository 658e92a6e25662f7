import { interpolate } from 'deepspace-solid'
import { batch, createRoot, createSignal } from 'solid-js'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'

/** Time as the test makes it pass: a frame of the screen each 10 ms. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})
const pass = (milliseconds: number): void => void vi.advanceTimersByTime(milliseconds)

/** What is shown of a value that the test sets. */
function moving<T extends object | number | undefined>(first: T) {
  const [value, set] = createSignal<T>(first, { equals: false })
  const shown = createRoot((dispose) => {
    onTestFinished(dispose)
    return Object.assign(interpolate(value), { dispose })
  })
  return { shown, set: (next: T) => void set(() => next), dispose: shown.dispose }
}

describe('I11: a value that moves', () => {
  test('is shown between its last two in the time that passed between them, and never beyond', () => {
    const { shown, set } = moving({ x: 0, y: 100 })
    pass(100)
    set({ x: 0, y: 100 })
    pass(100)
    set({ x: 100, y: 0 })
    const seen: number[] = []
    for (let at = 0; at <= 200; at += 20) {
      seen.push(shown()!.x)
      expect(shown()!.x + shown()!.y).toBeCloseTo(100)
      pass(20)
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen[0]).toBe(0)
    expect(seen[3]).toBeGreaterThan(30)
    expect(seen[3]).toBeLessThan(70)
    expect(seen.slice(7)).toEqual([100, 100, 100, 100])
  })

  test('goes on from where it is shown when the next comes early', () => {
    const { shown, set } = moving<number>(0)
    pass(200)
    set(0)
    pass(200)
    set(100)
    pass(100)
    const halfway = shown()
    expect(halfway).toBeGreaterThan(20)
    set(0)
    expect(shown()).toBe(halfway)
    pass(300)
    expect(shown()).toBe(0)
  })

  test('is at most 250 ms behind, and is shown at once after a second of nothing', () => {
    const { shown, set } = moving<number>(0)
    pass(900)
    set(0)
    pass(900)
    set(100)
    pass(280)
    expect(shown()).toBe(100)
    pass(1100)
    set(7)
    expect(shown()).toBe(7)
  })

  test('asks for no frame while nothing moves, nor when it is disposed of', () => {
    const { shown, set, dispose } = moving<number>(0)
    pass(100)
    set(0)
    pass(100)
    set(100)
    expect(vi.getTimerCount()).toBe(1)
    pass(500)
    expect(vi.getTimerCount()).toBe(0)
    set(0)
    expect([vi.getTimerCount(), shown()]).toEqual([1, 100])
    dispose()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('moves numbers, and takes the rest as it comes', () => {
    const { shown, set } = moving<object | undefined>(undefined)
    pass(100)
    set({ x: 0, tool: 'pen' })
    expect(shown()).toEqual({ x: 0, tool: 'pen' })
    pass(100)
    set({ x: 10, tool: 'hand', z: 3 })
    pass(50)
    expect(shown()).toMatchObject({ tool: 'hand', z: 3 })
    pass(200)
    expect(shown()).toEqual({ x: 10, tool: 'hand', z: 3 })
    set(undefined)
    expect(shown()).toBe(undefined)
  })

  test('is followed by its fields, where they are tracked one by one', () => {
    const [x, setX] = createSignal(0)
    const [y, setY] = createSignal(0)
    const at = {
      get x() {
        return x()
      },
      get y() {
        return y()
      },
    }
    const shown = createRoot((dispose) => {
      onTestFinished(dispose)
      return interpolate(() => at)
    })
    for (const to of [1, 2]) {
      pass(100)
      batch(() => {
        setX(to)
        setY(to)
      })
    }
    pass(300)
    expect(shown()).toEqual({ x: 2, y: 2 })
  })
})
