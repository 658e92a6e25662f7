import { createQuery, createUser, RecordProvider, RecordScope } from 'deepspace-solid'
import { createSignal, For } from 'solid-js'
import { expect, test } from 'vitest'
import { collections, tasks } from '../../support/collections.ts'
import { base, items, show, texts, until } from '../../support/room.tsx'
import { socketsTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

/** A page whose worker is told who is signed in by other means than a signal, as by a cookie. */
async function open(first: string | null | undefined) {
  const room = crypto.randomUUID()
  const alice = await Wire.open(base, room, 'alice')
  await alice.put('tasks', 'private', { title: 'private' })
  await alice.put('tasks', 'public', { title: 'public', visibility: 'public' })
  const cookie = { user: 'alice' as string | undefined }
  const [userId, setUserId] = createSignal(first)
  const List = () => {
    const query = createQuery(tasks, { orderBy: 'title' })
    const user = createUser()
    return (
      <>
        <output>{user.id ?? '-'}</output>
        <For each={query.records}>{(row) => <li>{row.data.title}</li>}</For>
      </>
    )
  }
  const page = show(() => (
    <RecordProvider
      url={base}
      getToken={() => (cookie.user === undefined ? null : tokenFor(cookie.user))}
      userId={userId()}
    >
      <RecordScope roomId={room} collections={collections}>
        <List />
      </RecordScope>
    </RecordProvider>
  ))
  await until(() => items(page).length === 2)
  return { room, page, cookie, setUserId, who: () => page.root.querySelector('output')!.textContent }
}

test('C11: when who is signed in changes, what they saw is gone at once, and the rooms are those of the other', async () => {
  const { room, page, cookie, setUserId, who } = await open('alice')
  cookie.user = undefined
  setUserId(null)
  expect([items(page), who()]).toEqual([[], '-'])
  await until(() => items(page).length === 1)
  expect(texts(page)).toEqual(['public'])
  expect(who()).toMatch(/^anon-/)
  expect(socketsTo(room)).toHaveLength(2)
  cookie.user = 'alice'
  setUserId('alice')
  await until(() => items(page).length === 2)
  expect(socketsTo(room)).toHaveLength(3)
})

test('C11: that it is known at last changes nothing', async () => {
  const { room, page, setUserId } = await open(undefined)
  const nodes = items(page)
  setUserId('alice')
  expect(items(page)).toEqual(nodes)
  expect(socketsTo(room)).toHaveLength(1)
})

test.each([
  ['is another than the room has greeted', undefined, 'bob'],
  ['is a visitor, and the room has greeted somebody', undefined, null],
  ['is not known any more', 'alice', undefined],
])('C11: that who is signed in %s is a change', async (_, first, next) => {
  const { room, page, cookie, setUserId } = await open(first)
  cookie.user = next ?? undefined
  setUserId(next)
  expect(items(page)).toEqual([])
  await until(() => items(page).length === 1)
  expect(texts(page)).toEqual(['public'])
  expect(socketsTo(room)).toHaveLength(2)
})
