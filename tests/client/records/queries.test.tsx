import {
  createQuery,
  createRecord,
  type MaybeOptions,
  type QueryOptions,
  RecordProvider,
  RecordScope,
} from 'deepspace-solid'
import { batch, createEffect, createSignal, For, type JSX, onMount, Show, Suspense } from 'solid-js'
import { describe, expect, test } from 'vitest'
import { collections, samples, tasks } from '../../support/collections.ts'
import { base, cutLine, inRoom, items, lineIsBack, show, texts, until, visit } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { caughtUp, sentTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

type Options = QueryOptions<typeof samples>

/** A room with samples named by their text; bob is there to change them. */
async function roomWith(...names: string[]) {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  for (const [number, text] of names.entries()) await bob.put('samples', text, { text, number, flag: number % 2 === 0 })
  return { room, bob }
}

const byNumber: Options = { orderBy: 'number', orderDir: 'asc' }
const even: Options = { where: { flag: true }, ...byNumber }
const odd: Options = { where: { flag: false }, ...byNumber }

/** A query of samples as a list of texts. */
function List(props: { options?: MaybeOptions<Options>; fallback?: JSX.Element }) {
  const query = createQuery(samples, () => props.options ?? byNumber)
  return (
    <>
      <output>{query.status}</output>
      <For each={query.records}>{(row) => <li>{row.data.text}</li>}</For>
    </>
  )
}

function names(records: readonly { readonly recordId: string }[]): string[] {
  return records.map(({ recordId }) => recordId)
}

describe('R5: components that ask the same question', () => {
  test('R5: share one subscription, however they spell it', async () => {
    const { room, bob } = await roomWith('a', 'b', 'c')
    const { made } = inRoom(room, () => [
      createQuery(samples, { where: { flag: true, required: '' }, orderBy: 'createdAt' }),
      createQuery(samples, () => ({ orderDir: 'desc', where: { required: '', flag: true } })),
      createQuery('samples', { where: { flag: true, required: '' } }),
    ])
    await until(() => made.every(({ status }) => status === 'ready'))
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
    await bob.put('samples', 'b', { flag: true })
    await caughtUp(room)
    for (const { records } of made) expect(names(records).toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('R5: go on sharing it while one of them asks something else', async () => {
    const { room, bob } = await roomWith('a', 'b', 'c')
    const [options, setOptions] = createSignal(even)
    const { made } = inRoom(room, () => ({
      staying: createQuery(samples, even),
      leaving: createQuery(samples, options),
    }))
    await until(() => made.staying.status === 'ready' && made.leaving.status === 'ready')

    setOptions(odd)
    await until(() => made.leaving.status === 'ready')
    expect(names(made.leaving.records)).toEqual(['b'])
    expect(sentTo(room, 'core.subscribe')).toHaveLength(2)
    expect(sentTo(room, 'core.unsubscribe')).toHaveLength(0)
    await bob.put('samples', 'd', { flag: true, number: 9 })
    await caughtUp(room)
    expect(names(made.staying.records)).toEqual(['a', 'c', 'd'])
  })

  test('R5: go on sharing it while one of them unmounts; the last one ends it', async () => {
    const { room, bob } = await roomWith('a', 'b', 'c')
    const [first, setFirst] = createSignal(true)
    const [second, setSecond] = createSignal(true)
    const page = visit(
      room,
      () => (
        <>
          <Show when={first()}>
            <List />
          </Show>
          <Show when={second()}>
            <List />
          </Show>
        </>
      ),
      { keepFor: 0 },
    )
    await until(() => items(page).length === 6)
    setFirst(false)
    await bob.put('samples', 'd', { text: 'd', number: 9 })
    await caughtUp(room)
    expect(texts(page)).toEqual(['a', 'b', 'c', 'd'])
    expect(sentTo(room, 'core.unsubscribe')).toHaveLength(0)

    setSecond(false)
    await until(() => sentTo(room, 'core.unsubscribe').length > 0)
    const [subscribe, ...others] = sentTo(room, 'core.subscribe')
    expect(others).toEqual([])
    const { subscriptionId } = subscribe!.payload
    expect(sentTo(room, 'core.unsubscribe').map(({ payload }) => payload)).toEqual([{ subscriptionId }])
  })

  test('R5: cost nothing new when one is replaced by another in the same turn', async () => {
    const { room } = await roomWith('a')
    const [left, setLeft] = createSignal(true)
    const page = visit(room, () => (
      <Show when={left()} fallback={<List />}>
        <List />
      </Show>
    ))
    await until(() => items(page).length === 1)
    setLeft(false)
    expect(texts(page)).toEqual(['a'])
    await caughtUp(room)
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
    expect(sentTo(room, 'core.unsubscribe')).toHaveLength(0)
  })

  test('R5: a question that is only passed by in a batch leaves no subscription behind', async () => {
    const { room } = await roomWith('a', 'b')
    const [options, setOptions] = createSignal<Options>(byNumber)
    const { made: query, unmount } = inRoom(room, () => createQuery(samples, options), { keepFor: 0 })
    await until(() => query.status === 'ready')
    batch(() => {
      setOptions(even)
      expect(query.status).toBe('loading')
      setOptions(odd)
    })
    await until(() => query.status === 'ready')
    await caughtUp(room)
    expect(names(query.records)).toEqual(['b'])
    const ended = sentTo(room, 'core.unsubscribe').map(({ payload }) => payload.subscriptionId)
    const asked = sentTo(room, 'core.subscribe').map(({ payload }) => payload.subscriptionId)
    expect(asked.filter((id) => !ended.includes(id))).toHaveLength(1)
    unmount()
  })
})

describe('a changed question', () => {
  test('R6: the answer to a question that nobody asks any more lands nowhere', async () => {
    const { room } = await roomWith('a', 'b', 'c')
    const [options, setOptions] = createSignal<Options>(byNumber)
    const shown: string[] = []
    const { made: query } = inRoom(room, () => {
      const query = createQuery(samples, options)
      createEffect(() => shown.push(names(query.records).join()))
      return query
    })
    await until(() => query.status === 'ready')
    setOptions(even)
    setOptions(odd)
    await until(() => query.status === 'ready')
    await caughtUp(room)
    const answers = socketTo(room).received.filter((frame) => frame !== 'pong' && frame.type === 'core.query_result')
    expect(answers).toHaveLength(3)
    expect(shown).toEqual(['', 'a,b,c', 'b'])
  })

  test('R7: shows the old records until the new answer is there, and says `loading`', async () => {
    const { room } = await roomWith('a', 'b', 'c')
    const [options, setOptions] = createSignal<Options>(byNumber)
    const page = visit(room, () => <List options={options()} />)
    await until(() => items(page).length === 3)
    const nodes = items(page)
    setOptions(even)
    expect(texts(page, 'output')).toEqual(['loading'])
    expect(items(page)).toEqual(nodes)
    await until(() => items(page).length === 2)
    expect(texts(page, 'output')).toEqual(['ready'])
    expect(items(page)).toEqual([nodes[0], nodes[2]])
  })

  test('R7: options that change to the same question change nothing', async () => {
    const { room } = await roomWith('a')
    const [options, setOptions] = createSignal<Options>(even)
    const page = visit(room, () => <List options={options()} />)
    await until(() => items(page).length === 1)
    setOptions({ orderDir: 'asc', orderBy: 'number', where: { flag: true } })
    expect(texts(page, 'output')).toEqual(['ready'])
    await caughtUp(room)
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
  })

  test('R6: a changed roomId shows nothing of the old room, from the first moment', async () => {
    const old = await roomWith('a', 'b')
    const next = await roomWith('c')
    const [room, setRoom] = createSignal(old.room)
    const page = show(() => (
      <RecordProvider url={base} keepFor={0}>
        <RecordScope roomId={room()} collections={collections}>
          <List />
        </RecordScope>
      </RecordProvider>
    ))
    await until(() => items(page).length === 2)
    setRoom(next.room)
    expect(texts(page)).toEqual([])
    expect(texts(page, 'output')).toEqual(['loading'])
    await until(() => items(page).length > 0)
    expect(texts(page)).toEqual(['c'])
    await until(() => socketTo(old.room).socket.readyState >= WebSocket.CLOSING)
  })
})

describe('R8: a query that is switched off', () => {
  test.for([false, null, undefined] as const)('R8: %s asks for nothing and shows nothing', async (off) => {
    const { room } = await roomWith('a')
    const { made } = inRoom(room, () => ({
      off: createQuery(samples, () => off),
      alsoOff: createQuery(samples, off === undefined ? () => undefined : off),
      on: createQuery(samples),
    }))
    await until(() => made.on.status === 'ready')
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
    for (const query of [made.off, made.alsoOff]) {
      expect([...query.records]).toEqual([])
      expect(query.status).toBe('off')
      expect(query.error).toBeUndefined()
      expect(query.hasMore).toBe(false)
    }
  })

  test('R8: lets go of its records and its subscription, and asks again when switched on', async () => {
    const { room } = await roomWith('a')
    const [on, setOn] = createSignal(true)
    const { made: query } = inRoom(room, () => createQuery(samples, () => on() && byNumber), { keepFor: 0 })
    await until(() => query.status === 'ready')
    setOn(false)
    expect([...query.records]).toEqual([])
    await until(() => sentTo(room, 'core.unsubscribe').length === 1)
    setOn(true)
    await until(() => query.status === 'ready')
    expect(names(query.records)).toEqual(['a'])
    expect(sentTo(room, 'core.subscribe')).toHaveLength(2)
  })
})

describe('R9: rows that no query holds', () => {
  test('R9: a query that is asked again shows what the room has, and nothing that went meanwhile', async () => {
    const { room, bob } = await roomWith('a', 'b')
    const [mounted, setMounted] = createSignal(true)
    const shown: string[] = []
    const Watched = () => {
      const query = createQuery(samples, byNumber)
      createEffect(() => shown.push(query.records.map(({ data }) => data.text).join()))
      return <List />
    }
    const page = visit(
      room,
      () => (
        <Show when={mounted()}>
          <Watched />
        </Show>
      ),
      { keepFor: 0 },
    )
    await until(() => items(page).length === 2)
    setMounted(false)
    await until(() => sentTo(room, 'core.unsubscribe').length === 1)
    await bob.remove('samples', 'a')
    await bob.put('samples', 'b', { text: 'changed' })
    await caughtUp(room)
    shown.length = 0
    setMounted(true)
    await until(() => items(page).length > 0)
    expect(texts(page)).toEqual(['changed'])
    expect(shown).toEqual(['', 'changed'])
  })

  test('R9: leave the cache: the record comes back as another object', async () => {
    const { room } = await roomWith('a')
    const [on, setOn] = createSignal(true)
    const { made: query } = inRoom(room, () => createQuery(samples, () => on() && byNumber), { keepFor: 0 })
    await until(() => query.status === 'ready')
    const row = query.records[0]!
    setOn(false)
    await until(() => sentTo(room, 'core.unsubscribe').length === 1)
    setOn(true)
    await until(() => query.status === 'ready')
    expect(query.records[0]).not.toBe(row)
    expect(query.records[0]!.data).toEqual(row.data)
  })
})

describe('R10: a refused query', () => {
  test('R10, Q5: a collection that the room does not have', async () => {
    const room = crypto.randomUUID()
    const { made: query } = inRoom(room, () => createQuery('unheard_of'), { collections: ['unheard_of'] })
    await until(() => query.status !== 'loading')
    expect(query.status).toBe('error')
    expect(query.error).toMatchObject({ code: 'unknown-collection', collection: 'unheard_of' })
    expect(query.error!.message).toMatch(/^Schema not registered for collection: unheard_of - /)
    expect([...query.records]).toEqual([])
  })

  test('R10, Q5: a collection that the role may not read', async () => {
    const room = crypto.randomUUID()
    const { made: query, errors } = inRoom(room, () => createQuery('secrets'), { user: 'alice' })
    await until(() => query.status !== 'loading')
    expect(query.status).toBe('error')
    expect(query.error).toMatchObject({ code: 'denied', message: 'READ DENIED: role=member, collection=secrets' })
    expect(errors).toEqual([])
  })

  test.for<[what: string, options: unknown, message: string]>([
    ['an unknown field', { where: { colour: 'red' } }, 'query.where: unknown field "colour" of samples (fields: text'],
    [
      'a value of another type',
      { where: { number: '1' } },
      'query.where.number: expected number or null, received string',
    ],
    ['an order by JSON', { orderBy: 'json' }, 'query.orderBy: the field "json" is json, which has no order'],
    ['a direction that is none', { orderDir: 'up' }, 'query.orderDir: expected "asc" or "desc", received string'],
    ['a limit that is none', { limit: 0 }, 'query.limit: expected a positive whole number, received 0'],
  ])('R10, Q4: %s is an error before anything is sent, until the options make sense', async ([, bad, message]) => {
    const { room } = await roomWith('a')
    const [options, setOptions] = createSignal<Options>(byNumber)
    const { made: query } = inRoom(room, () => createQuery(samples, options))
    await until(() => query.status === 'ready')
    setOptions(bad as Options)
    expect(query.status).toBe('error')
    expect(query.error).toMatchObject({ code: 'invalid-query' })
    expect(query.error!.message).toContain(`Invalid message: ${message}`)
    expect([...query.records]).toEqual([])
    await caughtUp(room)
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)

    setOptions(byNumber)
    expect(query.error).toBeUndefined()
    await until(() => query.status === 'ready')
    expect(names(query.records)).toEqual(['a'])
  })

  test('R10: a bare name is judged by the room, in the same words', async () => {
    const { room } = await roomWith('a')
    const { made } = inRoom(
      room,
      () => ({
        bare: createQuery('samples', { where: { colour: 'red' } }),
        typed: createQuery(samples, { where: { colour: 'red' } } as Options),
      }),
      { collections: ['samples'] },
    )
    await until(() => made.bare.status === 'error')
    expect(made.bare.error!.message).toBe(made.typed.error!.message)
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
  })
})

describe('R11: Suspense', () => {
  test('R11: reading records shows the fallback until the first result, and never again', async () => {
    const { room, bob } = await roomWith('a')
    let waits = 0
    const Waiting = () => {
      waits++
      return <p>waiting</p>
    }
    const [options, setOptions] = createSignal(byNumber)
    const page = visit(room, () => (
      <Suspense fallback={<Waiting />}>
        <List options={options()} />
      </Suspense>
    ))
    expect(texts(page, 'p')).toEqual(['waiting'])
    await until(() => items(page).length === 1)
    expect(texts(page, 'p')).toEqual([])
    expect(waits).toBe(1)

    await bob.put('samples', 'b', { text: 'b' })
    setOptions(odd)
    setOptions(even)
    await until(() => texts(page, 'output')[0] === 'ready')
    await cutLine(room)
    await lineIsBack(room)
    expect(texts(page)).toEqual(['a'])
    expect(waits).toBe(1)
  })

  test('R11: an empty result ends the wait like any other, and so does a refusal', async () => {
    const { room } = await roomWith()
    const Secrets = () => {
      const query = createQuery('secrets')
      return <li>{query.records.length === 0 && query.error?.message}</li>
    }
    const page = visit(room, () => (
      <>
        <Suspense fallback={<p>waiting</p>}>
          <List />
        </Suspense>
        <Suspense fallback={<p>waiting</p>}>
          <Secrets />
        </Suspense>
      </>
    ))
    expect(texts(page, 'p')).toEqual(['waiting', 'waiting'])
    await until(() => texts(page, 'p').length === 0)
    expect(texts(page)).toEqual(['READ DENIED: role=viewer, collection=secrets'])
  })

  test('R11: `status`, `error` and `hasMore` do not suspend', async () => {
    const { room } = await roomWith('a')
    let waits = 0
    const Waiting = () => {
      waits++
      return <p>waiting</p>
    }
    const Status = () => {
      const query = createQuery(samples)
      onMount(() => expect(query.status).toBe('loading'))
      return <output>{`${query.status} ${query.error} ${query.hasMore}`}</output>
    }
    const page = visit(room, () => (
      <Suspense fallback={<Waiting />}>
        <Status />
      </Suspense>
    ))
    expect(texts(page, 'output')).toEqual(['loading undefined false'])
    await until(() => texts(page, 'output')[0] === 'ready undefined false')
    expect(waits).toBe(0)
  })

  test('R11: a query that is off does not suspend', async () => {
    const { room } = await roomWith('a')
    const Off = () => {
      const query = createQuery(samples, false)
      return <output>{query.records.length}</output>
    }
    const page = visit(room, () => (
      <Suspense fallback={<p>waiting</p>}>
        <Off />
      </Suspense>
    ))
    expect(texts(page, 'output')).toEqual(['0'])
    expect(texts(page, 'p')).toEqual([])
  })
})

describe('R12: what a query gives is read-only', () => {
  test('R12: records, their fields and what is in them throw when written to', async () => {
    const { room, bob } = await roomWith()
    await bob.put('samples', 'a', { text: 'a', json: { list: [1, { deep: true }] } })
    const { made: query } = inRoom(room, () => createQuery(samples))
    await until(() => query.status === 'ready')
    // biome-ignore lint/suspicious/noExplicitAny: what the types forbid, a program may still try
    const record = query.records[0] as any
    const json = record.data.json
    const attempts = [
      () => (record.data.text = 'b'),
      () => delete record.data.text,
      () => Object.defineProperty(record.data, 'text', { value: 'b' }),
      () => (record.data = {}),
      () => (record.recordId = 'b'),
      () => (record.updatedAt = ''),
      () => (json.list = []),
      () => json.list.push(2),
      () => (json.list[1].deep = false),
    ]
    for (const attempt of attempts) expect(attempt).toThrow(TypeError)
    expect(record.data).toEqual({ text: 'a', json: { list: [1, { deep: true }] }, required: '' })
  })

  test('R12: so do lists, and all their ways to change in place', async () => {
    const { room } = await roomWith('a', 'b')
    const { made: query } = inRoom(room, () => createQuery(samples, byNumber))
    await until(() => query.status === 'ready')
    // biome-ignore lint/suspicious/noExplicitAny: what the types forbid, a program may still try
    const records = query.records as any
    const attempts = [
      () => records.push({}),
      () => records.pop(),
      () => records.shift(),
      () => records.unshift({}),
      () => records.splice(0, 1),
      () => records.sort(),
      () => records.reverse(),
      () => records.fill({}),
      () => records.copyWithin(0, 1),
      () => (records[0] = {}),
      () => (records.length = 0),
      () => delete records[0],
    ]
    for (const attempt of attempts) expect(attempt).toThrow(TypeError)
    expect(names(records)).toEqual(['a', 'b'])
  })

  test('R12: a list reads like an array', async () => {
    const { room } = await roomWith('a', 'b', 'c')
    const { made: query } = inRoom(room, () => createQuery(samples, byNumber))
    await until(() => query.status === 'ready')
    const { records } = query
    const [a, b, c] = records
    expect(Array.isArray(records)).toBe(true)
    expect(names([...records])).toEqual(['a', 'b', 'c'])
    expect(names(records.toSorted((x, y) => y.data.number! - x.data.number!))).toEqual(['c', 'b', 'a'])
    expect(records.filter(({ data }) => data.flag)).toEqual([a, c])
    expect(records.indexOf(b!)).toBe(1)
    expect(records.at(-1)).toBe(c)
    expect(records[3]).toBeUndefined()
    expect(Object.keys(records)).toEqual(['0', '1', '2'])
    expect(JSON.parse(JSON.stringify(records))[1]).toEqual({
      recordId: 'b',
      data: { text: 'b', number: 1, flag: false, required: '' },
      createdBy: 'bob',
      createdAt: b!.createdAt,
      updatedAt: b!.updatedAt,
    })
  })
})

describe('createRecord', () => {
  test('follows one record through its life', async () => {
    const { room, bob } = await roomWith('a')
    const { made: task } = inRoom(room, () => createRecord(samples, 'later'), { user: 'alice' })
    await until(() => task.status === 'ready')
    expect(task.record).toBeUndefined()
    await bob.put('samples', 'later', { text: 'born' })
    await caughtUp(room)
    const born = task.record!
    expect(born.data.text).toBe('born')
    await bob.put('samples', 'later', { text: 'changed' })
    await caughtUp(room)
    expect(task.record).toBe(born)
    expect(born.data.text).toBe('changed')
    await bob.remove('samples', 'later')
    await caughtUp(room)
    expect(task.record).toBeUndefined()
    expect(task.status).toBe('ready')
  })

  test('R7, R8: follows its id, and asks for nothing while there is none', async () => {
    const { room } = await roomWith('a', 'b')
    const [id, setId] = createSignal<string | undefined>()
    const { made } = inRoom(room, () => ({ one: createRecord(samples, id), ready: createQuery('samples') }))
    await until(() => made.ready.status === 'ready')
    expect(made.one.record).toBeUndefined()
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
    setId('a')
    await until(() => made.one.record?.recordId === 'a')
    setId('b')
    expect(made.one.status).toBe('loading')
    await until(() => made.one.record?.recordId === 'b')
    setId('')
    expect(made.one.record).toBeUndefined()
  })

  test('does not tell a record that may not be read from one that does not exist', async () => {
    const room = crypto.randomUUID()
    const bob = await Wire.open(base, room, 'bob')
    await bob.put('tasks', 'hidden', { title: 'hidden' })
    const { made: task } = inRoom(room, () => createRecord(tasks, 'hidden'), { user: 'alice' })
    await until(() => task.status === 'ready')
    expect(task.record).toBeUndefined()
    expect(task.error).toBeUndefined()
  })
})

test('Q4: a wrong field, operator or value does not compile, and is an error at run time', async () => {
  const room = crypto.randomUUID()
  const { made } = inRoom(room, () => [
    // @ts-expect-error there is no such field
    createQuery(samples, { where: { colour: 'red' } }),
    // @ts-expect-error there is no such operator
    createQuery(samples, { where: { number: { above: 1 } } }),
    // @ts-expect-error a number is not text
    createQuery(samples, { where: { number: { gt: '1' } } }),
    // @ts-expect-error text alone is like a pattern
    createQuery(samples, { where: { number: { like: '1%' } } }),
    // @ts-expect-error a flag is true or false
    createQuery(samples, { where: { or: [{ flag: 1 }] } }),
    // @ts-expect-error nothing to order by
    createQuery(samples, { orderBy: ['number', { field: 'colour' }] }),
    // @ts-expect-error up is no direction
    createQuery(samples, { orderBy: [{ field: 'number', dir: 'up' }] }),
  ])
  for (const query of made) expect([query.status, query.error?.code]).toEqual(['error', 'invalid-query'])
  await until(() => socketTo(room)?.received.length > 0)
  expect(sentTo(room, 'core.subscribe')).toEqual([])
})

test('Q2, Q6: a query with operators and several keys stays exact under changes', async () => {
  const { room, bob } = await roomWith('a', 'b', 'c', 'd', 'e')
  const { made: query } = inRoom(room, () =>
    createQuery(samples, {
      where: { or: [{ number: { gte: 3 } }, { text: { in: ['a'] } }], not: { json: { contains: 'hidden' } } },
      orderBy: ['flag', { field: 'text', dir: 'asc' }],
    }),
  )
  await until(() => query.status === 'ready')
  expect(names(query.records)).toEqual(['a', 'e', 'd'])
  await bob.put('samples', 'b', { number: 7 })
  await bob.put('samples', 'd', { flag: true })
  await bob.put('samples', 'e', { json: ['x', 'hidden'] })
  await bob.put('samples', 'f', { text: 'f', number: 9, flag: true })
  await caughtUp(room)
  expect(names(query.records)).toEqual(['a', 'd', 'f', 'b'])
  expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
})

test('R10: a refusal that passes takes nothing from the page; what could not be asked is asked again', async () => {
  const room = `busy:${crypto.randomUUID()}`
  const operations = Array.from({ length: 80 }, (_, number) => ({
    type: 'put',
    collection: 'samples',
    recordId: `s${number}`,
    data: { number },
  }))
  await callRoom(base, room, 'batch', [operations, 'system'])
  const { made } = inRoom(
    room,
    () => ({
      first: createQuery(samples, { orderBy: 'number' }),
      second: createQuery(samples, { orderBy: 'number', orderDir: 'asc' }),
      third: createQuery(samples, { orderBy: 'number', limit: 70 }),
    }),
    { user: 'alice' },
  )
  await until(() => made.first.status === 'ready' && made.second.status === 'ready')
  const refusals = () =>
    socketTo(room).received.filter((frame) => frame !== 'pong' && frame.type === 'core.error').length
  await until(() => refusals() > 0)
  // No room for the third one yet.
  expect(made.third.status).toBe('loading')
  expect(made.third.error).toBeUndefined()
  expect(made.first.records).toHaveLength(80)
  await until(() => made.third.status === 'ready')
  expect(made.third.records).toHaveLength(70)

  // It follows the room from then on, as if nothing had been.
  await callRoom(base, room, 'put', ['samples', 'new', { number: 1000 }, 'system'])
  await until(() => made.third.records[0]?.recordId === 'new')
  expect(made.first.records[0]?.recordId).toBe('new')
})
