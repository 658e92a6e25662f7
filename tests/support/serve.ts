import type { TestProject } from 'vitest/node'
import { createRooms } from './harness.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the worker with the test rooms is. */
    base: string
    /** How many times as many cases as usual property tests draw: `EFFORT=20 npm test`. */
    effort: number
  }
}

/** One worker for all test files of a project; tests keep apart by the names of their rooms. */
export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  const rooms = createRooms()
  const { url } = await rooms.listen()
  project.provide('base', url.origin)
  project.provide('effort', Number(process.env.EFFORT ?? 1))
  return () => rooms.close()
}
