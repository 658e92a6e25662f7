import { createQuery, createRecord, RecordProvider, RecordScope } from 'deepspace-solid'
import { batch, createSignal, For, Index, Show } from 'solid-js'
import { describe, expect, test } from 'vitest'
import { collections, samples } from '../../support/collections.ts'
import { base, inRoom, items, show, texts, until, visit } from '../../support/room.tsx'
import { caughtUp, sentTo, socketsTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** A room with some samples, and somebody who changes them. */
async function roomWith(count: number) {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  for (let n = 0; n < count; n++) await bob.put('samples', `s${n}`, { text: `s${n}`, number: n })
  return { room, bob }
}

function List() {
  const query = createQuery(samples, { orderBy: 'number', orderDir: 'asc' })
  return <For each={query.records}>{(row) => <li>{row.data.text}</li>}</For>
}

describe('R9: what was on the page a moment ago', () => {
  test('R9, R13: two pages with a scope each on one room keep its socket, and the list is there at once', async () => {
    const { room, bob } = await roomWith(2)
    const [second, setSecond] = createSignal(false)
    const Scoped = () => (
      <RecordScope roomId={room} collections={collections}>
        <List />
      </RecordScope>
    )
    const page = show(() => (
      <RecordProvider url={base}>
        <Show when={second()} fallback={<Scoped />}>
          <Scoped />
        </Show>
      </RecordProvider>
    ))
    await until(() => items(page).length === 2)
    for (const swap of [true, false, true]) {
      setSecond(swap)
      expect(texts(page)).toEqual(['s0', 's1'])
      await caughtUp(room)
    }
    expect(socketsTo(room)).toHaveLength(1)
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
    await bob.put('samples', 's0', { text: 'changed' })
    await until(() => texts(page)[0] === 'changed')
  })

  test('R9: a list that was away for a while has followed what happened meanwhile', async () => {
    const { room, bob } = await roomWith(2)
    const [shown, setShown] = createSignal(true)
    const page = visit(room, () => (
      <Show when={shown()} fallback="away">
        <List />
      </Show>
    ))
    await until(() => items(page).length === 2)
    setShown(false)
    await bob.put('samples', 's1', { text: 'changed' })
    await bob.remove('samples', 's0')
    await caughtUp(room)
    setShown(true)
    expect(texts(page)).toEqual(['changed'])
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
  })

  test('R9: after `keepFor` its subscription ends, and so does the room that no scope names', async () => {
    const { room } = await roomWith(1)
    const [list, setList] = createSignal(true)
    const [scope, setScope] = createSignal(true)
    const page = show(() => (
      <RecordProvider url={base} keepFor={50}>
        <Show when={scope()}>
          <RecordScope roomId={room} collections={collections}>
            <Show when={list()}>
              <List />
            </Show>
          </RecordScope>
        </Show>
      </RecordProvider>
    ))
    await until(() => items(page).length === 1)
    setList(false)
    await until(() => sentTo(room, 'core.unsubscribe').length === 1)
    expect(socketTo(room).socket.readyState).toBe(WebSocket.OPEN)
    setScope(false)
    await until(() => socketTo(room).socket.readyState >= WebSocket.CLOSING)
  })

  test('R9: of queries that change with each letter only the last 20 are kept', async () => {
    const { room } = await roomWith(1)
    const [number, setNumber] = createSignal(0)
    const { made: query } = inRoom(room, () => createQuery(samples, () => ({ where: { number: { gte: -number() } } })))
    for (let n = 0; n < 30; n++) {
      setNumber(n)
      await until(() => query.status === 'ready')
    }
    await caughtUp(room)
    const open = sentTo(room, 'core.subscribe').length - sentTo(room, 'core.unsubscribe').length
    expect(open).toBe(21)
  })

  test('R9: a provider that goes takes everything with it at once', async () => {
    const { room } = await roomWith(1)
    const page = visit(room, () => <List />)
    await until(() => items(page).length === 1)
    page.unmount()
    expect(socketTo(room).socket.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING)
  })
})

describe('R15: records that are asked for one by one', () => {
  function Cell(props: { id: string; ran?: (id: string) => void }) {
    const task = createRecord(samples, () => props.id)
    return (
      <li>
        {(() => {
          props.ran?.(props.id)
          return task.record?.data.text ?? task.status
        })()}
      </li>
    )
  }

  test('R15: 300 rows that each ask for one are one question, and a change runs its own row alone', async () => {
    const { room, bob } = await roomWith(3)
    const ids = Array.from({ length: 300 }, (_, n) => `s${n}`)
    const ran: string[] = []
    const page = visit(room, () => <For each={ids}>{(id) => <Cell id={id} ran={(id) => ran.push(id)} />}</For>)
    await until(() => texts(page)[299] === 'ready')
    expect(texts(page).slice(0, 4)).toEqual(['s0', 's1', 's2', 'ready'])
    expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
    ran.length = 0
    await bob.put('samples', 's1', { text: 'changed' })
    await until(() => texts(page)[1] === 'changed')
    await bob.put('samples', 's299', { text: 'made' })
    await until(() => texts(page)[299] === 'made')
    await bob.remove('samples', 's0')
    await until(() => texts(page)[0] === 'ready')
    expect(ran).toEqual(['s1', 's299', 's0'])
  })

  test('R15: more than fit in one question are two; a row asked before is not asked again', async () => {
    const { room } = await roomWith(2)
    const [ids, setIds] = createSignal(Array.from({ length: 1_001 }, (_, n) => `s${n}`))
    const page = visit(room, () => <For each={ids()}>{(id) => <Cell id={id} />}</For>)
    await until(() => texts(page)[1_000] === 'ready')
    expect(sentTo(room, 'core.subscribe')).toHaveLength(2)
    setIds((all) => ['s1', ...all.slice(0, 3), 'other'])
    await until(() => texts(page).at(-1) === 'ready')
    expect(texts(page)).toEqual(['s1', 's0', 's1', 'ready', 'ready'])
    expect(sentTo(room, 'core.subscribe')).toHaveLength(3)
  })

  test('R15: a changed id shows never the record of the former one', async () => {
    const { room } = await roomWith(2)
    const [id, setId] = createSignal<string | undefined>('s0')
    const seen: string[] = []
    const page = visit(room, () => {
      const task = createRecord(samples, id)
      return (
        <Index each={[0]}>
          {() => {
            const text = () => `${id()} ${task.record?.data.text ?? '-'} ${task.status}`
            return (
              <li>
                {(() => {
                  seen.push(text())
                  return text()
                })()}
              </li>
            )
          }}
        </Index>
      )
    })
    await until(() => texts(page)[0] === 's0 s0 ready')
    batch(() => setId('s1'))
    await until(() => texts(page)[0] === 's1 s1 ready')
    setId(undefined)
    expect(texts(page)).toEqual(['undefined - off'])
    setId('none')
    await until(() => texts(page)[0] === 'none - ready')
    expect(seen.filter((text) => /s1 s0|s0 s1|none s|undefined s/.test(text))).toEqual([])
  })
})

describe('Q7: loadMore', () => {
  test('Q7: while the first result is awaited it is remembered, once', async () => {
    const { room } = await roomWith(9)
    const { made: query } = inRoom(room, () => createQuery(samples, { limit: 2 }))
    query.loadMore()
    query.loadMore()
    await until(() => query.records.length === 4)
    await caughtUp(room)
    expect([query.records.length, query.status]).toEqual([4, 'ready'])
  })

  test('Q7: while another page is awaited it is remembered too', async () => {
    const { room } = await roomWith(9)
    const { made: query } = inRoom(room, () => createQuery(samples, { limit: 2 }))
    await until(() => query.status === 'ready')
    query.loadMore()
    await Promise.resolve()
    expect(query.status).toBe('loading')
    query.loadMore()
    await until(() => query.records.length === 6)
  })

  test('Q7: what was remembered is forgotten where there is no more', async () => {
    const { room } = await roomWith(1)
    const { made: query } = inRoom(room, () => createQuery(samples, { limit: 2 }))
    query.loadMore()
    await until(() => query.status === 'ready')
    await caughtUp(room)
    expect([query.records.length, query.hasMore, query.status]).toEqual([1, false, 'ready'])
  })
})

describe('R10: a room that will not have us', () => {
  test('R10, C7: a query in it is an error with the reason, asked before or after, until it is tried again', async () => {
    const room = `closed ${crypto.randomUUID()}`
    const [more, setMore] = createSignal(false)
    const Query = () => {
      const query = createQuery(samples, { where: { flag: more() } })
      return <li>{`${query.status} ${query.error?.code}`}</li>
    }
    const page = visit(
      room,
      () => (
        <>
          <Query />
          <Show when={more()}>
            <Query />
          </Show>
        </>
      ),
      { user: 'alice' },
    )
    await until(() => texts(page)[0] === 'error forbidden')
    setMore(true)
    expect(texts(page)).toEqual(['error forbidden', 'error forbidden'])
    expect(page.errors.map(({ code }) => code)).toEqual(['forbidden'])
  })

  test('R10: a collection that the room does not have is told to the developer too', async () => {
    const page = inRoom(crypto.randomUUID(), () => createQuery('sampels'), { collections: ['sampels'] })
    await until(() => page.errors.length > 0)
    expect(page.errors[0]).toMatchObject({ code: 'unknown-collection', collection: 'sampels' })
  })
})

describe('R13: a primitive in the wrong place', () => {
  test('R13: outside of a component it says so', () => {
    expect(() => createQuery(samples)).toThrow(
      'createQuery("samples") needs a <RecordScope> above it: call it in a component, not later',
    )
  })

  test.for(['', undefined, null, 7])('R13: %s is no roomId', (roomId) => {
    expect(() =>
      show(() => (
        <RecordProvider url={base}>
          <RecordScope roomId={roomId as string} collections={collections} />
        </RecordProvider>
      )),
    ).toThrow('<RecordScope> roomId: expected a name, received')
  })
})
