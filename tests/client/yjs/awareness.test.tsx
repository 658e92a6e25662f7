import { createYjsDoc, RecordProvider, type YjsDoc } from 'deepspace-solid'
import { createSignal, Show } from 'solid-js'
import { expect, test } from 'vitest'
import { cutLines, isBack, newDoc, open } from '../../support/documents.tsx'
import { base, show, until } from '../../support/room.tsx'
import { socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

/** What one sees of whom it is by the id of their document. */
const seenBy = (doc: YjsDoc, other: YjsDoc): Record<string, unknown> | undefined =>
  doc.awareness!.getStates().get(other.doc!.clientID)
/** Where one sees the cursor of another. */
const placeSeenBy = (doc: YjsDoc, other: YjsDoc): unknown =>
  (seenBy(doc, other)?.cursor as { at: number } | undefined)?.at

test('others are seen, by the name that the room knows them by, and are gone when they go', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  ann.awareness!.setLocalStateField('user', { color: 'red', name: 'the queen', id: 'root' })
  ann.awareness!.setLocalStateField('cursor', { at: 3 })
  const { doc: bob, unmount } = await open(id, 'bob')
  await until(() => seenBy(bob, ann)?.cursor)
  expect(seenBy(bob, ann)).toEqual({ user: { color: 'red', id: 'ann', name: 'ann' }, cursor: { at: 3 } })
  await until(() => seenBy(ann, bob))
  bob.awareness!.setLocalStateField('cursor', { at: 5 })
  await until(() => seenBy(ann, bob)?.cursor)
  const [clientId] = [bob.doc!.clientID]
  unmount()
  await until(() => !ann.awareness!.getStates().has(clientId))
})

test('only what we say of ourselves is sent, once for what changes in one turn', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const mine = socketTo(id)
  const words = () => mine.sentBytes.filter(({ type }) => type === 'awareness').length
  await until(() => words() === 1)
  const { doc: bob } = await open(id, 'bob')
  for (let at = 0; at < 30; at++) bob.awareness!.setLocalStateField('cursor', { at })
  await until(() => placeSeenBy(ann, bob) === 29)
  expect(words()).toBe(1)
  for (let at = 0; at < 30; at++) ann.awareness!.setLocalStateField('cursor', { at })
  // What says the same is no news.
  ann.awareness!.setLocalState(ann.awareness!.getLocalState())
  await until(() => placeSeenBy(bob, ann) === 29)
  expect(words()).toBe(2)
})

test('who comes back is seen at once, and who stayed has not flickered', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const annSocket = socketTo(id)
  const { doc: bob } = await open(id, 'bob')
  ann.awareness!.setLocalStateField('cursor', { at: 1 })
  bob.awareness!.setLocalStateField('cursor', { at: 2 })
  await until(() => seenBy(bob, ann)?.cursor && seenBy(ann, bob)?.cursor)
  let heard = 0
  bob.awareness!.on('update', ({ added, updated }: Record<'added' | 'updated', number[]>) => {
    if ([...added, ...updated].includes(ann.doc!.clientID)) heard++
  })
  const flickers: unknown[] = []
  ann.awareness!.on('change', (changes: Record<'added' | 'removed', number[]>) => {
    if ([...changes.added, ...changes.removed].includes(bob.doc!.clientID)) flickers.push(changes)
  })
  WebSocket.prototype.close.call(annSocket.socket)
  await until(() => ann.status !== 'connected')
  await isBack(ann)
  const backAt = performance.now()
  await until(() => heard > 0)
  // y-protocols renews what it says each 15 seconds.
  expect(performance.now() - backAt).toBeLessThan(3000)
  expect(placeSeenBy(bob, ann)).toBe(1)
  bob.awareness!.setLocalStateField('cursor', { at: 3 })
  await until(() => placeSeenBy(ann, bob) === 3)
  expect(flickers).toEqual([])
})

test('while we are offline others are shown for a moment, then no more; when we are back, all who are there', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const annSocket = socketTo(id)
  const { doc: bob, unmount } = await open(id, 'bob')
  const { doc: cy } = await open(id, 'cy')
  await until(() => seenBy(ann, bob) && seenBy(ann, cy))
  const gone = bob.doc!.clientID
  WebSocket.prototype.close.call(annSocket.socket)
  await until(() => ann.status !== 'connected')
  unmount()
  expect(ann.awareness!.getStates().has(gone)).toBe(true)
  await until(() => !ann.awareness!.getStates().has(gone))
  await isBack(ann)
  await until(() => seenBy(ann, cy) && seenBy(cy, ann))
  expect(ann.awareness!.getStates().has(gone)).toBe(false)
})

test('who only closes the document is gone at once, and back with what they said when they open it again', async () => {
  const id = newDoc()
  const { doc: bob } = await open(id, 'bob')
  const [isOpen, setOpen] = createSignal(true)
  let ann: YjsDoc
  const Note = () => {
    ann = createYjsDoc(id)
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => tokenFor('ann')} keepFor={60_000}>
      <Show when={isOpen()}>
        <Note />
      </Show>
    </RecordProvider>
  ))
  await until(() => ann.synced)
  const { clientID } = ann!.doc!
  ann!.awareness!.setLocalStateField('user', { color: 'red' })
  await until(() => bob.awareness!.getStates().get(clientID)?.user)
  setOpen(false)
  await until(() => !bob.awareness!.getStates().has(clientID))
  setOpen(true)
  expect(ann!.doc!.clientID).toBe(clientID)
  await until(() => bob.awareness!.getStates().get(clientID)?.user)
  expect(bob.awareness!.getStates().get(clientID)!.user).toMatchObject({ color: 'red', id: 'ann' })
})

test('whose document begins anew is somebody else to others, and not twice there', async () => {
  const id = newDoc()
  const { doc: bob } = await open(id, 'bob')
  const { doc: reader } = await open(id)
  await until(() => seenBy(bob, reader))
  reader.text!.insert(0, 'no')
  const former = reader.doc!.clientID
  reader.discard()
  await until(() => seenBy(bob, reader) && !bob.awareness!.getStates().has(former))
  await cutLines(id)
  await isBack(bob, reader)
  await until(() => seenBy(bob, reader))
  expect(bob.awareness!.getStates().has(former)).toBe(false)
})
