import { createYjsDoc, RecordProvider, type YjsDoc } from 'deepspace-solid'
import { createSignal } from 'solid-js'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { encodeDocumentFrame } from '../../../src/protocol/documents/sync-frame.ts'
import { cutLines, isBack, look, newDoc, open, storedText, textIn } from '../../support/documents.tsx'
import { base, show, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { socketsTo, socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

const setRole = (id: string, user: string, role: string | null) => callRoom(base, id, 'setRole', [user, role])

test('a reader sees everything, and what they write is shown, refused, and given up', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const { doc: reader } = await open(id)
  const mine = socketTo(id)
  ann.setText('read me')
  await until(() => textIn(reader) === 'read me')
  expect([reader.canWrite, reader.refused]).toEqual([false, undefined])
  reader.text!.insert(0, 'do not ')
  expect([textIn(reader), reader.saved, reader.refused?.code]).toEqual(['do not read me', false, 'denied'])
  const former = reader.doc
  reader.discard()
  expect(reader.doc).not.toBe(former)
  expect([reader.saved, reader.refused, reader.synced, textIn(reader)]).toEqual([true, undefined, false, ''])
  await until(() => reader.synced)
  expect(textIn(reader)).toBe('read me')
  ann.setText('read me now')
  await until(() => textIn(reader) === 'read me now')
  expect(mine.sentBytes.filter((frame) => frame.type === 'sync' && frame.step !== 'vector')).toEqual([])
  const current = reader.doc
  reader.discard()
  expect(reader.doc).toBe(current)
})

test('D3: a reader who has what the room has lost, and nobody will send, begins anew with what it has', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const { doc: reader } = await open(id)
  ann.setText('kept')
  await until(() => textIn(reader) === 'kept')
  // As the room does that ends before it has stored what it has passed on.
  const lost = new Y.Doc()
  lost.getText('content').insert(0, 'lost ')
  const payload = Y.encodeStateAsUpdate(lost)
  const bytes = encodeDocumentFrame({ type: 'sync', step: 'update', payload }) as Uint8Array<ArrayBuffer>
  socketTo(id).socket.dispatchEvent(new MessageEvent('message', { data: bytes.slice().buffer }))
  expect(textIn(reader)).toContain('lost')
  await cutLines(id)
  await isBack(ann, reader)
  await until(() => reader.synced && textIn(reader) === 'kept')
  expect([reader.saved, reader.refused]).toEqual([true, undefined])
  ann.setText('kept on')
  await until(() => textIn(reader) === 'kept on')
})

test('a change of role is followed at once; what was refused is sent when it may be', async () => {
  const id = newDoc()
  const { doc: ann } = await open(id, 'ann')
  const { doc: bob } = await open(id, 'bob')
  ann.setText('one')
  await until(() => ann.saved)
  await setRole(id, 'ann', 'viewer')
  await until(() => !ann.canWrite)
  expect([ann.refused, ann.saved]).toEqual([undefined, true])
  ann.text!.insert(3, ' two')
  ann.text!.insert(7, ' three')
  expect(ann.refused?.code).toBe('denied')
  bob.text!.insert(0, 'zero ')
  await until(() => textIn(ann) === 'zero one two three')
  await setRole(id, 'ann', 'member')
  await until(() => ann.saved)
  expect([ann.canWrite, ann.refused]).toEqual([true, undefined])
  await until(() => textIn(bob) === 'zero one two three')
  ann.setText('on')
  await until(() => textIn(bob) === 'on')
})

test('who is sent away keeps nothing of what they saw', async () => {
  const id = newDoc()
  const { doc, errors } = await open(id, 'ann')
  doc.setText('secret')
  await until(() => doc.saved)
  const former = doc.doc
  await setRole(id, 'ann', null)
  await until(() => doc.status === 'refused')
  expect(doc.doc).not.toBe(former)
  expect([textIn(doc), doc.synced, doc.canWrite, doc.error?.code]).toEqual(['', false, false, 'forbidden'])
  expect(errors.map(({ code }) => code)).toEqual(['forbidden'])
})

test('D1: a component that comes to a document from which we were sent away asks again', async () => {
  const id = newDoc()
  const [named, setNamed] = createSignal<string | undefined>(id)
  const { docs, errors } = look([named], { user: 'ann' })
  const [doc] = docs
  await until(() => doc!.synced)
  await setRole(id, 'ann', null)
  await until(() => doc!.status === 'refused')
  setNamed(undefined)
  expect(doc!.status).toBe('off')
  setNamed(id)
  await until(() => doc!.status === 'connected' && doc!.synced)
  expect([doc!.canWrite, doc!.error, errors.length]).toEqual([true, undefined, 1])
})

test('what is too large for the room is refused, nothing is sent behind it, and giving it up begins anew', async () => {
  const id = newDoc('small-')
  const { doc: ann } = await open(id, 'ann')
  const mine = socketTo(id)
  const { doc: bob } = await open(id, 'bob')
  ann.setText('short')
  await until(() => ann.saved)
  ann.text!.insert(5, 'x'.repeat(5000))
  await until(() => ann.refused)
  expect([ann.refused!.code, ann.canWrite, ann.saved]).toEqual(['too-large', true, false])
  const sent = mine.sentBytes.length
  ann.text!.insert(0, 'and ')
  window.dispatchEvent(new Event('pagehide'))
  expect(mine.sentBytes).toHaveLength(sent)
  expect(textIn(ann)).toHaveLength(5009)
  bob.text!.insert(0, 'still ')
  await until(() => textIn(ann)?.includes('still '))
  ann.discard()
  await until(() => ann.synced)
  expect(textIn(ann)).toBe('still short')
  ann.setText('still shorter')
  await until(() => ann.saved)
  expect(await storedText(id)).toBe('still shorter')
})

test('when another user signs in the former document is gone at once, and what was written is theirs who wrote it', async () => {
  const id = newDoc('members-only-')
  const [user, setUser] = createSignal('ann')
  let doc: YjsDoc
  const Page = () => {
    doc = createYjsDoc(id)
    return null
  }
  show(() => {
    const tokens = new Map<string, string>()
    const [ready, setReady] = createSignal(false)
    void Promise.all(['ann', 'bob'].map(async (each) => tokens.set(each, await tokenFor(each)))).then(() =>
      setReady(true),
    )
    return (
      <RecordProvider url={base} getToken={() => (ready() ? tokens.get(user()) : new Promise<never>(() => {}))}>
        <Page />
      </RecordProvider>
    )
  })
  await until(() => doc.synced)
  doc!.setText('by ann')
  const former = doc!.doc
  await setRole(id, 'bob', 'viewer')
  setUser('bob')
  expect(doc!.doc).not.toBe(former)
  expect([textIn(doc!), doc!.synced]).toEqual(['', false])
  await until(() => doc.synced)
  expect(textIn(doc!)).toBe('by ann')
  expect(socketsTo(id)).toHaveLength(2)
  expect(socketsTo(id)[1]!.sentBytes.filter((frame) => frame.type === 'sync' && frame.step !== 'vector')).toEqual([])
})

test('who comes back as somebody else, without a word of it, shows and sends nothing of the former', async () => {
  const id = newDoc()
  const tokens = [await tokenFor('ann'), await tokenFor('bob')]
  let at = 0
  let doc: YjsDoc
  const Page = () => {
    doc = createYjsDoc(id)
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => tokens[at]}>
      <Page />
    </RecordProvider>
  ))
  await until(() => doc.synced)
  doc!.setText('by ann')
  await until(() => doc.saved)
  await cutLines(id)
  doc!.setText('by ann, offline')
  at = 1
  await isBack(doc!)
  await until(() => doc.synced)
  expect([textIn(doc!), doc!.saved]).toEqual(['by ann', true])
  expect(await storedText(id)).toBe('by ann')
})

test('while it is not known who is signed in nothing is sent; who was goes on, or somebody else has nothing of it', async () => {
  for (const next of ['ann', 'bob']) {
    const id = newDoc()
    const [token, setToken] = createSignal<string | Promise<string>>(await tokenFor('ann'))
    let doc: YjsDoc
    const Page = () => {
      doc = createYjsDoc(id)
      return null
    }
    show(() => (
      <RecordProvider url={base} getToken={() => token()}>
        <Page />
      </RecordProvider>
    ))
    await until(() => doc.synced)
    const answer = Promise.withResolvers<string>()
    setToken(answer.promise)
    doc!.setText('by whom?')
    window.dispatchEvent(new Event('pagehide'))
    expect(socketTo(id).sentBytes.filter((frame) => frame.type === 'sync' && frame.step === 'update')).toEqual([])
    answer.resolve(await tokenFor(next))
    if (next === 'ann') await until(() => doc.saved)
    else await until(() => textIn(doc) === '' && doc.synced)
    expect(await storedText(id)).toBe(next === 'ann' ? 'by whom?' : '')
  }
})

test('a room that knows nothing but y-protocols is written by who may, and says no to who may not', async () => {
  const id = newDoc('part-a-')
  const { doc: ann } = await open(id, 'ann')
  const { doc: reader } = await open(id)
  ann.setText('one')
  await until(() => textIn(reader) === 'one')
  await setRole(id, 'ann', 'viewer')
  ann.setText('two')
  reader.setText('three')
  for (const doc of [ann, reader]) {
    await until(() => doc.refused)
    expect([doc.refused!.code, doc.saved]).toEqual(['denied', false])
    doc.discard()
  }
  await until(() => textIn(ann) === 'one' && textIn(reader) === 'one')
  // The door knows nothing of the role: who comes again is a member.
  await cutLines(id)
  await isBack(ann, reader)
  ann.setText('two')
  await until(() => textIn(reader) === 'two')
  expect(await storedText(id)).toBe('two')
})

test('who may not enter at all is told why', async () => {
  const { docs, errors } = look([newDoc('closed-')], { user: 'ann' })
  await until(() => docs[0]!.status === 'refused')
  expect(docs[0]!.error?.code).toBe('forbidden')
  expect(errors).toHaveLength(1)
})
