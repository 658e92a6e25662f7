import type { TestProject } from 'vitest/node'
import { createRooms } from './harness.ts'
import { OwnWorkers } from './own-workers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the worker with the test rooms is. */
    base: string
    /** Where a test file asks for a worker for itself, see `own-rooms.ts`. */
    ownRooms: string
    /** How many times as many cases as usual property tests draw: `EFFORT=20 npm test`. */
    effort: number
  }
}

/** One worker for all test files of a project; tests keep apart by the names of their rooms. */
export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const rooms = createRooms()
  const { url } = await rooms.listen()
  const own = new OwnWorkers()
  project.provide('base', url.origin)
  project.provide('ownRooms', await own.listen())
  project.provide('effort', Number(process.env.EFFORT ?? 1))
  return async () => {
    await own.close()
    await rooms.close()
  }
}
