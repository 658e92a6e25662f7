import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { TextWire } from '../../support/text-wire.ts'
import { Wire } from '../../support/wire.ts'

const rooms = createOwnRooms()
const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })
const place = { collection: 'tasks', recordId: 't' }
const remove = { type: 'remove', ...place }
const make = { type: 'put', ...place, data: { title: 'x', visibility: 'public' } }
type Batch = (...operations: object[]) => Promise<unknown>
/** The ways in which a record is made again. */
const atOnce = (batch: Batch) => batch(remove, make)
const oneByOne = async (batch: Batch) => {
  await batch(remove)
  await batch(make)
}

/** A room with a public task of ann's, and what a test does with it. */
async function house() {
  const room = crypto.randomUUID()
  const call = async (method: string, ...args: unknown[]) => {
    const outcome = await callRoom(rooms.base, room, method, args)
    expect(outcome.error).toBeUndefined()
    return outcome.result
  }
  const batch = (...operations: object[]) => call('batch', operations, identity('ann'))
  /** Somebody joins, with a document that they have already or a new one. */
  const join = async (user: string, search = 'v=1', doc = new Y.Doc()): Promise<TextWire> => {
    const wire = await Wire.open(rooms.base, room, user, search)
    onTestFinished(() => wire.close())
    const text = new TextWire(wire, 'tasks', 't', 'body', doc)
    expect(await text.join(search && doc.store.clients.size > 0 ? { synced: true } : {})).toMatchObject({
      success: true,
    })
    return text
  }
  /** What somebody still has who has written, with whom it was stored, and who has gone offline. */
  const left = async (words = 'secret'): Promise<Y.Doc> => {
    const text = await join('ann')
    text.write(words)
    await text.saved()
    await text.wire.close()
    return text.doc
  }
  await batch(make)
  return { room, batch, join, left, call, stored: () => call('getText', 'tasks', 't', 'body', 'system') }
}

/** Says what one has and sends what the room lacks, as each client does that comes back. */
async function answer(text: TextWire): Promise<void> {
  text.sync('vector', Y.encodeStateVector(text.doc))
  text.sync('state', Y.encodeStateAsUpdate(text.doc))
  await text.saved()
}

const told = ({ wire }: TextWire) =>
  wire.frames.filter(({ type }) => type === 'core.error').map(({ payload }) => payload)
const refusal = { code: 'not-found', error: expect.stringMatching(/^Record not found: /), ...place, field: 'body' }

test.for([
  ['version 1', 'v=1'],
  ['a baseline connection', ''],
] as const)(
  'X13: what was written for a record that is gone gets into no text of one made again: %s',
  async ([, search]) => {
    for (const again of [atOnce, oneByOne]) {
      const { batch, join, left, stored } = await house()
      const doc = await left()
      await again(batch)
      const ben = await join('ben')
      const ann = await join('ann', search, doc)
      await answer(ann)
      expect([await stored(), ben.text]).toEqual(['', ''])
      // Nor do a part of it, and what stands on it.
      ann.edit((text) => text.insert(0, 'more '))
      ann.edit((text) => text.delete(6, 2))
      ann.sync('update', Y.encodeStateAsUpdate(ann.doc))
      await ann.saved()
      expect([await stored(), ben.text]).toEqual(['', ''])
      const another = await join('ann')
      another.write('another')
      await ben.reads('another')
      expect(await stored()).toBe('another')
    }
  },
)

test('X13: version 1 is told so once, sees nothing of the new text in what it has, and begins anew where it has nothing', async () => {
  const { batch, join, left, stored } = await house()
  const doc = await left()
  await atOnce(batch)
  const ben = await join('ann')
  ben.write('another')
  await ben.saved()
  const ann = await join('ann', 'v=1', doc)
  expect(ann.kinds()).toEqual(['sync vector', 'yjs.join'])
  await answer(ann)
  ann.edit((text) => text.insert(0, 'more '))
  await ann.saved()
  ben.write(' one')
  await ben.saved()
  await ann.saved()
  expect(told(ann)).toEqual([refusal])
  expect([ann.text, ann.canWrite, await stored()]).toEqual(['more secret', true, 'another one'])
  const fresh = new TextWire(ann.wire, 'tasks', 't')
  ann.end()
  fresh.sync('vector', Y.encodeStateVector(fresh.doc))
  await fresh.reads('another one')
  fresh.write(', too')
  await ben.reads('another one, too')
  ben.write('!')
  await fresh.reads('another one, too!')
  expect(told(ann)).toHaveLength(1)
})

test('X13: a baseline connection is told that it may not write what it has, and that it may when it joins with nothing', async () => {
  const { batch, join, left, stored } = await house()
  const doc = await left()
  await atOnce(batch)
  const ann = await join('ann', '', doc)
  expect(ann.kinds()).toEqual(['sync vector', 'sync state', 'yjs.join'])
  await answer(ann)
  expect(ann.kinds(3)).toEqual(['yjs.join', 'sync state', 'yjs.saved'])
  expect([ann.canWrite, told(ann)]).toEqual([false, []])
  ann.end()
  const fresh = new TextWire(ann.wire, 'tasks', 't')
  await fresh.join()
  expect(fresh.canWrite).toBe(true)
  fresh.write('another')
  await fresh.saved()
  expect(await stored()).toBe('another')
})

test('X13: it holds whether the text is open, asleep, ended or not stored yet when its record goes, and for all records that had the id', async () => {
  const { room, batch, join, left, stored } = await house()
  const docs = [await left('closed')]
  await batch(remove)
  await batch(make)
  const open = await join('ann')
  open.write('open')
  await open.saved()
  docs.push(open.doc)
  await atOnce(batch)
  const sleeping = await join('ann')
  sleeping.write('asleep')
  await sleeping.saved()
  docs.push(sleeping.doc)
  await rooms.sleep(room)
  await atOnce(batch)
  docs.push(await left('ended'))
  await callRoom(rooms.base, room, 'crash', [])
  await atOnce(batch)
  const unstored = await join('ann')
  unstored.write('not stored')
  await unstored.wire.drain()
  await atOnce(batch)
  docs.push(unstored.doc)
  await rooms.sleep(room)
  for (const doc of docs) {
    const ann = await join('ann', 'v=1', doc)
    await answer(ann)
    expect([told(ann), await stored()]).toEqual([[refusal], ''])
    await callRoom(rooms.base, room, 'crash', [])
  }
})

test('X13, X12: after a sleep nothing more of it is heard or told', async () => {
  const { room, batch, join, left, stored } = await house()
  const doc = await left()
  await atOnce(batch)
  const ann = await join('ann', 'v=1', doc)
  await answer(ann)
  const ben = await join('ann')
  await rooms.sleep(room)
  ben.write('another')
  await ben.saved()
  ann.sync('state', Y.encodeStateAsUpdate(ann.doc))
  await ann.saved()
  expect([told(ann), ann.text, await stored()]).toEqual([[refusal], 'secret', 'another'])
})

test('X13, X11: who may only read it is told nothing, and asked for what they have once that is of this record', async () => {
  const { batch, call, join, left, stored } = await house()
  const doc = await left()
  await atOnce(batch)
  const ben = await join('ben', 'v=1', doc)
  ben.sync('vector', Y.encodeStateVector(doc))
  await ben.saved()
  expect([told(ben), ben.text, ben.canWrite]).toEqual([[], 'secret', false])
  await call('setRole', 'ben', 'admin')
  await ben.until(({ type, canWrite }) => type === 'yjs.join' && canWrite)
  ben.sync('state', Y.encodeStateAsUpdate(doc))
  await ben.saved()
  expect([told(ben), await stored()]).toEqual([[], ''])
  expect(ben.kinds(2)).toEqual(['sync state', 'yjs.saved', 'yjs.join', 'yjs.saved'])
  const before = ben.frames.length
  ben.sync('vector', new Uint8Array([0]))
  await ben.saved()
  expect(ben.kinds(before)).toEqual(['sync vector', 'sync state', 'yjs.saved'])
})

test('X1: who has a text already, and says so, is not sent it whole before they have said what they have', async () => {
  const { join, left } = await house()
  const doc = await left('kept')
  const ann = await join('ann', 'v=1', doc)
  expect(ann.kinds()).toEqual(['sync vector', 'yjs.join'])
  ann.sync('vector', Y.encodeStateVector(doc))
  await ann.saved()
  expect(ann.kinds(2)).toEqual(['sync state', 'yjs.saved'])
  expect(ann.frames[2].payload).toEqual(new Uint8Array([0, 0]))
})
