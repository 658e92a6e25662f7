import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

// Before lib0 is loaded, which takes its clock from what `Date.now` is at that moment.
vi.hoisted(() =>
  vi.useFakeTimers({
    now: Date.UTC(2026, 10, 26),
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  }),
)

import { applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { encodeAwareness } from '../../../src/protocol/documents/awareness-update.ts'
import { Link, StockClient, StockRoom } from './stock.ts'

const ada = { id: 'ada', name: 'Ada' }
const bob = { id: 'bob', name: 'Bob' }

let room: StockRoom
let clients: StockClient[]

beforeEach(() => {
  room = new StockRoom()
  clients = []
})

afterEach(() => {
  for (const client of clients) client.close()
  vi.clearAllTimers()
})

afterAll(() => {
  vi.useRealTimers()
})

function open(user: { id: string; name: string }, browser?: string): StockClient {
  const client = new StockClient(room, user, browser)
  clients.push(client)
  return client
}

function shut(client: StockClient): void {
  clients.splice(clients.indexOf(client), 1)
  client.close()
}

/** Lets time pass, and everything arrive meanwhile. */
function pass(milliseconds: number, choose?: (count: number) => number): void {
  for (let left = milliseconds; left > 0; left -= 250) {
    vi.advanceTimersByTime(Math.min(250, left))
    room.settle(choose)
  }
}

/** Two tabs of one browser of ada's, and somebody else. */
function tabs(): { first: StockClient; second: StockClient; other: StockClient } {
  const first = open(ada, 'firefox')
  room.settle()
  const [second, other] = [open(ada, 'firefox'), open(bob)]
  room.settle()
  return { first, second, other }
}

function five(): StockClient[] {
  const all = ['Ann', 'Ben', 'Cyd', 'Dan', 'Eve'].map((name) => open({ id: name, name }))
  room.settle()
  return all
}

function expectAllSeen(): void {
  for (const client of clients) {
    const expected = clients.map((each) => {
      const { cursor } = each.provider.awareness.getLocalState()!
      return [each.id, each === client ? ['itself', cursor] : [each.user.name, cursor]]
    })
    expect(client.sees).toEqual(Object.fromEntries(expected))
  }
}

/** Fails if from now on anybody loses sight of anybody, or its connection. */
function watch(): string[] {
  const losses: string[] = []
  for (const { provider, user } of clients) {
    provider.awareness.on('change', ({ removed }: { removed: number[] }) => {
      if (removed.length > 0) losses.push(`${user.name} loses ${removed}`)
    })
    provider.on('connection-close', () => losses.push(`${user.name} is cut`))
  }
  return losses
}

describe('stock clients', () => {
  test('each sees all others, by their verified names', () => {
    five()
    expectAllSeen()
    expect(room.refusals).toEqual([])
  })

  test('a caret that moves among five is 5 frames up and 4 down', () => {
    const [ann] = five()
    room.frames = { up: 0, down: 0 }
    ann!.move(7)
    room.settle()
    expect(room.frames).toEqual({ up: 5, down: 4 })
    expectAllSeen()
  })

  test('nobody vanishes in ten minutes of silence, and nobody is cut', () => {
    five()
    const losses = watch()
    room.frames = { up: 0, down: 0 }
    pass(600_000)
    expect(losses).toEqual([])
    expectAllSeen()
    // Relayed one by one, the renewals of five would be 200 frames up, 800 down, and 800 up again.
    expect(room.frames.down).toBeLessThan(250)
    expect(room.frames.up).toBeLessThan(500)
  })

  test('nobody vanishes where they came at different times, and one moves all the time', () => {
    for (const name of ['Ann', 'Ben', 'Cyd']) {
      open({ id: name, name })
      pass(5250)
    }
    const losses = watch()
    for (let move = 0; move < 120; move++) {
      clients[0]!.move(move)
      pass(1000)
    }
    expect(losses).toEqual([])
    expectAllSeen()
  })

  test('one that is alone is not cut, still or moving', () => {
    const only = open(ada)
    room.settle()
    const losses = watch()
    pass(65_000)
    for (let move = 0; move < 65; move++) {
      only.move(move)
      pass(1000)
    }
    expect(losses).toEqual([])
  })

  test('nobody vanishes where the object sleeps after each frame', () => {
    five()
    const losses = watch()
    for (let seconds = 0; seconds < 200; seconds += 10) {
      room.sleep()
      pass(10_000)
    }
    expect(losses).toEqual([])
    expectAllSeen()
  })

  test('a tab that closes takes its own cursor with it and no other', () => {
    const [ann, ben] = five()
    shut(ann!)
    room.settle()
    expectAllSeen()
    pass(60_000)
    expectAllSeen()
    shut(ben!)
    room.settle()
    expectAllSeen()
  })

  test('who returns with its old clock sees and is seen at once', () => {
    const [ann, ben] = five()
    for (let move = 1; move < 10; move++) ann!.move(move)
    room.settle()
    room.drop(ann!.lose())
    room.settle()
    expect(ben!.sees).not.toHaveProperty(String(ann!.id))
    pass(500)
    expectAllSeen()
    ann!.move(11)
    room.settle()
    expectAllSeen()
  })

  test('who returns before the room has noticed its drop is never gone, and keeps what it said last', () => {
    const [ann, ben] = five()
    ann!.move(1)
    room.settle()
    const losses: unknown[] = []
    ben!.provider.awareness.on('change', ({ removed }: { removed: number[] }) => losses.push(...removed))
    const left = ann!.lose()
    ann!.move(2)
    pass(500)
    expectAllSeen()
    expect(ann!.provider.awareness.getLocalState()).toMatchObject({ cursor: 2 })
    room.drop(left)
    room.settle()
    ann!.move(3)
    room.settle()
    expectAllSeen()
    expect(losses).toEqual([])
  })

  test('an anonymous visitor who returns as another is seen once the room has noticed the drop', () => {
    const [, ben] = five()
    const visitor = open({ id: 'anon-1', name: 'Anonymous' })
    room.settle()
    const left = visitor.lose()
    Object.assign(visitor, { user: { id: 'anon-2', name: 'Anonymous' } })
    pass(500)
    room.drop(left)
    room.settle()
    expectAllSeen()
    visitor.move(5)
    room.settle()
    expect(ben!.sees[visitor.id]).toEqual(['Anonymous', 5])
  })

  test('tabs of one browser, which pass on each other beside the room, do not take each other along', () => {
    const { first, second, other } = tabs()
    first.move(1)
    second.move(2)
    room.settle()
    expectAllSeen()
    shut(second)
    room.settle()
    expect(other.sees).toHaveProperty(String(first.id))
    first.move(3)
    room.settle()
    expect(other.sees[first.id]).toEqual(['Ada', 3])
    pass(31_000)
    expectAllSeen()
  })

  test('a tab whose clock another tab has raised is heard at once when it returns before the room has noticed its drop', () => {
    const { first, second, other } = tabs()
    first.move(1)
    room.settle()
    expect(first.provider.awareness.meta.get(first.id)!.clock).toBeGreaterThan(2 ** 40)
    const left = [first.lose(), second.lose()]
    pass(500)
    first.move(2)
    second.move(3)
    room.settle()
    expect(other.sees[first.id]).toEqual(['Ada', 2])
    expect(other.sees[second.id]).toEqual(['Ada', 3])
    for (const link of left) room.drop(link)
    room.settle()
    expectAllSeen()
  })

  test('what a tab passes on of another one after that has closed does not bring it back', () => {
    const { first, second, other } = tabs()
    second.move(5)
    const repeated = first.link!.up.splice(0)
    expect(repeated).toHaveLength(1)
    shut(second)
    room.settle()
    first.link!.up.push(...repeated)
    room.settle()
    expect(other.sees).not.toHaveProperty(String(second.id))
    const low = encodeAwareness([{ clientId: second.id, clock: 3, state: '{"cursor":5}' }])
    expect(room.awareness.receive(first.link!, low).deliveries).toEqual([])
    pass(60_000)
    expectAllSeen()
  })

  test('whoever speaks for another, erases it or calls itself so is not heard', () => {
    const [ann, ben] = five()
    const mallory = open({ id: 'mallory', name: 'Mallory' })
    mallory.provider.awareness.setLocalStateField('user', { id: 'Ann', name: 'Ann', color: 'red' })
    room.settle()
    for (const clock of [1, 1000, Date.now() + 1e6, Number.MAX_SAFE_INTEGER]) {
      for (const state of ['null', '{"cursor":99}']) {
        room.awareness.receive(mallory.link!, encodeAwareness([{ clientId: ann!.id, clock, state }]))
      }
    }
    room.settle()
    expect(ben!.sees[ann!.id]).toEqual(['Ann', 0])
    const seen = ben!.provider.awareness.getStates().get(mallory.id)
    expect(seen).toEqual({ cursor: 0, user: { id: 'mallory', name: 'Mallory', color: 'red' } })
  })

  test('who has heard of itself, and so counts on from a clock of the room, is heard as before', () => {
    const [ann, ben] = five()
    room.drop(ann!.lose())
    const squatter = new Link({ id: 'mallory', name: 'Mallory' })
    room.links.add(squatter)
    room.settle()
    const own = encodeAwareness([{ clientId: ann!.id, clock: 5, state: '{"cursor":9}' }])
    for (const { to, update } of room.awareness.receive(squatter, own).deliveries) {
      for (const link of to) link.down.push(Uint8Array.of(1, update.length, ...update))
    }
    pass(500)
    expect(ben!.sees[ann!.id]).toEqual(['Mallory', 9])
    room.drop(squatter)
    room.settle()
    expectAllSeen()
    for (let move = 1; move < 4; move++) {
      ann!.move(move)
      pass(2000)
      expectAllSeen()
    }
    room.drop(ann!.lose())
    pass(3000)
    expectAllSeen()
  })

  test('what comes back late does not bring back who is gone', () => {
    const [ann, ben, cyd] = five()
    ann!.move(4)
    // The move reaches the others; what they send back is on its way while Ann leaves.
    while (room.links.size > 0 && !(4 in Object.values(ben!.sees).map((of) => (of as unknown[])[1]))) {
      if (!room.step()) break
    }
    const echo = encodeAwarenessUpdate(ben!.provider.awareness, [ann!.id])
    shut(ann!)
    room.settle()
    expect(room.awareness.receive(ben!.link!, echo).deliveries).toEqual([])
    expect(cyd!.sees).not.toHaveProperty(String(ann!.id))
  })

  test('who hides itself and shows itself again is seen again', () => {
    const [ann, ben] = five()
    ann!.provider.awareness.setLocalState(null)
    room.settle()
    expect(ben!.sees).not.toHaveProperty(String(ann!.id))
    ann!.provider.awareness.setLocalState({ cursor: 5 })
    room.settle()
    expectAllSeen()
  })

  test('states that had no room in the attachment are asked for again, and then nobody is missing', () => {
    five()
    const links = [...room.links]
    for (const link of links) link.keeps = 130
    clients[0]!.provider.awareness.setLocalStateField('about', 'x'.repeat(500))
    room.settle()
    pass(60_000)
    const losses = watch()
    expect(room.sleep()).toHaveLength(5)
    const late = open({ id: 'Flo', name: 'Flo' })
    room.settle()
    expect(losses).toEqual([])
    expectAllSeen()
    expect(late.provider.awareness.getStates().get(clients[0]!.id)).toMatchObject({ about: 'x'.repeat(500) })
  })

  test('whatever happens in whatever order, each sees exactly the living ones in the end', () => {
    const deed = fc.oneof(
      { weight: 4, arbitrary: fc.record({ deed: fc.constant('move' as const), who: fc.nat(9), to: fc.nat(99) }) },
      { weight: 3, arbitrary: fc.record({ deed: fc.constant('steps' as const), count: fc.nat(12) }) },
      {
        weight: 2,
        arbitrary: fc.record({ deed: fc.constant('lose' as const), who: fc.nat(9), isNoticed: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.record({ deed: fc.constant('notice' as const) }) },
      { weight: 1, arbitrary: fc.record({ deed: fc.constant('open' as const), user: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ deed: fc.constant('shut' as const), who: fc.nat(9) }) },
      {
        weight: 1,
        arbitrary: fc.record({ deed: fc.constant('sleep' as const), keeps: fc.constantFrom(120, 200, 16_384) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ deed: fc.constant('pass' as const), time: fc.constantFrom(250, 1000, 9000, 20_000) }),
      },
    )
    const users = [ada, bob, { id: 'cyd', name: 'Cyd' }]
    // The tabs of two of them hear each other beside the room.
    const browsers = ['firefox', undefined, 'chromium']
    fc.assert(
      fc.property(fc.array(deed, { minLength: 5, maxLength: 40 }), fc.infiniteStream(fc.nat(1000)), (deeds, dice) => {
        room = new StockRoom()
        for (const client of clients.splice(0)) client.close()
        const choose = (count: number) => dice.next().value! % count
        const lingering: Link[] = []
        for (const [index, user] of users.entries()) open(user, browsers[index])
        for (const each of deeds) {
          const who = 'who' in each && clients.length > 0 ? clients[each.who % clients.length]! : undefined
          if (each.deed === 'move') who?.move(each.to)
          else if (each.deed === 'steps') for (let count = 0; count < each.count; count++) room.step(choose)
          else if (each.deed === 'pass') pass(each.time, choose)
          else if (each.deed === 'open' && clients.length < 6) open(users[each.user]!, browsers[each.user])
          else if (each.deed === 'shut' && who && clients.length > 1) shut(who)
          else if (each.deed === 'notice') for (const link of lingering.splice(0)) room.drop(link)
          else if (each.deed === 'lose' && who?.link && !who.link.isLost) {
            const link = who.lose()
            if (each.isNoticed) room.drop(link)
            else lingering.push(link)
          } else if (each.deed === 'sleep') {
            for (const link of room.links) link.keeps = each.keeps
            room.sleep()
          }
        }
        for (const link of lingering) room.drop(link)
        pass(35_000, choose)
        expectAllSeen()
        expect(room.refusals).toEqual([])
      }),
      { numRuns: 40 * Number(process.env.EFFORT ?? 1) },
    )
  })
})

test('the clock of y-protocols is the one of this test', () => {
  const [ann] = five()
  applyAwarenessUpdate(ann!.provider.awareness, encodeAwareness([{ clientId: 1, clock: 1, state: '{}' }]), 'test')
  expect(ann!.provider.awareness.meta.get(1)!.lastUpdated).toBe(Date.now())
})
