import { expect, inject, test } from 'vitest'
import { generation } from '../../support/collections.ts'
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
      /collection "notes": field "size": it was json and is now number, but record "second" has a value that is not number/,
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
    error: expect.stringMatching(/collection "notes": field "text": it was text and is now number/),
  })
  // The objects comes up again as soon as the declaration fits: nothing was written.
  await deploy(0)
  expect(await notes()).toMatchObject([{ data: { text: 'from the beginning', size: 7 } }])
})

test('H5: names that differ from former ones only by case are the same field, and the same collection', async () => {
  const { call, deploy, notes } = createRoom()
  await notes()
  await deploy(generation.spelt)
  expect(await notes({ where: { Text: 'from the beginning' } })).toMatchObject([{ data: { size: 7 } }])
  await call('put', 'notes', 'second', { Text: 'x', size: 1, Memo: null }, 'system')
  await deploy(generation.speltBack)
  expect(await notes({ orderBy: 'text' })).toMatchObject([
    { data: { text: 'x', memo: null } },
    { data: { text: 'from the beginning', size: 7 } },
  ])
  await deploy(generation.speltCollection)
  expect(await call('query', { collection: 'Notes' }, 'system')).toMatchObject({ result: [{}, {}] })
  expect(await call('put', 'Notes', 'first', { size: 8 }, 'system')).toEqual({ result: null })
  await deploy(0)
  expect(await notes({ where: { size: 8 } })).toHaveLength(1)
})

test('H3: an owner that the server sets is, of older records, who created them; what the room wrote is nobody’s', async () => {
  const { call, deploy, notes } = createRoom()
  await notes()
  const ann = { userId: 'ann', name: 'Ann', email: '', anonymous: false }
  const eve = { userId: 'eve', name: 'Eve', email: '', anonymous: false }
  await call('put', 'notes', 'hers', { text: 'hers', size: 1 }, ann)
  await deploy(generation.owned)
  expect(await notes({ where: { by: 'ann' } })).toMatchObject([{ recordId: 'hers' }])
  expect(await call('put', 'notes', 'hers', { text: 'mine now' }, eve)).toMatchObject({ details: { code: 'denied' } })
  expect(await call('put', 'notes', 'hers', { text: 'still hers' }, ann)).toEqual({ result: null })
  expect(await notes({ where: { by: null } })).toMatchObject([{ recordId: 'first' }])
})

test('H3: old records get what a create would give them, each its own, when a declaration begins to promise it', async () => {
  const { call, deploy, notes } = createRoom()
  await notes()
  await deploy(generation.memo)
  const operations = Array.from({ length: 20 }, (_, n) => ({
    type: 'put',
    collection: 'notes',
    recordId: `n${n}`,
    data: { text: 'x', size: n, owner: 'ann', ...(n === 0 && { memo: 'said' }) },
  }))
  expect(await call('batch', operations, 'system')).toEqual({ result: null })
  await deploy(generation.defaults)
  const all = (await notes({ orderBy: 'size', orderDir: 'asc' })) as { data: { code: string } }[]
  expect(new Set(all.map(({ data }) => data.code)).size).toBe(21)
  expect(all[0]).toMatchObject({ data: { nothing: null, memo: 'said' } })
  expect(all[1]).toMatchObject({ data: { nothing: null, memo: 'later', code: expect.any(String) } })
  expect(await call('put', 'notes', 'n1', { code: all[0]!.data.code }, 'system')).toMatchObject({
    details: { code: 'duplicate' },
  })
  // The same promise again asks nobody anew.
  await deploy(generation.defaults)
  expect(await notes({ orderBy: 'size', orderDir: 'asc' })).toEqual(all)

  // Dropped, and declared again: what was written meanwhile is looked at.
  await deploy(0)
  await call('put', 'notes', 'meanwhile', { text: 'x', size: 100 }, 'system')
  await deploy(generation.defaults)
  expect(await notes({ where: { recordId: 'meanwhile' } })).toMatchObject([{ data: { memo: 'later', nothing: null } }])
  expect(await notes({ where: { recordId: 'n0' } })).toEqual([all[0]])
})

test('H6: where columns are short, fields that are not declared any more give up theirs, and lose nothing', async () => {
  const { call, deploy, notes } = createRoom()
  await notes()
  await deploy(generation.a)
  const data = { text: 'x', size: 1, a0: true, a1: 'one', a2: false, a3: null, aList: ['p', 'q'] }
  expect(await call('put', 'notes', 'n', data, 'system')).toEqual({ result: null })
  for (const round of [1, 2]) {
    await deploy(generation.b)
    expect(await notes({ where: { recordId: 'n' } })).toMatchObject([{ data: { text: 'x', size: 1 } }])
    expect(await call('put', 'notes', 'n', { b0: true, b1: `round ${round}` }, 'system')).toEqual({ result: null })
    await deploy(generation.a)
    const [{ data: back }] = (await notes({ where: { recordId: 'n' } })) as [{ data: object }]
    expect(back).toEqual(data)
    expect(await notes({ where: { a0: true, aList: ['p', 'q'] } })).toHaveLength(1)
  }
  await deploy(generation.b)
  expect(await notes({ where: { b1: 'round 2' } })).toHaveLength(1)
})

test('H7: a first start that fails leaves nothing behind, and runs again until it has not failed', async () => {
  const room = `hesitant:${crypto.randomUUID()}`
  const query = () => callRoom(base, room, 'query', [{ collection: 'samples', orderBy: 'recordId' }, 'system'])
  for (let n = 0; n < 2; n++)
    expect(await query()).toMatchObject({ error: expect.stringMatching(/seed is not to be had/) })
  for (let n = 0; n < 2; n++) {
    expect(await query()).toMatchObject({ result: [{ recordId: 'try 3' }, { recordId: 'later in try 3' }] })
  }
})
