import { createYjsText, createYText, type YjsText } from 'deepspace-solid'
import { createEffect, createRoot, createSignal } from 'solid-js'
import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { encodeTextFrame, type TextFrame } from '../../../src/protocol/documents/text-frame.ts'
import { tasks } from '../../support/collections.ts'
import { textIn } from '../../support/documents.tsx'
import { base, cutLine, lineIsBack, type RoomPage, until, type Visit, visit } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { allCaughtUp, caughtUp, sentTo, socketsTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** A room with a task of ann's that everyone may read. */
async function roomWithTask(): Promise<{ room: string; ann: Wire }> {
  const room = crypto.randomUUID()
  const ann = await Wire.open(base, room, 'ann')
  expect(await ann.put('tasks', 't', { title: 'x', visibility: 'public' })).toMatchObject({ success: true })
  return { room, ann }
}

/** The text of a field of that task on a page of somebody's, there when it returns. */
async function open(
  room: string,
  user: string | undefined,
  id: string | (() => string | undefined) = 't',
  more: Visit = {},
): Promise<RoomPage & { text: YjsText }> {
  let text!: YjsText
  const page = visit(
    room,
    () => {
      text = createYjsText(tasks, id, 'notes')
      return null
    },
    user === undefined ? more : { user, ...more },
  )
  await until(() => text.synced || text.status === 'refused' || text.status === 'off')
  return { ...page, text }
}

const stored = async (room: string, record = 't'): Promise<unknown> =>
  (await callRoom(base, room, 'getText', ['tasks', record, 'notes', 'system'])).result

test('X1, D4: what one writes another reads, over the connection that the scope has, and `saved` says that it is stored', async () => {
  const { room } = await roomWithTask()
  const [ann, bob] = [await open(room, 'ann'), await open(room, 'bob')]
  expect([ann.text.canWrite, bob.text.canWrite]).toEqual([true, false])
  ann.text.setText('Buy milk')
  expect(ann.text.saved).toBe(false)
  await until(() => textIn(bob.text) === 'Buy milk')
  await until(() => ann.text.saved)
  expect(await stored(room)).toBe('Buy milk')
  expect(socketsTo(room)).toHaveLength(2)
  expect(ann.text.doc).toBeInstanceOf(Y.Doc)
})

test('D1: components that name the same text share it; another id shows nothing of the former; without one it is off', async () => {
  const { room, ann } = await roomWithTask()
  await ann.put('tasks', 'u', { title: 'y' })
  const [id, setId] = createSignal<string | undefined>('t')
  const { text } = await open(room, 'ann', id)
  text.setText('of t')
  await until(() => text.saved)
  const former = text.doc
  setId('u')
  await until(() => text.synced && text.doc !== former)
  expect(textIn(text)).toBe('')
  setId(undefined)
  expect([text.status, text.doc]).toEqual(['off', undefined])
  setId('t')
  await until(() => textIn(text) === 'of t')
})

test('X10, D7: who loses the record loses the text in that moment, and who may not read it never has it', async () => {
  const { room, ann } = await roomWithTask()
  const mine = await open(room, 'ann')
  const theirs = await open(room, 'bob')
  mine.text.setText('open')
  await until(() => textIn(theirs.text) === 'open')
  await ann.put('tasks', 't', { visibility: 'private' })
  await until(() => theirs.text.status === 'refused')
  expect([theirs.text.error?.code, textIn(theirs.text)]).toEqual(['not-found', ''])
  mine.text.setText('secret')
  await until(() => mine.text.saved)
  expect(textIn(theirs.text)).toBe('')
  const stranger = await open(room, 'eve')
  expect([stranger.text.status, stranger.text.error?.code, textIn(stranger.text)]).toEqual(['refused', 'not-found', ''])
})

test('X10, X3: of a text that one has lost, or never had, nothing is said to the room', async () => {
  const { room, ann } = await roomWithTask()
  const { text, errors, unmount } = await open(room, 'bob')
  createRoot((dispose) => {
    createEffect(() => text.awareness?.setLocalState({ here: true }))
    onTestFinished(dispose)
  })
  // What is on its way when it is lost is none of this.
  window.dispatchEvent(new Event('pagehide'))
  await allCaughtUp(room)
  await ann.put('tasks', 't', { visibility: 'private' })
  await until(() => text.status === 'refused')
  const stranger = await open(room, 'eve')
  stranger.text.awareness!.setLocalState({ here: true })
  // What waits goes out now.
  window.dispatchEvent(new Event('pagehide'))
  await allCaughtUp(room)
  unmount()
  expect([...errors, ...stranger.errors]).toEqual([])
})

test('X10: what crosses the loss of a text on its way is nobody’s error', async () => {
  const { room, ann } = await roomWithTask()
  const bob = await open(room, 'bob')
  const { socket, sentBytes } = socketTo(room)
  const docKey = 'tasks:t:notes'
  await ann.put('tasks', 't', { visibility: 'private' })
  await until(() => bob.text.status === 'refused')
  // As if they had been sent before the loss was heard of.
  const late = sentBytes.find((frame) => frame.type === 'sync' && 'docKey' in frame && frame.docKey === docKey)
  socket.send(encodeTextFrame(late as TextFrame) as Uint8Array<ArrayBuffer>)
  socket.send(
    JSON.stringify({
      type: 'yjs.saved',
      payload: { collection: 'tasks', recordId: 't', fieldName: 'notes', counter: 1 },
    }),
  )
  await caughtUp(room)
  expect(bob.errors).toEqual([])
  expect([bob.text.status, bob.text.error?.code, bob.text.refused]).toEqual(['refused', 'not-found', undefined])
})

test('X11, D7: a role that changes gives and takes the right to write; what is refused stays until it is taken, or given up', async () => {
  const { room } = await roomWithTask()
  const { text } = await open(room, 'bob')
  await callRoom(base, room, 'setRole', ['bob', 'admin'])
  await until(() => text.canWrite)
  text.setText('as an admin')
  await until(() => text.saved)
  await callRoom(base, room, 'setRole', ['bob', 'member'])
  await until(() => !text.canWrite)
  expect(() => text.setText('no more')).toThrow(/DENIED/)
  text.text!.insert(0, 'still ')
  await until(() => text.refused)
  expect(textIn(text)).toBe('still as an admin')
  text.discard()
  await until(() => text.synced && textIn(text) === 'as an admin')
  expect(text.refused).toBeUndefined()
  expect(await stored(room)).toBe('as an admin')
})

test('D1: a text that is left, opened and left again is kept from the last time on, and one that is opened then stays', async () => {
  const { room, ann } = await roomWithTask()
  await ann.put('tasks', 'u', { title: 'y' })
  const [id, setId] = createSignal<string | undefined>('t')
  const [other, setOther] = createSignal<string | undefined>('u')
  const keepFor = 400
  const { text } = await open(room, 'ann', id, { keepFor })
  const clock = await open(room, 'ann', other, { keepFor })
  const leaves = (record: string) =>
    sentTo(room, 'yjs.leave').filter(({ payload }) => payload.recordId === record).length
  setId(undefined)
  setId('t')
  text.setText('one')
  // It takes a while until that is stored.
  await until(() => text.saved)
  setId(undefined)
  await until(() => leaves('t') === 1)
  setId('t')
  await until(() => text.synced)
  setOther(undefined)
  await until(() => leaves('u') === 1)
  expect(clock.text.status).toBe('off')
  expect(leaves('t')).toBe(1)
  text.setText('two')
  await until(() => text.saved)
  expect(await stored(room)).toBe('two')
})

test('D1, D15: what was on its way to us when we left is not taken for what we join anew', async () => {
  const { room } = await roomWithTask()
  const [id, setId] = createSignal<string | undefined>('t')
  const { text } = await open(room, 'ann', id, { keepFor: 0 })
  text.setText('one')
  await until(() => text.saved)
  setId(undefined)
  await until(() => sentTo(room, 'yjs.leave').length === 1)
  setId('t')
  const former = new Y.Doc()
  former.getText('content').insert(0, 'former ')
  const before = Y.encodeStateVector(former)
  former.getText('content').insert(7, 'text')
  const docKey = 'tasks:t:notes'
  const place = { collection: 'tasks', recordId: 't', fieldName: 'notes' }
  const { socket } = socketTo(room)
  const comes = (data: string | ArrayBuffer) => socket.dispatchEvent(new MessageEvent('message', { data }))
  for (const payload of [Y.encodeStateAsUpdate(former), Y.encodeStateAsUpdate(former, before)]) {
    comes(encodeTextFrame({ type: 'sync', docKey, step: 'update', payload }).buffer)
  }
  comes(JSON.stringify({ type: 'yjs.join', payload: { ...place, canWrite: false, revoked: true } }))
  await until(() => text.synced && text.status === 'connected')
  expect([textIn(text), text.canWrite]).toEqual(['one', true])
  text.setText('two')
  await until(() => text.saved)
  expect(await stored(room)).toBe('two')
})

test('D1, D15: a component that comes to a text which was lost joins it again', async () => {
  const { room, ann } = await roomWithTask()
  const [id, setId] = createSignal<string | undefined>('t')
  const { text } = await open(room, 'bob', id)
  await ann.put('tasks', 't', { visibility: 'private' })
  await until(() => text.status === 'refused')
  setId(undefined)
  await ann.put('tasks', 't', { visibility: 'public' })
  setId('t')
  await until(() => text.status === 'connected' && text.synced)
  expect([text.error, textIn(text)]).toEqual([undefined, ''])
})

test('D7, L1: what is too long for a frame stays shown, `refused` says so, and giving it up brings what the room has', async () => {
  const { room } = await roomWithTask()
  const [mine, theirs] = [await open(room, 'ann'), await open(room, 'ann')]
  mine.text.setText('short')
  await until(() => mine.text.saved && textIn(theirs.text) === 'short')
  mine.text.setText(`${'x'.repeat(1_200_000)}short`)
  await until(() => mine.text.refused)
  expect(mine.text.refused).toMatchObject({ code: 'too-large', collection: 'tasks', recordId: 't', field: 'notes' })
  expect([mine.text.saved, mine.text.status, textIn(mine.text)?.length]).toEqual([false, 'connected', 1_200_005])
  mine.text.discard()
  await until(() => mine.text.synced && textIn(mine.text) === 'short')
  expect([mine.text.refused, mine.text.saved]).toEqual([undefined, true])
  mine.text.setText('short again')
  await until(() => mine.text.saved && textIn(theirs.text) === 'short again')
  expect(await stored(room)).toBe('short again')
})

test('D7, L2: what comes too fast for the room is sent again by itself, with the question whether it is stored', async () => {
  const room = `limited:${crypto.randomUUID()}`
  await callRoom(base, room, 'put', ['tasks', 't', { title: 'x', visibility: 'public' }, 'system'])
  const { text, errors } = await open(room, 'root')
  text.setText('kept')
  await until(() => text.saved)
  // All that it may send at once is spent; one more each second.
  for (let i = 0; i < 60; i++) socketTo(room).socket.send('{"type":"user.update","payload":{}}')
  text.setText('kept too')
  await until(() => text.saved)
  expect([text.refused, textIn(text), await stored(room)]).toEqual([undefined, 'kept too', 'kept too'])
  expect(errors.filter(({ field }) => field === 'notes')).toEqual([])
})

test('D3: what is written offline is merged on return', async () => {
  const { room } = await roomWithTask()
  const { text } = await open(room, 'ann')
  text.setText('together ')
  await until(() => text.saved)
  await cutLine(room)
  text.text!.insert(9, 'offline')
  expect(text.saved).toBe(false)
  await lineIsBack(room)
  await until(() => text.saved)
  expect(await stored(room)).toBe('together offline')
})

test('D9: who else is here is seen, under the name that the room knows', async () => {
  const { room } = await roomWithTask()
  const [ann, bob] = [await open(room, 'ann'), await open(room, 'bob')]
  bob.text.awareness!.setLocalStateField('user', { name: 'the king', color: 'red' })
  const sees = () => ann.text.awareness!.getStates().get(bob.text.doc!.clientID)
  await until(() => sees()?.user?.color === 'red')
  expect(sees()).toMatchObject({ user: { id: 'bob', name: 'bob', color: 'red' } })
  bob.unmount()
  await until(() => sees() === undefined)
})

test('X6: with its record a text is gone, and one made again begins empty', async () => {
  const { room, ann } = await roomWithTask()
  const { text } = await open(room, 'ann')
  text.setText('gone')
  await until(() => text.saved)
  await ann.remove('tasks', 't')
  await until(() => text.status === 'refused')
  await ann.put('tasks', 't', { title: 'again' })
  expect(await stored(room)).toBe('')
})

test('D12: a text is read as Solid reads', async () => {
  const { room } = await roomWithTask()
  const { text } = await open(room, 'ann')
  const [value, dispose] = createRoot((dispose) => [createYText(() => text.text), dispose] as const)
  text.setText('read')
  expect(value.value).toBe('read')
  dispose()
})

test('what is no name is refused where it is written', async () => {
  const { room } = await roomWithTask()
  for (const bad of [7, '', {}] as never[]) {
    expect(() => visit(room, () => createYjsText(tasks, bad, 'notes') && null)).toThrow(
      /createYjsText: expected a name/,
    )
  }
  // It would be read as the end of another record's id.
  expect(() => visit(room, () => createYjsText(tasks, 't', 'u:notes') && null)).toThrow(
    'createYjsText: expected a name, received "u:notes"',
  )
})

test('D16: it has no connection of its own to drop, neither by its type nor in fact: that is the scope’s', async () => {
  const { room } = await roomWithTask()
  const { text } = await open(room, 'ann')
  // @ts-expect-error
  expect(text.disconnect).toBe(undefined)
  // @ts-expect-error
  expect(text.reconnect).toBe(undefined)
})
