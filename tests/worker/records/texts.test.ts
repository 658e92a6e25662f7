import { expect, inject, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { callRoom } from '../../support/rpc.ts'
import { TextWire } from '../../support/text-wire.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const dialects = [
  ['a baseline connection', ''],
  ['version 1', 'v=1'],
] as const

const open = async (room: string, user?: string, search = 'v=1'): Promise<Wire> => {
  const wire = await Wire.open(base, room, user, search)
  onTestFinished(() => wire.close())
  return wire
}
/** Somebody who has joined the text of a public task, or is refused. */
const joined = async (room: string, user?: string, search = 'v=1', recordId = 't'): Promise<TextWire> => {
  const text = new TextWire(await open(room, user, search), 'tasks', recordId)
  await text.join()
  return text
}
const call = async (room: string, method: string, ...args: unknown[]) =>
  (await callRoom(base, room, method, args)).result
const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })
const task = (room: string, recordId = 't', data: object = { visibility: 'public' }) =>
  call(room, 'put', 'tasks', recordId, { title: 'x', ...data }, identity('ann'))
const errors = (wire: Wire) => wire.frames.filter(({ type }) => type === 'core.error').map(({ payload }) => payload)
const some = (): string => crypto.randomUUID()

test.for(dialects)(
  'X1: a join is answered with what the room asks, all that there is, and the right to write: %s',
  async ([, search]) => {
    const room = some()
    await task(room)
    const ann = await joined(room, 'ann', search)
    expect(ann.kinds()).toEqual(['sync vector', 'sync state', 'yjs.join'])
    expect(ann.frames[1].payload).toEqual(new Uint8Array([0, 0]))
    expect(ann.frames[2]).toEqual({ type: 'yjs.join', ...ann.place, canWrite: true })
    ann.write('hello')
    const ben = await joined(room, 'ben', search)
    expect([ben.text, ben.canWrite]).toEqual(['hello', false])
    const visitor = await joined(room, undefined, search)
    expect([visitor.text, visitor.canWrite]).toEqual(['hello', false])
    // Joining again is answered again.
    const before = ben.frames.length
    expect(await ben.join()).toMatchObject({ success: true })
    expect(ben.kinds(before)).toEqual(['sync vector', 'sync state', 'yjs.join'])
  },
)

test.for(dialects)(
  'X1: what cannot be joined is refused in the words of the room, and no id can be probed: %s',
  async ([, search]) => {
    const room = some()
    await task(room, 'private', {})
    const ben = await open(room, 'ben', search)
    for (const [place, refusal] of [
      [{ collection: 'none', recordId: 't', fieldName: 'body' }, { code: 'unknown-collection' }],
      [
        { collection: 'tasks', recordId: 'private', fieldName: 'body' },
        { code: 'not-found', error: 'Record not found' },
      ],
      [
        { collection: 'tasks', recordId: 'absent', fieldName: 'body' },
        { code: 'not-found', error: 'Record not found' },
      ],
      [
        { collection: 'secrets', recordId: 'absent', fieldName: 'body' },
        { code: 'not-found', error: 'Record not found' },
      ],
      ...['', 'a:b', 'x'.repeat(129), '\u0000', 7, undefined].map(
        (fieldName) =>
          [
            { collection: 'tasks', recordId: 'private', fieldName },
            { code: 'invalid-message', field: 'fieldName' },
          ] as const,
      ),
    ] as const) {
      expect(await ben.request('yjs.join', place)).toMatchObject({ success: false, ...refusal })
      ben.frames = []
      ben.send('yjs.join', place)
      expect((await ben.until(({ type }) => type === 'core.error')).payload).toMatchObject(refusal)
    }
    expect(await call(room, 'storedTexts')).toBe(null)
  },
)

test('X1: any name is a field, whatever its record declares, and each has a text of its own', async () => {
  const room = some()
  await task(room)
  const wire = await open(room, 'ann')
  const texts = ['title', 'nothing declared', '\u{1f600}', '__proto__'].map(
    (name) => new TextWire(wire, 'tasks', 't', name),
  )
  for (const text of texts) {
    expect(await text.join()).toMatchObject({ success: true })
    text.write(text.place.fieldName)
    await text.saved()
  }
  for (const { place } of texts) {
    expect(await call(room, 'getText', 'tasks', 't', place.fieldName, identity('ann'))).toBe(place.fieldName)
  }
  expect((await wire.see('tasks', 't'))?.data.title).toBe('x')
})

test('X1: a room without texts has no tables for them, and what nobody writes is not stored', async () => {
  const room = some()
  await task(room)
  await task(room, 'u')
  await call(room, 'remove', 'tasks', 'u', 'system')
  expect(await call(room, 'getText', 'tasks', 't', 'body', 'system')).toBe('')
  expect(await call(room, 'storedTexts')).toBe(null)
  const ann = await joined(room, 'ann')
  await ann.saved()
  expect(await call(room, 'storedTexts')).toEqual([])
})

test('X2: what a writer writes is told at once to all others who have joined, and never to its sender', async () => {
  const room = some()
  await task(room)
  const [ann, other, ben] = [await joined(room, 'ann'), await joined(room, 'ann', ''), await joined(room, 'ben', '')]
  const outsider = new TextWire(await open(room, 'root'), 'tasks', 't')
  const elsewhere = new TextWire(ben.wire, 'tasks', 't', 'other')
  const update = ann.write('one ')
  for (const text of [other, ben]) {
    expect((await text.until(({ step }) => step === 'update')).payload).toEqual(update)
    expect(text.text).toBe('one ')
  }
  // What answers the room's question is an edit too.
  other.doc.getText('content').insert(4, 'two')
  other.sync('state', Y.encodeStateAsUpdate(other.doc, ann.frames[0].payload))
  await ann.reads('one two')
  await ben.reads('one two')
  expect((await ben.until(({ step }) => step === 'update', ben.frames.length - 1)).step).toBe('update')
  // What is known already is told to nobody.
  const heard = ben.frames.length
  other.sync('state', Y.encodeStateAsUpdate(other.doc))
  ann.sync('state', new Uint8Array([0, 0]))
  await Promise.all([other.wire.drain(), ann.wire.drain(), ben.wire.drain()])
  expect(ben.frames.length).toBe(heard)
  expect(ann.kinds().filter((kind) => kind === 'sync update')).toHaveLength(1)
  expect([outsider.frames, elsewhere.frames]).toEqual([[], []])
})

test('X2: who says what it has is answered with what it lacks; of an update with a gap the rest is asked', async () => {
  const room = some()
  await task(room)
  const [ann, ben] = [await joined(room, 'ann', ''), await joined(room, 'ben')]
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.on('update', (update) => updates.push(update))
  for (const word of ['a', 'b', 'c']) doc.getText('content').insert(doc.getText('content').length, word)
  ann.sync('update', updates[0]!)
  await ben.reads('a')
  const asked = ann.frames.length
  ann.sync('update', updates[2]!)
  const { payload } = await ann.until(({ step }) => step === 'vector', asked)
  ann.sync('state', Y.encodeStateAsUpdate(doc, payload))
  await ben.reads('abc')
  const before = ben.frames.length
  ben.sync('vector', payload)
  const difference = (await ben.until(({ step }) => step === 'state', before)).payload
  expect(difference.length).toBeLessThan(Y.encodeStateAsUpdate(doc).length)
  Y.applyUpdate(doc, difference)
  expect(doc.getText('content').toString()).toBe('abc')
})

test('X2: who may not write changes nothing, a baseline connection in silence', async () => {
  const room = some()
  await task(room)
  const ann = await joined(room, 'ann')
  const [ben, eve] = [await joined(room, 'ben', ''), await joined(room, 'eve')]
  for (const reader of [ben, eve]) reader.write('graffiti')
  await ben.wire.drain()
  expect(ben.wire.frames).toEqual([])
  expect((await eve.wire.until(({ type }) => type === 'core.error')).payload).toMatchObject({
    code: 'denied',
    error: expect.stringMatching(/^UPDATE DENIED: role=member, collection=tasks/),
    collection: 'tasks',
    recordId: 't',
    field: 'body',
  })
  await ann.saved()
  expect([ann.text, await call(room, 'getText', 'tasks', 't', 'body', 'system')]).toEqual(['', ''])
})

const bytes = (...values: number[]) => new Uint8Array(values)
const key = (docKey: string) => [docKey.length, ...new TextEncoder().encode(docKey)]

test.for([
  ['nothing', bytes()],
  ['an unknown type', bytes(9, 9)],
  ['a frame of a document', bytes(0, 0, 1, 0)],
  ['a frame that is cut', bytes(22, ...key('tasks:t:body'), 2, 9, 1)],
  ['an unknown step', bytes(22, ...key('tasks:t:body'), 3, 1, 0)],
  ['no key', bytes(22, ...key('tasks'), 0, 1, 0)],
  ['a text that is not joined', bytes(22, ...key('tasks:t:other'), 2, 2, 0, 0)],
  ['a text of a record that may not be read', bytes(22, ...key('tasks:private:body'), 0, 1, 0)],
  ['an update that does not decode', bytes(22, ...key('tasks:t:body'), 2, 3, 255, 1, 2)],
  ['a false state vector', bytes(22, ...key('tasks:t:body'), 0, 2, 200, 1)],
  ['a state that is no JSON', bytes(23, ...key('tasks:t:body'), 5, 1, 1, 1, 1, 120)],
] as const)('X3: %s is said to version 1 alone, and nothing is changed', async ([, frame]) => {
  const room = some()
  await task(room)
  await task(room, 'private', {})
  await (await open(room, 'root')).request('user.set_role', { userId: 'eve', role: 'admin' })
  const [ann, ben, eve] = [await joined(room, 'ann'), await joined(room, 'ann', ''), await joined(room, 'eve')]
  ann.write('untouched')
  for (const text of [ben, eve]) await text.reads('untouched')
  const heard = eve.frames.length
  for (const { wire } of [ann, ben]) {
    wire.frames = []
    wire.socket.send(frame)
    await wire.request('user.update', {})
  }
  expect(errors(ann.wire)).toMatchObject([
    { code: 'invalid-message', error: expect.stringMatching(/^Invalid message: /) },
  ])
  expect(ben.wire.frames.map(({ type }) => type)).toEqual(['records.ack'])
  await eve.saved()
  expect(eve.kinds(heard)).toEqual(['yjs.saved'])
  expect(await call(room, 'getText', 'tasks', 't', 'body', 'system')).toBe('untouched')
})

test('X4: who is here is told to who comes, the leaver of a text is told to all and to itself, a close to the others', async () => {
  const room = some()
  await task(room)
  const [ann, ben] = [await joined(room, 'ann'), await joined(room, 'ben', '')]
  const shown = { cursor: 7, user: { id: 'ann', name: 'ann' } }
  ann.say(11, 1, { cursor: 7, user: { name: 'somebody else' } })
  await ben.until(({ type }) => type === 'awareness')
  expect(ben.states()).toEqual([shown])
  const eve = await joined(room, 'eve')
  expect(eve.kinds()).toEqual(['sync vector', 'sync state', 'yjs.join', 'awareness'])
  expect(eve.states()).toEqual([shown])
  // A reader is somewhere too.
  ben.say(12, 1, { cursor: 1 })
  await ann.until(({ type }) => type === 'awareness')
  const from = [ann, ben, eve].map(({ frames }) => frames.length)
  expect(await ann.leave()).toMatchObject({ success: true })
  expect(ann.states(from[0])).toEqual([undefined])
  await ben.until(({ type }) => type === 'awareness', from[1])
  expect(ben.states(from[1])).toEqual([undefined])
  const left = ann.frames.length
  await ben.wire.close()
  await eve.until(() => eve.states(from[2]).length === 3)
  expect(eve.states(from[2])).toEqual([{ cursor: 1, user: { id: 'ben', name: 'ben' } }, undefined, undefined])
  await ann.wire.drain()
  expect(ann.frames.length).toBe(left)
})

test('X4: who has left hears no more of the text, may leave again, and may join again', async () => {
  const room = some()
  await task(room)
  const [ann, root] = [await joined(room, 'ann'), await joined(room, 'root')]
  ann.write('before')
  await ann.saved()
  await ann.leave()
  const left = ann.frames.length
  root.write(' after')
  await root.saved()
  expect(await ann.leave()).toMatchObject({ success: true })
  expect(ann.frames.length).toBe(left)
  ann.sync('update', new Uint8Array([0, 0]))
  expect((await ann.wire.until(({ type }) => type === 'core.error')).payload.code).toBe('invalid-message')
  await ann.join()
  expect(ann.text).toBe('before after')
})

test('X5: what is said to be saved is there after a crash, and what nobody has open is written at once', async () => {
  const room = some()
  await task(room)
  const ann = await joined(room, 'ann')
  ann.write('kept')
  await ann.saved()
  await call(room, 'crash')
  expect(await call(room, 'getText', 'tasks', 't', 'body', 'system')).toBe('kept')
  const again = await joined(room, 'ann')
  again.write(' and closed')
  await again.leave()
  // Had it waited, the crash would have been faster.
  await call(room, 'crash')
  expect(await call(room, 'getText', 'tasks', 't', 'body', 'system')).toBe('kept and closed')
})

test('X5: of a text that is not joined nothing is said to be saved', async () => {
  const room = some()
  await task(room)
  const ann = await open(room, 'ann')
  const place = { collection: 'tasks', recordId: 't', fieldName: 'body', counter: 1 }
  expect(await ann.request('yjs.saved', place)).toMatchObject({ success: false, code: 'invalid-message' })
  await new TextWire(ann, 'tasks', 't').join()
  expect(await ann.request('yjs.saved', { ...place, counter: '1' })).toMatchObject({ field: 'counter' })
  expect(await ann.request('yjs.saved', place)).toMatchObject({ success: true })
})

test('X6: with its record goes the text; a record made again under the id has an empty one', async () => {
  const room = some()
  await task(room)
  const [ann, ben] = [await joined(room, 'ann'), await joined(room, 'ben', '')]
  ann.write('secret')
  await ben.reads('secret')
  await ann.saved()
  await call(room, 'remove', 'tasks', 't', 'system')
  expect(await ann.until(({ revoked }) => revoked)).toEqual({
    type: 'yjs.join',
    ...ann.place,
    canWrite: false,
    revoked: true,
  })
  await ben.wire.until(({ type }) => type === 'core.record_change')
  expect(ben.frames.at(-1)).toEqual({ type: 'yjs.join', ...ben.place, canWrite: false })
  // Said before anything else, and in the same turn.
  const types = ben.wire.frames.map(({ type }) => type)
  expect(types.slice(types.lastIndexOf('yjs.join'))).toEqual(['yjs.join', 'core.record_change'])
  expect(await call(room, 'storedTexts')).toEqual([])
  expect((await callRoom(base, room, 'getText', ['tasks', 't', 'body', 'system'])).error).toBe('Record not found')
  await task(room)
  expect(await call(room, 'getText', 'tasks', 't', 'body', 'system')).toBe('')
  const before = [ann, ben].map(({ frames }) => frames.length)
  const again = await joined(room, 'ann')
  again.write('another')
  await again.saved()
  expect(again.text).toBe('another')
  expect([ann.kinds(before[0]), ben.kinds(before[1])]).toEqual([[], []])
})

test('X6: what was never written before its record went is not written after, and one batch may make it anew', async () => {
  const room = some()
  await task(room)
  const ann = await joined(room, 'ann')
  ann.write('secret')
  await ann.wire.request('core.delete', { collection: 'tasks', recordId: 't' })
  await task(room)
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(await call(room, 'storedTexts')).toEqual([])
  await ann.join()
  ann.edit((text) => text.insert(0, 'x'))
  await ann.saved()
  await call(
    room,
    'batch',
    [
      { type: 'remove', collection: 'tasks', recordId: 't' },
      { type: 'put', collection: 'tasks', recordId: 't', data: { title: 'another', visibility: 'public' } },
    ],
    'system',
  )
  await ann.wire.request('user.update', {})
  expect(ann.canWrite).toBe(false)
  expect(await call(room, 'getText', 'tasks', 't', 'body', 'system')).toBe('')
})

test('X6: ids may hold colons, and what goes with one record is no other text', async () => {
  const room = some()
  const ids = ['a', 'a:b', 'a:b:body', 'b:body', '1:a', 'a:', ':a']
  const wire = await open(room, 'ann')
  const texts: TextWire[] = []
  for (const id of ids) {
    await task(room, id)
    for (const field of ['body', 'b']) {
      const text = new TextWire(wire, 'tasks', id, field)
      await text.join()
      text.write(`${id} ${field}`)
      await text.saved()
      texts.push(text)
    }
  }
  // What is open is in memory, whatever is stored.
  for (const text of texts) await text.leave()
  for (const gone of ids) {
    await call(room, 'remove', 'tasks', gone, 'system')
    for (const { place } of texts) {
      const { result } = await callRoom(base, room, 'getText', ['tasks', place.recordId, place.fieldName, 'system'])
      const isThere = ids.indexOf(place.recordId) > ids.indexOf(gone)
      expect([place, result]).toEqual([place, isThere ? `${place.recordId} ${place.fieldName}` : undefined])
    }
  }
  expect(await call(room, 'storedTexts')).toEqual([])
})

test('X7: the app reads a text as somebody, who is refused as their query would be', async () => {
  const room = some()
  await task(room, 't', {})
  const ann = await joined(room, 'ann')
  ann.write('not stored yet')
  await ann.wire.drain()
  const get = (as: unknown, collection = 'tasks', recordId = 't', fieldName = 'body') =>
    callRoom(base, room, 'getText', [collection, recordId, fieldName, as])
  expect(await get(identity('ann'))).toEqual({ result: 'not stored yet' })
  expect(await get('system')).toEqual({ result: 'not stored yet' })
  expect(await get(identity('ben'))).toMatchObject({ error: 'Record not found', details: { code: 'not-found' } })
  expect(await get(identity('ben'), 'secrets')).toMatchObject({
    error: 'READ DENIED: role=member, collection=secrets',
    details: { code: 'denied' },
  })
  expect(await get('system', 'none')).toMatchObject({ details: { code: 'unknown-collection' } })
  expect(await get('system', 'tasks', 't', '')).toMatchObject({
    details: { code: 'invalid-message', field: 'fieldName' },
  })
  expect(await get(undefined)).toMatchObject({ details: { code: 'unauthorized' } })
})

test('X8: too many texts, a text too large: refused by name, and nothing of it is kept', async () => {
  const room = `limited:${some()}`
  const wire = await open(room, 'ann')
  for (const id of ['a', 'b', 'c']) await wire.put('tasks', id, { title: 'x' })
  const [a, b, c] = ['a', 'b', 'c'].map((id) => new TextWire(wire, 'tasks', id)) as [TextWire, TextWire, TextWire]
  await a.join()
  await b.join()
  expect(await c.join()).toMatchObject({
    code: 'too-many',
    error: 'Too many texts: a connection may have 2 joined',
    collection: 'tasks',
    recordId: 'c',
    field: 'body',
  })
  expect(await b.join()).toMatchObject({ success: true })
  await a.leave()
  expect(await c.join()).toMatchObject({ success: true })
  for (const search of ['v=1', '']) {
    const text = new TextWire(await open(room, 'ann', search), 'tasks', 'b')
    await text.join()
    text.write('x'.repeat(5000))
    expect((await text.wire.until(({ type }) => type === 'core.error')).payload).toMatchObject({
      code: 'too-large',
      error: expect.stringMatching(/bytes, at most 2000 are kept/),
      recordId: 'b',
    })
  }
  await b.saved()
  expect([b.text, await call(room, 'storedTexts')]).toEqual(['', []])
})

test('X9: texts leave versions, subscriptions and interest as they are', async () => {
  const room = some()
  await task(room)
  const text = await joined(room, 'ann')
  const version = async (): Promise<number> => {
    const wire = await open(room, 'root')
    await wire.query('tasks')
    return (await wire.until(({ type }) => type === 'core.query_result')).payload.version
  }
  const before = await version()
  text.write('hello')
  await text.saved()
  expect(await version()).toBe(before)
  // It has asked for no records.
  await call(room, 'put', 'tasks', 't', { priority: 1 }, 'system')
  expect(await text.wire.changes()).toEqual([])
  expect(await version()).toBe(before + 1)
})

test('capabilities: a version 1 client is told that the room has texts', async () => {
  const wire = await open(some(), 'ann')
  expect((wire.user as unknown as { capabilities: string[] }).capabilities).toEqual(['records-1', 'texts-1'])
})
