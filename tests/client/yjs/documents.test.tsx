import { createYText } from 'deepspace-solid'
import { createRoot, createSignal } from 'solid-js'
import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { DocWire } from '../../support/doc-wire.ts'
import { cutLines, isBack, look, newDoc, open, storedText, textIn } from '../../support/documents.tsx'
import { base, inRoom, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { socketsTo, socketTo } from '../../support/sockets.ts'

test('components that name the same document share it, and its connection', async () => {
  const id = newDoc()
  const { docs } = look([id, () => id], { user: 'ann' })
  await until(() => docs.every(({ synced }) => synced))
  expect(docs[0]!.doc).toBeInstanceOf(Y.Doc)
  expect(docs[0]!.doc).toBe(docs[1]!.doc)
  expect(docs[0]!.awareness).toBe(docs[1]!.awareness)
  expect(socketsTo(id)).toHaveLength(1)
})

test('what one writes another reads, and the room has it', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const { doc: bob } = await open(id, 'bob')
  expect([ann.status, ann.canWrite, ann.saved, ann.refused, ann.error]).toEqual([
    'connected',
    true,
    true,
    undefined,
    undefined,
  ])
  ann.setText('one')
  await until(() => textIn(bob) === 'one')
  bob.text!.insert(3, ' two')
  bob.doc!.getMap('other').set('key', 1)
  await until(() => textIn(ann) === 'one two' && ann.doc!.getMap('other').get('key') === 1)
  await until(() => ann.saved && bob.saved)
  expect(await storedText(id)).toBe('one two')
})

test('`saved` is false from the first letter on until the room has stored it; then it is there after a reload, and a crash', async () => {
  const id = newDoc()
  const { doc, unmount } = await open(id, 'ann')
  doc.setText('kept')
  expect(doc.saved).toBe(false)
  await until(() => doc.saved)
  unmount()
  await callRoom(base, id, 'crash', [])
  const again = await open(id, 'bob')
  expect(textIn(again.doc)).toBe('kept')
})

test('what is written in one turn goes in one frame, also where it is much; what comes is not sent back', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const mine = socketTo(id)
  const { doc: bob } = await open(id, 'bob')
  const updates = () => mine.sentBytes.filter((frame) => frame.type === 'sync' && frame.step === 'update').length
  for (let index = 0; index < 50; index++) ann.text!.insert(index, 'a')
  await until(() => textIn(bob)?.length === 50)
  expect(updates()).toBe(1)
  for (let index = 0; index < 500; index++) ann.text!.insert(50 + index, 'b')
  ann.text!.delete(0, 10)
  await until(() => textIn(bob)?.length === 540)
  expect(updates()).toBe(2)
  bob.setText('c')
  await until(() => textIn(ann) === 'c' && ann.saved)
  expect(updates()).toBe(2)
  expect(mine.sentBytes.filter((frame) => frame.type === 'sync' && frame.step === 'state')).toEqual([])
})

test('what is written offline, and deleted, is merged on return; until then it is not saved', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const { doc: bob } = await open(id, 'bob')
  ann.setText('one two three')
  await until(() => textIn(bob) === 'one two three' && ann.saved)
  await cutLines(id)
  ann.setText('one three')
  bob.setText('one two three four')
  expect([ann.saved, bob.saved, ann.synced]).toEqual([false, false, true])
  await isBack(ann, bob)
  await until(() => ann.saved && bob.saved && textIn(ann) === 'one three four' && textIn(bob) === 'one three four')
  expect(await storedText(id)).toBe('one three four')
  await cutLines(id)
  // Nothing but a deletion: of that a state vector does not tell.
  ann.setText('four')
  await isBack(ann)
  await until(() => ann.saved)
  expect(await storedText(id)).toBe('four')
})

test('with another id nothing of the former document is shown; that is let go of after a while', async () => {
  const [former, next] = [newDoc(), newDoc()]
  const { doc: there } = await open(next, 'bob')
  there.setText('of the next')
  await until(() => there.saved)
  const [id, setId] = createSignal<string | undefined>(former)
  const { docs } = look([id], { user: 'ann', keepFor: 0 })
  const doc = docs[0]!
  await until(() => doc.synced)
  doc.setText('of the former')
  const before = doc.doc
  setId(next)
  expect(doc.doc).not.toBe(before)
  expect([textIn(doc), doc.synced, doc.saved, doc.status]).toEqual(['', false, true, 'connecting'])
  await until(() => textIn(doc) === 'of the next')
  await until(() => socketTo(former).socket.readyState === WebSocket.CLOSED)
  expect(await storedText(former)).toBe('of the former')
  setId(undefined)
  expect([doc.doc, doc.text, doc.awareness, doc.status, doc.canWrite]).toEqual([
    undefined,
    undefined,
    undefined,
    'off',
    false,
  ])
})

test('without an id it is off, and what is no id is a mistake', () => {
  for (const none of [undefined, null, false] as const) {
    const [doc] = look([none, () => none]).docs
    expect([doc!.status, doc!.doc, doc!.saved]).toEqual(['off', undefined, true])
    expect(() => doc!.setText('lost')).toThrow(expect.objectContaining({ code: 'not-connected' }))
    doc!.discard()
    doc!.disconnect()
    doc!.reconnect()
    expect(doc!.status).toBe('off')
  }
  for (const bad of ['', 7, {}, true] as unknown as string[]) {
    expect(() => look([bad])).toThrow(/createYjsDoc: expected a name, received/)
  }
})

test('what waits is sent when the page is left, and before the connection is closed', async () => {
  const id = newDoc()
  const { doc, unmount } = await open(id, 'ann')
  const updates = () =>
    socketTo(id).sentBytes.filter((frame) => frame.type === 'sync' && frame.step === 'update').length
  doc.setText('left')
  expect(updates()).toBe(0)
  window.dispatchEvent(new Event('pagehide'))
  expect(updates()).toBe(1)
  doc.setText('left, and closed')
  unmount()
  expect(updates()).toBe(2)
  expect(textIn((await open(id, 'bob')).doc)).toBe('left, and closed')
})

test('what a document is to begin with is inserted once, however many come at once, and never again', async () => {
  const id = newDoc()
  const options = { initial: 'Dear reader' }
  const { docs: readers } = look([id], { options })
  await until(() => readers[0]!.synced)
  expect(textIn(readers[0]!)).toBe('')
  const pages = ['ann', 'bob', 'cy'].map((user) => look([id, id], { user, options }))
  const docs = pages.map(({ docs }) => docs[0]!)
  await until(() => [...docs, ...readers].every((doc) => textIn(doc) === 'Dear reader'))
  await until(() => docs.every(({ saved }) => saved))
  expect(await storedText(id)).toBe('Dear reader')
  docs[0]!.setText('')
  await until(() => docs[0]!.saved)
  const { doc: late } = await open(id, 'dan', { options })
  late.setText('Yours')
  await until(() => late.saved && textIn(docs[1]!) === 'Yours')
  expect(await storedText(id)).toBe('Yours')
})

test('D3, L8: what we ask the document for is asked again where the room has no time for us', async () => {
  const id = newDoc('busy-')
  const wire = await DocWire.open(base, id, 'ann')
  onTestFinished(() => wire.close())
  wire.edit((text) => text.insert(0, 'x'.repeat(300_000)))
  while ((await storedText(id)) === '') {}
  const { docs } = look([id], { user: 'ann' })
  await until(() => docs[0]!.synced)
  expect(textIn(docs[0]!)).toHaveLength(300_000)
  const errors = socketTo(id).received.filter((frame) => frame !== 'pong' && (frame.type as string) === 'core.error')
  expect(errors).not.toEqual([])
})

test('`setText` says why it does not', async () => {
  const id = newDoc()
  const { docs } = look([id], { user: 'ann' })
  const doc = docs[0]!
  await until(() => {
    if (doc.synced) return true
    expect(doc.canWrite).toBe(false)
    expect(() => doc.setText('early')).toThrow(expect.objectContaining({ code: 'not-connected' }))
    return false
  })
  expect(doc.canWrite).toBe(true)
  expect(() => doc.setText(7 as unknown as string)).toThrow(new TypeError('setText: expected a text, received number'))
  const { doc: reader } = await open(id)
  expect(() => reader.setText('mine')).toThrow(expect.objectContaining({ code: 'denied' }))
  expect([textIn(reader), reader.refused, reader.saved]).toEqual(['', undefined, true])
})

test('a field names another text', async () => {
  const id = newDoc()
  const { doc } = await open(id, 'ann', { options: { field: 'title', initial: 'Untitled' } })
  await until(() => textIn(doc) === 'Untitled')
  doc.setText('A title')
  await until(() => doc.saved)
  expect(doc.doc!.getText('title').toString()).toBe('A title')
  expect((await callRoom(base, id, 'getText', ['system', 'title'])).result).toBe('A title')
  expect(await storedText(id)).toBe('')
})

test('it is read as a Solid value, whichever document it is', async () => {
  const [first, second] = [newDoc(), newDoc()]
  const { doc: there } = await open(second, 'bob')
  there.setText('second')
  const [id, setId] = createSignal(first)
  const { docs } = look([id], { user: 'ann' })
  const body = createRoot(() => createYText(() => docs[0]!.text))
  await until(() => docs[0]!.synced)
  docs[0]!.setText('first')
  expect(body.value).toBe('first')
  setId(second)
  expect(body.value).toBe('')
  await until(() => body.value === 'second')
})

test('a room of records goes on where bytes come that it has not asked for', async () => {
  const room = crypto.randomUUID()
  inRoom(room, () => null)
  await until(() => socketsTo(room)[0]?.received.length)
  const { socket } = socketTo(room)
  socket.dispatchEvent(new MessageEvent('message', { data: new Uint8Array([1, 1, 0]).buffer }))
  expect(socket.readyState).toBe(WebSocket.OPEN)
  expect(socketsTo(room)).toHaveLength(1)
})
