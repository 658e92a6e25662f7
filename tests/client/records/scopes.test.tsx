import {
  createConnection,
  createMutations,
  createQuery,
  createRecord,
  createUser,
  createUsers,
  RecordProvider,
  RecordScope,
} from 'deepspace-solid'
import { createSignal, type JSX, Show } from 'solid-js'
import { expect, test } from 'vitest'
import { invoices, samples, tasks } from '../../support/collections.ts'
import { base, show, until } from '../../support/room.tsx'
import { sentTo, socketsTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

const newRoom = () => crypto.randomUUID()

function Signed(props: { children: JSX.Element; keepFor?: number }) {
  return (
    <RecordProvider url={base} keepFor={props.keepFor}>
      {props.children}
    </RecordProvider>
  )
}

/** Asks for samples where it stands. */
function Asker(props: { name?: string }) {
  const query = createQuery(props.name ?? samples)
  return (
    <output>{query.status === 'ready' ? query.records.map(({ recordId }) => recordId).join(' ') : query.status}</output>
  )
}

async function withSample(id: string): Promise<string> {
  const room = newRoom()
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', id, {})
  return room
}

test('R13: a collection is looked for in the nearest scope that has it', async () => {
  const [outer, inner] = [await withSample('outer'), await withSample('inner')]
  const page = show(() => (
    <Signed>
      <RecordScope roomId={outer} collections={[samples]}>
        <Asker />
        <RecordScope roomId={inner} collections={[samples]}>
          <Asker />
        </RecordScope>
        <RecordScope roomId={newRoom()} collections={[tasks]}>
          <Asker />
        </RecordScope>
      </RecordScope>
    </Signed>
  ))
  const shown = () => [...page.root.querySelectorAll('output')].map(({ textContent }) => textContent)
  await until(() => !shown().includes('loading'))
  expect(shown()).toEqual(['outer', 'inner', 'outer'])
})

test("R13: a scope's shared scopes come after its own collections and before the scopes around it", async () => {
  const [around, shared, own] = [await withSample('around'), await withSample('shared'), await withSample('own')]
  const page = show(() => (
    <Signed>
      <RecordScope roomId={around} collections={[samples]}>
        <RecordScope
          roomId={newRoom()}
          collections={[tasks]}
          sharedScopes={[{ roomId: shared, collections: [samples] }]}
        >
          <Asker />
        </RecordScope>
        <RecordScope
          roomId={own}
          collections={['samples']}
          sharedScopes={[{ roomId: shared, collections: [samples, invoices] }]}
        >
          <Asker name="samples" />
        </RecordScope>
      </RecordScope>
    </Signed>
  ))
  const shown = () => [...page.root.querySelectorAll('output')].map(({ textContent }) => textContent)
  await until(() => !shown().includes('loading'))
  expect(shown()).toEqual(['shared', 'own'])
})

test('R13: a collection that no scope has is an error that names it', () => {
  const inScope = (make: () => unknown) => () =>
    show(() => (
      <Signed>
        <RecordScope roomId={newRoom()} collections={[tasks]}>
          {make() as null}
        </RecordScope>
      </Signed>
    ))
  expect(inScope(() => createQuery(invoices))).toThrow(
    'createQuery: no <RecordScope> above has the collection "invoices"; add it to its collections',
  )
  expect(inScope(() => createQuery('nothing'))).toThrow('no <RecordScope> above has the collection "nothing"')
  expect(inScope(() => createRecord(invoices, 'a'))).toThrow('collection "invoices"')
  expect(inScope(() => createMutations(invoices))).toThrow('createMutations: no <RecordScope> above')
})

test('R13: without a scope or a provider every primitive says what it needs', () => {
  const bare = (make: () => unknown) => () => show(() => make() as null)
  expect(bare(() => createQuery(tasks))).toThrow('createQuery("tasks") needs a <RecordScope> above it')
  expect(bare(() => createMutations('tasks'))).toThrow('createMutations("tasks") needs a <RecordScope> above it')
  expect(bare(() => createConnection())).toThrow('createConnection needs a <RecordScope> above it')
  expect(bare(() => createUser())).toThrow('createUser needs a <RecordScope> above it')
  expect(bare(() => createUsers())).toThrow('createUsers needs a <RecordScope> above it')
  expect(bare(() => <RecordScope roomId="x" collections={[]} />)).toThrow(
    '<RecordScope> needs a <RecordProvider> above it',
  )
})

test('R13: scopes of one provider that name one room share its connection, and the last one closes it', async () => {
  const room = await withSample('a')
  const [first, setFirst] = createSignal(true)
  const [second, setSecond] = createSignal(true)
  const page = show(() => (
    <Signed keepFor={0}>
      <Show when={first()}>
        <RecordScope roomId={room} collections={[samples]}>
          <Asker />
        </RecordScope>
      </Show>
      <Show when={second()}>
        <RecordScope roomId={newRoom()} collections={[tasks]} sharedScopes={[{ roomId: room, collections: [samples] }]}>
          <Asker />
        </RecordScope>
      </Show>
    </Signed>
  ))
  await until(() => page.root.textContent === 'aa')
  expect(socketsTo(room)).toHaveLength(1)
  expect(sentTo(room, 'core.subscribe')).toHaveLength(1)
  setFirst(false)
  expect(page.root.textContent).toBe('a')
  expect(socketTo(room).socket.readyState).toBe(WebSocket.OPEN)
  setSecond(false)
  await until(() => socketTo(room).socket.readyState >= WebSocket.CLOSING)
})

test('R13: two providers have nothing in common, even in one room', async () => {
  const room = await withSample('a')
  const page = show(() => (
    <>
      <Signed>
        <RecordScope roomId={room} collections={[samples]}>
          <Asker />
        </RecordScope>
      </Signed>
      <Signed>
        <RecordScope roomId={room} collections={[samples]}>
          <Asker />
        </RecordScope>
      </Signed>
    </>
  ))
  await until(() => page.root.textContent === 'aa')
  expect(socketsTo(room)).toHaveLength(2)
  page.unmount()
  await until(() => socketsTo(room).every(({ socket }) => socket.readyState >= WebSocket.CLOSING))
})

test('E1: the id of a room travels encoded', async () => {
  const room = `app:a/b c%20?#${crypto.randomUUID()}`
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', 'here', {})
  const page = show(() => (
    <Signed>
      <RecordScope roomId={room} collections={[samples]}>
        <Asker />
      </RecordScope>
    </Signed>
  ))
  await until(() => page.root.textContent === 'here')
})
