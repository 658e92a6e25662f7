import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { shortTokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

test('E6: a connection ends when its token expires, and the others go on', async () => {
  const room = crypto.randomUUID()
  const alice = await Wire.knock(base, room, `v=1&token=${await shortTokenFor('alice', 2)}`)
  const [bob, visitor] = await Promise.all([Wire.open(base, room, 'bob'), Wire.open(base, room)])
  await alice.until(({ type }) => type === 'user.info')
  expect(await alice.put('samples', 'a', {})).toMatchObject({ success: true })
  expect(await alice.closed).toEqual({ code: 4401, reason: 'token-expired' })
  expect(await bob.put('samples', 'b', {})).toMatchObject({ success: true })
  expect(await visitor.changes()).toHaveLength(2)
  expect((await callRoom(base, room, 'connected', [])).result).toHaveLength(2)
})

test('E6: the one that expires first ends first, whenever it has come', async () => {
  const room = crypto.randomUUID()
  const late = await Wire.knock(base, room, `v=1&token=${await shortTokenFor('late', 4)}`)
  const early = await Wire.knock(base, room, `v=1&token=${await shortTokenFor('early', 2)}`)
  // workerd is slow to end a connection that has never said anything.
  await Promise.all([late.drain(), early.drain()])
  const ends: string[] = []
  await Promise.all([early.closed.then(() => ends.push('early')), late.closed.then(() => ends.push('late'))])
  expect(ends).toEqual(['early', 'late'])
})

test('U7: a user who is removed is disconnected, and off the roster with the role that they had', async () => {
  const room = crypto.randomUUID()
  const [root, eve, eveAgain] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'eve', 'v=1'),
    Wire.open(base, room, 'eve', 'v=1'),
  ])
  await root.request('user.set_role', { userId: 'eve', role: 'admin' })
  await root.request('user.list', {})
  await Promise.all([root, eve, eveAgain].map((wire) => wire.drain()))
  expect(await callRoom(base, room, 'removeUser', ['eve'])).toEqual({ result: null })
  for (const wire of [eve, eveAgain]) expect(await wire.closed).toEqual({ code: 4403, reason: 'forbidden' })
  const [list] = await root.drain()
  expect(list!.payload.users.map(({ id }: { id: string }) => id)).toEqual(['root'])
  const back = await Wire.open(base, room, 'eve')
  expect(back.user!.role).toBe('member')
})

test('E6: a connection that only listens is told nothing once its token has expired, whatever the app does with the alarm', async () => {
  const room = crypto.randomUUID()
  const silent = await Wire.knock(base, room, `v=1&token=${await shortTokenFor('silent', 2)}`)
  const bob = await Wire.open(base, room, 'bob')
  await silent.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  await callRoom(base, room, 'takeAlarm', [Date.now() + 3_600_000])
  const told: number[] = []
  silent.socket.addEventListener('message', () => told.push(Date.now()))
  const expires = Date.now() + 2_000
  let writes = 0
  await expect
    .poll(
      async () => {
        await bob.put('samples', 'a', { number: ++writes })
        return (await callRoom(base, room, 'connected', [])).result
      },
      { interval: 50, timeout: 8_000 },
    )
    .toEqual(['bob'])
  expect(await silent.closed).toEqual({ code: 4401, reason: 'token-expired' })
  expect(told.length).toBeGreaterThan(3)
  // The clocks of the worker and of the test are one; a token is given in whole seconds.
  expect(Math.max(...told)).toBeLessThan(expires + 1_000)
})
