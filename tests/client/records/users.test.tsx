import { createPresence, createQuery, createUser, createUserLookup, createUsers } from 'deepspace-solid'
import { createEffect, For } from 'solid-js'
import { afterEach, expect, test, vi } from 'vitest'
import { secrets, tasks } from '../../support/collections.ts'
import { base, inRoom, items, texts, until, visit } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { caughtUp, sentTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

test('U1: createUser says who the room takes us for, once it has greeted us', async () => {
  const room = crypto.randomUUID()
  const { made: alice } = inRoom(room, createUser, { user: 'alice' })
  expect(alice.id).toBeUndefined()
  await until(() => alice.id)
  expect({ ...alice }).toMatchObject({
    id: 'alice',
    name: 'alice',
    email: 'alice@example.com',
    imageUrl: undefined,
    role: 'member',
    createdAt: expect.stringMatching(/Z$/),
  })
  const { made: visitor } = inRoom(crypto.randomUUID(), createUser)
  await until(() => visitor.id)
  expect(visitor).toMatchObject({ name: 'Anonymous', role: 'viewer' })
})

test('U4: createUsers shows the roster and keeps it; who is as before is not drawn again', async () => {
  const room = crypto.randomUUID()
  const List = () => {
    const roster = createUsers()
    return <For each={roster.users}>{(user) => <li>{`${user.id} ${user.role} ${user.email}`}</li>}</For>
  }
  const page = visit(room, () => <List />, { user: 'alice' })
  await until(() => texts(page).length === 1)
  expect(texts(page)).toEqual(['alice member alice@example.com'])
  const [first] = items(page)
  await Wire.open(base, room, 'bob')
  await until(() => texts(page).length === 2)
  expect(texts(page)).toContain('bob member ')
  expect(items(page)).toContain(first)
  const root = await Wire.open(base, room, 'root')
  await root.request('user.set_role', { userId: 'bob', role: 'admin' })
  await until(() => texts(page).includes('bob admin '))
  expect(texts(page)).toHaveLength(3)
  await callRoom(base, room, 'removeUser', ['bob'])
  await until(() => texts(page).length === 2)
  expect(items(page)[0]).toBe(first)
  expect(sentTo(room, 'user.list')).toHaveLength(1)
})

test('U4: an anonymous visitor has no roster, and does not ask', async () => {
  const room = crypto.randomUUID()
  await Wire.open(base, room, 'bob')
  const page = inRoom(room, () => ({ user: createUser(), roster: createUsers() }))
  await until(() => page.made.user.id)
  await caughtUp(room)
  expect(page.made.roster.users).toEqual([])
  expect(sentTo(room, 'user.list')).toEqual([])
  expect(page.errors).toEqual([])
})

test('A4, A6: a role that is given shows and hides records on a page that is open', async () => {
  const room = crypto.randomUUID()
  const root = await Wire.open(base, room, 'root')
  await root.put('tasks', 'hidden', { title: 'hidden' })
  await root.put('tasks', 'open', { title: 'open', visibility: 'public' })
  await root.put('secrets', 's', { text: 'secret' })

  const runs: string[] = []
  const Board = () => {
    const user = createUser()
    const query = createQuery(tasks, { orderBy: 'title', orderDir: 'asc' })
    const hers = createQuery(secrets)
    createEffect(() => runs.push(`${user.role}`))
    return (
      <>
        <output>{hers.status === 'error' ? hers.error?.message : hers.records.length}</output>
        <For each={query.records}>{(task) => <li>{task.data.title}</li>}</For>
      </>
    )
  }
  const page = visit(room, () => <Board />, { user: 'amy' })
  await until(() => texts(page).join() === 'open')
  await until(() => texts(page, 'output')[0] === 'READ DENIED: role=member, collection=secrets')
  const [kept] = items(page)

  await root.request('user.set_role', { userId: 'amy', role: 'admin' })
  await until(() => texts(page).join() === 'hidden,open' && texts(page, 'output')[0] === '1')
  expect(items(page)[1]).toBe(kept)
  await root.request('user.set_role', { userId: 'amy', role: 'member' })
  await until(() => texts(page).join() === 'open')
  await until(() => texts(page, 'output')[0] === 'READ DENIED: role=member, collection=secrets')
  expect(items(page)[0]).toBe(kept)
  expect(runs.filter((role, index) => role !== runs[index - 1])).toEqual(['undefined', 'member', 'admin', 'member'])
})

test('U3: setRole is for admins, and says why not', async () => {
  const room = crypto.randomUUID()
  await Wire.open(base, room, 'amy')
  const { made: root } = inRoom(room, () => ({ user: createUser(), roster: createUsers() }), { user: 'root' })
  await until(() => root.roster.users.length === 2)
  await root.roster.setRole('amy', 'admin')
  expect(root.roster.users.find(({ id }) => id === 'amy')).toMatchObject({ role: 'admin' })
  await expect(root.roster.setRole('nobody', 'admin')).rejects.toMatchObject({ code: 'not-found' })

  const elsewhere = crypto.randomUUID()
  const { made: bob } = inRoom(elsewhere, () => ({ user: createUser(), roster: createUsers() }), { user: 'bob' })
  await until(() => bob.user.id)
  await expect(bob.roster.setRole('bob', 'admin')).rejects.toMatchObject({
    code: 'denied',
    message: 'UPDATE DENIED: role=member, collection=users',
  })
})

afterEach(() => {
  vi.useRealTimers()
})

test('U1, U4: what has come is told apart from what is empty', async () => {
  const room = crypto.randomUUID()
  const { made } = inRoom(room, () => ({ user: createUser(), roster: createUsers(), lookup: createUserLookup() }), {
    user: 'alice',
  })
  expect([made.user.loaded, made.roster.loaded, made.lookup.loaded]).toEqual([false, false, false])
  await until(() => made.roster.loaded)
  expect([made.user.loaded, made.lookup.loaded]).toEqual([true, true])
  // The one roster was asked for once.
  expect(sentTo(room, 'user.list')).toHaveLength(1)
})

test('U4: createUserLookup finds users by their ids, as they are now', async () => {
  const room = crypto.randomUUID()
  const seen: unknown[] = []
  const { made: lookup } = inRoom(
    room,
    () => {
      const lookup = createUserLookup()
      createEffect(() => seen.push(lookup.get('bob')?.name))
      return lookup
    },
    { user: 'alice' },
  )
  await until(() => lookup.loaded)
  expect(lookup.get('alice')).toMatchObject({ id: 'alice', role: 'member' })
  expect([lookup.get('bob'), lookup.get(null), lookup.get(undefined)]).toEqual([undefined, undefined, undefined])
  await Wire.open(base, room, 'bob')
  await until(() => lookup.get('bob'))
  expect(seen.at(-1)).toBe('bob')
})

test('U4: createPresence says every minute that we are here, and tells who else is', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  const page = inRoom(room, () => createPresence(), { user: 'alice' })
  const { made: presence } = page
  await until(() => presence.users.length === 2)
  expect([presence.isOnline('bob'), presence.isOnline('nobody'), presence.lastSeen('nobody')]).toEqual([
    true,
    false,
    undefined,
  ])
  expect(presence.lastSeen('bob')).toMatch(/Z$/)
  await bob.close()
  vi.advanceTimersByTime(60_000)
  await caughtUp(room)
  expect([sentTo(room, 'user.update').length, sentTo(room, 'user.list').length]).toEqual([1, 2])
  // For the room no time has passed: what the page has of it is old after five minutes.
  vi.advanceTimersByTime(300_000)
  await caughtUp(room)
  expect([presence.isOnline('bob'), presence.users.some(({ id }) => id === 'bob')]).toEqual([false, false])
  page.unmount()
  vi.advanceTimersByTime(120_000)
  expect(sentTo(room, 'user.update')).toHaveLength(6)
})

test('U4: an anonymous visitor says nothing of itself, and is shown nobody', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const room = crypto.randomUUID()
  const { made } = inRoom(room, () => ({ presence: createPresence(), user: createUser() }))
  await until(() => made.user.loaded)
  vi.advanceTimersByTime(120_000)
  await caughtUp(room)
  expect([sentTo(room, 'user.update'), sentTo(room, 'user.list'), made.presence.users]).toEqual([[], [], []])
})
