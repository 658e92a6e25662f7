import { expect, onTestFinished, test } from 'vitest'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { DocWire } from '../../support/doc-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { tokenFor } from '../../support/users.ts'

const rooms = createOwnRooms()
const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })
const refusal = { code: 'not-found', error: expect.stringMatching(/^Record not found: /) }

/** A document that is bound to a public task of ann's. */
async function house() {
  const room = `bound:${crypto.randomUUID()}`
  const name = `tasks:t@${room}`
  const record = { collection: 'tasks', recordId: `t@${room}` }
  const make = { type: 'put', ...record, data: { title: 'x', visibility: 'public' } }
  const batch = (...operations: object[]) =>
    callRoom(rooms.base, room, 'batch', [operations, identity('ann')]).then(({ error }) =>
      expect(error).toBe(undefined),
    )
  const open = async (user: string, search?: string, doc?: Y.Doc): Promise<DocWire> => {
    const wire = await DocWire.open(rooms.base, name, user, search, doc)
    onTestFinished(() => wire.close())
    return wire
  }
  /** What somebody still has who has written, with whom it was stored, and who has gone offline. */
  const left = async (): Promise<Y.Doc> => {
    const wire = await open('ann')
    wire.edit((text) => text.insert(0, 'secret'))
    await wire.saved()
    await wire.close()
    return wire.doc
  }
  const call = (method: string, ...args: unknown[]) => callRoom(rooms.base, `yjs/${name}`, method, args)
  await batch(make)
  return {
    name,
    open,
    left,
    call,
    again: () => batch({ type: 'remove', ...record }, make),
    stored: async () => (await call('getText', 'system')).result,
  }
}

/** Answers the room as a client does: says what it has, unless it is a baseline client, and sends what the room lacks. */
async function answer(wire: DocWire, isBaseline = false): Promise<void> {
  if (!isBaseline) wire.send({ type: 'sync', step: 'vector', payload: Y.encodeStateVector(wire.doc) })
  wire.send({ type: 'sync', step: 'state', payload: Y.encodeStateAsUpdate(wire.doc) })
  wire.send({ type: 'sync', step: 'update', payload: Y.encodeStateAsUpdate(wire.doc) })
  await wire.saved()
}

test('T12: who has what was written for a record that is gone, and speaks version 1, is told so once and begins anew', async () => {
  const { name, open, left, again, stored } = await house()
  const doc = await left()
  await again()
  const ann = await open('ann', 'v=1', doc)
  await answer(ann)
  const before = ann.frames.length
  const ben = await open('ann')
  ben.edit((text) => text.insert(0, 'another'))
  await ben.saved()
  await rooms.sleep(name, 'DOCS')
  ben.edit((text) => text.insert(0, 'yet '))
  await ben.saved()
  await answer(ann)
  const told = ann.frames.filter(({ type }) => type === 'core.error')
  expect(told.map(({ payload }) => payload)).toEqual([refusal, refusal])
  // It asks who is here, as after each sleep.
  const since = ann.frames.slice(before).map(({ type, step }) => step ?? type)
  expect(since).toEqual(['query-awareness', 'state', 'core.error', 'saved'])
  expect([ann.canWrite, ann.text, await stored()]).toEqual([true, 'secret', 'yet another'])
  ann.send({ type: 'sync', step: 'vector', payload: new Uint8Array([0]) })
  await ann.until(() => ann.text.includes('yet another'))
})

test('T12: a baseline client is told in its own words that it may not write what it has', async () => {
  const { open, left, again, stored } = await house()
  const doc = await left()
  await again()
  const ann = await open('ann', '', doc)
  await answer(ann, true)
  expect(ann.frames.filter(({ type }) => type === 'auth')).toEqual([
    { type: 'auth', canWrite: true },
    { type: 'auth', canWrite: false },
  ])
  const fresh = await open('ann', '')
  fresh.edit((text) => text.insert(0, 'another'))
  await fresh.saved()
  expect([fresh.canWrite, await stored()]).toEqual([true, 'another'])
})

test('T12: a client of y-websocket that comes back is refused, and brings back nothing', async () => {
  const { name, open, left, again, stored } = await house()
  const doc = await left()
  await again()
  const ben = await open('ann')
  const refused: string[] = []
  const provider = new WebsocketProvider(`${rooms.base.replace('http', 'ws')}/ws/yjs`, encodeURIComponent(name), doc, {
    params: { token: await tokenFor('ann') },
    disableBc: true,
    connect: false,
  })
  onTestFinished(() => provider.destroy())
  const isRefused = () =>
    new Promise<void>((resolve) => {
      provider.messageHandlers[2] = (_, decoder) => {
        refused.push(new TextDecoder().decode(decoder.arr.subarray(3)))
        resolve()
      }
    })
  const first = isRefused()
  provider.connect()
  await first
  const second = isRefused()
  doc.getText('content').insert(0, 'more ')
  await second
  expect(refused.every((reason) => reason.startsWith('Record not found: '))).toBe(true)
  await ben.saved()
  expect([await stored(), ben.text]).toEqual(['', ''])
})

test('T12, T11: by call nobody brings it back but the room itself, and then it is no former document any more', async () => {
  const { open, left, again, call, stored } = await house()
  const doc = await left()
  await again()
  const update = Y.encodeStateAsUpdate(doc)
  expect(await call('applyUpdate', update, identity('ann'))).toMatchObject({ details: { code: 'not-found' } })
  expect(await stored()).toBe('')
  expect(await call('applyUpdate', update, 'system')).toEqual({ result: null })
  expect(await stored()).toBe('secret')
  const ann = await open('ann', 'v=1', doc)
  ann.edit((text) => text.insert(6, ' no more'))
  await answer(ann)
  expect([await stored(), ann.frames.filter(({ type }) => type === 'core.error')]).toEqual(['secret no more', []])
})
