import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'

const base = inject('base')

function createRoom() {
  const room = `evolving:${crypto.randomUUID()}`
  const call = (method: string, ...args: unknown[]) => callRoom(base, room, method, args)
  return {
    call,
    deploy: (generation: number) => call('deploy', generation),
    notes: async (query = {}) => (await call('query', { collection: 'notes', ...query }, 'system')).result,
  }
}

test('firstStart runs once in the life of a room', async () => {
  const { call, deploy, notes } = createRoom()
  expect(await notes()).toMatchObject([
    { recordId: 'first', createdBy: 'system', data: { text: 'from the beginning', size: 7 } },
  ])
  await call('remove', 'notes', 'first', 'system')
  await deploy(0)
  expect(await notes()).toEqual([])
})

test('H3: a new field is added on start; older records read as if created without it', async () => {
  const { call, deploy, notes } = createRoom()
  await notes()
  await deploy(1)
  expect(await notes()).toMatchObject([{ data: { text: 'from the beginning', size: 7, done: false, tags: ['new'] } }])
  expect(await notes({ where: { done: false } })).toHaveLength(1)
  expect(await notes({ where: { tags: ['new'] } })).toHaveLength(1)
  expect(await notes({ where: { memo: null, owner: null } })).toHaveLength(1)
  expect(await call('put', 'notes', 'second', { text: 'x', size: 1 }, 'system')).toMatchObject({
    error: "Required field 'owner' is missing",
  })
  expect(await call('put', 'notes', 'first', { owner: 'alice' }, 'system')).toEqual({ result: null })
  expect(await notes({ where: { owner: 'alice' } })).toHaveLength(1)
})

test('H4: a field that changes its kind is converted where every value fits', async () => {
  const { call, deploy, notes } = createRoom()
  await notes()
  await deploy(2)
  expect(await notes({ where: { size: 7 } })).toHaveLength(1)
  expect(await call('put', 'notes', 'second', { text: 'x', size: 'large' }, 'system')).toEqual({ result: null })
  await deploy(3)
  expect(await call('query', { collection: 'notes' }, 'system')).toMatchObject({
    error: expect.stringMatching(
      /the field "size" was json and is now number, but record "second" has a value that is not number/,
    ),
  })
  await deploy(2)
  await call('remove', 'notes', 'second', 'system')
  await deploy(3)
  expect(await notes({ where: { size: 7 }, orderBy: 'size' })).toHaveLength(1)
})

test('H4: a room whose values do not fit does not start, says why, and has lost nothing', async () => {
  const { call, deploy, notes } = createRoom()
  await notes()
  await deploy(4)
  expect(await call('query', { collection: 'notes' }, 'system')).toMatchObject({
    error: expect.stringMatching(/^collection "notes": the field "text" was text and is now number/),
  })
  // The objects comes up again as soon as the declaration fits: nothing was written.
  await deploy(0)
  expect(await notes()).toMatchObject([{ data: { text: 'from the beginning', size: 7 } }])
})
