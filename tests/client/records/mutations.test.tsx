import { createMutations, createQuery, DeepSpaceError, RecordProvider, RecordScope } from 'deepspace-solid'
import { createSignal, Show } from 'solid-js'
import { describe, expect, test, vi } from 'vitest'
import { collections, invoices, samples, tasks } from '../../support/collections.ts'
import { base, cutLine, inRoom, lineIsBack, show, until } from '../../support/room.tsx'
import { caughtUp, sentTo, socketsTo, socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

/** A page of alice's with the writes of a collection and a query of its records. */
async function alicesPage(room: string = crypto.randomUUID()) {
  const page = inRoom(
    room,
    () => ({ tasks: createMutations(tasks), samples: createMutations(samples), shown: createQuery(tasks) }),
    { user: 'alice' },
  )
  await until(() => page.made.tasks.ready && page.made.shown.status === 'ready')
  return { room, ...page, ...page.made }
}

/** What a promise was rejected with. */
function failure(promise: Promise<unknown>): Promise<DeepSpaceError> {
  return promise.then(
    () => Promise.reject(new Error('expected a rejection')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(DeepSpaceError)
      return error as DeepSpaceError
    },
  )
}

describe('M1: what is written', () => {
  test('M1: create returns the new id at once, before the room has heard of it', async () => {
    const page = await alicesPage()
    const id = page.tasks.create({ title: 'now' })
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(page.shown.records).toHaveLength(0)
    await until(() => page.shown.records.length === 1)
    expect(page.shown.records[0]).toMatchObject({ recordId: id, createdBy: 'alice' })
  })

  test('M1, W4: a confirmed write is on show when its promise settles', async () => {
    const page = await alicesPage()
    const id = await page.tasks.createConfirmed({ title: 'one' })
    expect(page.shown.records.map(({ recordId }) => recordId)).toEqual([id])
    await page.tasks.putConfirmed(id, { done: true })
    expect(page.shown.records[0]!.data).toMatchObject({ title: 'one', done: true })
    await page.tasks.removeConfirmed(id)
    expect(page.shown.records).toHaveLength(0)
  })

  test('M1: plain writes reach the room in the order in which they were called', async () => {
    const page = await alicesPage()
    const id = page.tasks.create({ title: 'one' })
    page.tasks.put(id, { title: 'two' })
    page.tasks.put(id, { title: 'three' })
    const other = page.tasks.create({ title: 'gone' })
    page.tasks.remove(other)
    await caughtUp(page.room)
    expect(page.shown.records.map(({ data }) => data.title)).toEqual(['three'])
    expect(page.failures).toEqual([])
  })
})

describe('M2: what cannot be confirmed', () => {
  test('M2: the refusal of the room is the reason, with its code and place', async () => {
    const page = await alicesPage()
    const bob = await Wire.open(base, page.room, 'bob')
    await bob.put('tasks', 'his', { title: 'his', visibility: 'public' })
    expect(await failure(page.tasks.putConfirmed('his', { title: 'mine' }))).toMatchObject({
      code: 'denied',
      message: 'UPDATE DENIED: role=member, collection=tasks',
      collection: 'tasks',
      recordId: 'his',
    })
    expect(await failure(page.tasks.removeConfirmed('nothing'))).toMatchObject({ code: 'not-found' })
    expect(await failure(page.tasks.putConfirmed('new', { done: true }))).toMatchObject({
      code: 'invalid-field',
      message: "Required field 'title' is missing",
      field: 'title',
    })
  })

  test('M2, C3: offline nothing is sent, now or later', async () => {
    const page = await alicesPage()
    await cutLine(page.room)
    expect(await failure(page.tasks.createConfirmed({ title: 'x' }))).toMatchObject({
      code: 'not-connected',
      message: 'WebSocket not connected',
    })
    page.tasks.create({ title: 'dropped' })
    page.tasks.remove('also dropped')
    await until(() => page.failures.length === 2)
    expect(page.failures.map(({ operation, error }) => [operation, error.code])).toEqual([
      ['create', 'not-connected'],
      ['remove', 'not-connected'],
    ])
    await lineIsBack(page.room)
    expect(page.tasks.ready).toBe(true)
    expect(sentTo(page.room, 'core.put')).toEqual([])
    expect(page.shown.records).toHaveLength(0)
  })

  const waysToLeave = {
    'the socket drops': (page: { room: string }) => cutLine(page.room),
    'the scope unmounts': (page: { unmount: () => void }) => page.unmount(),
  }
  test.for(Object.entries(waysToLeave))('M2: in flight when %s: WebSocket disconnected, at once', async ([, leave]) => {
    const page = await alicesPage()
    socketTo(page.room).lose = () => true
    const confirmed = failure(page.tasks.createConfirmed({ title: 'x' }))
    const plain = page.tasks.create({ title: 'y' })
    await leave(page)
    expect(await confirmed).toMatchObject({ code: 'disconnected', message: 'WebSocket disconnected' })
    await until(() => page.failures.length === 1)
    expect(page.failures[0]).toMatchObject({ recordId: plain, error: { code: 'disconnected' } })
  })

  test('M2: in flight when the user changes: WebSocket disconnected', async () => {
    const room = crypto.randomUUID()
    const [token, setToken] = createSignal(await tokenFor('alice'))
    let writes!: ReturnType<typeof createMutations<typeof tasks>>
    const Writer = () => {
      writes = createMutations(tasks)
      return null
    }
    show(() => (
      <RecordProvider url={base} getToken={token}>
        <RecordScope roomId={room} collections={collections}>
          <Writer />
        </RecordScope>
      </RecordProvider>
    ))
    await until(() => writes.ready)
    socketTo(room).lose = () => true
    const confirmed = failure(writes.createConfirmed({ title: 'x' }))
    setToken(await tokenFor('bob'))
    expect(await confirmed).toMatchObject({ code: 'disconnected' })
    await until(() => writes.ready)
    expect(await writes.createConfirmed({ title: 'hers' })).toEqual(expect.any(String))
  })

  test('M2: without an answer in ten seconds it gives up; a late ACK is nobody’s', async () => {
    const page = await alicesPage()
    const { socket } = socketTo(page.room)
    socketTo(page.room).lose = (frame) => frame !== 'ping'
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const confirmed = failure(page.tasks.createConfirmed({ title: 'x' }))
      await vi.advanceTimersByTimeAsync(9_999)
      const other = vi.fn()
      confirmed.then(other)
      await vi.advanceTimersByTimeAsync(0)
      expect(other).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(1)
      expect(await confirmed).toMatchObject({ code: 'timeout', message: 'Mutation confirmation timed out' })
    } finally {
      vi.useRealTimers()
    }
    const [frame] = sentTo(page.room, 'core.put')
    const late = { type: 'records.ack', payload: { requestId: frame!.payload.requestId, success: true } }
    socket.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(late) }))
    expect(page.tasks.ready).toBe(true)
  })
})

describe('M3: plain calls that fail', () => {
  test('M3: onWriteError is told the operation, the collection, the id, the data and the reason', async () => {
    const page = await alicesPage()
    const bob = await Wire.open(base, page.room, 'bob')
    await bob.put('tasks', 'his', { title: 'his', visibility: 'public' })
    page.tasks.put('his', { title: 'mine' })
    page.tasks.remove('his')
    const id = page.tasks.create({ title: '   ' })
    await until(() => page.failures.length === 3)
    expect(page.failures).toContainEqual({
      operation: 'put',
      collection: 'tasks',
      recordId: 'his',
      data: { title: 'mine' },
      error: expect.objectContaining({ code: 'denied', message: 'UPDATE DENIED: role=member, collection=tasks' }),
    })
    expect(page.failures).toContainEqual({
      operation: 'remove',
      collection: 'tasks',
      recordId: 'his',
      data: {},
      error: expect.objectContaining({ code: 'denied' }),
    })
    expect(page.failures).toContainEqual({
      operation: 'create',
      collection: 'tasks',
      recordId: id,
      data: { title: '   ' },
      error: expect.objectContaining({ code: 'invalid-field', field: 'title' }),
    })
  })

  test('M3: without onWriteError a failure is in the console, not in silence', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const room = crypto.randomUUID()
    let writes!: ReturnType<typeof createMutations<typeof tasks>>
    const Writer = () => {
      writes = createMutations(tasks)
      return null
    }
    show(() => (
      <RecordProvider url={base}>
        <RecordScope roomId={room} collections={[tasks]}>
          <Writer />
        </RecordScope>
      </RecordProvider>
    ))
    await until(() => writes.ready)
    writes.create({ title: 'x' })
    await until(() => logged.mock.calls.length === 1)
    expect(logged.mock.calls[0]).toEqual(['create in tasks failed:', expect.objectContaining({ code: 'denied' })])
    logged.mockRestore()
  })
})

describe('M4: values that the schema refuses', () => {
  test('M4: are refused in the words of the room, and never sent', async () => {
    const page = await alicesPage()
    const wrong = { title: 5 } as unknown as { title: string }
    const unknown = { title: 'x', colour: 'red' } as { title: string }
    const here = await failure(page.tasks.createConfirmed(wrong))
    expect(here).toMatchObject({ code: 'invalid-field', field: 'title', collection: 'tasks' })
    expect(await failure(page.tasks.putConfirmed('a', unknown))).toMatchObject({ field: 'colour' })
    expect(sentTo(page.room, 'core.put')).toEqual([])

    const raw = await Wire.open(base, page.room, 'alice')
    expect((await raw.put('tasks', 'a', wrong)).error).toBe(here.message)
  })

  test('M4: what is too large for a frame is refused before it is sent', async () => {
    const page = await alicesPage()
    const error = await failure(page.samples.createConfirmed({ text: 'x'.repeat(1024 * 1024) }))
    expect(error.code).toBe('too-large')
    expect(sentTo(page.room, 'core.put')).toEqual([])
  })

  test('M4: a bare name leaves the checking to the room', async () => {
    const room = crypto.randomUUID()
    const { made } = inRoom(room, () => createMutations('tasks'), { user: 'alice', collections: ['tasks'] })
    await until(() => made.ready)
    expect(await failure(made.createConfirmed({ title: 5 }))).toMatchObject({
      code: 'invalid-field',
      field: 'title',
      message: 'FIELD ERROR: title (number): Invalid type: Expected string but received 5',
    })
    expect(sentTo(room, 'core.put')).toHaveLength(1)
  })
})

test('S4: fields that the server sets are not in the types of what is written', async () => {
  const room = crypto.randomUUID()
  const { made } = inRoom(room, () => ({ writes: createMutations(invoices), shown: createQuery(invoices) }), {
    user: 'alice',
  })
  await until(() => made.writes.ready && made.shown.status === 'ready')
  // @ts-expect-error the server stamps who it is issued by
  const refused = failure(made.writes.createConfirmed({ number: '1', issuedBy: 'bob' }))
  expect(await refused).toMatchObject({ field: 'issuedBy' })
  const id = await made.writes.createConfirmed({ number: '1' })
  const [invoice] = made.shown.records
  expect(invoice).toMatchObject({ recordId: id, data: { issuedBy: 'alice', status: 'draft', lines: [] } })
})

test('M1: `ready` follows the connection', async () => {
  const page = await alicesPage()
  const seen: boolean[] = []
  const Light = () => <Show when={page.tasks.ready}>{seen.push(page.tasks.ready) && null}</Show>
  show(() => <Light />)
  expect(seen).toEqual([true])
  await cutLine(page.room)
  expect(page.tasks.ready).toBe(false)
  await lineIsBack(page.room)
  expect(page.tasks.ready).toBe(true)
  expect(socketsTo(page.room)).toHaveLength(2)
})

test.for(['a bare name', 'a collection'])(
  'F14, M4: undefined in a put of %s is refused by name, and nothing of it travels',
  async (which) => {
    const room = crypto.randomUUID()
    const name = which === 'a collection' ? samples : 'samples'
    const { made } = inRoom(room, () => createMutations(name), { user: 'alice', collections: [name] })
    await until(() => made.ready)
    const put = made.putConfirmed as (recordId: string, data: object) => Promise<void>
    await expect(put('a', { text: 'x', number: undefined })).rejects.toMatchObject({
      code: 'invalid-field',
      message: 'FIELD ERROR: number: expected a JSON value, received undefined',
      collection: 'samples',
      recordId: 'a',
      field: 'number',
    })
    expect(sentTo(room, 'core.put')).toEqual([])
    // In a create it is as absent.
    await made.createConfirmed({ text: 'x', number: undefined })
    expect(sentTo(room, 'core.put')).toHaveLength(1)
  },
)
