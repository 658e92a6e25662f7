import {
  createConnection,
  createMutations,
  createQuery,
  createRecord,
  createUser,
  createUsers,
  DeepSpaceError,
  RecordProvider,
  RecordScope,
  type WriteError,
} from 'deepspace-solid'
import { For, type JSX, Show, Suspense } from 'solid-js'
import { isServer, renderToStream, renderToString, renderToStringAsync } from 'solid-js/web'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { samples, tasks } from '../support/collections.ts'

const WebSocketSpy = vi.fn(function WebSocket() {
  throw new Error('The server must not connect')
})

beforeEach(() => {
  WebSocketSpy.mockClear()
  vi.stubGlobal('WebSocket', WebSocketSpy)
})
afterEach(() => {
  expect(WebSocketSpy).not.toHaveBeenCalled()
  vi.unstubAllGlobals()
})

const getToken = vi.fn(() => 'a token')

function inRoom(ui: () => JSX.Element, onWriteError?: (failure: WriteError) => void): () => JSX.Element {
  return () => (
    <RecordProvider getToken={getToken} {...(onWriteError && { onWriteError })}>
      <RecordScope
        roomId="app:rendered"
        collections={[tasks]}
        sharedScopes={[{ roomId: 'app:shared', collections: [samples] }]}
      >
        {ui()}
      </RecordScope>
    </RecordProvider>
  )
}

/** Runs something where components run on the server, and gives what it made. */
function onServer<T>(make: () => T, onWriteError?: (failure: WriteError) => void): T {
  let made: T
  renderToString(
    inRoom(() => {
      made = make()
      return undefined
    }, onWriteError),
  )
  return made!
}

test('M5: these tests run as a server does', () => {
  expect(isServer).toBe(true)
})

describe('M5: every primitive is inert and has the same shape', () => {
  test('M5: createQuery is loading, with no records', () => {
    const query = onServer(() => createQuery(tasks, () => ({ where: { done: false }, limit: 5 })))
    expect(query.records).toEqual([])
    expect(query.status).toBe('loading')
    expect(query.error).toBeUndefined()
    expect(query.hasMore).toBe(false)
    expect(query.loadMore()).toBeUndefined()
  })

  test('M5, Q4: a question that makes no sense is an error here too', () => {
    const query = onServer(() => createQuery(tasks, { limit: 0 }))
    expect(query.status).toBe('error')
    expect(query.error).toMatchObject({ code: 'invalid-query' })
    expect(query.records).toEqual([])
  })

  test('M5, R8: a query that is off is off', () => {
    const query = onServer(() => createQuery(tasks, () => false))
    expect([query.records, query.status]).toEqual([[], 'off'])
  })

  test('M5, R13: collections of shared scopes and bare names are found, and missing ones named', () => {
    expect(onServer(() => createQuery(samples)).status).toBe('loading')
    expect(onServer(() => createQuery('tasks')).status).toBe('loading')
    expect(() => onServer(() => createQuery('nowhere'))).toThrow(/"nowhere"/)
  })

  test('M5: createRecord is loading, with no record', () => {
    const task = onServer(() => createRecord(tasks, 'some'))
    expect([task.record, task.status, task.error]).toEqual([undefined, 'loading', undefined])
  })

  test('M5: createMutations is not ready; create still gives an id, and the failure is told', async () => {
    const failures: WriteError[] = []
    const mutations = onServer(
      () => createMutations(tasks),
      (failure) => failures.push(failure),
    )
    expect(mutations.ready).toBe(false)
    const recordId = mutations.create({ title: 'lost' })
    mutations.put('some', { done: true })
    mutations.remove('some')
    const confirmed = [
      mutations.createConfirmed({ title: 'lost' }),
      mutations.putConfirmed('some', { done: true }),
      mutations.removeConfirmed('some'),
    ]
    for (const call of confirmed) {
      const error = await call.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(DeepSpaceError)
      expect(error).toMatchObject({ code: 'not-connected', message: 'WebSocket not connected' })
    }
    expect(failures).toMatchObject([
      { operation: 'create', collection: 'tasks', recordId, error: { code: 'not-connected' } },
      { operation: 'put', collection: 'tasks', recordId: 'some', error: { code: 'not-connected' } },
      { operation: 'remove', collection: 'tasks', recordId: 'some', error: { code: 'not-connected' } },
    ])
  })

  test('M5: createConnection is connecting, and stays so', () => {
    const connection = onServer(createConnection)
    connection.reconnect()
    connection.disconnect()
    expect([connection.status, connection.error]).toEqual(['connecting', undefined])
  })

  test('M5: createUser and createUsers know nobody', async () => {
    const user = onServer(createUser)
    expect([user.id, user.name, user.email, user.imageUrl, user.role, user.createdAt, user.lastSeenAt]).toEqual(
      Array(7).fill(undefined),
    )
    const { users, setRole } = onServer(createUsers)
    expect(users).toEqual([])
    await expect(setRole('alice', 'admin')).rejects.toMatchObject({ code: 'not-connected' })
  })

  test('M5: nobody is asked for a token', () => {
    onServer(() => createQuery(tasks))
    expect(getToken).not.toHaveBeenCalled()
  })
})

/** A page as an app has it. */
function Board() {
  const query = createQuery(tasks)
  const user = createUser()
  const connection = createConnection()
  return (
    <Show when={query.status !== 'error'}>
      <h1>{user.name ?? 'Somebody'}</h1>
      <p>{connection.status}</p>
      <ul>
        <For each={query.records} fallback={<li>nothing yet</li>}>
          {(task) => <li>{task.data.title}</li>}
        </For>
      </ul>
    </Show>
  )
}

describe('M5: a page is rendered without waiting for anything', () => {
  const page = inRoom(() => (
    <Suspense fallback={<p>waiting</p>}>
      <Board />
    </Suspense>
  ))

  test('M5: by renderToString', () => {
    const html = renderToString(page)
    expect(html).toContain('Somebody')
    expect(html).toContain('connecting')
    expect(html).toContain('nothing yet')
  })

  test('M5: by renderToStringAsync, which comes to its end', async () => {
    expect(await renderToStringAsync(page, { timeoutMs: 2_000 })).toContain('nothing yet')
  })

  test('M5: by renderToStream, which does too', async () => {
    const chunks: string[] = []
    await new Promise<void>((resolve) => {
      const writable = { write: (chunk: string) => chunks.push(chunk), end: () => resolve() }
      renderToStream(page).pipe(writable)
    })
    expect(chunks.join('')).toContain('nothing yet')
  })
})
