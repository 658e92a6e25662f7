import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import type { TestHarness } from 'wrangler'
import { forgetFailure, logFailure, startFailure } from '../../../worker/room/failure.ts'
import { generation } from '../../support/collections.ts'
import { createRooms } from '../../support/harness.ts'
import { callRoom } from '../../support/rpc.ts'
import { upgrade } from '../../support/upgrade.ts'
import { tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

/** What a stranger and a user are told at the door of a room that does not start. */
async function knock(room: string): Promise<void> {
  for (const search of ['v=1', `v=1&token=${await tokenFor('alice')}`]) {
    const wire = await Wire.knock(base, room, search)
    expect(await wire.closed).toEqual({ code: 1013, reason: 'room-failed' })
    // Nothing else, and nothing of what is in the room or in the app.
    expect(wire.frames).toEqual([
      {
        type: 'core.error',
        payload: { error: 'The room could not start: try again later', code: 'room-failed' },
      },
    ])
  }
  const { socket, answer } = await upgrade(base, `/ws/${encodeURIComponent(room)}`)
  socket.destroy()
  expect(answer).toMatch(/^HTTP\/1.1 503 /)
}

describe('H8: a room that cannot start says why to who may know it, and answers nothing', () => {
  test.each<[string, number, RegExp, object]>([
    ['a kind that no value fits', 4, /"notes": field "text": it was text/, { collection: 'notes', field: 'text' }],
    [
      'a default that throws',
      generation.failing,
      /field "memo": no default today/,
      { collection: 'notes', field: 'memo' },
    ],
    ['a team that is nowhere', generation.teamless, /collections: collection "notes": teams: .*"nowhere"/, {}],
    ['two names that are one', generation.twice, /collections: two have the same name/, {}],
    ['no declarations', generation.none, /collections: expected an array, received undefined/, {}],
  ])('%s', async (_, broken, reason, place) => {
    const room = `evolving:${crypto.randomUUID()}`
    const call = (method: string, ...args: unknown[]) => callRoom(base, room, method, args)
    const notes = async () => (await call('query', { collection: 'notes' }, 'system')).result
    await notes()
    const connected = await Wire.open(base, room, 'alice', 'v=1')
    await connected.drain()
    await call('deploy', broken)
    await connected.closed

    const calls: [string, ...unknown[]][] = [
      ['query', { collection: 'notes' }, 'system'],
      ['put', 'notes', 'x', { text: 'x', size: 1 }, 'system'],
      ['remove', 'notes', 'first', 'system'],
      ['batch', [], 'system'],
      ['deleteWhere', 'notes', {}, 'system'],
      ['users'],
      ['setRole', 'alice', 'admin'],
      ['removeUser', 'alice'],
      ['disconnectAll'],
      // A method of the app's own, which asks no record: nothing is served by half.
      ['restart'],
    ]
    for (const [method, ...args] of calls) {
      const { error, details } = await call(method, ...args)
      expect(error).toMatch(/^The room could not start: /)
      expect(error).toMatch(reason)
      expect(details).toMatchObject({ name: 'DeepSpaceError', code: 'room-failed', ...place })
    }
    await knock(room)

    // The next start tries again, and nothing has been lost.
    await call('deploy', 0)
    expect(await notes()).toMatchObject([{ recordId: 'first', data: { text: 'from the beginning', size: 7 } }])
    expect((await Wire.open(base, room, 'alice', 'v=1')).user).toMatchObject({ id: 'alice' })
  })

  test.each<[string, RegExp, object]>([
    ['getter', /: collections: the declaration of secrets is broken$/, {}],
    ['alarm', /alarm\(\) is overridden, .* schedule\(name, at\), .* scheduled\(name\)$/, {}],
    [
      'seed',
      /: firstStart: Required field 'title' is missing$/,
      { collection: 'tasks', recordId: 'secret id', field: 'title' },
    ],
  ])('%s', async (kind, reason, place) => {
    const room = `broken:${kind}:${crypto.randomUUID()}`
    const { error, details } = await callRoom(base, room, 'query', [{ collection: 'tasks' }, 'system'])
    expect(error).toMatch(reason)
    expect(details).toMatchObject({ code: 'room-failed', ...place })
    await knock(room)
  })

  test('a constructor that throws', async () => {
    const room = `broken:constructor:${crypto.randomUUID()}`
    const { error } = await callRoom(base, room, 'query', [{ collection: 'tasks' }, 'system'])
    expect(error).toMatch(/the field of secrets is broken/)
    await knock(room)
  })
})

test('H8: an object that ends while somebody comes is no room that cannot start', async () => {
  const room = `evolving:${crypto.randomUUID()}`
  await callRoom(base, room, 'query', [{ collection: 'notes' }, 'system'])
  let greeted = 0
  for (let n = 0; n < 12; n++) {
    const [wire] = await Promise.all([Wire.knock(base, room, 'v=1'), callRoom(base, room, 'restart', [])])
    const end = await Promise.race([wire.until(({ type }) => type === 'user.info'), wire.closed])
    if ('type' in end) greeted++
    expect(wire.frames.filter(({ type }) => type === 'core.error')).toEqual([])
  }
  expect(greeted).toBeGreaterThan(0)
})

describe('H8: in a worker of its own', () => {
  let rooms: TestHarness
  let base: string
  beforeAll(async () => {
    rooms = createRooms()
    base = (await rooms.listen()).url.origin
  })
  afterAll(() => rooms.close())

  test('the log says once why, however many come meanwhile', async () => {
    const room = `evolving:${crypto.randomUUID()}`
    const query = () => callRoom(base, room, 'query', [{ collection: 'notes' }, 'system'])
    const said = () => rooms.getLogs().filter(({ message }) => message.includes(`${room}": The room could not start`))
    await query()
    await callRoom(base, room, 'deploy', [4])
    for (let n = 0; n < 3; n++) await query()
    for (let n = 0; n < 3; n++) await (await Wire.knock(base, room, 'v=1')).closed
    await expect.poll(said).toEqual([
      expect.objectContaining({
        level: 'error',
        message: expect.stringMatching(/: collections: collection "notes": field "text": .* record "first"/),
      }),
    ])
    // It starts, and then does not for the same reason: that is another failure.
    await callRoom(base, room, 'deploy', [0])
    await query()
    await callRoom(base, room, 'deploy', [4])
    await query()
    await expect.poll(said).toHaveLength(2)
  })

  test('connections that have slept meanwhile end, and are not left to believe that all is well', async () => {
    const room = `evolving:${crypto.randomUUID()}`
    const wire = await Wire.open(base, room, 'alice', 'v=1')
    await wire.drain()
    await rooms.getWorker().evictDurableObject('EVOLVING', { name: room, webSockets: 'hibernate' })
    await callRoom(base, room, 'deploy', [4])
    await wire.closed
    expect(wire.frames).toEqual([])
  })
})

describe('H8: the log', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  test('says a reason once, again when it is another, and once a minute while it lasts', () => {
    vi.useFakeTimers()
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const why = new TypeError('no default today')
    for (let n = 0; n < 5; n++) logFailure('app', startFailure(why))
    expect(said.mock.calls).toEqual([['room "app": The room could not start: no default today', why]])
    logFailure('other', startFailure(why))
    logFailure('app', startFailure(new Error('another')))
    expect(said).toHaveBeenCalledTimes(3)
    vi.advanceTimersByTime(60_000)
    for (let n = 0; n < 5; n++) logFailure('app', startFailure(new Error('another')))
    expect(said).toHaveBeenCalledTimes(4)
    forgetFailure('app')
    logFailure('app', startFailure(new Error('another')))
    expect(said).toHaveBeenCalledTimes(5)
  })
})
