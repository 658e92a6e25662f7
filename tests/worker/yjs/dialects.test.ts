import { expect, inject, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { DocWire } from '../../support/doc-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const base = inject('base')
const some = (): string => `doc:${crypto.randomUUID()}`
const open = async (name: string, user?: string, search?: string): Promise<DocWire> => {
  const wire = await DocWire.open(base, name, user, search)
  onTestFinished(() => wire.close())
  return wire
}
const kinds = (wire: DocWire): string[] => wire.frames.map(({ type, step }) => (step ? `${type} ${step}` : type))
const empty = Y.encodeStateVector(new Y.Doc())

test('T1: version 1 is told at once what it may do, and is asked what it has', async () => {
  const ann = await open(some(), 'ann')
  await ann.until(({ step }) => step === 'vector')
  expect(kinds(ann)).toEqual(['auth', 'sync vector'])
  expect(ann.frames[0]).toEqual({ type: 'auth', canWrite: true, userId: 'ann' })
  ann.send({ type: 'sync', step: 'vector', payload: empty })
  expect((await ann.until(({ step }) => step === 'state')).payload).toEqual(new Uint8Array([0, 0]))
})

test('T1: a client that begins with what it has speaks plain y-protocols: it never gets a text frame', async () => {
  const name = some()
  const plain = await open(name, 'ann', '')
  plain.send({ type: 'sync', step: 'vector', payload: empty })
  await plain.saved()
  expect(kinds(plain)).toEqual(['sync vector', 'sync state', 'sync state', 'saved'])
  await callRoom(base, name, 'setRole', ['ann', 'viewer'])
  plain.edit((text) => text.insert(0, 'no'))
  expect(await plain.until(({ type }) => type === 'denied')).toMatchObject({
    reason: expect.stringMatching(/^UPDATE DENIED/),
  })
  await callRoom(base, name, 'setRole', ['ann', 'member'])
  await plain.saved()
  // It is asked for what it has written meanwhile.
  expect(kinds(plain)).not.toContain('auth')
  expect(plain.frames.filter(({ step }) => step === 'vector')).toHaveLength(2)
})

test('T1: a client of part A is told behind its first frame, or after a second of silence, what it may do', async () => {
  const name = some()
  const [speaking, silent] = [await open(name, 'ann', ''), await open(name, undefined, '')]
  speaking.send({ type: 'sync', step: 'state', payload: new Uint8Array([0, 0]) })
  expect(await speaking.until(({ type }) => type === 'auth')).toEqual({ type: 'auth', canWrite: true })
  expect(kinds(speaking)).toEqual(['sync vector', 'sync state', 'auth'])
  expect(await silent.until(({ type }) => type === 'auth')).toEqual({ type: 'auth', canWrite: false })
})

test('T2: what is written is passed on at once to all others, and never to whoever has written it', async () => {
  const name = some()
  const [ann, ben, plain] = [await open(name, 'ann'), await open(name, 'ben'), await open(name, 'eve', '')]
  const update = ann.edit((text) => text.insert(0, 'hello'))
  for (const wire of [ben, plain]) {
    expect((await wire.until(({ step }) => step === 'update')).payload).toEqual(update)
    expect(wire.text).toBe('hello')
  }
  await ann.saved()
  expect(kinds(ann)).not.toContain('sync update')
  // What is known already is passed on to nobody.
  ben.send({ type: 'sync', step: 'update', payload: update })
  await ben.saved()
  await plain.saved()
  expect(plain.frames.filter(({ step }) => step === 'update')).toHaveLength(1)
})

test('T2: who comes later gets the whole, or what they lack', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  ann.edit((text) => text.insert(0, 'one '))
  const vector = Y.encodeStateVector(ann.doc)
  ann.edit((text) => text.insert(4, 'two'))
  await ann.saved()
  const plain = await open(name, 'ben', '')
  await plain.until(({ step }) => step === 'state')
  expect(plain.text).toBe('one two')
  const late = await open(name, 'ben')
  late.send({ type: 'sync', step: 'vector', payload: vector })
  const { payload } = await late.until(({ step }) => step === 'state')
  expect(payload.length).toBeLessThan(Y.encodeStateAsUpdate(ann.doc).length)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.mergeUpdates([Y.diffUpdate(Y.encodeStateAsUpdate(ann.doc), empty), payload]))
  expect(doc.getText('content').toString()).toBe('one two')
})

test('T3: an update that stands on something missing shows nothing, and its sender is asked for the rest', async () => {
  const name = some()
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.on('update', (update) => updates.push(update))
  for (const word of ['a', 'b', 'c']) doc.getText('content').insert(doc.getText('content').length, word)
  ann.send({ type: 'sync', step: 'update', payload: updates[0]! })
  await ben.until(() => ben.text === 'a')
  const asked = ann.frames.length
  ann.send({ type: 'sync', step: 'update', payload: updates[2]! })
  const { payload } = await ann.until((frame) => ann.frames.indexOf(frame) >= asked && frame.step === 'vector')
  await ben.saved()
  expect(ben.text).toBe('a')
  ann.send({ type: 'sync', step: 'state', payload: Y.encodeStateAsUpdate(doc, payload) })
  await ben.until(() => ben.text === 'abc')
})

test('T4: `saved` says that it is on disk: after a crash it is there', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  ann.edit((text) => text.insert(0, 'this is kept'))
  await ann.saved()
  await callRoom(base, name, 'crash', [])
  expect((await callRoom(base, name, 'getText', ['system'])).result).toBe('this is kept')
})

test('T5: what a document is to begin with is written once, whoever comes first', async () => {
  const name = some()
  const wires = await Promise.all(['ann', 'ben', 'eve'].map((user) => open(name, user)))
  for (const wire of wires) wire.socket.send(JSON.stringify({ type: 'yjs.initial', payload: { text: 'Dear all' } }))
  for (const wire of wires) {
    await wire.saved()
    expect(wire.text).toBe('Dear all')
  }
  wires[0]!.edit((text) => text.delete(0, text.length))
  await wires[0]!.saved()
  wires[1]!.socket.send(JSON.stringify({ type: 'yjs.initial', payload: { text: 'Dear all' } }))
  await wires[1]!.saved()
  expect(wires[1]!.text).toBe('')
  const reader = await open(some())
  reader.socket.send(JSON.stringify({ type: 'yjs.initial', payload: { text: 'mine' } }))
  expect((await reader.until(({ type }) => type === 'core.error')).payload.code).toBe('denied')
})

test('T11: server code reads and writes as the room itself: everybody is told, and it is stored', async () => {
  const name = some()
  const ann = await open(name, 'ann')
  ann.edit((text) => text.insert(0, 'Dear all'))
  await ann.saved()
  expect((await callRoom(base, name, 'setText', ['Dear everybody', 'system'])).error).toBeUndefined()
  await ann.until(() => ann.text === 'Dear everybody')
  await callRoom(base, name, 'crash', [])
  expect((await callRoom(base, name, 'getText', ['system'])).result).toBe('Dear everybody')
  await callRoom(base, name, 'setText', ['a title', 'system', 'title'])
  expect((await callRoom(base, name, 'getText', ['system', 'title'])).result).toBe('a title')
  for (const args of [
    [7, 'system'],
    [null, 'system'],
    ['x', 'system', 7],
  ]) {
    expect(await callRoom(base, name, 'setText', args)).toMatchObject({ details: { code: 'invalid-message' } })
  }
  for (const args of [
    [7, 'system'],
    ['x', 'system'],
    [[1, 2], 'system'],
  ]) {
    expect(await callRoom(base, name, 'applyUpdate', args)).toMatchObject({ details: { code: 'invalid-message' } })
  }
})
