import { expect, inject, test } from 'vitest'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

test('A9: a version 1 connection hears of a collection while it asks of it, any other always', async () => {
  const room = crypto.randomUUID()
  const [bob, old, now] = await Promise.all([
    Wire.open(base, room, 'bob'),
    Wire.open(base, room, 'old'),
    Wire.open(base, room, 'now', 'v=1'),
  ])
  const write = (text: string) => bob.put('samples', 'a', { text })
  await write('first')
  expect(await old.changes()).toHaveLength(1)
  expect(await now.changes()).toEqual([])

  const all = { collection: 'samples' }
  await now.request('core.subscribe', { subscriptionId: 'one', query: all })
  await now.request('core.subscribe', { subscriptionId: 'two', query: { ...all, where: { text: 'never' } } })
  await now.drain()
  await write('second')
  expect(await now.changes()).toMatchObject([{ record: { data: { text: 'second' } } }])
  await now.request('core.unsubscribe', { subscriptionId: 'one' })
  await write('third')
  expect(await now.changes()).toHaveLength(1)
  await now.request('core.unsubscribe', { subscriptionId: 'two' })
  await write('fourth')
  expect(await now.changes()).toEqual([])
  expect(await old.changes()).toHaveLength(3)
})

test('A9: nor does it hear of what it gains or loses there', async () => {
  const room = crypto.randomUUID()
  const [root, eve] = await Promise.all([Wire.open(base, room, 'root'), Wire.open(base, room, 'eve', 'v=1')])
  await root.put('read_team', 'r', { title: 'x', team: 't' })
  await root.put('team_members', 'm', { teamId: 't', userId: 'eve' })
  expect(await eve.changes()).toEqual([])
  await eve.request('core.subscribe', { subscriptionId: 's', query: { collection: 'read_team' } })
  await eve.drain()
  await root.remove('team_members', 'm')
  expect(await eve.changes()).toMatchObject([{ collection: 'read_team', revoked: true }])
})

test('W4, A9: its own writes are acknowledged whether it hears of them or not', async () => {
  const alice = await Wire.open(base, crypto.randomUUID(), 'alice', 'v=1')
  await alice.drain()
  expect(await alice.put('samples', 'a', {})).toMatchObject({ success: true })
  expect(await alice.changes()).toEqual([])
  await alice.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  await alice.drain()
  await alice.put('samples', 'a', { number: 1 })
  expect(alice.frames.map(({ type }) => type)).toEqual(['core.record_change', 'records.ack'])
})
