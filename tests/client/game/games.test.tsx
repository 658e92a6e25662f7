import { createEffect, createSignal, untrack } from 'solid-js'
import { describe, expect, test } from 'vitest'
import { drive, enter, newRace, sentIn, sit, stateOf } from '../../support/games.tsx'
import { base, cutLine, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { delayOn, socketsTo, socketTo } from '../../support/sockets.ts'

const names = (game: { readonly players: readonly { readonly userId: string }[] }) =>
  game.players.map(({ userId }) => userId)
const back = (page: { readonly game: { readonly status: string } }): Promise<void> =>
  until(() => {
    if (page.game.status === 'connected') return true
    window.dispatchEvent(new Event('online'))
    return false
  })
/** Ends a connection as no page does that goes. */
const broken = async (id: string): Promise<void> => {
  const { socket } = socketTo(id)
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }))
  WebSocket.prototype.close.call(socket, 4000, 'the line is cut')
  await closed
}

describe('a game', () => {
  test('J1, J5: shows the state and who plays, and what everybody does once a tick has used it', async () => {
    const id = newRace()
    const ann = await sit(id, 'ann')
    const ben = await sit(id, 'ben')
    await until(() => ann.game.players.length === 2)
    expect([names(ann.game), names(ben.game)]).toEqual([
      ['ann', 'ben'],
      ['ann', 'ben'],
    ])
    expect(ann.game.self).toMatchObject({ userId: 'ann', userName: 'ann', ready: false, connected: true })
    expect([ann.game.status, ann.game.canWrite, ann.game.running, ann.game.tick, ann.game.skipped]).toEqual([
      'connected',
      true,
      false,
      0,
      0,
    ])
    ann.game.start()
    await until(() => ben.game.running && ben.game.state?.lights === 'green')
    expect(ann.game.send({ action: 'jump', data: 5 })).toBe(true)
    expect(ben.game.send({ action: 'jump', data: 7 })).toBe(true)
    await until(() => [ann, ben].every((page) => stateOf(page).order.length === 2))
    expect(stateOf(ann)).toEqual(stateOf(ben))
    expect(stateOf(ann).cars).toMatchObject({ ann: { x: 5 }, ben: { x: 7 } })
    expect(ann.game.tick).toBeGreaterThan(0)
    expect(ann.game.latency).toBeGreaterThan(0)
    expect([...ann.errors, ...ben.errors]).toEqual([])
  })

  test('J1: two components share a connection and a seat; the seat is free when the last of them has gone', async () => {
    const id = newRace('small')
    const [named, name] = createSignal<string | null>(id)
    const [other, nameOther] = createSignal<string | null>(id)
    const { createGameRoom } = await import('deepspace-solid')
    const ann = enter(named, {
      user: () => 'ann',
      keepFor: 60_000,
      beside: () => void createGameRoom(other),
    })
    await until(() => ann.game.canWrite)
    const [ben, cay] = [await sit(id, 'ben'), await sit(id, 'cay')]
    expect([cay.game.self, cay.game.canWrite, cay.game.mayPlay]).toEqual([undefined, false, true])
    expect(cay.errors.map(({ message }) => message)).toEqual(['Game is full'])
    nameOther(null)
    name(null)
    expect([ann.game.status, ann.game.state, ann.game.players]).toEqual(['off', undefined, []])
    await until(() => names(ben.game).join() === 'ben')
    expect(cay.game.ready(false)).toBe(true)
    await until(() => cay.game.canWrite)
    // There is no seat for ann any more, until cay goes.
    name(id)
    await until(() => ann.errors.length === 1)
    expect([ann.game.self, names(ann.game)]).toEqual([undefined, ['ben', 'cay']])
    expect(cay.game.leave()).toBe(true)
    await until(() => cay.game.self === undefined)
    ann.game.ready()
    await until(() => ann.game.self?.ready)
    expect(socketsTo(id)).toHaveLength(3)
  })

  test('J3: says of what it does not send that it does not, and keeps none of it', async () => {
    const id = newRace()
    const ann = enter(id, { user: () => 'ann' })
    const jump = { action: 'jump', data: 1 } as const
    expect([ann.game.send(jump), ann.game.ready(), ann.game.start(), ann.game.leave()]).toEqual([
      false,
      false,
      false,
      false,
    ])
    await until(() => ann.game.state)
    expect(ann.game.send(jump)).toBe(false)
    ann.game.start()
    await until(() => ann.game.running)
    ann.game.disconnect()
    expect(ann.game.send(jump)).toBe(false)
    expect([ann.game.start(), ann.game.end()]).toEqual([false, false])
    ann.game.reconnect()
    await back(ann)
    expect(sentIn(id, 'game.input')).toEqual([])
    for (const [input, why] of [
      [{ action: 'jump', data: Number.NaN }, 'data: expected a finite number, received NaN'],
      [{ action: 'jump', data: { deep: [() => 1] } }, 'data.deep[0]: expected a JSON value, received function'],
      [{ action: '', data: 1 }, 'action: expected a name of 1 to 128 characters, received string'],
      [{ action: 'x'.repeat(129), data: 1 }, 'action: expected a name of 1 to 128 characters, received string'],
      [{ action: 7, data: 1 }, 'action: expected a name of 1 to 128 characters, received number'],
    ] as const) {
      expect(() => ann.game.send(input as never)).toThrow(why)
    }
    expect(sentIn(id, 'game.input')).toEqual([])
  })

  test('J3: what the room refuses is told, with the field, and the game goes on', async () => {
    const id = newRace()
    const zed = await sit(id, 'zed')
    expect(zed.game.start()).toBe(true)
    await until(() => zed.errors.length === 1)
    expect(zed.errors[0]).toMatchObject({ code: 'denied', message: 'Game start denied' })
    const ann = await drive(id, 'ann')
    expect(ann.game.send({ action: 'fly', data: 1 } as never)).toBe(true)
    await until(() => ann.errors.length === 1)
    expect(ann.errors[0]).toMatchObject({ code: 'invalid-field', field: 'action' })
    ann.game.send({ action: 'jump', data: 4 })
    await until(() => stateOf(ann).cars.ann?.x === 4)
  })

  test('J3: what met the end of the game on its way is used by nobody, and is nobody’s error', async () => {
    const id = newRace()
    const ben = await drive(id, 'ben')
    delayOn(id, () => 100)
    const ann = await drive(id, 'ann')
    const { received } = socketTo(id)
    ben.game.end()
    await until(() => !ben.game.running)
    expect([ann.game.running, ann.game.send({ action: 'jump', data: 4 })]).toEqual([true, true])
    await until(() => received.some((frame) => frame !== 'pong' && (frame.type as string) === 'core.error'))
    expect([ann.game.running, ann.game.ending, stateOf(ann).cars.ann?.x]).toEqual([false, 'ended', 0])
    expect(ann.errors).toEqual([])
    // What is asked of a game that does not run is another matter.
    ann.game.end()
    await until(() => ann.errors.length === 1)
    expect(ann.errors[0]).toMatchObject({ code: 'not-running' })
  })

  test('J6: is over when it is ended, when nobody plays, and when its code fails, and says why', async () => {
    const id = newRace()
    const [ann, watcher] = [await drive(id, 'ann'), enter(id)]
    await until(() => watcher.game.running)
    ann.game.end()
    await until(() => !ann.game.running && watcher.game.ending === 'ended')
    expect([ann.game.ending, stateOf(ann).lights]).toEqual(['ended', 'red'])
    ann.game.start()
    await until(() => watcher.game.running && ann.game.running)
    expect([ann.game.ending, watcher.game.ending]).toEqual([undefined, undefined])
    ann.game.send({ action: 'jump', data: 13 })
    await until(() => watcher.game.ending === 'failed' && ann.errors.length === 1)
    expect(ann.errors[0]).toMatchObject({ code: 'game-failed', message: 'Game failed' })
    expect(stateOf(ann).order).toEqual([])
    ann.game.start()
    await until(() => watcher.game.running)
    ann.unmount()
    await until(() => watcher.game.ending === 'left')
    expect(watcher.game.players).toEqual([])
  })

  test('J5: a role that is lost is a seat that is lost; who gets it back plays again', async () => {
    const id = newRace()
    const [ann, ben] = [await drive(id, 'ann'), await sit(id, 'ben')]
    await callRoom(base, id, 'setRole', ['ben', 'viewer'])
    await until(() => !ben.game.canWrite && names(ann.game).join() === 'ann')
    expect(ben.game.mayPlay).toBe(false)
    expect([ben.game.self, ben.game.send({ action: 'jump', data: 1 })]).toEqual([undefined, false])
    await callRoom(base, id, 'setRole', ['ben', 'member'])
    await until(() => ben.game.canWrite)
    ben.game.send({ action: 'jump', data: 2 })
    await until(() => stateOf(ann).cars.ben?.x === 2)
  })

  test('J5: of two pages of a user the newest plays; the other one finds that out, and takes the seat back', async () => {
    const id = newRace()
    const one = await drive(id, 'ann')
    const two = await sit(id, 'ann')
    expect([names(two.game), two.game.canWrite]).toEqual([['ann'], true])
    expect(one.game.send({ action: 'jump', data: 1 })).toBe(true)
    await until(() => !one.game.canWrite)
    expect(one.errors.map(({ code }) => code)).toEqual(['denied'])
    expect(one.game.send({ action: 'jump', data: 1 })).toBe(false)
    two.game.send({ action: 'jump', data: 2 })
    await until(() => stateOf(one).cars.ann!.x === 2)
    one.game.ready(false)
    await until(() => one.game.canWrite)
    one.game.send({ action: 'jump', data: 3 })
    await until(() => stateOf(two).cars.ann!.x === 5)
  })

  test('J7: who signs out gives up the seat, and the next user sees nothing of theirs', async () => {
    const id = newRace()
    const ben = await drive(id, 'ben')
    const [user, setUser] = createSignal('ann')
    const seen: string[] = []
    const ann = enter(id, {
      user,
      beside: (game) => createEffect(() => seen.push(game.state ? Object.keys(game.state.cars).join() : 'nothing')),
    })
    await until(() => ben.game.players.length === 2 && ann.game.canWrite)
    setUser('eve')
    await until(() => names(ben.game).join() === 'ben,eve' && ann.game.canWrite)
    expect(ann.game.self?.userId).toBe('eve')
    expect(seen).toEqual(['nothing', 'ben,ann', 'nothing', 'ben,eve'])
    await callRoom(base, id, 'removeUser', ['eve'])
    await until(() => ann.game.status === 'refused')
    expect([ann.game.state, ann.game.players, ann.game.running]).toEqual([undefined, [], false])
    expect(ann.game.error).toMatchObject({ code: 'forbidden' })
  })

  test('J13: a connection that breaks, or is made anew, keeps the seat; one that is told to go does not', async () => {
    const id = newRace()
    const [ann, ben] = [await drive(id, 'ann'), await sit(id, 'ben')]
    const since = ben.game.self!.connectedAt
    await broken(id)
    await until(() => ann.game.players[1]?.connected === false)
    await back(ben)
    await until(() => ann.game.players[1]?.connected)
    ben.game.reconnect()
    await until(() => socketsTo(id).length === 4 && ben.game.status === 'connected')
    expect(ben.game.self!.connectedAt).toBe(since)
    ben.game.disconnect()
    await until(() => names(ann.game).join() === 'ann')
    expect(ben.game.status).toBe('disconnected')
    ben.game.reconnect()
    await until(() => ann.game.players.length === 2)
  })

  test('J13: who has left watches, on later connections too, until they are ready', async () => {
    const id = newRace()
    const [ann, ben] = [await drive(id, 'ann'), await sit(id, 'ben')]
    await until(() => names(ann.game).join() === 'ann,ben')
    expect(ben.game.leave()).toBe(true)
    await until(() => names(ann.game).join() === 'ann' && !ben.game.canWrite)
    await broken(id)
    await back(ben)
    await until(() => sentIn(id, 'game.leave').length === 2)
    await until(() => names(ann.game).join() === 'ann' && ben.game.self === undefined)
    expect(ben.game.send({ action: 'jump', data: 1 })).toBe(false)
    ben.game.ready(false)
    await until(() => ben.game.canWrite)
    await broken(id)
    await back(ben)
    await until(() => ben.game.self)
    expect(sentIn(id, 'game.leave')).toHaveLength(2)
    ben.game.send({ action: 'jump', data: 2 })
    await until(() => stateOf(ann).cars.ben?.x === 2)
  })

  test('J4: what was on its way when the connection broke is done once, and so is what comes after it', async () => {
    const id = newRace()
    const ann = await drive(id, 'ann')
    const watcher = enter(id)
    await until(() => watcher.game.state)
    for (let round = 1; round <= 5; round++) {
      const observed = socketsTo(id)
        .filter(({ search }) => search.has('token'))
        .at(-1)!
      ann.game.send({ action: 'jump', data: round * 100 })
      // It goes missing.
      const { lose } = observed
      observed.lose = () => true
      ann.game.send({ action: 'jump', data: round * 100 + 1 })
      observed.lose = lose
      WebSocket.prototype.close.call(observed.socket, 4000)
      await until(() => ann.game.status !== 'connected')
      await back(ann)
      ann.game.send({ action: 'jump', data: round * 100 + 2 })
      await until(() => stateOf(watcher).order.length === round * 3)
    }
    const expected = [1, 2, 3, 4, 5].flatMap((round) => [0, 1, 2].map((n) => `ann ${round * 100 + n}`))
    expect(stateOf(watcher).order).toEqual(expected)
    expect(ann.errors).toEqual([])
  })

  test('J4: what was on its way into a game is not done in the next', async () => {
    const id = newRace()
    const [ann, ben] = [await drive(id, 'ann'), await sit(id, 'ben')]
    const observed = socketsTo(id)[0]!
    ann.game.send({ action: 'jump', data: 1 })
    await until(() => stateOf(ben).order.length === 1)
    observed.lose = () => true
    ann.game.send({ action: 'jump', data: 2 })
    WebSocket.prototype.close.call(observed.socket, 4000)
    await until(() => ann.game.status !== 'connected')
    ben.game.end()
    await until(() => ben.game.ending)
    ben.game.start()
    await until(() => ben.game.running)
    // Its ticks are past those that she knows.
    ben.game.send({ action: 'speed', data: 1 })
    await until(() => ben.game.tick > untrack(() => ann.game.tick) + 1)
    await back(ann)
    ann.game.send({ action: 'jump', data: 3 })
    await until(() => stateOf(ben).order.length === 2)
    expect(stateOf(ben).order).toEqual(['ann 1', 'ann 3'])
  })

  test('J4: what was on its way of a visitor, who comes again as another, is not done in the seat of that one', async () => {
    const id = newRace('role-member-')
    const ann = await drive(id, 'ann')
    const visitor = enter(id)
    await until(() => visitor.game.canWrite && visitor.game.running)
    const before = visitor.game.self!.userId
    const observed = socketsTo(id).at(-1)!
    observed.lose = () => true
    expect(visitor.game.send({ action: 'jump', data: 7 })).toBe(true)
    WebSocket.prototype.close.call(observed.socket, 4000)
    await until(() => visitor.game.status !== 'connected')
    await back(visitor)
    expect(visitor.game.self!.userId).not.toBe(before)
    visitor.game.send({ action: 'jump', data: 8 })
    await until(() => stateOf(ann).order.length > 0)
    expect(stateOf(ann).order).toEqual([`${visitor.game.self!.userId} 8`])
  })

  test('J1: a connection without a component that comes back is of nobody who plays', async () => {
    const id = newRace()
    const [named, name] = createSignal<string | null>(id)
    const watcher = enter(id)
    enter(named, { user: () => 'ann', keepFor: 60_000 })
    await until(() => watcher.game.players.length === 1)
    name(null)
    await until(() => watcher.game.players.length === 0)
    const before = socketsTo(id).length
    await cutLine(id)
    await until(() => {
      window.dispatchEvent(new Event('online'))
      return socketsTo(id).length > before
    })
    await until(() => sentIn(id, 'game.leave').length === 2)
    await until(() => watcher.game.players.length === 0)
    name(id)
    await until(() => watcher.game.players.length === 1)
  })
})
