import { expect, inject, test } from 'vitest'
import type { RecordEnvelope } from '../../../src/protocol/records/record.ts'
import { callRoom } from '../../support/rpc.ts'
import { upgrade } from '../../support/upgrade.ts'
import { tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const limited = () => `limited:${crypto.randomUUID()}`

/** Puts so many samples into a room, past the limits of any connection. */
async function fill(room: string, count: number, text = ''): Promise<void> {
  const operations = Array.from({ length: count }, (_, number) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${number}`,
    data: { number, text },
  }))
  expect(await callRoom(base, room, 'batch', [operations, 'system'])).toEqual({ result: null })
}

test('L1: a frame over the limit is refused with its request id, in bytes and not in characters', async () => {
  const alice = await Wire.open(base, limited(), 'alice')
  expect(await alice.put('samples', 'a', { text: 'x'.repeat(20_000) })).toMatchObject({
    success: false,
    code: 'too-large',
    error: expect.stringMatching(/^Invalid message: the frame has 2\d{4} bytes, at most 20000 are read$/),
  })
  expect(await alice.put('samples', 'a', { text: '\u6f22'.repeat(7_000) })).toMatchObject({ code: 'too-large' })
  expect(await alice.put('samples', 'a', { text: 'x'.repeat(7_000) })).toMatchObject({ success: true })
})

test('L2: frames beyond the rate are refused, each with its answer; the others and what comes later are not', async () => {
  const room = limited()
  const [alice, bob] = await Promise.all([Wire.open(base, room, 'alice'), Wire.open(base, room, 'bob')])
  const acks = await Promise.all(Array.from({ length: 80 }, (_, n) => alice.put('samples', `s${n}`, { number: n })))
  const refused = acks.filter(({ success }) => !success)
  expect(refused.length).toBeGreaterThan(10)
  expect(refused.length).toBeLessThan(30)
  expect(refused[0]).toMatchObject({ code: 'rate-limited', error: 'Too many frames: at most 1 a second' })
  alice.send('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  const { payload } = await alice.until(({ type }) => type === 'core.error')
  expect(payload).toMatchObject({ subscriptionId: 's', code: 'rate-limited' })
  expect(await bob.put('samples', 'b', {})).toMatchObject({ success: true })
  // A token comes back within a second.
  await expect
    .poll(() => alice.put('samples', 'later', {}), { interval: 300, timeout: 5000 })
    .toMatchObject({ success: true })
})

test('L2: who does not stop is disconnected', async () => {
  const alice = await Wire.open(base, limited(), 'alice')
  for (let n = 0; n < 200; n++) alice.send('user.update', {})
  expect(await alice.closed).toEqual({ code: 1008, reason: 'floods' })
})

test('L3: a connection has so many queries open and no more', async () => {
  const alice = await Wire.open(base, limited(), 'alice', 'v=1')
  const subscribe = (subscriptionId: string) =>
    alice.request('core.subscribe', { subscriptionId, query: { collection: 'samples' } })
  for (const id of ['a', 'b', 'c']) expect(await subscribe(id)).toMatchObject({ success: true })
  expect(await subscribe('d')).toMatchObject({
    success: false,
    code: 'too-many',
    error: 'Too many queries: a connection may have 3 open',
  })
  expect(await subscribe('a')).toMatchObject({ success: true })
  await alice.request('core.unsubscribe', { subscriptionId: 'b' })
  expect(await subscribe('d')).toMatchObject({ success: true })
})

test('L4: a query that would read too much is refused by name; one that SQL narrows, or a limit, is not', async () => {
  const room = limited()
  await fill(room, 30)
  const alice = await Wire.open(base, room, 'alice')
  expect(await alice.query('samples')).toBe(
    'Query too large: it reads more than 20 records; narrow it by what SQL can find, or set a limit',
  )
  expect(await alice.query('samples', { where: { text: { like: '%x%' } }, limit: 2 })).toMatch(/^Query too large/)
  expect(await alice.query('samples', { where: { number: { lt: 10 } } })).toHaveLength(10)
  expect(await alice.query('samples', { limit: 15 })).toHaveLength(15)
  alice.send('core.subscribe', {
    subscriptionId: 'n',
    query: { collection: 'samples', where: { text: { like: '%' } } },
    count: true,
  })
  expect((await alice.until(({ payload }) => payload.subscriptionId === 'n')).payload).toMatchObject({
    code: 'too-large',
  })
  // The room itself is not bounded.
  expect((await callRoom(base, room, 'query', [{ collection: 'samples' }, 'system'])).result).toHaveLength(30)
})

test('L4: no statement is left open, wherever a question had enough; what is found late is found all the same', async () => {
  const room = `counting:${crypto.randomUUID()}`
  await fill(room, 300)
  const root = await Wire.open(base, room, 'root', 'v=1')
  const alice = await Wire.open(base, room, 'alice', 'v=1')
  await callRoom(base, room, 'statements', [])
  const numbers = (records: unknown) => (records as RecordEnvelope[]).map(({ data }) => data.number)

  const first = { orderBy: 'number', orderDir: 'asc', limit: 1 }
  expect(numbers(await alice.query('samples', { ...first, orderDir: 'desc' }))).toEqual([299])
  expect(numbers(await alice.query('samples', { ...first, where: { number: { in: [250, 270] } } }))).toEqual([250])
  // What SQL cannot say: rows are dropped behind it, and the reading goes on.
  await alice.put('samples', 's280', { text: 'Needle' })
  await alice.put('samples', 's290', { text: 'Needle' })
  expect(numbers(await alice.query('samples', { ...first, where: { text: { like: 'needle' } } }))).toEqual([280])
  expect(numbers(await alice.query('samples', { orderBy: 'number', where: { text: { like: 'needle' } } }))).toEqual([
    290, 280,
  ])
  await root.request('user.set_role', { userId: 'alice', role: 'viewer' })
  const { result } = await callRoom(base, room, 'statements', [])
  expect(result).toMatchObject({ count: expect.any(Number), open: [] })
  expect((result as { count: number }).count).toBeGreaterThan(10)
})

test('L5: a result that is too long is refused, and says what to do', async () => {
  const room = limited()
  await fill(room, 10, 'x'.repeat(8_000))
  const alice = await Wire.open(base, room, 'alice', 'v=1')
  expect(await alice.query('samples')).toBe(
    'Result too large: more than 50000 characters of records; ask for fewer with a limit',
  )
  expect(await alice.query('samples', { limit: 5 })).toHaveLength(5)
})

test('L6: a client that does not take what it is sent is closed; one that does is not, however much it is', async () => {
  const room = limited()
  const reader = await Wire.open(base, room, 'reader', 'v=1')
  reader.socket.addEventListener('message', ({ data }) => {
    if (String(data).includes('core.mark')) reader.socket.send(String(data))
  })
  await reader.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  const sleeper = await openSleeper(room)
  // Ten megabytes, a hundred kilobytes at a time.
  for (let round = 0; round < 100; round++) {
    await rewrite(room, round)
    await reader.until(({ payload }) => JSON.stringify(payload).includes(`"number":${round},`))
    reader.frames = []
  }
  expect((await callRoom(base, room, 'connected', [])).result).toEqual(['reader'])
  sleeper.destroy()
})

/** Writes ten samples of ten kilobytes anew, past the limits of any connection. */
async function rewrite(room: string, round: number): Promise<void> {
  const operations = Array.from({ length: 10 }, (_, n) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${n}`,
    data: { number: round, text: 'x'.repeat(10_000) },
  }))
  await callRoom(base, room, 'batch', [operations, 'system'])
}

/** A socket to a room that asks for everything and never reads. */
async function openSleeper(room: string) {
  const path = `/ws/${encodeURIComponent(room)}?v=1&token=${await tokenFor('sleeper')}`
  const { socket } = await upgrade(base, path)
  socket.pause()
  socket.write(
    frame(
      JSON.stringify({ type: 'core.subscribe', payload: { subscriptionId: 's', query: { collection: 'samples' } } }),
    ),
  )
  await expect.poll(async () => (await callRoom(base, room, 'connected', [])).result).toContain('sleeper')
  return socket
}

/** A short text frame as a client sends it, masked with zeros. */
function frame(text: string): Buffer {
  const body = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0]), body])
}

test('L2: whoever goes on and on beyond the rate is disconnected, though a frame passes now and then', async () => {
  const alice = await Wire.open(base, `busy:${crypto.randomUUID()}`, 'alice')
  let isClosed = false
  void alice.closed.then(() => {
    isClosed = true
  })
  // A frame passes every five milliseconds; 200 that are refused beyond that are the end. Bounded, in case it never comes.
  let sent = 0
  while (!isClosed && sent < 10_000) {
    for (let n = 0; n < 50; n++) alice.socket.send('{"type":"user.update","payload":{}}')
    sent += 50
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await alice.closed).toEqual({ code: 1008, reason: 'floods' })
})

test('L1, L2: a binary frame is a frame: it is answered, measured and counted', async () => {
  const alice = await Wire.open(base, limited(), 'alice')
  await alice.drain()
  alice.socket.send(new Uint8Array(30_000))
  expect((await alice.until(({ type }) => type === 'core.error')).payload).toMatchObject({ code: 'too-large' })
  for (let n = 0; n < 200; n++) alice.socket.send(new Uint8Array(10))
  expect(await alice.closed).toEqual({ code: 1008, reason: 'floods' })
})

test('L6: a client cannot guess how far it has come, and a connection that cannot be asked is ended in time', async () => {
  const room = limited()
  const guesser = await Wire.open(base, room, 'guesser', 'v=1')
  const baseline = await Wire.open(base, room, 'baseline')
  await guesser.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  const marks: number[] = []
  guesser.socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data))
    if (frame.type === 'core.mark') marks.push(frame.payload.mark)
  })
  for (let round = 0; round < 100 && guesser.socket.readyState === WebSocket.OPEN; round++) {
    await rewrite(room, round)
    // It says that it has read more than there ever was, and the last number plus one.
    for (const mark of [Number.MAX_SAFE_INTEGER, (round + 1) * 1024 * 1024, (marks.at(-1) ?? 0) + 1]) {
      if (round % 10 === 0) guesser.send('core.mark', { mark })
    }
  }
  expect(await guesser.closed).toEqual({ code: 1013, reason: 'slow-reader' })
  // The other one speaks, which says nothing of what it has read; it may come back at once.
  expect(await baseline.closed).toEqual({ code: 1012, reason: 'state-refresh' })
  expect(new Set(marks).size).toBe(marks.length)
  expect(marks.length).toBeGreaterThan(3)
  // workerd ends a socket whose other end says nothing 10 s after it has closed it.
}, 40_000)

test('L7: a question is refused as soon as it has read or compared too much, whoever may read it in the end', async () => {
  const room = limited()
  await fill(room, 18, 'x'.repeat(15_000))
  const alice = await Wire.open(base, room, 'alice')
  expect(await alice.query('samples', { where: { number: { gt: 100 } } })).toEqual([])
  // All of it has 270,000 characters.
  expect(await alice.query('samples', { where: { text: { like: '%y' } }, limit: 20 })).toMatch(
    /^Query too large: it (reads|compares)/,
  )
  expect(await alice.query('samples', { where: { number: 1, text: { like: '%x%' } } })).toHaveLength(1)
  const many = { or: Array.from({ length: 5 }, (_, n) => ({ text: { like: `%${n}` } })), number: 1 }
  expect(await alice.query('samples', { where: many })).toBe(
    'Query too large: it compares for more than 60000 steps; narrow it by what SQL can find, or set a limit',
  )
  alice.send('core.subscribe', { subscriptionId: 'n', query: { collection: 'samples', where: many }, count: true })
  expect((await alice.until(({ payload }) => payload.subscriptionId === 'n')).payload).toMatchObject({
    code: 'too-large',
  })
})

test('L7: what one may not read costs nothing by what is in it', async () => {
  const room = limited()
  const long = { title: 'x'.repeat(15_000), owner: 'bob' }
  for (let n = 0; n < 3; n++) await callRoom(base, room, 'put', ['read_own', `r${n}`, long, 'system'])
  const [alice, bob] = await Promise.all([Wire.open(base, room, 'alice'), Wire.open(base, room, 'bob')])
  const where = { or: Array.from({ length: 5 }, (_, n) => ({ title: { like: `%${n}` } })) }
  expect(await alice.query('read_own', { where })).toEqual([])
  expect(await bob.query('read_own', { where })).toMatch(/^Query too large: it compares/)
})

test('L8, L10: a user may cause so much work, on all connections together; others are not held back, and it passes', async () => {
  const room = `busy:${crypto.randomUUID()}`
  await fill(room, 80)
  const [one, two] = await Promise.all([Wire.open(base, room, 'alice', 'v=1'), Wire.open(base, room, 'alice')])
  const bob = await Wire.open(base, room, 'bob')
  expect(await one.query('samples')).toHaveLength(80)
  expect(await two.query('samples')).toHaveLength(80)
  const refused = /^Too much work for the room: try again in \d+ s, or ask for less$/
  expect(await one.query('samples')).toMatch(refused)
  const later = two.query('samples', { limit: 1 })
  // A write is let through, unless much is owed.
  expect(await two.put('samples', 's1', { number: 7 })).toMatchObject({ success: true })
  expect(await bob.query('samples', { limit: 1 })).toHaveLength(1)
  expect(two.frames.filter(({ payload }) => payload.records?.length === 1)).toEqual([])
  // Nobody would ask again for a baseline client: what it asks waits.
  expect(await later).toHaveLength(1)
  await expect.poll(() => one.query('samples', { limit: 1 }), { interval: 200, timeout: 8000 }).toHaveLength(1)
})

test('L9: a query that is counted is kept, so it may not be long', async () => {
  const alice = await Wire.open(base, crypto.randomUUID(), 'alice', 'v=1')
  const where = { text: { in: Array.from({ length: 900 }, (_, n) => `value number ${n}`) } }
  expect(await alice.query('samples', { where })).toEqual([])
  alice.send('core.subscribe', { subscriptionId: 'n', query: { collection: 'samples', where }, count: true })
  expect((await alice.until(({ payload }) => payload.subscriptionId === 'n')).payload).toMatchObject({
    code: 'too-large',
  })
})

test('L2: who has flooded a room does not begin anew on another connection; others come in', async () => {
  const room = limited()
  const alice = await Wire.open(base, room, 'alice')
  for (let n = 0; n < 200; n++) alice.send('user.update', {})
  expect(await alice.closed).toEqual({ code: 1008, reason: 'floods' })
  const path = `/ws/${encodeURIComponent(room)}?token=`
  const again = await upgrade(base, path + (await tokenFor('alice')))
  expect(again.answer).toMatch(/^HTTP\/1.1 429/)
  again.socket.destroy()
  expect((await Wire.open(base, room, 'bob')).user).toMatchObject({ id: 'bob' })
})

test('L8: who owes more than a burst may not write either, until it is paid', async () => {
  const room = `busy:${crypto.randomUUID()}`
  await fill(room, 300)
  const alice = await Wire.open(base, room, 'alice')
  expect(await alice.query('samples')).toHaveLength(300)
  expect(await alice.put('samples', 's1', { number: 7 })).toMatchObject({
    code: 'rate-limited',
    error: expect.stringMatching(/^Too much work for the room: try again in \d s/),
  })
  await expect
    .poll(() => alice.put('samples', 's1', { number: 7 }), { interval: 200, timeout: 15_000 })
    .toMatchObject({ success: true })
})

test('W5, L1: a frame that is too long is answered to its own id, whatever its record has in it', async () => {
  const alice = await Wire.open(base, limited(), 'alice')
  const json = { requestId: 'wrong', subscriptionId: 'wrong', payload: { requestId: 'wrong' } }
  const ack = await alice.request('core.put', {
    collection: 'samples',
    recordId: 'a',
    data: { json, text: 'x'.repeat(20_000) },
  })
  expect(ack).toMatchObject({ requestId: 'r1', code: 'too-large' })
  expect((await alice.drain()).filter(({ type }) => type === 'core.error')).toEqual([])
})
