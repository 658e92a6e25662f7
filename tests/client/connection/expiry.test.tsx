import { createConnection, createQuery, RecordProvider, RecordScope } from 'deepspace-solid'
import { createEffect } from 'solid-js'
import { expect, test } from 'vitest'
import { collections, samples } from '../../support/collections.ts'
import { base, inRoom, show, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { sentTo, socketsTo, socketTo } from '../../support/sockets.ts'
import { shortTokenFor, tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

test('E6, C5, V6: when the token expires a fresh one is asked for, and the query goes on from where it was', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', 'a', { number: 1 })
  let tokens = 0
  const seen: string[] = []
  let query!: ReturnType<typeof createQuery<typeof samples>>
  const Watch = () => {
    query = createQuery(samples)
    const connection = createConnection()
    createEffect(() => seen.push(`${connection.status} ${query.status} ${query.records.length}`))
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => (tokens++ === 0 ? shortTokenFor('alice', 2) : tokenFor('alice'))}>
      <RecordScope roomId={room} collections={collections}>
        <Watch />
      </RecordScope>
    </RecordProvider>
  ))
  await until(() => query.status === 'ready')
  seen.length = 0
  await until(() => socketsTo(room).length === 2)
  await bob.put('samples', 'b', { number: 2 })
  await until(() => query.records.length === 2)
  expect(tokens).toBe(2)
  expect(seen.every((each) => each.includes(' ready ') && !each.startsWith('refused'))).toBe(true)
  expect(sentTo(room, 'core.subscribe').at(-1)!.payload.since).toBeGreaterThan(0)
})

test('E6, C7: whose token cannot be renewed sees nothing of the room any more, until there is a new one', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', 'a', { number: 1 })
  const token = await shortTokenFor('alice', 2)
  let renewed: Promise<string> | undefined
  let made!: { query: ReturnType<typeof createQuery<typeof samples>>; connection: ReturnType<typeof createConnection> }
  const Watch = () => {
    made = { query: createQuery(samples), connection: createConnection() }
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => renewed ?? token}>
      <RecordScope roomId={room} collections={collections}>
        <Watch />
      </RecordScope>
    </RecordProvider>
  ))
  await until(() => made.query.records.length === 1)
  await until(() => made.connection.status === 'refused')
  expect(made.connection.error).toMatchObject({ code: 'token-expired' })
  // The one that ended, and one fresh try.
  expect(socketsTo(room)).toHaveLength(2)
  expect([made.query.records.length, made.query.status, made.query.error?.code]).toEqual([0, 'error', 'token-expired'])
  renewed = tokenFor('alice')
  made.connection.reconnect()
  await until(() => made.query.status === 'ready')
  expect(made.query.records.length).toBe(1)
})

test('U7, C7: who is removed from a room sees nothing of it any more, and is told why', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', 'a', {})
  const { made } = inRoom(room, () => ({ query: createQuery(samples), connection: createConnection() }), {
    user: 'eve',
  })
  await until(() => made.query.records.length === 1)
  await callRoom(base, room, 'removeUser', ['eve'])
  await until(() => made.connection.status === 'refused')
  expect(made.connection.error).toMatchObject({ code: 'forbidden' })
  expect([made.query.records.length, made.query.status, made.query.error?.code]).toEqual([0, 'error', 'forbidden'])
  expect(socketsTo(room)).toHaveLength(1)
})

test('L6: the client says how far it has come when it is asked', async () => {
  const room = crypto.randomUUID()
  const { made: query } = inRoom(room, () => createQuery(samples), { user: 'alice' })
  await until(() => query.status === 'ready')
  const text = 'x'.repeat(200_000)
  const marks = () => socketTo(room).received.filter((frame) => frame !== 'pong' && frame.type === 'core.mark')
  // How many changes go between two of them depends on how the changes fall together.
  for (let n = 0; marks().length < 2; n++) {
    await callRoom(base, room, 'put', ['samples', `s${n}`, { text }, 'system'])
    await until(() => query.records.length === n + 1)
  }
  expect(sentTo(room, 'core.mark')).toEqual(marks())
})
