import { expect, inject, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { encodeAwareness } from '../../../src/protocol/documents/awareness-update.ts'
import { encodeTextFrame } from '../../../src/protocol/documents/text-frame.ts'
import { callRoom } from '../../support/rpc.ts'
import { TextWire } from '../../support/text-wire.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const effort = inject('effort')
const call = async (room: string, method: string, ...args: unknown[]) =>
  (await callRoom(base, room, method, args)).result
const join = async (room: string, user: string, search = 'v=1'): Promise<TextWire> => {
  const wire = await Wire.open(base, room, user, search)
  onTestFinished(() => wire.close())
  const text = new TextWire(wire, 'samples', 't')
  await text.join()
  return text
}
const sample = (room: string) => call(room, 'put', 'samples', 't', { text: 'x' }, 'system')

test('X3: frames that were changed at random: none ends the room, none is believed', async () => {
  const room = crypto.randomUUID()
  await sample(room)
  const ben = await join(room, 'ben')
  const source = new Y.Doc()
  source.getText('content').insert(0, 'some text with a \u{1f600}')
  source.getMap('map').set('key', { deep: [1, null, 'x'] })
  const docKey = 'samples:t:body'
  const frames = [
    encodeTextFrame({ type: 'sync', docKey, step: 'update', payload: Y.encodeStateAsUpdate(source) }),
    encodeTextFrame({ type: 'sync', docKey, step: 'vector', payload: Y.encodeStateVector(source) }),
    encodeTextFrame({
      type: 'awareness',
      docKey,
      update: encodeAwareness([{ clientId: 1, clock: 1, state: '{"a":1}' }]),
    }),
  ]
  for (let round = 0; round < 2 * effort; round++) {
    for (const search of ['', 'v=1']) {
      const mallory = await join(room, 'mallory', search)
      for (let i = 0; i < 300; i++) {
        const frame = frames[i % frames.length]!.slice()
        for (let change = 0; change <= i % 4; change++) {
          frame[Math.floor(Math.random() * frame.length)] = Math.floor(Math.random() * 256)
        }
        mallory.wire.socket.send(frame.subarray(0, frame.length - (i % 5 === 0 ? 1 : 0)) as Uint8Array<ArrayBuffer>)
      }
      await mallory.saved()
    }
  }
  ben.edit((text) => text.insert(0, 'here '))
  await ben.saved()
  expect(await call(room, 'getText', 'samples', 't', 'body', 'system')).toContain('here ')
})

test('X3, L1, L2: what is refused unread is told with the text that it is about', async () => {
  const room = `limited:${crypto.randomUUID()}`
  await sample(room)
  const ann = await join(room, 'ann')
  const { wire, place, docKey } = ann
  const refusal = async () => {
    const { payload } = await wire.until(({ type }) => type === 'core.error')
    wire.frames = []
    return payload
  }
  const about = { collection: 'samples', recordId: 't', field: 'body' }
  const long = new Uint8Array(20_001)
  ann.sync('update', long)
  expect(await refusal()).toMatchObject({ code: 'too-large', ...about })
  const unknown = { ...place, fieldName: 'other' }
  // What is of no text that is joined, or of no text at all, or says who is here, has no place.
  for (const frame of [
    encodeTextFrame({ type: 'sync', docKey: 'samples:t:other', step: 'update', payload: long }),
    encodeTextFrame({ type: 'sync', docKey: 'x'.repeat(30_000), step: 'update', payload: long }),
    encodeTextFrame({ type: 'awareness', docKey, update: long }),
    long,
  ]) {
    wire.socket.send(frame as Uint8Array<ArrayBuffer>)
    const payload = await refusal()
    expect(payload).toMatchObject({ code: 'too-large' })
    expect([payload.collection, payload.recordId, payload.field]).toEqual([undefined, undefined, undefined])
  }
  for (let n = 0; n < 60; n++) wire.send('user.update', {})
  ann.write('too fast')
  wire.send('yjs.saved', { ...place, counter: 1 })
  wire.send('yjs.leave', unknown)
  await wire.until(({ payload }) => payload.field === 'other')
  const refused = wire.frames.map(({ payload }) => payload).filter(({ field }) => field !== undefined)
  expect(refused).toMatchObject([
    { code: 'rate-limited', ...about },
    { code: 'rate-limited', ...about },
    { code: 'rate-limited', ...about, field: 'other' },
  ])
  const put = await wire.put('samples', 'long', { text: 'x'.repeat(20_001) })
  expect(put).toMatchObject({ success: false, collection: 'samples', recordId: 'long' })
})

test('X8, L8: what a text makes the room read and send is charged to its user', async () => {
  const room = `busy:${crypto.randomUUID()}`
  await sample(room)
  const ann = await join(room, 'ann')
  ann.write('x'.repeat(150_000))
  const refusals: unknown[] = []
  for (let n = 0; n < 6; n++) refusals.push((await ann.join()).code)
  expect(refusals).toContain('rate-limited')
  ann.write('more')
  expect((await ann.wire.until(({ type }) => type === 'core.error')).payload).toMatchObject({
    code: 'rate-limited',
    ...{ collection: 'samples', recordId: 't', field: 'body' },
  })
  // Others pay for themselves.
  expect((await join(room, 'ben')).text).toHaveLength(150_000)
})

test('X5: what cannot be written now is not said to be saved, and is written later, whoever has left meanwhile', async () => {
  const room = crypto.randomUUID()
  await sample(room)
  const ann = await join(room, 'ann')
  await call(
    room,
    'sql',
    "CREATE TRIGGER full BEFORE INSERT ON _document_log BEGIN SELECT RAISE(ABORT, 'full'); END",
    [],
  )
  ann.write('kept')
  let isSaved = false
  void ann.saved().then(() => {
    isSaved = true
  })
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect([isSaved, await call(room, 'storedTexts')]).toEqual([false, []])
  await ann.leave()
  expect(await call(room, 'getText', 'samples', 't', 'body', 'system')).toBe('kept')
  await call(room, 'sql', 'DROP TRIGGER full', [])
  await expect.poll(() => call(room, 'storedTexts'), { timeout: 5000 }).toHaveLength(1)
  await call(room, 'crash')
  expect(await call(room, 'getText', 'samples', 't', 'body', 'system')).toBe('kept')
})

test('X6, W9: texts that cannot be removed with their record hold up nothing, and are before anybody sees them', async () => {
  const room = crypto.randomUUID()
  await sample(room)
  const ann = await join(room, 'ann')
  ann.write('secret')
  await ann.saved()
  await call(
    room,
    'sql',
    "CREATE TRIGGER stuck BEFORE DELETE ON _document_log BEGIN SELECT RAISE(ABORT, 'stuck'); END",
    [],
  )
  const watcher = await join(room, 'ben', '')
  expect(await callRoom(base, room, 'remove', ['samples', 't', 'system'])).toEqual({ result: null })
  await watcher.wire.until(({ type, payload }) => type === 'core.record_change' && payload.changeType === 'delete')
  await sample(room)
  expect(await ann.join()).toMatchObject({ success: false, code: 'internal' })
  expect((await callRoom(base, room, 'getText', ['samples', 't', 'body', 'system'])).error).toContain('stuck')
  await call(room, 'sql', 'DROP TRIGGER stuck', [])
  const eve = await join(room, 'eve')
  expect([eve.canWrite, eve.text]).toEqual([true, ''])
  expect(await call(room, 'storedTexts')).toEqual([])
})
