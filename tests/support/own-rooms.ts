import { afterAll, beforeAll, expect, inject } from 'vitest'
import { violationsOf } from './rpc.ts'

interface Given {
  readonly base: string
  readonly errors: readonly string[]
}

/** Who gives these workers away: what starts and ends with the run, see `serve.ts`. */
const ask = async (path: string, what: object = {}): Promise<Given> => {
  const body = JSON.stringify({ worker: process.env.VITEST_POOL_ID, ...what })
  const response = await fetch(new URL(path, inject('ownRooms')), { method: 'POST', body })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Given
}

/**
 * A worker that no other test file uses at the same time: only then can rooms be put to sleep, and work be measured. It may have
 * had another file before. The spy is asked at the end.
 */
export function createOwnRooms() {
  let base: string
  beforeAll(async () => {
    base = (await ask('/worker')).base
  }, 60_000)
  afterAll(async () => {
    expect(await violationsOf(base)).toEqual([])
  })
  return {
    get base() {
      return base
    },
    /** Takes a room out of memory; its connections stay open. */
    sleep: (room: string, binding = 'RECORDS') => ask('/sleep', { room, binding }),
    /** What the worker has logged as an error that has this in it. */
    errors: async (part: string): Promise<readonly string[]> => (await ask('/errors', { part })).errors,
  }
}
