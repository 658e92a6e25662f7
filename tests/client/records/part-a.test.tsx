import { createCount, createQuery, createRecord, createUsers } from 'deepspace-solid'
import { describe, expect, test } from 'vitest'
import { samples, tasks } from '../../support/collections.ts'
import { base, inRoom, until } from '../../support/room.tsx'
import { caughtUp, sentTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** A room that knows part A alone, with ten samples in it. */
async function plainRoom() {
  const room = `part-a:${crypto.randomUUID()}`
  const bob = await Wire.open(base, room, 'bob')
  for (let number = 0; number < 10; number++) {
    await bob.put('samples', `s${number}`, { number, text: number % 2 ? 'odd' : 'even', flag: number < 5 })
  }
  return { room, bob }
}

const ids = (records: readonly { readonly recordId: string }[]): string =>
  records.map(({ recordId }) => recordId).join(' ')

describe('Q13: in a room that knows part A alone', () => {
  test('Q13: operators, combinations, several keys and a place are found and ordered by the client', async () => {
    const { room, bob } = await plainRoom()
    const { made } = inRoom(room, () => ({
      operators: createQuery(samples, { where: { number: { gte: 3, lt: 6 } }, orderBy: 'number', orderDir: 'asc' }),
      or: createQuery(samples, {
        where: { or: [{ number: 1 }, { number: 8 }], text: { ne: 'none' } },
        orderBy: 'number',
        orderDir: 'asc',
      }),
      keys: createQuery(samples, { orderBy: ['text', { field: 'number', dir: 'asc' }], orderDir: 'asc', limit: 7 }),
      behind: createQuery(samples, {
        orderBy: 'number',
        orderDir: 'asc',
        after: { number: 6, recordId: 's6' },
        limit: 2,
      }),
      equal: createQuery(samples, { where: { text: 'odd' }, orderBy: 'number', orderDir: 'asc', limit: 2 }),
      none: createQuery(samples, { where: { text: null } }),
      count: createCount(samples, { number: { gt: 6 } }),
      one: createRecord(samples, 's4'),
    }))
    await until(() => Object.values(made).every(({ status }) => status === 'ready'))
    const shown = () => [
      ids(made.operators.records),
      ids(made.or.records),
      ids(made.keys.records),
      ids(made.behind.records),
      ids(made.equal.records),
      ids(made.none.records),
      made.count.count,
      made.one.record?.data.number,
    ]
    expect(shown()).toEqual(['s3 s4 s5', 's1 s8', 's0 s2 s4 s6 s8 s1 s3', 's7 s8', 's1 s3', '', 3, 4])
    expect(made.keys.hasMore).toBe(true)
    expect(made.behind.hasMore).toBe(true)
    // Only what such a room understands is asked.
    for (const { payload } of sentTo(room, 'core.subscribe')) {
      const { where = {}, orderBy, after } = payload.query
      expect(Object.values(where).filter((value) => typeof value === 'object')).toEqual([])
      expect([typeof orderBy === 'object', after]).toEqual([false, undefined])
    }
    await bob.put('samples', 's9', { number: 4, text: 'even' })
    await bob.remove('samples', 's8')
    await caughtUp(room)
    await until(() => made.count.count === 1)
    expect(shown()).toEqual(['s3 s4 s9 s5', 's1', 's0 s2 s4 s9 s6 s1 s3', 's7', 's1 s3', '', 1, 4])
  })

  test('Q13: booleans that come as 1 and 0 are booleans', async () => {
    const { room } = await plainRoom()
    const { made: query } = inRoom(room, () => createQuery(samples, { orderBy: 'number', orderDir: 'asc' }))
    await until(() => query.status === 'ready')
    const says = (type: string, payload: object): void => {
      socketTo(room).socket.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ type, payload }) }))
    }
    const { data: _, ...envelope } = query.records[0]!
    says('core.record_change', {
      collection: 'samples',
      changeType: 'update',
      record: { ...envelope, data: { number: 0, flag: 0, required: '' } },
    })
    expect(query.records[0]!.data.flag).toBe(false)
    says('core.record_change', {
      collection: 'samples',
      changeType: 'update',
      record: { ...envelope, data: { number: 1, flag: 1, required: '' } },
    })
    expect(query.records.find(({ recordId }) => recordId === 's0')!.data).toMatchObject({ flag: true, number: 1 })
  })

  test('Q13: a change of role waits for no answer that never comes', async () => {
    const room = `part-a:${crypto.randomUUID()}`
    await Wire.open(base, room, 'amy')
    const { made } = inRoom(room, () => ({ roster: createUsers(), tasks: createQuery(tasks) }), { user: 'root' })
    await until(() => made.roster.users.length === 2)
    await made.roster.setRole('amy', 'viewer')
    await until(() => made.roster.users.some(({ id, role }) => id === 'amy' && role === 'viewer'))
    for (const user of made.roster.users)
      expect([typeof user.email, typeof user.createdAt]).toEqual(['string', 'string'])
  })
})
