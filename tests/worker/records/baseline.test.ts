import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

const ids = (records: unknown) =>
  typeof records === 'string' ? records : (records as { recordId: string }[]).map(({ recordId }) => recordId)

test('S5: a field createdBy says what the envelope says, whoever writes, and owns the record', async () => {
  const room = crypto.randomUUID()
  const [root, alice, bob] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'alice'),
    Wire.open(base, room, 'bob'),
  ])
  expect(await alice.put('channels', 'a', { name: 'a' })).toMatchObject({ success: true })
  expect(await alice.put('channels', 'b', { name: 'b', createdBy: 'bob' })).toMatchObject({ success: false })
  await callRoom(base, room, 'put', ['channels', 'c', { name: 'c', createdBy: 'bob' }, 'system'])
  await callRoom(base, room, 'put', ['channels', 'd', { name: 'd' }, 'system'])
  const all = await root.query('channels', { orderBy: 'name', orderDir: 'asc' })
  expect(all).toMatchObject([
    { recordId: 'a', createdBy: 'alice', data: { createdBy: 'alice' } },
    { recordId: 'c', createdBy: 'bob', data: { createdBy: 'bob' } },
    { recordId: 'd', createdBy: 'system', data: { createdBy: 'system' } },
  ])
  // The snapshot and the live path agree on whose it is; so do the rules and the queries.
  expect([ids(await alice.query('channels')), ids(await bob.query('channels'))]).toEqual([['a'], ['c']])
  expect((await bob.changes()).map(({ record }) => record.recordId)).toEqual(['c'])
  expect(ids(await root.query('channels', { where: { createdBy: 'bob' } }))).toEqual(['c'])
  expect(await bob.put('channels', 'c', { archived: true, createdBy: 'bob' })).toMatchObject({ success: true })
  for (const change of [
    ['channels', 'c', { createdBy: 'alice' }, 'system'],
    ['channels', 'c', { createdBy: 'system' }, 'system'],
  ])
    expect(await callRoom(base, room, 'put', change)).toMatchObject({
      error: expect.stringContaining("Cannot modify immutable field 'createdBy'"),
    })
})
