import { createYjsDoc, RecordProvider, type YjsDoc } from 'deepspace-solid'
import { createEffect, createSignal } from 'solid-js'
import { expect, test } from 'vitest'
import { look, newDoc, open, storedText, textIn } from '../../support/documents.tsx'
import { base, show, until } from '../../support/room.tsx'
import { socketsTo, socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

/** What would have a connection try again at once. */
const wake = (): boolean => window.dispatchEvent(new Event('online'))

const turn = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve))

test('D16: told to stay away it does, for all that name it; what is written meanwhile is merged on `reconnect`', async () => {
  const id = newDoc()
  const { docs } = look([id, id], { user: 'ann' })
  const [ann, same] = [docs[0]!, docs[1]!]
  await until(() => ann.synced)
  const { socket } = socketTo(id)
  const { doc: bob } = await open(id, 'bob')
  const sockets = socketsTo(id).length
  ann.disconnect()
  await until(() => same.status === 'disconnected' && socket.readyState === WebSocket.CLOSED)
  expect([ann.status, ann.error, ann.synced, ann.canWrite]).toEqual(['disconnected', undefined, true, true])
  ann.setText('from away')
  expect([ann.saved, same.saved]).toEqual([false, false])
  bob.setText('there')
  await until(() => bob.saved)
  wake()
  await turn()
  expect(socketsTo(id)).toHaveLength(sockets)
  expect([textIn(ann), ann.status]).toEqual(['from away', 'disconnected'])
  same.reconnect()
  await until(() => ann.status === 'connected' && ann.saved && textIn(ann) === textIn(bob))
  expect(textIn(ann)).toContain('from away')
  expect(textIn(ann)).toContain('there')
  expect(await storedText(id)).toBe(textIn(ann))
})

test('D16, D2: what waits is sent before the line is dropped', async () => {
  const id = newDoc()
  const { doc } = await open(id, 'ann')
  const { doc: bob } = await open(id, 'bob')
  doc.setText('said last')
  doc.disconnect()
  await until(() => textIn(bob) === 'said last')
  // Whether it is stored nobody has said.
  expect([doc.status, doc.saved]).toEqual(['disconnected', false])
})

test('D16: `reconnect` of one that is connected is a fresh socket, and another document has a connection of its own', async () => {
  const id = newDoc()
  const { doc } = await open(id, 'ann')
  const before = doc.doc
  doc.reconnect()
  await until(() => socketsTo(id).length === 2 && doc.status === 'connected')
  expect(doc.doc).toBe(before)

  const [other, setOther] = createSignal(id)
  const { docs } = look([other], { user: 'bob' })
  await until(() => docs[0]!.synced)
  docs[0]!.disconnect()
  await until(() => docs[0]!.status === 'disconnected')
  setOther(newDoc())
  await until(() => docs[0]!.status === 'connected')
})

test('D16: an effect that calls them does not follow the id', async () => {
  const [id, setId] = createSignal(newDoc())
  let runs = 0
  let note!: YjsDoc
  const Note = () => {
    note = createYjsDoc(id)
    createEffect(() => {
      runs++
      note.disconnect()
      note.reconnect()
    })
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => tokenFor('ann')}>
      <Note />
    </RecordProvider>
  ))
  await until(() => note.synced)
  setId(newDoc())
  await until(() => note.synced)
  expect(runs).toBe(1)
})

test('D16, C6, D10: another user stays away too, with a document of their own', async () => {
  const id = newDoc()
  const [user, setUser] = createSignal('ann')
  let note!: YjsDoc
  const Note = () => {
    note = createYjsDoc(id)
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => tokenFor(user())}>
      <Note />
    </RecordProvider>
  ))
  await until(() => note.synced)
  note.disconnect()
  await until(() => note.status === 'disconnected')
  const before = note.doc
  note.setText('of ann')
  const sockets = socketsTo(id).length
  setUser('bob')
  await until(() => note.doc !== before)
  wake()
  await turn()
  expect([textIn(note), note.status, socketsTo(id).length]).toEqual(['', 'disconnected', sockets])
  note.reconnect()
  await until(() => note.status === 'connected' && note.synced)
  expect([textIn(note), await storedText(id)]).toEqual(['', ''])
})
