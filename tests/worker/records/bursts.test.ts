import { expect, inject, test } from 'vitest'
import type { RecordChange } from '../../../src/protocol/records/messages.ts'
import { callRoom } from '../../support/rpc.ts'
import { type Frame, Wire } from '../../support/wire.ts'

const base = inject('base')

/** A reader who speaks version 1, one who does not, and a writer. */
async function openBurst() {
  const room = crypto.randomUUID()
  const [bob, now, old] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'now', 'v=1'),
    Wire.open(base, room, 'old'),
  ])
  for (const collection of ['samples', 'tasks']) {
    await now.request('core.subscribe', { subscriptionId: collection, query: { collection } })
  }
  await now.drain()
  await old.drain()
  return { room, bob, now, old }
}

/** What the frames say, in order. */
function changesIn(frames: readonly Frame[]): RecordChange[] {
  return frames
    .filter(({ type }) => type === 'core.record_change')
    .flatMap(({ payload }) => payload.changes ?? [payload])
}

/** Waits until a connection has been told of a record. */
async function told(wire: Wire, recordId: string): Promise<Frame[]> {
  await wire.until((frame) => changesIn([frame]).some(({ record }) => record.recordId === recordId))
  return wire.drain()
}

test('A10: changes that come close together travel in few frames; a baseline client gets one frame a change', async () => {
  const { bob, now, old } = await openBurst()
  await Promise.all(Array.from({ length: 50 }, (_, number) => bob.put('samples', `s${number}`, { number })))
  await bob.put('samples', 'last', {})
  const frames = await told(now, 'last')
  expect(changesIn(frames).map(({ record }) => record.recordId)).toEqual([
    ...Array.from({ length: 50 }, (_, number) => `s${number}`),
    'last',
  ])
  expect(frames.length).toBeLessThan(26)
  const versions = frames.map(({ payload }) => payload.version)
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  const plain = await old.changes()
  expect(plain).toHaveLength(51)
  expect(plain.every((change) => !('version' in change))).toBe(true)
})

test('A10: a batch is one frame, however many records it writes', async () => {
  const { room, now } = await openBurst()
  const operations = Array.from({ length: 40 }, (_, number) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${number}`,
    data: { number },
  }))
  await callRoom(base, room, 'batch', [operations, 'system'])
  const frames = await told(now, 's39')
  expect(frames).toHaveLength(1)
  expect(frames[0]!.payload.changes).toHaveLength(40)
})

test('A10: a large burst is cut below 1 MiB, and only the last frame of a commit claims it', async () => {
  const { room, now } = await openBurst()
  const sizes: number[] = []
  now.socket.addEventListener('message', ({ data }) => sizes.push(Buffer.byteLength(data as string)))
  const operations = Array.from({ length: 12 }, (_, number) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${number}`,
    data: { text: '\u6f22'.repeat(80_000) },
  }))
  await callRoom(base, room, 'batch', [operations, 'system'])
  const frames = await told(now, 's11')
  expect(frames.length).toBeGreaterThan(3)
  expect(changesIn(frames)).toHaveLength(12)
  expect(Math.max(...sizes)).toBeLessThan(1024 * 1024)
  const versions = frames.map(({ payload }) => payload.version)
  expect(new Set(versions.slice(0, -1))).toEqual(new Set([versions.at(-1)! - 1]))
})

test('A1, A10: what was readable only within a burst is never sent', async () => {
  const { bob, now } = await openBurst()
  const writes: [string, Record<string, unknown>][] = []
  for (let n = 0; n < 10; n++) {
    writes.push([`t${n}`, { title: 'secret', visibility: 'public' }], [`t${n}`, { visibility: 'private' }])
  }
  await Promise.all([bob.put('samples', 'first', {}), ...writes.map(([id, data]) => bob.put('tasks', id, data))])
  await bob.put('samples', 'last', {})
  const changes = changesIn(await told(now, 'last'))
  // The spy has looked at every frame; here: of each record no more than that it is gone.
  for (const id of writes.map(([id]) => id)) {
    const last = changes.filter(({ record }) => record.recordId === id).at(-1)
    expect(last).toMatchObject({ revoked: true })
  }
})

test('A10: of a record that changes often only the last is sent, but a delete never hides in a create', async () => {
  const { bob, now } = await openBurst()
  await bob.put('samples', 'a', { number: -1 })
  await told(now, 'a')
  await Promise.all([
    ...Array.from({ length: 30 }, (_, number) => bob.put('samples', 'a', { number })),
    bob.remove('samples', 'a'),
    bob.put('samples', 'a', { text: 'another' }),
    bob.put('samples', 'last', {}),
  ])
  const changes = changesIn(await told(now, 'last')).filter(({ record }) => record.recordId === 'a')
  expect(changes.length).toBeLessThan(20)
  expect(changes.slice(-2)).toMatchObject([
    { changeType: 'delete' },
    { changeType: 'create', record: { data: { text: 'another' } } },
  ])
})

test('W4, A10: the sender has its own change before its ACK, burst or not', async () => {
  const { now } = await openBurst()
  const acks = await Promise.all(Array.from({ length: 20 }, (_, n) => now.put('samples', `s${n}`, { number: n })))
  expect(acks.every(({ success }) => success)).toBe(true)
  const order = (await now.drain()).flatMap((frame) =>
    frame.type === 'records.ack'
      ? [`ack ${frame.payload.recordId}`]
      : changesIn([frame]).map(({ record }) => record.recordId),
  )
  expect(order).toEqual(Array.from({ length: 20 }, (_, n) => [`s${n}`, `ack s${n}`]).flat())
})

test('A10, Q12: a count is told once for a burst', async () => {
  const { room, bob } = await openBurst()
  const wire = await Wire.open(base, room, 'carol', 'v=1')
  await wire.request('core.subscribe', { subscriptionId: 'n', query: { collection: 'samples' }, count: true })
  await wire.drain()
  await Promise.all(Array.from({ length: 30 }, (_, number) => bob.put('samples', `s${number}`, { number })))
  await wire.until(({ payload }) => payload.count === 30)
  const counts = (await wire.drain()).map(({ payload }) => payload.count)
  expect(counts.length).toBeLessThan(16)
  expect(counts.at(-1)).toBe(30)
})

test('A10: a frame says its own version, though another connection was sent the same changes as of another', async () => {
  const room = crypto.randomUUID()
  const [ann, bob] = await Promise.all([Wire.open(base, room, 'ann', 'v=1'), Wire.open(base, room, 'bob', 'v=1')])
  for (const wire of [ann, bob]) {
    for (const collection of ['samples', 'read_own']) {
      await wire.request('core.subscribe', { subscriptionId: collection, query: { collection } })
    }
    await wire.drain()
  }
  // Both are told of the first two, in one frame; only bob of the third, in the next.
  const put = (collection: string, recordId: string, data: object) => ({ type: 'put', collection, recordId, data })
  const long = 'x'.repeat(100_000)
  const operations = [
    put('samples', 'p1', { text: long }),
    put('samples', 'p2', { text: long }),
    put('read_own', 'p3', { title: long, owner: 'bob' }),
  ]
  await callRoom(base, room, 'batch', [operations, 'system'])
  const framesOf = async (wire: Wire) => (await wire.drain()).filter(({ type }) => type === 'core.record_change')
  const [[toAnn], [first, second]] = await Promise.all([framesOf(ann), framesOf(bob)])
  expect(toAnn!.payload.changes).toHaveLength(2)
  expect(toAnn!.payload.partial).toBeUndefined()
  expect(first!.payload).toMatchObject({ partial: true, version: toAnn!.payload.version - 1 })
  expect(second!.payload).toMatchObject({ record: { recordId: 'p3' }, version: toAnn!.payload.version })
})

test('A1: a delete that travels with others says what is gone, and nothing that was in it', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  const alice = await Wire.open(base, room, 'alice', 'v=1')
  const baseline = await Wire.open(base, room, 'alice')
  await alice.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  await bob.put('samples', 'a', { text: 'secret' })
  await Promise.all([alice.drain(), baseline.drain()])
  await bob.remove('samples', 'a')
  expect(await alice.changes()).toEqual([
    { collection: 'samples', record: { recordId: 'a' }, changeType: 'delete', version: expect.any(Number) },
  ])
  // To a baseline connection it goes out at once, as part A has it.
  expect(await baseline.changes()).toMatchObject([{ record: { recordId: 'a', data: { text: 'secret' } } }])
})
