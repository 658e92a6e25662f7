import { expect, test } from 'vitest'
import { open, textIn } from '../../support/documents.tsx'
import { base, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'

const ann = { userId: 'ann', name: 'ann', email: '', anonymous: false }

/** A document that is bound to a task of ann's. */
async function house() {
  const room = `bound:${crypto.randomUUID()}`
  const place = { collection: 'tasks', recordId: `t@${room}` }
  const make = { type: 'put', ...place, data: { title: 'x', visibility: 'public' } }
  const batch = async (...operations: object[]) => {
    expect((await callRoom(base, room, 'batch', [operations, ann])).error).toBe(undefined)
  }
  await batch(make)
  const id = `tasks:${place.recordId}`
  return {
    id,
    /** The record is removed and made again, and somebody has written into the new document. */
    again: async () => {
      await batch({ type: 'remove', ...place }, make)
      const { doc } = await open(id, 'ann')
      doc.setText('another')
      await until(() => doc.saved)
      return doc
    },
    stored: async () => (await callRoom(base, `yjs/${id}`, 'getText', ['system'])).result,
  }
}

test('T12, D3: who was away while the record was made again begins anew with its document, and brings nothing back', async () => {
  const { id, again, stored } = await house()
  const { doc, errors } = await open(id, 'ann', { options: { initial: 'secret' } })
  await until(() => textIn(doc) === 'secret')
  doc.disconnect()
  const other = await again()
  doc.reconnect()
  await until(() => doc.synced && textIn(doc) === 'another')
  doc.setText('another, too')
  await until(() => doc.saved && textIn(other) === 'another, too')
  expect([doc.refused, doc.canWrite, await stored(), errors]).toEqual([undefined, true, 'another, too', []])
})

test('T12, D7: what was written meanwhile stays shown and is refused, until it is given up', async () => {
  const { id, again, stored } = await house()
  const { doc, errors } = await open(id, 'ann')
  doc.setText('secret')
  await until(() => doc.saved)
  doc.disconnect()
  doc.setText('secret and more')
  const other = await again()
  doc.reconnect()
  await until(() => doc.refused)
  expect(doc.refused).toMatchObject({ code: 'not-found', message: expect.stringContaining('a record that is gone') })
  other.setText('another one')
  await until(() => other.saved)
  expect([textIn(doc), doc.saved, await stored()]).toEqual(['secret and more', false, 'another one'])
  doc.discard()
  await until(() => doc.synced && textIn(doc) === 'another one')
  doc.setText('written again')
  await until(() => doc.saved && textIn(other) === 'written again')
  expect([doc.refused, errors]).toEqual([undefined, []])
})
