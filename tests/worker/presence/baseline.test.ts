import { expect, onTestFinished, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { PresenceWire } from '../../support/presence-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const open = async (name: string, user: string, search = ''): Promise<PresenceWire> => {
  const wire = await PresenceWire.open(rooms.base, name, user, search)
  onTestFinished(() => wire.close())
  return wire
}
const some = (what = ''): string => `presence:${what}${crypto.randomUUID()}`
const told = (wire: PresenceWire, from: number) => wire.frames.slice(from).filter(({ type }) => type !== 'core.error')

test('A6, O2: a baseline client is told users: who is here, who joins, what they say whole, and who leaves', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  expect(ann.frames).toEqual([{ type: 'presence.sync', payload: { peers: [] } }])
  const ben = await open(name, 'ben')
  const peer = (userId: string, state = {}) => ({ userId, userName: userId, joinedAt: expect.any(String), state })
  expect(ben.frames).toEqual([{ type: 'presence.sync', payload: { peers: [peer('ann')] } }])
  expect(await ann.until(({ type }) => type === 'presence.join')).toEqual({
    type: 'presence.join',
    payload: { peer: peer('ben') },
  })
  ben.send('presence.update', { a: 1, b: 2 })
  await ann.until(({ payload }) => payload.state?.b === 2)
  ben.send('presence.update', { b: null })
  await ann.until(({ payload }) => payload.state?.b === null)
  expect(ann.frames.at(-1)).toEqual({ type: 'presence.update', payload: { userId: 'ben', state: { a: 1, b: null } } })
  await ben.close()
  await ann.until(({ type }) => type === 'presence.leave')
  expect(ann.frames.at(-1)).toEqual({ type: 'presence.leave', payload: { userId: 'ben' } })
  await ann.handled()
  expect(told(ann, 0).map(({ type }) => type)).toEqual([
    'presence.sync',
    'presence.join',
    'presence.update',
    'presence.update',
    'presence.leave',
  ])
})

test('O2: closing one of two tabs takes nobody away, and a tab that says nothing takes nothing away', async () => {
  const name = some('patient')
  const [ben, one] = [await open(name, 'ben'), await open(name, 'ann')]
  await ben.until(({ type }) => type === 'presence.join')
  one.send('presence.update', { tab: 1 })
  await ben.until(({ type }) => type === 'presence.update')
  const before = ben.frames.length
  const two = await open(name, 'ann')
  const join = await ben.until(({ type }) => type === 'presence.join', before)
  expect(join.payload.peer.state).toEqual({ tab: 1 })
  two.send('presence.update', { tab: 2 })
  await ben.until(({ payload }) => payload.state?.tab === 2)
  const shown = ben.frames.length
  await two.close()
  await ben.until(({ payload }) => payload.state?.tab === 1, shown)
  expect(ben.frames.some(({ type }) => type === 'presence.leave')).toBe(false)
  await one.close()
  await ben.until(({ type }) => type === 'presence.leave')
})

test('O2, O5: whose connection broke is told as having been here all the while, with what they said', async () => {
  const name = some('patient')
  const [ben, ann] = [await open(name, 'ben'), await open(name, 'ann')]
  await ben.until(({ type }) => type === 'presence.join')
  ann.send('presence.update', { cursor: 1 })
  await ben.until(({ type }) => type === 'presence.update')
  const from = ben.frames.length
  await callRoom(rooms.base, name, 'disconnectUser', ['ann'])
  await ann.closed
  const again = await open(name, 'ann')
  again.send('presence.update', { other: 2 })
  await ben.until(({ payload }) => payload.state?.other === 2)
  expect(told(ben, from)).toEqual([
    { type: 'presence.update', payload: { userId: 'ann', state: { cursor: 1, other: 2 } } },
  ])
})

test('O2: both kinds of clients see each other', async () => {
  const name = some()
  const [old, ours] = [await open(name, 'old'), await open(name, 'ours', 'v=1')]
  await ours.enter({ a: 1 })
  expect((await old.until(({ type }) => type === 'presence.join')).payload.peer).toMatchObject({
    userId: 'ours',
    state: { a: 1 },
  })
  old.send('presence.update', { b: 2 })
  await ours.until(() => ours.states.old?.[0]?.b === 2)
  ours.send('presence.broadcast', { event: 'hello' })
  await ours.until(({ payload }) => payload.events?.length === 1)
  ours.send('presence.change', { unset: ['a'] })
  await old.until(({ type, payload }) => type === 'presence.update' && payload.state.a === undefined)
  // A new kind of frame is for those who have asked for it.
  expect(old.frames.every(({ type }) => /^presence\.(sync|join|update|leave)$/.test(type))).toBe(true)
})
