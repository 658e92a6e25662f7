import { describe, expect, onTestFinished, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { PresenceWire } from '../../support/presence-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const open = async (name: string, user?: string, search?: string): Promise<PresenceWire> => {
  const wire = await PresenceWire.open(rooms.base, name, user, search)
  onTestFinished(() => wire.close())
  return wire
}
/** Somebody who is here. */
const come = async (name: string, user?: string, state = {}): Promise<PresenceWire> => {
  const wire = await open(name, user)
  await wire.enter(state)
  return wire
}
const some = (what = ''): string => `presence:${what}${crypto.randomUUID()}`
const changesOf = (wire: PresenceWire) => wire.frames.filter(({ type }) => type === 'presence.changes')

describe('who comes', () => {
  test('O1, O4: is told who is here, and is seen with what they say, as the user that their token says', async () => {
    const name = some()
    const ann = await come(name, 'ann', { cursor: { x: 1, y: 2 }, userId: 'eve' })
    const ben = await come(name, 'ben', { color: 'red' })
    expect([...ben.peers.values()]).toEqual([
      {
        connectionId: expect.any(String),
        userId: 'ann',
        userName: 'ann',
        joinedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        state: { cursor: { x: 1, y: 2 }, userId: 'eve' },
      },
    ])
    await ann.until(() => ann.peers.size === 1)
    expect(ann.states).toEqual({ ben: [{ color: 'red' }] })
    expect(JSON.stringify(ann.frames)).not.toContain('@')
  })

  test('O1: a visitor takes part like anybody', async () => {
    const name = some()
    const ann = await come(name, 'ann')
    await come(name, undefined, { here: true })
    await ann.until(() => ann.peers.size === 1)
    const [visitor] = [...ann.peers.values()]
    expect(visitor).toMatchObject({
      userId: expect.stringMatching(/^anon-/),
      userName: 'Anonymous',
      state: { here: true },
    })
  })

  test('O4: is told of many who say much in several frames, none longer than 1 MiB', async () => {
    const name = some()
    const much = { text: 'é'.repeat(8000) }
    await Promise.all(Array.from({ length: 40 }, (_, index) => come(name, `user${index}`, much)))
    const late = await open(name, 'late')
    await late.until(() => late.peers.size === 40)
    const frames = late.frames.map((frame) => new TextEncoder().encode(JSON.stringify(frame)).length)
    expect(frames.length).toBeGreaterThan(1)
    expect(Math.max(...frames)).toBeLessThan(1024 * 1024)
    expect([...late.peers.values()].every(({ state }) => state.text === much.text)).toBe(true)
  })

  test('O4: is not seen before they enter, and hears of others', async () => {
    const name = some()
    const watcher = await open(name, 'ann')
    const ben = await come(name, 'ben', { a: 1 })
    await watcher.until(() => watcher.peers.size === 1)
    await ben.handled()
    expect(ben.peers.size).toBe(0)
    watcher.send('presence.change', { set: { a: 1 } })
    expect(await watcher.refusal()).toMatchObject({
      code: 'invalid-message',
      error: expect.stringContaining('presence.enter'),
    })
  })

  test('O1, G3: in a role that only watches sees, and is not seen, from the moment on in which it is given', async () => {
    const name = some()
    const [ann, ben] = [await come(name, 'ann', { a: 1 }), await come(name, 'ben')]
    await ben.until(() => ben.peers.size === 1)
    await callRoom(rooms.base, name, 'setRole', ['ann', 'ghost'])
    await ben.until(() => ben.peers.size === 0)
    await ann.until(({ type, payload }) => type === 'auth' && payload.canWrite === false)
    ann.send('presence.enter', { state: { a: 2 } })
    expect(await ann.refusal()).toMatchObject({ code: 'denied', error: expect.stringContaining('role=ghost') })
    ben.send('presence.change', { set: { seen: true } })
    await ann.until(() => ann.states.ben?.[0]?.seen === true)
    expect(ben.peers.size).toBe(0)
    await callRoom(rooms.base, name, 'setRole', ['ann', 'member'])
    await ann.until(({ type, payload }) => type === 'auth' && payload.canWrite === true)
    await ann.enter({ a: 3 })
    await ben.until(() => ben.states.ann?.[0]?.a === 3)
    await callRoom(rooms.base, name, 'removeUser', ['ann'])
    expect(await ann.closed).toEqual({ code: 4403, reason: 'forbidden' })
    await ben.until(() => ben.peers.size === 0)
  })
})

describe('what one says', () => {
  test('O3: is told by what has changed, to all but them: one move among five is one frame up, four down', async () => {
    const name = some()
    const people = await Promise.all(
      ['ann', 'ben', 'eve', 'joe', 'sue'].map((user) => come(name, user, { color: user })),
    )
    const [ann, ...others] = people
    await Promise.all(people.map((each) => each.until(() => each.peers.size === 4)))
    const before = people.map(({ frames }) => frames.length)
    ann!.send('presence.change', { set: { cursor: { x: 3, y: 4 } } })
    await Promise.all(others.map((each) => each.until(() => each.states.ann?.[0]?.cursor !== undefined)))
    await ann!.handled()
    expect(people.map(({ frames }, index) => frames.length - before[index]!)).toEqual([1, 1, 1, 1, 1])
    expect(ann!.frames.at(-1)!.type).toBe('core.error')
    for (const each of others) {
      const { updated } = changesOf(each).at(-1)!.payload
      expect(updated).toEqual([{ connectionId: expect.any(String), set: { cursor: { x: 3, y: 4 } } }])
      expect(each.states.ann).toEqual([{ color: 'ann', cursor: { x: 3, y: 4 } }])
    }
  })

  test('O3: a field that is taken away is gone, what says the same as before is told to nobody', async () => {
    const name = some()
    const [ann, ben] = [await come(name, 'ann', { a: 1, b: { c: [2] } }), await come(name, 'ben')]
    ann.send('presence.change', { set: { b: { c: [2] } } })
    ann.send('presence.change', { unset: ['a', 'nothing'] })
    await ben.until(() => ben.states.ann?.[0]?.a === undefined)
    const updates = changesOf(ben).flatMap(({ payload }) => payload.updated ?? [])
    expect(updates).toEqual([{ connectionId: expect.any(String), unset: ['a'] }])
  })

  test('O3: ten who each say something 60 times a second are told in at most one frame each 16 ms', async () => {
    const name = some()
    const people = await Promise.all(Array.from({ length: 10 }, (_, index) => come(name, `user${index}`, { at: 0 })))
    await Promise.all(people.map((each) => each.until(() => each.peers.size === 9)))
    const from = people.map((each) => changesOf(each).length)
    const since = performance.now()
    for (let move = 1; move <= 60; move++) {
      for (const each of people) each.send('presence.change', { set: { at: move } })
      await new Promise((resolve) => setTimeout(resolve, 1000 / 60))
    }
    await Promise.all(
      people.map((each) => each.until(() => Object.values(each.states).every(([state]) => state!.at === 60))),
    )
    const seconds = (performance.now() - since) / 1000
    for (const [index, each] of people.entries()) {
      expect((changesOf(each).length - from[index]!) / seconds).toBeLessThanOrEqual(62)
    }
  })

  test('O9: an event is told to all, in one order, who has sent it included, and to nobody who comes later', async () => {
    const name = some()
    const [ann, ben] = [await come(name, 'ann'), await come(name, 'ben')]
    for (const event of ['one', { two: 2 }, null]) ann.send('presence.broadcast', { event })
    const eventsOf = (wire: PresenceWire) => changesOf(wire).flatMap(({ payload }) => payload.events ?? [])
    for (const each of [ann, ben]) {
      await each.until(() => eventsOf(each).length === 3)
      expect(eventsOf(each).map(({ event }) => event)).toEqual(['one', { two: 2 }, null])
    }
    const [id] = [...ben.peers.keys()]
    expect(eventsOf(ben).every(({ connectionId }) => connectionId === id)).toBe(true)
    const eve = await come(name, 'eve')
    await eve.handled()
    expect(eventsOf(eve)).toEqual([])
  })
})

describe('who goes', () => {
  test('O2, O5: by closing one of two tabs leaves the other, at once', async () => {
    const name = some('patient')
    const [one, two, ben] = [
      await come(name, 'ann', { tab: 1 }),
      await come(name, 'ann', { tab: 2 }),
      await come(name, 'ben'),
    ]
    expect(ben.states).toEqual({ ann: [{ tab: 1 }, { tab: 2 }] })
    await one.close()
    await ben.until(() => ben.states.ann?.length === 1)
    expect(ben.states).toEqual({ ann: [{ tab: 2 }] })
    await two.close()
    await ben.until(() => ben.peers.size === 0)
  })

  test('O5: by a connection that was ended, and is back in time, has been here all the while', async () => {
    const name = some('patient')
    const ben = await come(name, 'ben')
    const ann = await open(name, 'ann')
    const before = await ann.enter({ cursor: 1 })
    await ben.until(() => ben.peers.size === 1)
    const heard = ben.frames.length
    await callRoom(rooms.base, name, 'disconnectUser', ['ann'])
    await ann.closed
    const again = await open(name, 'ann')
    expect([...again.peers.keys()]).toContain(before.connectionId)
    expect(await again.enter({ cursor: 1 }, before)).toEqual(before)
    await ben.handled()
    expect(ben.frames.length - heard).toBe(1)
    again.send('presence.change', { set: { cursor: 2 } })
    await ben.until(() => ben.states.ann?.[0]?.cursor === 2)
    expect([...ben.peers.keys()]).toEqual([before.connectionId])
  })

  test('O5: and does not come back in time, is gone then', async () => {
    const name = some('hasty')
    const [ben, ann] = [await come(name, 'ben'), await come(name, 'ann')]
    await ben.until(() => ben.peers.size === 1)
    await callRoom(rooms.base, name, 'disconnectUser', ['ann'])
    await ann.closed
    expect(ben.peers.size).toBe(1)
    await ben.until(() => ben.peers.size === 0)
  })

  test('O5: is resumed by the same user alone, who knows the word for it; another is somebody else', async () => {
    const name = some('patient')
    const ben = await come(name, 'ben')
    const ann = await open(name, 'ann')
    const before = await ann.enter({ cursor: 1 })
    for (const [user, said] of [
      ['eve', before],
      ['ann', { ...before, resume: 'x'.repeat(36) }],
      ['ann', { connectionId: before.connectionId }],
    ] as const) {
      const other = await open(name, user)
      expect((await other.enter({}, said)).connectionId).not.toBe(before.connectionId)
      await other.close()
    }
    await ben.until(() => ben.peers.size === 1)
    expect(ann.socket.readyState).toBe(WebSocket.OPEN)
    expect(ben.states).toEqual({ ann: [{ cursor: 1 }] })
  })

  test('O5: a connection that the room still holds for whole is ended when its client is back on another', async () => {
    const name = some('patient')
    const ben = await come(name, 'ben')
    const ann = await open(name, 'ann')
    const before = await ann.enter({ cursor: 1 })
    await ben.until(() => ben.peers.size === 1)
    const again = await open(name, 'ann')
    expect(await again.enter({ cursor: 1 }, before)).toEqual(before)
    expect(await ann.closed).toEqual({ code: 1012, reason: 'resumed' })
    await ben.handled()
    expect([...ben.peers.keys()]).toEqual([before.connectionId])
  })

  test('O6: without a word does not answer, and is gone', async () => {
    const name = some('hasty')
    const [ben, ann] = [await come(name, 'ben'), await come(name, 'ann')]
    ann.answers = false
    await ben.until(() => ben.peers.size === 1)
    await ben.until(() => ben.peers.size === 0)
    expect(await ann.closed).toEqual({ code: 1012, reason: 'no-answer' })
    expect(ben.socket.readyState).toBe(WebSocket.OPEN)
    // Alone nobody is asked any more.
    expect((await callRoom(rooms.base, name, 'stored', [])).result).toEqual({})
  })

  test('O5: after a crash of the room is known again by what they say, and the others as well', async () => {
    const name = some()
    const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
    const before = [await ann.enter({ a: 1 }), await ben.enter({ b: 1 })]
    await callRoom(rooms.base, name, 'crash', [])
    await Promise.all([ann.closed, ben.closed])
    const again = [await open(name, 'ann'), await open(name, 'ben')]
    expect(await again[0]!.enter({ a: 1 }, before[0])).toEqual(before[0])
    expect(await again[1]!.enter({ b: 1 }, before[1])).toEqual(before[1])
    await again[0]!.until(() => again[0]!.peers.size === 1)
    expect([...again[0]!.peers.keys()]).toEqual([before[1]!.connectionId])
  })
})

describe('a sleep', () => {
  test('O7: takes nothing away of what people say', async () => {
    const name = some()
    const [ann, ben] = [await come(name, 'ann', { at: 1 }), await come(name, 'ben')]
    ann.send('presence.change', { set: { at: 2 } })
    await ben.until(() => ben.states.ann?.[0]?.at === 2)
    await rooms.sleep(name, 'PRESENCE')
    const eve = await come(name, 'eve')
    expect(eve.states.ann).toEqual([{ at: 2 }])
    ann.send('presence.change', { set: { at: 3 } })
    await ben.until(() => ben.states.ann?.[0]?.at === 3)
    expect(ben.peers.size).toBe(2)
  })

  test('O7: has the room ask for what was too much to be kept', async () => {
    const name = some()
    const much = 'x'.repeat(16_300)
    const [ann, ben] = [await come(name, 'ann', { much }), await come(name, 'ben')]
    await rooms.sleep(name, 'PRESENCE')
    ben.send('presence.change', { set: { awake: true } })
    await ann.until(({ type }) => type === 'presence.query')
    const eve = await come(name, 'eve')
    await ann.enter({ much, more: 1 })
    for (const each of [ben, eve]) {
      await each.until(() => each.states.ann?.[0]?.more === 1)
      expect(each.states.ann).toEqual([{ much, more: 1 }])
    }
  })

  test('O10: nothing of it is stored but when to look who answers', async () => {
    const name = some()
    const [ann] = [await come(name, 'ann', { at: 1 }), await come(name, 'ben')]
    for (let at = 2; at < 20; at++) ann.send('presence.change', { set: { at } })
    await ann.handled()
    expect((await callRoom(rooms.base, name, 'stored', [])).result).toEqual({ _agenda: 1 })
  })
})

test('O11: server code sees who is here', async () => {
  const name = some()
  await come(name, 'ann', { at: 1 })
  expect((await callRoom(rooms.base, name, 'peers', [])).result).toEqual([
    expect.objectContaining({ userId: 'ann', state: { at: 1 } }),
  ])
})
