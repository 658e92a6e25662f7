import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

/** One step of somebody who writes to a record: by a frame, as the app's own code, or so that nothing comes of it. */
const step = fc.record({
  how: fc.constantFrom('frame', 'frame', 'call', 'batch', 'taken back', 'refused'),
  recordId: fc.constantFrom('a', 'b'),
  // Of few values, so that what is written is often what stands there, or what stood there a moment ago.
  data: fc.option(
    fc.record(
      {
        text: fc.constantFrom('x', 'y', null),
        number: fc.constantFrom(0, 1),
        flag: fc.boolean(),
        json: fc.constantFrom([1], { a: 'x' }, null),
      },
      { requiredKeys: [] },
    ),
    { freq: 4 },
  ),
})

test('W1, W2, W6: a write begins from what stands in the room, whoever wrote it and whatever was taken back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const room = crypto.randomUUID()
      const alice = await Wire.open(base, room, 'alice', 'v=1')
      const records = new Map<string, Record<string, unknown>>()
      const call = (method: string, ...args: unknown[]) => callRoom(base, room, method, args)
      for (const { how, recordId, data } of steps) {
        const place = ['samples', recordId] as const
        if (how === 'refused') {
          expect(await alice.put(...place, { ...data, number: 'none' })).toMatchObject({ success: false })
          continue
        }
        if (how === 'taken back') {
          expect(await call('takeBack', ...place, data ?? {})).toEqual({ result: null })
          continue
        }
        if (how === 'frame') await (data ? alice.put(...place, data) : alice.remove(...place))
        else if (how === 'call')
          await (data ? call('put', ...place, data, 'system') : call('remove', ...place, 'system'))
        else {
          const operation = { type: data ? 'put' : 'remove', collection: 'samples', recordId, ...(data && { data }) }
          await call('batch', [operation, { ...operation }], 'system')
        }
        // To delete one record twice is refused, so such a batch is none.
        if (data) records.set(recordId, { ...(records.get(recordId) ?? { required: '' }), ...data })
        else if (how !== 'batch') records.delete(recordId)
      }
      for (const recordId of ['a', 'b']) {
        expect((await alice.see('samples', recordId))?.data).toEqual(records.get(recordId))
      }
      await alice.close()
    }),
    { numRuns: 40 },
  )
})

test('W2, V2: of a write that SQLite refuses nothing stands, and no record stands without its place in the log', async () => {
  for (const table of ['records_samples', '_log']) {
    for (const event of ['INSERT', 'UPDATE', 'DELETE']) {
      if (table === '_log' && event !== 'INSERT') continue
      const room = crypto.randomUUID()
      const alice = await Wire.open(base, room, 'alice', 'v=1')
      const sql = (statement: string) => callRoom(base, room, 'sql', [statement, []])
      await alice.put('samples', 'a', { number: 1 })
      await alice.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
      const { version } = (await alice.until(({ type }) => type === 'core.query_result')).payload
      const before = await alice.see('samples', 'a')
      await alice.drain()

      const fails = `BEFORE ${event} ON ${table} BEGIN SELECT RAISE(ABORT, 'no room'); END`
      expect(await sql(`CREATE TRIGGER no_room ${fails}`)).toEqual({ result: [] })
      const attempts = {
        INSERT: () => alice.put('samples', 'b', {}),
        UPDATE: () => alice.put('samples', 'a', { number: 2 }),
        DELETE: () => alice.remove('samples', 'a'),
      }
      for (const [attempt, write] of Object.entries(attempts)) {
        if (table !== '_log' && attempt !== event) continue
        expect(await write()).toMatchObject({ success: false, code: 'internal' })
        // Again: the number of the first is not in the way.
        expect(await write()).toMatchObject({ success: false, code: 'internal' })
      }
      expect((await alice.drain()).filter(({ type }) => type === 'core.record_change')).toEqual([])
      expect(await alice.see('samples', 'a')).toEqual(before)
      expect(await alice.see('samples', 'b')).toBeUndefined()
      await sql('DROP TRIGGER no_room')

      await alice.put('samples', 'a', { number: 3 })
      await alice.put('samples', 'c', {})
      const bob = await Wire.open(base, room, 'alice', 'v=1')
      bob.send('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' }, since: version })
      const { payload } = await bob.until(({ type }) => type === 'core.query_result')
      expect(payload).toMatchObject({ since: version, removed: [] })
      expect(payload.records.map(({ recordId }: { recordId: string }) => recordId).toSorted()).toEqual(['a', 'c'])
      expect((await bob.see('samples', 'a'))?.data.number).toBe(3)
    }
  }
})
