import type { Peer } from 'deepspace-solid'
import { createEffect, createSignal, on } from 'solid-js'
import { describe, expect, test } from 'vitest'
import { cutLines } from '../../support/documents.tsx'
import { attend, come, newPresence, type PresencePage, type Said, toldTo } from '../../support/presence.tsx'
import { base, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { socketsTo } from '../../support/sockets.ts'

const back = async (...pages: readonly { readonly room: { readonly status: string } }[]): Promise<void> =>
  until(() => {
    if (pages.every(({ room }) => room.status === 'connected')) return true
    window.dispatchEvent(new Event('online'))
    return false
  })
/** Ends a connection as no page does that goes. */
const broken = async ({ socket }: { readonly socket: WebSocket }): Promise<void> => {
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }))
  WebSocket.prototype.close.call(socket, 4000, 'the line is cut')
  await closed
}
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('who is here', () => {
  test('I1: is seen by the others with what they say at first, and knows who they are themselves', async () => {
    const id = newPresence()
    const ann = await come(id, 'ann', { initial: { color: 'red' } })
    const ben = await come(id, 'ben', { initial: { color: 'blue' } })
    expect(ben.room.peers.map(({ userId, userName, state }) => [userId, userName, state.color])).toEqual([
      ['ann', 'ann', 'red'],
    ])
    await until(() => ann.room.peers[0]?.state.color === 'blue')
    expect(ann.room.self).toMatchObject({ userId: 'ann', userName: 'ann', state: { color: 'red' } })
    expect(ben.room.peers[0]!.connectionId).toBe(ann.room.self.connectionId)
    expect([ann.room.status, ann.room.canWrite, ann.room.error]).toEqual(['connected', true, undefined])
  })

  test('I1: two components that name the same room are here once, and what both say is said', async () => {
    const id = newPresence()
    const [named, name] = createSignal<string | null>(id)
    const ben = await come(id, 'ben')
    const { createPresenceRoom } = await import('deepspace-solid')
    const others: ReturnType<typeof createPresenceRoom<Said>>[] = []
    const ann = await come(id, 'ann', {
      initial: { color: 'red' },
      beside: () => others.push(createPresenceRoom<Said>(named, { initial: { color: 'blue', tool: 'pen' } })),
    })
    await until(() => ben.room.peers.length === 1)
    expect(ben.room.peers[0]!.state).toEqual({ color: 'red', tool: 'pen' })
    others[0]!.update({ cursor: { x: 1, y: 1 } })
    ann.room.update({ color: 'green' })
    await until(() => ben.room.peers[0]!.state.color === 'green' && ben.room.peers[0]!.state.cursor)
    name(null)
    expect([others[0]!.status, others[0]!.peers]).toEqual(['off', []])
    expect(ann.room.status).toBe('connected')
    expect(socketsTo(id)).toHaveLength(2)
  })

  test('I2: users are peers by user, the same objects while they are here; closing one of two tabs leaves the other', async () => {
    const id = newPresence()
    let runs = 0
    const ben = await come(id, 'ben', {
      beside: (room) =>
        createEffect(
          on(
            () => room.users,
            () => runs++,
          ),
        ),
    })
    const [one, two] = [await come(id, 'ann'), await come(id, 'ann')]
    await until(() => ben.room.users[0]?.peers.length === 2)
    const [user] = ben.room.users
    expect([user!.userId, ben.room.users.length, runs]).toEqual(['ann', 1, 2])
    one.unmount()
    await until(() => ben.room.users[0]?.peers.length === 1)
    expect(ben.room.users[0]).toBe(user)
    expect(ben.room.peers[0]!.connectionId).toBe(two.room.self.connectionId)
    two.unmount()
    await until(() => ben.room.users.length === 0)
  })

  test('I3: whose last component goes is gone for the others at once, though the connection stays; and is back with it', async () => {
    const id = newPresence()
    const [named, name] = createSignal<string | null>(id)
    const ben = await come(id, 'ben')
    const ann = attend(named, { user: () => 'ann', initial: { color: 'red' }, keepFor: 60_000 })
    await until(() => ben.room.peers.length === 1)
    name(null)
    await until(() => ben.room.peers.length === 0)
    expect(ann.room.status).toBe('off')
    name(id)
    await until(() => ben.room.peers[0]?.state.color === 'red')
    expect(socketsTo(id)).toHaveLength(2)
  })

  test('I7: is another when somebody else signs in: what the former saw and said is gone', async () => {
    const id = newPresence()
    const ben = await come(id, 'ben')
    const [user, setUser] = createSignal('ann')
    const ann = attend(id, { user, initial: { color: 'red' } })
    await until(() => ann.room.peers.length === 1 && ben.room.peers.length === 1)
    ann.room.update({ secret: 'of ann' })
    await until(() => ben.room.peers[0]!.state.secret)
    setUser('eve')
    await until(() => ann.room.self.userId === 'eve' && ben.room.peers[0]?.userId === 'eve')
    expect(ben.room.peers.map(({ state }) => state)).toEqual([{ color: 'red' }])
    expect(ann.room.self.state).toEqual({ color: 'red' })
  })

  test('I8: in a role that only watches is not seen, and is from the moment on in which they may', async () => {
    const id = newPresence()
    const [ben, ann] = [await come(id, 'ben'), await come(id, 'ann', { initial: { color: 'red' } })]
    await until(() => ben.room.peers.length === 1)
    await callRoom(base, id, 'setRole', ['ann', 'ghost'])
    await until(() => !ann.room.canWrite && ben.room.peers.length === 0)
    ann.room.update({ color: 'blue' })
    expect(ann.room.peers).toHaveLength(1)
    await callRoom(base, id, 'setRole', ['ann', 'member'])
    await until(() => ann.room.canWrite && ben.room.peers[0]?.state.color === 'blue')
    expect(ann.errors).toEqual([])
    await callRoom(base, id, 'removeUser', ['ann'])
    await until(() => ann.room.status === 'refused')
    expect([ann.room.peers, ann.room.error?.code]).toEqual([[], 'forbidden'])
  })
})

describe('what one says', () => {
  test('I4: runs the effects that read it, once, and no other', async () => {
    const id = newPresence()
    const runs: Record<string, number> = {}
    const count = (name: string, read: () => unknown) =>
      createEffect(on(read, () => (runs[name] = (runs[name] ?? 0) + 1)))
    const ben = await come(id, 'ben', {
      beside: (room) => {
        count('list', () => room.peers)
        count('users', () => room.users)
        createEffect(() => {
          for (const peer of room.peers) {
            count(`${peer.userId} cursor`, () => [peer.state.cursor?.x, peer.state.cursor?.y])
            count(`${peer.userId} color`, () => peer.state.color)
          }
        })
      },
    })
    const ann = await come(id, 'ann', { initial: { color: 'red', cursor: { x: 0, y: 0 } } })
    await come(id, 'eve', { initial: { color: 'blue', cursor: { x: 0, y: 0 } } })
    await until(() => ben.room.peers.length === 2)
    const [peer] = ben.room.peers
    const before = { ...runs }
    ann.room.update({ cursor: { x: 5, y: 6 } })
    await until(() => peer!.state.cursor?.x === 5)
    expect(ben.room.peers[0]).toBe(peer)
    expect(runs).toEqual({ ...before, 'ann cursor': before['ann cursor']! + 1 })
    ann.room.update({ color: undefined })
    await until(() => peer!.state.color === undefined)
    expect(Object.keys(peer!.state)).toEqual(['cursor'])
    ann.room.replace({ tool: 'pen' })
    await until(() => peer!.state.tool === 'pen')
    expect(peer!.state).toEqual({ tool: 'pen' })
    expect(runs['eve cursor']).toBe(before['eve cursor'])
  })

  test('I5: goes at most once in 33 ms, the last of it; alone once a second, and at once when somebody comes', async () => {
    const id = newPresence()
    const ann = await come(id, 'ann')
    for (let x = 1; x <= 20; x++) {
      ann.room.update({ cursor: { x, y: 0 } })
      await pause(5)
    }
    expect(toldTo(id, 'presence.change')).toHaveLength(0)
    const ben = await come(id, 'ben')
    await until(() => ben.room.peers[0]?.state.cursor?.x === 20)
    expect(toldTo(id, 'presence.change')).toHaveLength(1)
    const since = performance.now()
    for (let x = 21; x <= 60; x++) {
      ann.room.update({ cursor: { x, y: 0 } })
      await pause(5)
    }
    await until(() => ben.room.peers[0]?.state.cursor?.x === 60)
    const frames = toldTo(id, 'presence.change').length - 1
    expect(frames).toBeLessThanOrEqual((performance.now() - since) / 33 + 1)
    expect(frames).toBeGreaterThan(1)
  })

  test('I5: goes as seldom as the component wants', async () => {
    const id = newPresence()
    const [ben, ann] = [await come(id, 'ben'), await come(id, 'ann', { throttle: 200 })]
    await until(() => ann.room.peers.length === 1)
    for (let x = 1; x <= 40; x++) {
      ann.room.update({ cursor: { x, y: 0 } })
      await pause(5)
    }
    await until(() => ben.room.peers[0]?.state.cursor?.x === 40)
    expect(toldTo(id, 'presence.change').length).toBeLessThanOrEqual(3)
  })

  test('I6: an event is told to all, to oneself too, and is kept by nobody', async () => {
    const id = newPresence()
    const heard: [string, string, string | undefined][] = []
    const hear = (who: string) => (event: string, from: Peer<Said> | undefined) =>
      heard.push([who, event, from?.userId])
    const ann = await come(id, 'ann', { onEvent: hear('ann') })
    await come(id, 'ben', { onEvent: hear('ben') })
    await until(() => ann.room.peers.length === 1)
    expect(ann.room.broadcast('wave')).toBe(true)
    await until(() => heard.length === 2)
    expect(heard.toSorted()).toEqual([
      ['ann', 'wave', undefined],
      ['ben', 'wave', 'ann'],
    ])
    await cutLines(id)
    expect(ann.room.broadcast('lost')).toBe(false)
  })

  test.each<readonly [string, unknown, RegExp]>([
    ['no object', 7, /^patch: expected an object, received number/],
    ['a list', [], /^patch: expected an object, received array/],
    ['a function', { f: () => 0 }, /^patch\.f: expected a JSON value, received function/],
    ['NaN', { x: Number.NaN }, /^patch\.x: expected a finite number, received NaN/],
    ['a date', { at: new Date() }, /^patch\.at: expected a JSON value, received Date/],
    ['too much', { text: 'é'.repeat(9000) }, /^patch: expected at most 16384 bytes of JSON/],
  ])('I9: %s is refused where it is said', async (_, patch, message) => {
    const { room } = await come(newPresence(), 'ann', { initial: { color: 'red' } })
    expect(() => room.update(patch as Said)).toThrow(TypeError)
    expect(() => room.update(patch as Said)).toThrow(message)
    expect(room.self.state).toEqual({ color: 'red' })
  })

  test('I9: what the room refuses because there was too much at once is said again', async () => {
    const id = newPresence('strict')
    const [ben, ann] = [await come(id, 'ben'), await come(id, 'ann', { throttle: 16 })]
    await until(() => ann.room.peers.length === 1)
    for (let x = 1; x <= 30; x++) {
      ann.room.update({ cursor: { x, y: 0 } })
      await pause(20)
    }
    await until(() => ann.errors.some(({ code }) => code === 'rate-limited'))
    await until(() => ben.room.peers[0]?.state.cursor?.x === 30)
  })
})

/** A page of ann whose line is broken, in a room from which ben has gone since. */
async function withoutBen(): Promise<[id: string, ann: PresencePage]> {
  const id = newPresence()
  const [ann, ben, cay] = [await come(id, 'ann'), await come(id, 'ben'), await come(id, 'cay')]
  await until(() => ann.room.peers.length === 2 && cay.room.peers.length === 2)
  await broken(socketsTo(id)[0]!)
  ben.unmount()
  // Told with the rest of a frame's time: who comes before that is told so too, and needs no three seconds.
  await until(() => !cay.room.peers.some(({ userId }) => userId === 'ben'))
  return [id, ann]
}

describe('a drop', () => {
  test('I10: of a second shows the others nothing, and runs no effect of ours where nothing has changed', async () => {
    const id = newPresence()
    const eve = await come(id, 'eve')
    const own = socketsTo(id)[0]!
    let runs = 0
    const ann = await come(id, 'ann', {
      initial: { cursor: { x: 1, y: 1 } },
      beside: (room) =>
        createEffect(() => {
          runs++
          for (const peer of room.peers) void peer.state.cursor?.x
          void room.users.length
          void room.self.connectionId
          void room.self.userId
        }),
    })
    const ben = await come(id, 'ben', { initial: { cursor: { x: 2, y: 2 } } })
    await until(() => eve.room.peers.length === 2 && ann.room.peers.length === 2)
    const [before, heard] = [runs, own.received.length]
    // Not eve's, who is to see nothing of it.
    await Promise.all(socketsTo(id).slice(1).map(broken))
    await pause(500)
    expect([eve.room.peers.length, ann.room.peers.length]).toEqual([2, 2])
    await back(ann, ben)
    await until(() => toldTo(id, 'presence.enter').length === 5)
    ann.room.update({ cursor: { x: 3, y: 3 } })
    await until(() => eve.room.peers.find(({ userId }) => userId === 'ann')!.state.cursor?.x === 3)
    expect(runs).toBe(before)
    expect(own.received.slice(heard).filter((frame) => frame !== 'pong')).toEqual([
      expect.objectContaining({ type: 'presence.changes' }),
    ])
  })

  test('I10: with the room itself, which then knows nobody, shows nothing either', async () => {
    const id = newPresence()
    let runs = 0
    const ann = await come(id, 'ann', {
      beside: (room) =>
        createEffect(
          on(
            () => [room.peers, room.self.connectionId],
            () => runs++,
          ),
        ),
    })
    const ben = await come(id, 'ben', { initial: { color: 'blue' } })
    await until(() => ann.room.peers.length === 1)
    const before = runs
    await callRoom(base, id, 'crash', [])
    await until(() => ann.room.status !== 'connected' && ben.room.status !== 'connected')
    await back(ann)
    await until(() => toldTo(id, 'presence.enter').length >= 3)
    expect(ann.room.peers).toHaveLength(1)
    await back(ben)
    ben.room.update({ color: 'green' })
    await until(() => ann.room.peers[0]?.state.color === 'green')
    expect(runs).toBe(before)
  })

  test('I10: whoever has gone meanwhile is shown for three seconds more, and not longer', async () => {
    let [id, ann] = await withoutBen()
    // Whoever comes back by themselves before he has gone hears that he goes.
    while (socketsTo(id).length > 3) [id, ann] = await withoutBen()
    await back(ann)
    const since = performance.now()
    const names = () => ann.room.peers.map(({ userId }) => userId)
    expect(names()).toContain('ben')
    await until(() => names().join() === 'cay')
    expect(performance.now() - since).toBeLessThan(6000)
  })

  test('I5, I10: what is said offline is said on return', async () => {
    const id = newPresence()
    const [ann, ben] = [await come(id, 'ann', { initial: { color: 'red' } }), await come(id, 'ben')]
    await cutLines(id)
    ann.room.update({ color: 'green' })
    expect(ann.room.self.state.color).toBe('green')
    await back(ann, ben)
    await until(() => ben.room.peers.some(({ state }) => state.color === 'green'))
  })

  test('I13: told to stay away we are gone at once and do, and are back with what we say now on `reconnect`', async () => {
    const id = newPresence()
    const [ann, ben] = [await come(id, 'ann', { initial: { color: 'red' } }), await come(id, 'ben')]
    await until(() => ann.room.peers.length === 1 && ben.room.peers.length === 1)
    const since = performance.now()
    ann.room.disconnect()
    await until(() => ben.room.peers.length === 0)
    // Sooner than of somebody whose line has broken.
    expect(performance.now() - since).toBeLessThan(3000)
    await until(() => ann.room.status === 'disconnected')
    ann.room.update({ color: 'green' })
    const sockets = socketsTo(id).length
    window.dispatchEvent(new Event('online'))
    await new Promise(requestAnimationFrame)
    expect([ann.room.status, socketsTo(id).length, ann.room.peers.length]).toEqual(['disconnected', sockets, 1])
    ann.room.reconnect()
    await until(() => ben.room.peers[0]?.state.color === 'green')
    expect(ann.room.status).toBe('connected')
  })
})
