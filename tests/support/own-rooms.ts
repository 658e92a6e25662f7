import { afterAll, beforeAll, expect } from 'vitest'
import type { TestHarness } from 'wrangler'
import { createRooms } from './harness.ts'

/** A worker for one test file alone: only whoever has started it can put its rooms to sleep. The spy is asked at the end. */
export function createOwnRooms() {
  let rooms: TestHarness
  let base: string
  beforeAll(async () => {
    rooms = createRooms()
    base = (await rooms.listen()).url.origin
  })
  afterAll(async () => {
    const { violations } = (await (await fetch(new URL('/spy', base))).json()) as { violations: string[] }
    expect(violations).toEqual([])
    await rooms.close()
  })
  return {
    get base() {
      return base
    },
    /** Takes a room out of memory; its connections stay open. */
    sleep: (room: string, binding = 'RECORDS') =>
      rooms.getWorker().evictDurableObject(binding, { name: room, webSockets: 'hibernate' }),
    /** What the worker has logged as an error that has this in it. */
    errors: (part: string): string[] =>
      rooms.getLogs().flatMap(({ level, message }) => (level === 'error' && message.includes(part) ? [message] : [])),
  }
}
