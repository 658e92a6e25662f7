import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const room = () => crypto.randomUUID()

test('W1: a put creates, then updates field by field; a delete deletes', async () => {
  const alice = await Wire.open(base, room(), 'alice')
  expect(await alice.put('tasks', 'a', { title: ' Write ' })).toMatchObject({ success: true, recordId: 'a' })
  expect(await alice.see('tasks', 'a')).toEqual({
    recordId: 'a',
    data: { title: 'Write', done: false, priority: 0, visibility: 'private' },
    createdBy: 'alice',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    updatedAt: expect.stringMatching(/Z$/),
  })
  await alice.put('tasks', 'a', { done: true })
  expect((await alice.see('tasks', 'a'))?.data).toMatchObject({ title: 'Write', done: true })
  expect(await alice.remove('tasks', 'a')).toMatchObject({ success: true, recordId: 'a' })
  expect(await alice.see('tasks', 'a')).toBeUndefined()
  expect(await alice.remove('tasks', 'a')).toMatchObject({
    success: false,
    error: 'Record not found',
    code: 'not-found',
  })
})

test('W3: puts to different fields both survive; to the same field the later one wins, in one order for everyone', async () => {
  const name = room()
  const [alice, also, watcher] = await Promise.all([
    Wire.open(base, name, 'alice'),
    Wire.open(base, name, 'alice'),
    Wire.open(base, name, 'bob'),
  ])
  await alice.put('tasks', 'a', { title: 'start', visibility: 'public' })
  await Promise.all([alice.drain(), also.drain(), watcher.drain()])

  await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => alice.put('tasks', 'a', { title: `alice ${i}` })),
    ...Array.from({ length: 50 }, (_, i) => also.put('tasks', 'a', { title: `also ${i}` })),
    also.put('tasks', 'a', { priority: 7 }),
    alice.put('tasks', 'a', { done: true }),
  ])
  const seen = await Promise.all([alice, also, watcher].map((wire) => wire.changes()))
  expect(seen[0]).toHaveLength(102)
  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
  const last = seen[0]!.at(-1)!.record
  expect(last).toMatchObject({ data: { priority: 7, done: true } })
  expect(await watcher.see('tasks', 'a')).toEqual(last)
})

test('W4: the sender receives its own change before the ACK', async () => {
  const alice = await Wire.open(base, room(), 'alice')
  await alice.put('tasks', 'a', { title: 'one' })
  await alice.put('tasks', 'a', { title: 'two' })
  await alice.remove('tasks', 'a')
  const types = alice.frames.map(({ type, payload }) => payload.changeType ?? type)
  expect(types).toEqual(['user.info', 'create', 'records.ack', 'update', 'records.ack', 'delete', 'records.ack'])
})

test.for([
  [
    'a create that is denied',
    'core.put',
    { collection: 'secrets', recordId: 'a', data: { text: 'x' } },
    'CREATE DENIED: role=member, collection=secrets',
  ],
  [
    'an update that is denied',
    'core.put',
    { collection: 'write_false', recordId: 'w', data: { title: 'x' } },
    'UPDATE DENIED: role=member, collection=write_false',
  ],
  [
    'a delete that is denied',
    'core.delete',
    { collection: 'write_false', recordId: 'w' },
    'DELETE DENIED: role=member, collection=write_false',
  ],
  [
    'a write to a record that one may not read',
    'core.put',
    { collection: 'read_false', recordId: 'r', data: { title: 'x' } },
    'Record not found',
  ],
  [
    'a delete of a record that one may not read',
    'core.delete',
    { collection: 'read_false', recordId: 'r' },
    'Record not found',
  ],
  [
    'a collection that the room does not have',
    'core.put',
    { collection: 'nope', recordId: 'a', data: {} },
    'Schema not registered for collection: nope - declare it in the collections of the room',
  ],
  [
    'an unknown field',
    'core.put',
    { collection: 'tasks', recordId: 'a', data: { title: 'x', colour: 'red' } },
    'FIELD ERROR: unknown field "colour" of tasks (fields: title, done, priority, visibility, assignee)',
  ],
  [
    'a field that only looks like a method',
    'core.put',
    { collection: 'tasks', recordId: 'a', data: { title: 'x', constructor: 1 } },
    'FIELD ERROR: unknown field "constructor" of tasks (fields: title, done, priority, visibility, assignee)',
  ],
  [
    'a wrong type',
    'core.put',
    { collection: 'tasks', recordId: 'a', data: { title: 5 } },
    'FIELD ERROR: title (number): Invalid type: Expected string but received 5',
  ],
  [
    'a null where none may be',
    'core.put',
    { collection: 'tasks', recordId: 'a', data: { title: null } },
    'FIELD ERROR: title (null): Invalid type: Expected string but received null',
  ],
  [
    'a missing required field',
    'core.put',
    { collection: 'tasks', recordId: 'a', data: { done: true } },
    "Required field 'title' is missing",
  ],
  [
    'a bad collection name',
    'core.put',
    { collection: 'a b', recordId: 'a', data: {} },
    /^Invalid message: core\.put: collection: .*received "a b"$/,
  ],
  [
    'a bad id',
    'core.put',
    { collection: 'tasks', recordId: '', data: {} },
    /^Invalid message: core\.put: recordId: expected an id of 1 to 128/,
  ],
  [
    'an id that reaches into objects',
    'core.put',
    { collection: 'tasks', recordId: '__proto__', data: {} },
    /^Invalid message: core\.put: recordId/,
  ],
  ['no data', 'core.put', { collection: 'tasks', recordId: 'a' }, /^Invalid message: core\.put: data/],
  [
    'data that is no object',
    'core.put',
    { collection: 'tasks', recordId: 'a', data: [1] },
    'Invalid message: core.put: data: expected an object, received array',
  ],
  ['an empty payload', 'core.delete', {}, /^Invalid message: core\.delete: collection/],
  ['an unknown type', 'core.patch', {}, 'Unknown message type: core.patch'],
] as const)(
  'W5, W8: %s is answered by exactly one ACK that says so, and writes nothing',
  async ([, type, payload, error]) => {
    const name = room()
    const root = await Wire.open(base, name, 'root')
    await root.put('write_false', 'w', { title: 'stays' })
    await root.put('read_false', 'r', { title: 'hidden' })
    const alice = await Wire.open(base, name, 'alice')
    await Promise.all([alice.drain(), root.drain()])

    const ack = await alice.request(type, payload)
    expect(ack.success).toBe(false)
    if (typeof error === 'string') expect(ack.error).toBe(error)
    else expect(ack.error).toMatch(error)
    expect(ack.code).toEqual(expect.any(String))
    const frames = await alice.drain()
    expect(frames).toEqual([{ type: 'records.ack', payload: ack }])
    expect(await root.changes()).toEqual([])

    // Without an id to answer to, the same refusal is an error frame.
    alice.send(type, payload)
    expect(await alice.drain()).toEqual([
      { type: 'core.error', payload: expect.objectContaining({ error: ack.error, code: ack.code }) },
    ])
    expect(await alice.put('tasks', 'fine', { title: 'the connection lives' })).toMatchObject({ success: true })
  },
)

test('W8: a call of the room by its own worker rejects with the same, field by field', async () => {
  const name = room()
  const call = (method: string, ...args: unknown[]) => callRoom(base, name, method, args)
  const place = { collection: 'tasks', recordId: 'a' }
  expect(await call('put', 'tasks', 'a', { title: 3 }, 'system')).toMatchObject({
    error: 'FIELD ERROR: title (number): Invalid type: Expected string but received 3',
    details: { name: 'DeepSpaceError', code: 'invalid-field', ...place, field: 'title' },
  })
  expect(await call('remove', 'tasks', 'a', 'system')).toMatchObject({
    error: 'Record not found',
    details: { name: 'DeepSpaceError', code: 'not-found', ...place },
  })
  expect(await call('query', { collection: 'tasks', where: { tilte: 'x' } }, 'system')).toMatchObject({
    details: { code: 'invalid-query' },
  })
})

test('W5: what is not even a frame is refused, and the connection lives', async () => {
  const alice = await Wire.open(base, room(), 'alice')
  await alice.drain()
  for (const junk of ['', '{', 'null', '[]', '"text"', '7', '{}', '{"type":5}', '{"type":"core.put","payload":7}']) {
    alice.socket.send(junk)
    const [frame, ...more] = await alice.drain()
    expect(frame).toMatchObject({
      type: 'core.error',
      payload: { error: expect.stringMatching(/^(Invalid|Unknown) message/) },
    })
    expect(more).toEqual([])
  }
  // Binary that is none is met with silence where a client knows no word for it; texts.test.ts has the rest.
  alice.socket.send(new Uint8Array([22, 1, 2]))
  expect(await alice.drain()).toEqual([])
})

test('W5: a frame that is too long gets its ACK too', async () => {
  const alice = await Wire.open(base, room(), 'alice')
  const ack = await alice.put('tasks', 'a', { title: 'x'.repeat(1024 * 1024) })
  expect(ack).toMatchObject({
    success: false,
    code: 'too-large',
    error: expect.stringMatching(/^Invalid message: the frame has \d+ bytes, at most 1048576 are read$/),
  })
  expect(await alice.see('tasks', 'a')).toBeUndefined()
})

test('F13: a record cannot grow past the limit by small steps', async () => {
  const alice = await Wire.open(base, room(), 'alice')
  const half = 'x'.repeat(600_000)
  expect(await alice.put('samples', 'a', { text: half })).toMatchObject({ success: true })
  expect(await alice.put('samples', 'a', { json: half })).toMatchObject({
    success: false,
    code: 'too-large',
    recordId: 'a',
  })
  expect((await alice.see('samples', 'a'))?.data.json).toBeUndefined()
})

test('W6: a write that changes nothing is acknowledged and told to nobody', async () => {
  const name = room()
  const [alice, bob] = await Promise.all([Wire.open(base, name, 'alice'), Wire.open(base, name, 'bob')])
  await alice.put('samples', 'a', { json: { a: 1, b: [2] } })
  const before = await alice.see('samples', 'a')
  await bob.drain()
  expect(await alice.put('samples', 'a', { json: { b: [2], a: 1 } })).toMatchObject({ success: true })
  expect(await bob.drain()).toEqual([])
  expect(await alice.see('samples', 'a')).toEqual(before)
})

test('F4: a late put to a record that was deleted does not bring half of it back', async () => {
  const alice = await Wire.open(base, room(), 'alice')
  await alice.put('tasks', 'a', { title: 'here' })
  await alice.remove('tasks', 'a')
  expect(await alice.put('tasks', 'a', { done: true })).toMatchObject({
    success: false,
    error: "Required field 'title' is missing",
    field: 'title',
  })
  expect(await alice.see('tasks', 'a')).toBeUndefined()
})

test('F12: no two records share the values of a unique list, and a null is never a duplicate', async () => {
  const name = room()
  const [alice, bob] = await Promise.all([Wire.open(base, name, 'alice'), Wire.open(base, name, 'bob')])
  expect(await alice.put('invoices', 'a', { series: 'A', number: '1' })).toMatchObject({ success: true })
  expect(await bob.put('invoices', 'b', { series: 'A', number: '1' })).toMatchObject({
    success: false,
    code: 'duplicate',
    error: 'Duplicate: a record with series=A, number=1 already exists in invoices',
  })
  expect(await bob.put('invoices', 'b', { series: 'A', number: '2' })).toMatchObject({ success: true })
  expect(await bob.put('invoices', 'c', { series: null, number: '1' })).toMatchObject({ success: true })
  expect(await bob.put('invoices', 'd', { series: null, number: '1' })).toMatchObject({ success: true })
  expect(await bob.put('invoices', 'd', { series: 'A' })).toMatchObject({ success: false, code: 'duplicate' })
  expect(await alice.put('invoices', 'a', { total: 5 })).toMatchObject({ success: true })
})

test('F12: what a batch exchanges is judged at its end; a duplicate is named in few words', async () => {
  const name = room()
  const put = (recordId: string, data: object) => ({ type: 'put', collection: 'invoices', recordId, data })
  const batch = (...operations: object[]) => callRoom(base, name, 'batch', [operations, 'system'])
  const first = { number: '1', issuedBy: 'ann' }
  expect(await batch(put('a', { ...first, series: 'A' }), put('b', { ...first, series: 'B' }))).toEqual({
    result: null,
  })
  expect(await batch(put('a', { series: 'B' }), put('b', { series: 'A' }))).toEqual({ result: null })
  expect(await batch(put('a', { series: 'A' }), { type: 'remove', collection: 'invoices', recordId: 'b' })).toEqual({
    result: null,
  })
  expect(await batch(put('c', { ...first, series: 'C' }), put('d', { ...first, series: 'C' }))).toMatchObject({
    details: { code: 'duplicate' },
  })
  const alice = await Wire.open(base, name, 'alice')
  expect(await alice.query('invoices')).toMatchObject([{ recordId: 'a', data: { series: 'A' } }])

  const long = 'x'.repeat(100_000)
  await batch(put('e', { ...first, series: long }))
  const { error } = await alice.put('invoices', 'f', { number: '1', series: long })
  expect(error).toBe(`Duplicate: a record with series=${'x'.repeat(57)}..., number=1 already exists in invoices`)
})

test('F12: records that shared a value before the rule was declared can be written, if not in that', async () => {
  const name = room()
  const put = (recordId: string, data: object) => callRoom(base, name, 'put', ['invoices', recordId, data, 'system'])
  await put('a', { number: '1', series: 'A', issuedBy: 'ann' })
  await put('b', { number: '2', series: 'A', issuedBy: 'ann' })
  // As an earlier declaration let it stand.
  await callRoom(base, name, 'sql', ["UPDATE records_invoices SET number = '1'", []])
  expect(await put('b', { total: 5 })).toEqual({ result: null })
  expect(await put('b', { series: 'A', total: 6 })).toEqual({ result: null })
  expect(await put('b', { series: 'B', total: 7 })).toEqual({ result: null })
  expect(await put('b', { series: 'A' })).toMatchObject({ details: { code: 'duplicate' } })
})

test('F7, F8, F9, F10: the field rules hold on the wire', async () => {
  const name = room()
  const [alice, root] = await Promise.all([Wire.open(base, name, 'alice'), Wire.open(base, name, 'root')])
  expect(await alice.put('invoices', 'a', { number: '1', issuedBy: 'bob' })).toMatchObject({
    success: false,
    field: 'issuedBy',
    error: "FIELD ERROR: Field 'issuedBy' is set by the server",
  })
  await alice.put('invoices', 'a', { number: '1', lines: [{ text: 'x', n: 1 }] })
  expect((await alice.see('invoices', 'a'))?.data).toMatchObject({ issuedBy: 'alice' })
  expect(await alice.put('invoices', 'a', { number: '2' })).toMatchObject({
    success: false,
    error: "Cannot modify immutable field 'number'",
  })
  expect(await alice.put('invoices', 'a', { lines: [{ n: 1, text: 'x' }] })).toMatchObject({ success: true })
  expect(await alice.put('invoices', 'a', { sentAt: '2020-01-01T00:00:00.000Z' })).toMatchObject({
    success: false,
    field: 'sentAt',
  })
  await alice.put('invoices', 'a', { status: 'sent' })
  const sent = await alice.see('invoices', 'a')
  expect(sent?.data.sentAt).toBe(sent?.updatedAt)

  const clerk = await Wire.open(base, name, 'carl')
  expect(await root.request('user.set_role', { userId: 'carl', role: 'clerk' })).toMatchObject({ success: true })
  expect(await clerk.put('invoices', 'a', { total: 9 })).toMatchObject({
    success: false,
    error: "FIELD ERROR: Role 'clerk' cannot modify field 'total'",
  })
  expect(await clerk.put('invoices', 'a', { status: 'paid', total: 0 })).toMatchObject({ success: true })
})

test('P11, W2: a batch of the room itself is stored whole or not at all, and told like any write', async () => {
  const name = room()
  const alice = await Wire.open(base, name, 'alice')
  const rpc = (method: string, ...args: unknown[]) => callRoom(base, name, method, args)
  const put = (recordId: string, data: object) => ({ type: 'put', collection: 'tasks', recordId, data })
  await alice.drain()
  expect(
    await rpc('batch', [put('a', { title: 'one', visibility: 'public' }), put('b', { title: 2 })], 'system'),
  ).toMatchObject({
    error: expect.stringContaining('FIELD ERROR: title (number)'),
  })
  expect(await alice.drain()).toEqual([])
  expect(await alice.query('tasks')).toEqual([])

  expect(
    await rpc('batch', [put('a', { title: 'one', visibility: 'public' }), put('b', { title: 'two' })], 'system'),
  ).toEqual({
    result: null,
  })
  expect(await alice.changes()).toMatchObject([
    { record: { recordId: 'a', createdBy: 'system' }, changeType: 'create' },
  ])
  expect((await rpc('query', { collection: 'tasks', orderBy: 'title' }, 'system')).result).toHaveLength(2)

  const bob = { userId: 'bob', name: 'Bob', email: '', anonymous: false }
  expect(await rpc('query', { collection: 'tasks' }, bob)).toMatchObject({ result: [{ recordId: 'a' }] })
  expect(await rpc('put', 'tasks', 'a', { title: 'his' }, bob)).toMatchObject({
    error: 'UPDATE DENIED: role=member, collection=tasks',
  })
  expect(await rpc('put', 'tasks', 'c', { title: 'his' }, bob)).toEqual({ result: null })
  expect(await rpc('remove', 'tasks', 'a', 'system')).toEqual({ result: null })
  expect(await alice.changes()).toMatchObject([{ record: { recordId: 'a' }, changeType: 'delete' }])
})

test('P11: only a caller that says so acts as the room; a session that was forgotten acts as nobody', async () => {
  const name = room()
  const rpc = (method: string, ...args: unknown[]) => callRoom(base, name, method, args)
  await rpc('put', 'tasks', 'a', { title: 'one' }, 'system')
  const noCaller = [null, 'root', {}, { userId: '' }, [], { userId: 7 }, { userId: 'root', name: 'Root', email: '' }, 1]
  for (const as of noCaller) {
    const refused = { details: { code: 'unauthorized' }, error: expect.stringMatching(/^Identity: /) }
    expect(await rpc('query', { collection: 'tasks' }, as)).toMatchObject(refused)
    expect(await rpc('put', 'tasks', 'a', { title: 'two' }, as)).toMatchObject(refused)
    expect(await rpc('remove', 'tasks', 'a', as)).toMatchObject(refused)
    expect(await rpc('batch', [{ type: 'remove', collection: 'tasks', recordId: 'a' }], as)).toMatchObject(refused)
  }
  expect(await rpc('query', { collection: 'tasks' })).toMatchObject({
    error: 'Identity: expected an identity, received undefined',
  })
  expect(await rpc('remove', 'tasks', 'a')).toMatchObject({ details: { code: 'unauthorized' } })
  expect(await rpc('query', { collection: 'tasks' }, 'system')).toMatchObject({ result: [{ data: { title: 'one' } }] })
})

test.each<[unknown, string]>([
  [
    [{ type: 'purge', collection: 'tasks', recordId: 'a' }],
    'operations[0].type: expected "put" or "remove", received "purge"',
  ],
  [[{ collection: 'tasks', recordId: 'a' }], 'operations[0].type: expected "put" or "remove", received undefined'],
  [
    [{ type: 'toString', collection: 'tasks', recordId: 'a' }],
    'operations[0].type: expected "put" or "remove", received "toString"',
  ],
  [[{ type: 'remove', collection: 'tasks' }], 'remove: recordId: is missing'],
  [[{ type: 'remove', collection: 7, recordId: 'a' }], 'remove: collection: expected string, received number'],
  [[{ type: 'put', collection: 'tasks', recordId: 'a' }], 'put: data: is missing'],
  [[{ type: 'put', collection: 'tasks', recordId: 'a', data: [] }], 'put: data: expected an object, received array'],
  [
    [{ type: 'put', collection: 'tasks', recordId: '', data: {} }],
    'put: recordId: expected an id of 1 to 128 printable characters, received ""',
  ],
  [[null], 'operations[0]: expected an object, received null'],
  [{ type: 'remove', collection: 'tasks', recordId: 'a' }, 'operations: expected an array, received object'],
])('W2: a batch with something else than a write is refused whole: %j', async (operations, reason) => {
  const name = room()
  const rpc = (method: string, ...args: unknown[]) => callRoom(base, name, method, args)
  await rpc('put', 'tasks', 'a', { title: 'one' }, 'system')
  expect(await rpc('batch', operations, 'system')).toMatchObject({
    error: `Invalid message: ${reason}`,
    details: { code: 'invalid-message' },
  })
  expect((await rpc('query', { collection: 'tasks' }, 'system')).result).toHaveLength(1)
})

test('A8: a batch tells nobody of a state between its writes', async () => {
  const name = room()
  const [alice, root] = await Promise.all([Wire.open(base, name, 'alice'), Wire.open(base, name, 'root')])
  await alice.drain()
  const put = (collection: string, recordId: string, data: object) => ({ type: 'put', collection, recordId, data })
  const batch = async (...operations: object[]) => {
    expect(await callRoom(base, name, 'batch', [operations, 'system'])).toEqual({ result: null })
  }
  // Public for a moment only.
  await batch(put('tasks', 'a', { title: 'x', visibility: 'public' }), put('tasks', 'a', { visibility: 'private' }))
  expect(await alice.drain()).toEqual([])
  // In and out again.
  await batch(put('tasks', 'b', { title: 'x', visibility: 'public' }), {
    type: 'remove',
    collection: 'tasks',
    recordId: 'b',
  })
  expect(await alice.drain()).toEqual([])
  // Out of the team, and the team's record moved elsewhere in the same breath.
  await root.put('team_members', 'm', { teamId: 't', userId: 'alice' })
  await root.put('read_team', 'r', { title: 'x', team: 't' })
  await alice.drain()
  await batch(
    { type: 'remove', collection: 'team_members', recordId: 'm' },
    put('read_team', 'r', { team: 'elsewhere' }),
  )
  expect(await alice.changes()).toEqual([
    expect.objectContaining({ collection: 'team_members', changeType: 'delete' }),
    { collection: 'read_team', record: { recordId: 'r' }, changeType: 'delete' },
  ])
})
