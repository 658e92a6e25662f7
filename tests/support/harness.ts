import { createTestHarness, type TestHarness } from 'wrangler'

/** The configuration of the worker with the test rooms. */
export const roomsConfig = 'tests/support/worker/wrangler.toml'

/** A real workerd with the test rooms. Each has a storage of its own, gone when it is closed. */
export function createRooms(): TestHarness {
  return createTestHarness({ workers: [{ configPath: roomsConfig }] })
}
