import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { type Frame, Wire } from '../../support/wire.ts'

const base = inject('base')

const list = (n: number) => ({ collection: 'samples', orderBy: 'number', limit: 20 + n })

/** A baseline client with so many ordered lists on show: it asks again for each of them at every change of its collection. */
async function openLists(room: string, user: string | undefined, count: number): Promise<Wire> {
  const wire = await Wire.open(base, room, user)
  const ask = (n: number) => wire.send('core.subscribe', { subscriptionId: `list ${n}`, query: list(n) })
  for (let n = 0; n < count; n++) ask(n)
  for (let n = 0; n < count; n++) await wire.until(({ payload }) => payload.subscriptionId === `list ${n}`)
  wire.frames = []
  wire.socket.addEventListener('message', ({ data }) => {
    const { type } = JSON.parse(data as string)
    if (type === 'core.record_change') for (let n = 0; n < count; n++) ask(n)
  })
  return wire
}

const puts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${from + i}`,
    data: { number: from + i, text: 'x'.repeat(200) },
  }))

const refusals = (frames: readonly Frame[]) => frames.filter(({ type }) => type === 'core.error')

/** The last answer to each list, as numbers. */
async function shown(wire: Wire, n: number): Promise<number[]> {
  const answers = wire.frames.filter(
    ({ type, payload }) => type === 'core.query_result' && payload.subscriptionId === `list ${n}`,
  )
  return answers.at(-1)?.payload.records.map(({ data }: { data: { number: number } }) => data.number)
}

test('L2, L10: what a baseline client asks again at each change is answered, however often: 8 lists, 400 writes', async () => {
  const room = crypto.randomUUID()
  await callRoom(base, room, 'batch', [puts(0, 100), 'system'])
  const reader = await openLists(room, 'reader', 8)
  for (let n = 0; n < 400; n += 10) await callRoom(base, room, 'batch', [puts(100 + n, 110 + n), 'system'])
  for (let n = 0; n < 8; n++) {
    const expected = Array.from({ length: 20 + n }, (_, i) => 499 - i)
    await expect.poll(() => shown(reader, n), { timeout: 20_000 }).toEqual(expected)
  }
  expect(refusals(reader.frames)).toEqual([])
  expect(reader.socket.readyState).toBe(WebSocket.OPEN)
})

test('L10: a question of a baseline client waits while work is owed; of one that is asked again only the last is answered, and each has its ACK', async () => {
  const room = `busy:${crypto.randomUUID()}`
  await callRoom(base, room, 'batch', [puts(0, 130), 'system'])
  const alice = await Wire.open(base, room, 'alice')
  expect(await alice.query('samples')).toHaveLength(130)
  alice.frames = []
  const query = { collection: 'samples', orderBy: 'number', limit: 1 }
  alice.send('core.subscribe', { subscriptionId: 's', query, requestId: 'one' })
  alice.send('core.subscribe', { subscriptionId: 's', query: { ...query, orderDir: 'asc' }, requestId: 'two' })
  alice.send('core.subscribe', { subscriptionId: 'gone', query, requestId: 'three' })
  alice.send('core.unsubscribe', { subscriptionId: 'gone' })
  await alice.until(({ payload }) => payload.requestId === 'two')
  const mine = alice.frames.filter(({ payload }) => payload.subscriptionId ?? payload.requestId)
  expect(mine.map(({ payload }) => payload.requestId ?? payload.records[0].data.number)).toEqual([
    'three',
    0,
    'one',
    'two',
  ])
  expect(mine.every(({ payload }) => payload.success !== false)).toBe(true)
})

test('L8, L10: a page that a version 1 connection asks for waits as well; what it asks for the first time is refused', async () => {
  const room = `busy:${crypto.randomUUID()}`
  await callRoom(base, room, 'batch', [puts(0, 130), 'system'])
  const alice = await Wire.open(base, room, 'alice', 'v=1')
  const query = { collection: 'samples', orderBy: 'number', orderDir: 'asc' }
  alice.send('core.subscribe', { subscriptionId: 's', query })
  await alice.until(({ payload }) => payload.subscriptionId === 's')
  alice.frames = []
  alice.send('core.subscribe', { subscriptionId: 's', query })
  const page = { after: { number: 1, recordId: 's1' }, limit: 2 }
  alice.send('core.subscribe', { subscriptionId: 's', query, page })
  expect(await alice.query('samples', { limit: 1 })).toMatch(/^Too much work/)
  const { payload } = await alice.until(({ payload }) => payload.page !== undefined)
  expect(payload.records.map(({ recordId }: { recordId: string }) => recordId)).toEqual(['s2', 's3'])
  // A page does not take the place of the whole.
  const answers = alice.frames.filter(({ type }) => type === 'core.query_result')
  expect(answers.map(({ payload }) => payload.records.length)).toEqual([130, 2])
})

test('W5, L10: as many requests may wait for one question as are kept; beyond, each of them is refused, and all are answered once', async () => {
  const room = `busy:${crypto.randomUUID()}`
  await callRoom(base, room, 'batch', [puts(0, 130), 'system'])
  const alice = await Wire.open(base, room, 'alice')
  expect(await alice.query('samples')).toHaveLength(130)
  alice.frames = []
  const query = { collection: 'samples', limit: 1 }
  for (let n = 0; n < 70; n++) alice.send('core.subscribe', { subscriptionId: 's', query, requestId: `q${n}` })
  await alice.until(({ payload }) => payload.requestId === 'q69')
  const acks = alice.frames.filter(({ type }) => type === 'records.ack').map(({ payload }) => payload)
  expect(acks.map(({ requestId }) => requestId)).toEqual(Array.from({ length: 70 }, (_, n) => `q${n}`))
  expect(acks.filter(({ success }) => success)).toHaveLength(5)
  expect(acks[0].code).toBe('rate-limited')
})

/** Uses up all that a connection to a limited room may send at once. */
async function exhaust(wire: Wire): Promise<void> {
  for (let n = 0; n < 65; n++) wire.send('user.update', {})
  await wire.until(({ type }) => type === 'core.error')
  await wire.drain()
}

test('L2: what the room has caused to be asked is no frame that counts: a page after each change, everything after a change of role', async () => {
  const room = `limited:${crypto.randomUUID()}`
  const [root, alice] = await Promise.all([Wire.open(base, room, 'root'), Wire.open(base, room, 'alice', 'v=1')])
  const query = { collection: 'samples', orderBy: 'number', limit: 5 }
  await alice.request('core.subscribe', { subscriptionId: 's', query })
  await exhaust(alice)
  await callRoom(base, room, 'batch', [puts(0, 15), 'system'])
  await root.request('user.set_role', { userId: 'alice', role: 'viewer' })
  await alice.until(({ type, payload }) => type === 'user.info' && payload.role === 'viewer')
  alice.frames = []
  for (let n = 0; n < 16; n++) {
    alice.send('core.subscribe', { subscriptionId: 's', query: { ...query, limit: 1 + n } })
    await alice.until(({ payload }) => payload.records?.length === Math.min(15, 1 + n))
    alice.frames = []
  }
  expect(refusals(alice.frames)).toEqual([])
  // What is asked once more without a cause is a frame like any other.
  for (let n = 0; n < 200; n++) alice.send('core.subscribe', { subscriptionId: 's', query })
  expect(await alice.closed).toEqual({ code: 1008, reason: 'floods' })
})

test('L2: a room that asks how far its client has come does not count the answer', async () => {
  const room = `limited:${crypto.randomUUID()}`
  const alice = await Wire.open(base, room, 'alice', 'v=1')
  await alice.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  await exhaust(alice)
  const operations = puts(0, 10).map((put) => ({ ...put, data: { text: 'x'.repeat(11_000) } }))
  // Of changes that come close together only the last is sent, so that how many it takes depends on how fast they come.
  const isMark = ({ type }: Frame) => type === 'core.mark'
  for (let n = 0; !alice.frames.some(isMark); n++) {
    for (const { data } of operations) data.text = `${n}${data.text}`
    await callRoom(base, room, 'batch', [operations, 'system'])
  }
  const mark = await alice.until(isMark)
  await alice.drain()
  alice.send(mark.type, mark.payload)
  expect(refusals(await alice.drain())).toEqual([])
  // Said again, it is a frame like any other.
  alice.send(mark.type, mark.payload)
  expect(refusals(await alice.drain())).toMatchObject([{ payload: { code: 'rate-limited' } }])
})

test('L8: a count that falls due while work is owed is told once nothing is, and is not refused', async () => {
  const room = `busy:${crypto.randomUUID()}`
  await callRoom(base, room, 'batch', [puts(0, 120), 'system'])
  const alice = await Wire.open(base, room, 'alice', 'v=1')
  alice.send('core.subscribe', { subscriptionId: 'n', query: { collection: 'samples' }, count: true })
  await alice.until(({ payload }) => payload.count === 120)
  expect(await alice.query('samples')).toHaveLength(120)
  for (let n = 120; n < 125; n++) await callRoom(base, room, 'batch', [puts(n, n + 1), 'system'])
  await alice.until(({ payload }) => payload.count === 125)
  expect(refusals(alice.frames)).toEqual([])
  expect(alice.frames.filter(({ payload }) => payload.count > 120)).toHaveLength(1)
  // It goes on from there.
  await callRoom(base, room, 'batch', [puts(125, 126), 'system'])
  await alice.until(({ payload }) => payload.count === 126)
})
