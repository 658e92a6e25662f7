import { createConnection, createYjsDoc, RecordProvider, RecordScope } from 'deepspace-solid'
import { createSignal } from 'solid-js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { timing } from '../../../src/connection/connection.ts'
import type { Token } from '../../../src/connection/provider.ts'
import { collections } from '../../support/collections.ts'
import { newDoc } from '../../support/documents.tsx'
import { base, cutLine, show, until } from '../../support/room.tsx'
import { socketsTo, socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

// A pause does not end by itself here.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** What `getToken` does: gives a token of ann's, fails, or hangs. */
type Mode = 'gives' | 'fails' | 'hangs'

let marks = 0

/** A page with the connection of a room, and that of a document, both connected as ann. */
async function open() {
  const [room, note] = [crypto.randomUUID(), newDoc()]
  const [mode, setMode] = createSignal<Mode>('gives', { equals: false })
  /** How it fails without anything that it reads having changed. */
  let breaks = false
  let given: Promise<Token>
  /** What is given at once from now on. */
  let ready: Token
  const getToken = (): Token | Promise<Token> => {
    const does = mode()
    if (does === 'hangs') return new Promise(() => {})
    if (does === 'fails' || breaks) return Promise.reject(new Error('no session'))
    if (ready) return ready
    given = tokenFor('ann', { mark: ++marks })
    return given
  }
  const statuses: (() => string)[] = []
  let disconnect!: () => void
  const Shown = () => {
    const [connection, doc] = [createConnection(), createYjsDoc(note)]
    statuses.push(
      () => connection.status,
      () => doc.status,
    )
    disconnect = () => {
      connection.disconnect()
      doc.disconnect()
    }
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={getToken} onError={() => {}}>
      <RecordScope roomId={room} collections={collections}>
        <Shown />
      </RecordScope>
    </RecordProvider>
  ))
  const are = (status: string) => until(() => statuses.every((each) => each() === status))
  await are('connected')
  return {
    rooms: [room, note],
    are,
    statuses: () => statuses.map((each) => each()),
    setMode,
    /** Gives another token, and waits until it has been heard of. */
    renew: async () => {
      setMode('gives')
      await given
      await turn()
    },
    makeReady: async () => {
      ready = await tokenFor('ann', { mark: ++marks })
    },
    disconnect,
    break: (does: boolean) => {
      breaks = does
    },
    sockets: () => [room, note].map((each) => socketsTo(each).length),
  }
}

const turn = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve))

test('C7: a token of the same user that comes after one that failed is tried at once', async () => {
  const page = await open()
  page.setMode('fails')
  await page.are('disconnected')
  page.setMode('gives')
  await page.are('connected')
  expect(page.sockets()).toEqual([2, 2])
})

test('C7: so is one that comes while a connection waits because an attempt could not have any', async () => {
  const page = await open()
  page.break(true)
  for (const room of page.rooms) await cutLine(room)
  await page.are('disconnected')
  window.dispatchEvent(new Event('online'))
  await turn()
  await page.are('disconnected')
  expect(page.sockets()).toEqual([1, 1])
  page.break(false)
  page.setMode('gives')
  await page.are('connected')
  expect(page.sockets()).toEqual([2, 2])
})

test('C7: one that hangs is not waited for any more once there is another', async () => {
  const page = await open()
  page.setMode('hangs')
  await turn()
  // Nobody knows any more who is signed in: the line is dropped, and what would open another hangs as well.
  vi.advanceTimersByTime(timing.openWithin)
  await page.are('connecting')
  page.setMode('gives')
  await page.are('connected')
  expect(page.sockets()).toEqual([2, 2])
})

test('C6: a socket that is being opened is not given up for a newer token, nor one that is open', async () => {
  const page = await open()
  for (const room of page.rooms) await cutLine(room)
  await page.are('disconnected')
  await page.makeReady()
  window.dispatchEvent(new Event('online'))
  // In this turn: a socket opens in a later one.
  for (let step = 0; step < 1_000 && page.sockets().some((count) => count < 2); step++) await undefined
  expect(page.rooms.map((room) => socketTo(room).socket.readyState)).toEqual([0, 0])
  page.setMode('gives')
  await turn()
  await page.are('connected')
  await page.renew()
  expect(page.statuses()).toEqual(['connected', 'connected'])
  expect(page.sockets()).toEqual([2, 2])
})

test('C6: who was told to stay away does', async () => {
  const page = await open()
  page.disconnect()
  await page.are('disconnected')
  await page.renew()
  expect(page.statuses()).toEqual(['disconnected', 'disconnected'])
  expect(page.sockets()).toEqual([1, 1])
})
