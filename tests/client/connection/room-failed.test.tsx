import { createConnection, createQuery } from 'deepspace-solid'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { makeConnection } from '../../../src/connection/connection.ts'
import { base, inRoom, until } from '../../support/room.tsx'
import { socketsTo } from '../../support/sockets.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const broken = () => `broken:getter:${crypto.randomUUID()}`

test('H8, C2: a room that cannot start is tried again, each time after a longer pause', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const room = broken()
  const connection = makeConnection({
    url: async () => `${base.replace('http', 'ws')}/ws/${room}?v=1`,
    received: (frame) => JSON.parse(String(frame)).type === 'user.info',
    dropped() {},
    timing: { backoff: 100, maxBackoff: 400 },
  })
  onTestFinished(() => connection.close())
  const waits: number[] = []
  for (let n = 1; n <= 4; n++) {
    await until(() => connection.status() === 'disconnected' && socketsTo(room).length === n)
    expect(connection.error()).toMatchObject({
      code: 'room-failed',
      message: expect.stringMatching(/^Could not connect to ws:.*: room-failed$/),
    })
    const from = performance.now()
    await until(() => socketsTo(room).length === n + 1)
    waits.push(performance.now() - from)
  }
  // At least what was to be waited, but for a timer that is a millisecond early.
  for (const [index, least] of [100, 200, 400, 400].entries()) expect(waits[index]!).toBeGreaterThan(least - 20)
})

test('H8: the page is told that a room could not start, and shows nothing of it', async () => {
  const { made, errors } = inRoom(broken(), () => ({ connection: createConnection(), query: createQuery('samples') }))
  await until(() => made.connection.status === 'disconnected')
  expect(errors).toMatchObject([{ code: 'room-failed' }])
  expect(made.connection.error?.code).toBe('room-failed')
  expect(made.query.status).toBe('loading')
  expect(made.query.records).toEqual([])
})
