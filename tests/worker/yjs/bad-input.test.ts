import { expect, inject, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { DocWire } from '../../support/doc-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const base = inject('base')
const effort = inject('effort')
const open = async (name: string, user?: string, search?: string): Promise<DocWire> => {
  const wire = await DocWire.open(base, name, user, search)
  onTestFinished(() => wire.close())
  return wire
}
const errors = (wire: DocWire) => wire.frames.filter(({ type }) => type === 'core.error').map(({ payload }) => payload)
const bytes = (...values: number[]) => new Uint8Array(values)

test.for([
  ['nothing', bytes()],
  ['an unknown type', bytes(9)],
  ['a varint without end', bytes(0, 2, ...Array(20).fill(255))],
  ['a frame that is cut', bytes(0, 2, 5, 1)],
  ['bytes behind a frame', bytes(3, 3)],
  ['an update that does not decode', bytes(0, 2, 3, 255, 1, 2)],
  ['a false state vector', bytes(0, 0, 2, 200, 1)],
  ['an awareness state that is no JSON', bytes(1, 5, 1, 1, 1, 1, 120)],
] as const)('L, T7: %s is answered to its sender alone, and nothing is changed', async ([, frame]) => {
  const name = `doc:${crypto.randomUUID()}`
  const [ann, plain] = [await open(name, 'ann'), await open(name, 'eve', '')]
  // It says by that how it speaks, before the room takes it for somebody who does not.
  plain.send({ type: 'sync', step: 'vector', payload: bytes(0) })
  const ben = await open(name, 'ben')
  ben.edit((text) => text.insert(0, 'untouched'))
  await ben.saved()
  const heard = ben.frames.length
  for (const wire of [ann, plain]) wire.socket.send(frame)
  await ann.saved()
  await plain.saved()
  expect(errors(ann)).toMatchObject([{ code: 'invalid-message', error: expect.stringMatching(/^Invalid message: /) }])
  expect(plain.frames.filter(({ type }) => type === 'denied')).toHaveLength(1)
  ben.edit((text) => text.insert(0, 'still '))
  await ben.saved()
  expect(ben.frames.slice(heard).map(({ type }) => type)).toEqual(['saved'])
  expect((await callRoom(base, name, 'getText', ['system'])).result).toBe('still untouched')
})

test('T7: text that is no frame is answered by name', async () => {
  const ann = await open(`doc:${crypto.randomUUID()}`, 'ann')
  for (const [text, error] of [
    ['{', 'Invalid message: not JSON'],
    ['[]', 'Invalid message: expected an object, received array'],
    ['{"type":"core.put","payload":{}}', 'Unknown message type: core.put'],
    [
      '{"type":"yjs.initial","payload":{"text":7}}',
      'Invalid message: yjs.initial: text: expected string, received number',
    ],
  ] as const) {
    ann.socket.send(text)
    await ann.until(({ payload }) => payload?.error === error)
  }
})

test('T7: a frame that is too long, a document too large, a state too long or too many ids: refused by name, nothing kept', async () => {
  const name = `doc:small-${crypto.randomUUID()}`
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  ann.edit((text) => text.insert(0, 'x'.repeat(5000)))
  expect((await ann.until(({ type }) => type === 'core.error')).payload).toMatchObject({
    code: 'too-large',
    error: expect.stringMatching(/bytes, at most 2000 are kept/),
  })
  await ben.saved()
  expect(ben.text).toBe('')
  expect((await callRoom(base, name, 'stored', [])).result).toEqual({ rows: 0, bytes: 0, longest: 0 })
})

test('T7: frames that were changed at random: none ends the room, none is believed', async () => {
  const name = `doc:${crypto.randomUUID()}`
  const ben = await open(name, 'ben')
  const source = new Y.Doc()
  source.getText('content').insert(0, 'some text with a \u{1f600}')
  source.getMap('map').set('key', { deep: [1, null, 'x'] })
  source.getArray('list').insert(0, [new Y.Map(), new Y.Text('t')])
  const whole = Y.encodeStateAsUpdate(source)
  const frames = [bytes(0, 2, whole.length, ...whole), bytes(0, 0, 3, 1, 5, 9), bytes(1, 6, 1, 1, 1, 2, 123, 125)]
  for (let round = 0; round < 4 * effort; round++) {
    const mallory = await open(name, 'mallory')
    for (let i = 0; i < 400; i++) {
      const frame = frames[i % frames.length]!.slice()
      for (let change = 0; change <= i % 4; change++) {
        frame[Math.floor(Math.random() * frame.length)] = Math.floor(Math.random() * 256)
      }
      mallory.socket.send(frame.subarray(0, frame.length - (i % 5 === 0 ? 1 : 0)))
    }
    await mallory.saved()
    mallory.socket.close()
  }
  ben.edit((text) => text.insert(0, 'here '))
  await ben.saved()
  expect(String((await callRoom(base, name, 'getText', ['system'])).result)).toContain('here ')
})
