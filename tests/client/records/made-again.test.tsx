import { expect, test } from 'vitest'
import { LiveQuery } from '../../../src/records/replica/live-query.ts'
import { Replica } from '../../../src/records/replica/replica.ts'

test('V6, Q6: a record that is made again comes to a query that knows it was gone, while another still shows it', () => {
  const replica = new Replica()
  const open = (id: string, orderBy: string): LiveQuery => {
    const query = { collection: 'samples', orderBy, orderDir: 'asc' } as const
    const live = new LiveQuery(
      id,
      query,
      () => {},
      (row) => replica.released('samples', row),
    )
    replica.open(live)
    return live
  }
  const record = { recordId: 'r1', data: { number: 1 }, createdBy: 'bob', createdAt: '2026', updatedAt: '2026' }
  const answered = open('q1', 'recordId')
  const refused = open('q2', 'number')
  for (const live of [answered, refused]) {
    replica.result(live, { subscriptionId: live.id, records: [record], hasMore: false, version: 1 })
  }
  // The connection drops, and the record is deleted. One query is answered; the other is refused for a while, and keeps
  // its rows (R10).
  for (const live of [answered, refused]) live.interrupt(1)
  replica.result(answered, { subscriptionId: 'q1', records: [], since: 1, removed: ['r1'], version: 2 })
  expect(answered.records).toHaveLength(0)

  replica.change({ collection: 'samples', changeType: 'create', record: { ...record, data: { number: 2 } } })
  expect(answered.records.map(({ recordId }) => recordId)).toEqual(['r1'])
})
