import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Loop } from '../../../worker/game/loop.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A loop that goes on, and what it has done. */
function loopOf(rate: number, work: () => void = () => {}) {
  const done = { steps: 0, wakes: 0 }
  const loop = new Loop(
    rate,
    () => {
      done.steps++
      work()
    },
    () => {
      done.wakes++
    },
  )
  loop.start()
  return { loop, done }
}

test.for([1, 7, 20, 60])('Y5: %s steps a second are done in each second', (rate) => {
  const { loop, done } = loopOf(rate)
  vi.advanceTimersByTime(10_000)
  expect(done).toEqual({ steps: 10 * rate, wakes: 10 * rate })
  expect(loop.skipped).toBe(0)
})

test('Y5: what a step takes delays none of those behind it', () => {
  const { loop, done } = loopOf(20, () => vi.setSystemTime(Date.now() + 10))
  const until = Date.now() + 10_000
  while (Date.now() < until) vi.advanceTimersToNextTimer()
  expect(Math.abs(done.steps - 200)).toBeLessThanOrEqual(1)
  expect(loop.skipped).toBe(0)
})

test('Y5: five steps are made up for at once, the rest is counted', () => {
  const { loop, done } = loopOf(20)
  vi.advanceTimersByTime(100)
  vi.setSystemTime(Date.now() + 1000)
  vi.advanceTimersByTime(50)
  expect(done).toEqual({ steps: 7, wakes: 3 })
  expect(loop.skipped).toBe(16)
  vi.advanceTimersByTime(1000)
  expect(done.steps).toBe(27)
})

test('Y5: a clock that is set back stops no game', () => {
  const { loop, done } = loopOf(20)
  vi.advanceTimersByTime(1000)
  vi.setSystemTime(Date.now() - 60 * 60 * 1000)
  vi.advanceTimersByTime(1000)
  expect(done.steps).toBeGreaterThanOrEqual(39)
  expect(loop.skipped).toBe(0)
})

test('Y5: there is no timer once it is stopped, also by one of its steps, and one once it goes on', () => {
  const { loop, done } = loopOf(20, () => {
    if (done.steps === 3) loop.stop()
  })
  vi.setSystemTime(Date.now() + 200)
  vi.advanceTimersByTime(50)
  // Of those that were due together none follows the end.
  expect(done.steps).toBe(3)
  expect(vi.getTimerCount()).toBe(0)
  loop.start()
  loop.start()
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(100)
  expect(done.steps).toBe(5)
})

test('Y5: a step that throws stops none of those behind it', () => {
  const { done } = loopOf(20, () => {
    if (done.steps === 1) throw new Error('once')
  })
  expect(() => vi.advanceTimersByTime(50)).toThrow('once')
  vi.advanceTimersByTime(100)
  expect(done.steps).toBe(3)
})
