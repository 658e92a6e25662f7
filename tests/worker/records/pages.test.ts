import { expect, inject, test } from 'vitest'
import type { QueryResult } from '../../../src/protocol/records/messages.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

/** A room with samples s0 to s9, and two connections: one that speaks version 1 and one that does not. */
async function openPages() {
  const room = crypto.randomUUID()
  const [alice, old] = await Promise.all([Wire.open(base, room, 'alice', 'v=1'), Wire.open(base, room, 'old')])
  await Promise.all(Array.from({ length: 10 }, (_, number) => alice.put('samples', `s${number}`, { number })))
  return { room, alice, old }
}

/** All frames of the answer to a subscription. */
async function answer(wire: Wire, payload: Record<string, unknown>): Promise<QueryResult[]> {
  await wire.drain()
  wire.send('core.subscribe', { subscriptionId: 's', ...payload })
  const frames = await wire.drain()
  return frames.filter(({ payload }) => payload.subscriptionId === 's').map(({ payload }) => payload)
}

const query = { collection: 'samples', orderBy: 'number', orderDir: 'asc', limit: 3 }
const after = { number: 4, recordId: 's4' }
const ids = ({ records }: QueryResult) => records.map(({ recordId }) => recordId)

test('Q8: `after` begins behind a place, whether a record stands there or not', async () => {
  const { alice } = await openPages()
  const [first] = await answer(alice, { query: { ...query, after } })
  expect(ids(first!)).toEqual(['s5', 's6', 's7'])
  const [between] = await answer(alice, { query: { ...query, after: { number: 4.5, recordId: 'gone' } } })
  expect(ids(between!)).toEqual(['s5', 's6', 's7'])
  const [last] = await answer(alice, { query: { ...query, after: { number: 9, recordId: 's9' } } })
  expect(last).toMatchObject({ records: [], hasMore: false })
})

test('Q10: an answer says whether there are more records behind it', async () => {
  const { alice } = await openPages()
  for (const [limit, hasMore] of [
    [9, true],
    [10, false],
    [11, false],
  ] as const) {
    expect(await answer(alice, { query: { ...query, limit } })).toMatchObject([{ hasMore }])
  }
  expect(await answer(alice, { query: { collection: 'samples' } })).toMatchObject([{ hasMore: false }])
})

test('Q10: a page is answered alone, and says where it begins', async () => {
  const { alice } = await openPages()
  const [page, ...others] = await answer(alice, { query, page: { after, limit: 2 } })
  expect(others).toEqual([])
  expect(page).toMatchObject({ page: after, hasMore: true })
  expect(ids(page!)).toEqual(['s5', 's6'])
  const [rest] = await answer(alice, { query, page: { after, limit: 100 } })
  expect(rest).toMatchObject({ page: after, hasMore: false })
  expect(ids(rest!)).toHaveLength(5)
})

test('Q10: a page cannot reach before the beginning of its query', async () => {
  const { alice } = await openPages()
  const early = { number: 0, recordId: 's0' }
  const [page] = await answer(alice, { query: { ...query, after }, page: { after: early, limit: 2 } })
  expect(ids(page!)).toEqual(['s5', 's6'])
})

test.for([
  [{ after: { number: 4 }, limit: 2 }, 'Invalid message: query.page.after.recordId: is missing'],
  [{ after: { ...after, text: '' }, limit: 2 }, /^Invalid message: query\.page\.after: the order has no field "text"/],
  [{ after, limit: 0 }, 'Invalid message: query.page.limit: expected a positive whole number, received 0'],
  [{ after, limit: -1 }, 'Invalid message: query.page.limit: expected a positive whole number, received -1'],
  [{ after, limit: 1.5 }, 'Invalid message: query.page.limit: expected a positive whole number, received 1.5'],
  [{ after, limit: '2' }, 'Invalid message: core.subscribe: page.limit: expected number, received "2"'],
  [{ after: 4, limit: 2 }, 'Invalid message: core.subscribe: page.after: expected an object, received number'],
  [{ after, limit: 2, from: 1 }, /^Invalid message: core\.subscribe: page\.from: /],
] as const)('Q4, Q10: the page %j is an error that names what is wrong', async ([page, error]) => {
  const { alice } = await openPages()
  const [refusal] = (await answer(alice, { query, page })) as unknown as [{ error: string }]
  expect(refusal.error).toMatch(error)
})

test('Q10: a stranger gets no page', async () => {
  const { room } = await openPages()
  const visitor = await Wire.open(base, room, undefined, 'v=1')
  const secret = { collection: 'secrets', limit: 3 }
  const place = { createdAt: '2026-01-01T00:00:00.000Z', recordId: 'x' }
  expect(await answer(visitor, { query: secret, page: { after: place, limit: 2 } })).toMatchObject([{ code: 'denied' }])
})

test('Q11: a large result travels in parts below 1 MiB, in order, and only the last ends it', async () => {
  const { alice, old } = await openPages()
  // Three bytes a character: as many as one can have.
  const text = '\u6f22'.repeat(90_000)
  for (let number = 10; number < 30; number++) {
    expect(await alice.put('samples', `s${number}`, { number, text })).toMatchObject({ success: true })
  }
  const sizes: number[] = []
  alice.socket.addEventListener('message', ({ data }) => sizes.push(Buffer.byteLength(data as string)))
  const all = { collection: 'samples', orderBy: 'number', orderDir: 'asc' }
  const parts = await answer(alice, { query: all })
  expect(parts.length).toBeGreaterThan(5)
  expect(Math.max(...sizes)).toBeLessThan(1024 * 1024)
  expect(parts.map(({ partial }) => partial)).toEqual([...parts.slice(1).map(() => true), undefined])
  expect(parts.flatMap(ids)).toEqual(Array.from({ length: 30 }, (_, number) => `s${number}`))
  // A client of part A gets one answer to each question.
  const whole = await answer(old, { query: all })
  expect(whole).toHaveLength(1)
  expect(whole[0]!.partial).toBeUndefined()
  expect(ids(whole[0]!)).toHaveLength(30)
})

test('F13, Q11: a record is refused where the frame that carries it would be over 1 MiB', async () => {
  const { alice } = await openPages()
  const put = (bytes: number) => alice.put('samples', 'big', { text: 'x'.repeat(bytes) })
  expect(await put(1024 * 1024 - 4000)).toMatchObject({ success: false, code: 'too-large' })
  expect(await put(1024 * 1024 - 4096 - 40)).toMatchObject({ success: true })
  const sizes: number[] = []
  alice.socket.addEventListener('message', ({ data }) => sizes.push(Buffer.byteLength(data as string)))
  await answer(alice, { query: { collection: 'samples' } })
  await alice.put('samples', 'big', { number: 1 })
  expect(Math.max(...sizes)).toBeGreaterThan(1024 * 1024 - 5000)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024)
})
