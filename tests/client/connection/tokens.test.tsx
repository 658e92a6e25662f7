import {
  createMutations,
  createQuery,
  createUser,
  type DeepSpaceError,
  RecordProvider,
  RecordScope,
} from 'deepspace-solid'
import { createResource, createSignal, ErrorBoundary, For, Suspense } from 'solid-js'
import { describe, expect, test, vi } from 'vitest'
import type { Token } from '../../../src/connection/provider.ts'
import { collections, samples } from '../../support/collections.ts'
import { base, items, show, texts, until } from '../../support/room.tsx'
import { caughtUp, sentTo, socketsTo, socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

/** A page that shows who it is, and the samples of a room. */
async function open(getToken: () => unknown) {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  await bob.put('samples', 'a', { text: 'a' })
  const errors: DeepSpaceError[] = []
  let create!: (data: object) => Promise<string>
  const List = () => {
    const query = createQuery(samples)
    const user = createUser()
    create = createMutations(samples).createConfirmed
    return (
      <>
        <output>{user.id ?? '-'}</output>
        <For each={query.records}>{(row) => <li>{row.data.text}</li>}</For>
      </>
    )
  }
  const page = show(() => (
    <ErrorBoundary fallback="broken">
      <RecordProvider url={base} getToken={getToken as () => Token} onError={(error) => errors.push(error)}>
        <RecordScope roomId={room} collections={collections}>
          <List />
        </RecordScope>
      </RecordProvider>
    </ErrorBoundary>
  ))
  return { room, bob, page, errors, create: (data: object) => create(data) }
}

let marks = 0
const freshToken = (user: string) => tokenFor(user, { mark: ++marks })

describe('C6: a token that takes its time', () => {
  test('C6: a fresh one of the same user leaves every row where it is, and the connection too', async () => {
    const [renewals, renew] = createSignal(0)
    let release = (): void => {}
    const { room, page } = await open(async () => {
      if (renewals() > 0) await new Promise<void>((resolve) => (release = resolve))
      return freshToken('alice')
    })
    await until(() => items(page).length === 1)
    const nodes = items(page)
    const seen: string[] = []
    new MutationObserver(() => seen.push(page.root.textContent)).observe(page.root, {
      subtree: true,
      childList: true,
      characterData: true,
    })
    renew(1)
    await caughtUp(room)
    release()
    await caughtUp(room)
    expect(items(page)).toEqual(nodes)
    expect(socketsTo(room)).toHaveLength(1)
    expect(seen).toEqual([])
  })

  test('C6: rows stay until it is known that the user is another, and go then', async () => {
    const [user, setUser] = createSignal('alice')
    const tokens = { alice: freshToken('alice'), bob: Promise.withResolvers<string>() }
    const { room, page } = await open(() => (user() === 'alice' ? tokens.alice : tokens.bob.promise))
    await until(() => items(page).length === 1)
    setUser('bob')
    await caughtUp(room)
    expect([texts(page), texts(page, 'output')]).toEqual([['a'], ['alice']])
    tokens.bob.resolve(await freshToken('bob'))
    await until(() => texts(page, 'output')[0] === '-')
    expect(texts(page)).toEqual([])
    await until(() => texts(page, 'output')[0] === 'bob' && items(page).length === 1)
  })

  test('C6: what is written while it is on its way is written by who is signed in then, or by nobody', async () => {
    const [user, setUser] = createSignal('alice')
    const next = Promise.withResolvers<string>()
    const { room, bob, page, create } = await open(() => (user() === 'alice' ? freshToken('alice') : next.promise))
    await until(() => items(page).length === 1)
    setUser('carol')
    const refused = create({ text: 'whose?' })
    await caughtUp(room)
    expect(sentTo(room, 'core.put')).toEqual([])
    next.resolve(await freshToken('carol'))
    await expect(refused).rejects.toMatchObject({ code: 'not-connected' })
    await until(() => texts(page, 'output')[0] === 'carol')
    expect(await bob.query('samples')).toHaveLength(1)
  })

  test('C6: and by the same user it is written a moment later, in order', async () => {
    const [renewals, renew] = createSignal(0)
    const next = Promise.withResolvers<string>()
    const { room, bob, page, create } = await open(() => (renewals() === 0 ? freshToken('alice') : next.promise))
    await until(() => items(page).length === 1)
    renew(1)
    const written = [create({ text: 'first' }), create({ text: 'second' })]
    await caughtUp(room)
    expect(sentTo(room, 'core.put')).toEqual([])
    next.resolve(await freshToken('alice'))
    await Promise.all(written)
    expect(sentTo(room, 'core.put').map(({ payload }) => payload.data.text)).toEqual(['first', 'second'])
    expect(await bob.query('samples')).toHaveLength(3)
  })
})

describe('C6: a token that comes from a resource', () => {
  test.for<[how: string, read: (token: () => string | undefined) => () => Token]>([
    ['given as it is', (token) => token],
    ['read in a function', (token) => () => token()],
  ])('C6: %s does not first connect as a visitor', async ([, read]) => {
    const arrives = Promise.withResolvers<string>()
    const [token] = createResource(() => arrives.promise)
    const { room, page } = await open(read(token))
    await new Promise((resolve) => requestAnimationFrame(resolve))
    expect(socketsTo(room)).toHaveLength(0)
    arrives.resolve(await freshToken('alice'))
    await until(() => texts(page, 'output')[0] === 'alice' && items(page).length === 1)
    expect(socketsTo(room).map(({ search }) => search.has('token'))).toEqual([true])
  })

  test('C6: one that says there is nobody connects as a visitor', async () => {
    const session = Promise.withResolvers<null>()
    const [token] = createResource(() => session.promise)
    const { room, page } = await open(token)
    await new Promise((resolve) => requestAnimationFrame(resolve))
    expect(socketsTo(room)).toHaveLength(0)
    session.resolve(null)
    await until(() => texts(page, 'output')[0]!.startsWith('anon-'))
  })

  test('C6: it suspends nobody', async () => {
    const [token] = createResource(() => new Promise<string>(() => {}))
    const page = show(() => (
      <Suspense fallback="suspended">
        <RecordProvider url={base} getToken={token}>
          <RecordScope roomId={crypto.randomUUID()} collections={collections}>
            here
          </RecordScope>
        </RecordProvider>
      </Suspense>
    ))
    await new Promise((resolve) => requestAnimationFrame(resolve))
    expect(page.root.textContent).toBe('here')
  })
})

describe('C7: a getToken that fails', () => {
  test.for<[how: string, fail: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no session')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no session'))],
  ])('C7: one that %s after a change is a failed attempt: rows stay, and it is tried again', async ([, fail]) => {
    const [fails, setFails] = createSignal(false)
    const { room, page, errors } = await open(() => (fails() ? fail() : freshToken('alice')))
    await until(() => items(page).length === 1)
    setFails(true)
    await until(() => errors.length > 0)
    expect(errors[0]).toMatchObject({ code: 'disconnected', message: 'Could not connect: no session' })
    expect(page.root.textContent).toBe('alicea')
    // The line of who may not be signed in any more is not used.
    await until(() => socketTo(room).socket.readyState >= WebSocket.CLOSING)
    setFails(false)
    await until(() => socketsTo(room).length === 2 && socketTo(room).socket.readyState === WebSocket.OPEN)
    expect(page.root.textContent).toBe('alicea')
  })

  test('C7: one that throws from the beginning is told once, and breaks no page', async () => {
    const getToken = vi.fn(() => {
      throw new Error('no session')
    })
    const { page, errors } = await open(getToken)
    await until(() => errors.length === 1)
    window.dispatchEvent(new Event('online'))
    await until(() => getToken.mock.calls.length > 1)
    await new Promise((resolve) => requestAnimationFrame(resolve))
    expect(errors.map(({ message }) => message)).toEqual(['Could not connect: no session'])
    expect(page.root.textContent).toBe('-')
  })

  test.for<[what: string, given: unknown, received: string]>([
    ['a page', '<!doctype html><title>Not found</title>', '"<!doctype html><title>Not found</title>"'],
    ['a sentence', 'Not found', '"Not found"'],
    ['JSON', '{"token":"x"}', '"{\\"token\\":\\"x\\"}"'],
    ['a text in quotes', '"abc"', '"\\"abc\\""'],
    ['the word for nothing', `${undefined}`, '"undefined"'],
    ['the other one', `${null}`, '"null"'],
    ['an object', { token: 'x' }, 'object'],
    ['a response', new Response('x'), 'object'],
    ['a number', 7, 'number'],
    ['a long page', `<html>${'x'.repeat(5000)}`, `"<html>${'x'.repeat(51)}..."`],
  ])('C5: %s is no token: it is never sent, and what it was is told once', async ([, given, received]) => {
    const { room, errors } = await open(() => Promise.resolve(given))
    await until(() => errors.length === 1)
    expect(errors[0]!.message).toBe(`Could not connect: getToken: expected a token, received ${received}`)
    expect(socketsTo(room)).toEqual([])
  })
})
