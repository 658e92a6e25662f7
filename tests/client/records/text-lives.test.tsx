import { type ConnectionState, createConnection, createYjsText, createYText, type YjsText } from 'deepspace-solid'
import { createEffect } from 'solid-js'
import { expect, test } from 'vitest'
import { tasks } from '../../support/collections.ts'
import { textIn } from '../../support/documents.tsx'
import { base, type RoomPage, until, visit } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { socketTo } from '../../support/sockets.ts'

const ann = { userId: 'ann', name: 'ann', email: '', anonymous: false }
const place = { collection: 'tasks', recordId: 't' }
const make = { type: 'put', ...place, data: { title: 'x', visibility: 'public' } }

interface TextPage extends RoomPage {
  readonly text: YjsText
  readonly connection: ConnectionState
  /** What the page has shown of it, in order. */
  readonly seen: readonly string[]
}

/** A page of somebody's with the text of a task of ann's, there when it returns. */
async function open(room: string, user: string): Promise<TextPage> {
  let [text, connection]: [YjsText?, ConnectionState?] = []
  const seen: string[] = []
  const page = visit(
    room,
    () => {
      text = createYjsText(tasks, 't', 'notes')
      connection = createConnection()
      const body = createYText(() => text!.text)
      createEffect(() => seen.push(body.value))
      return null
    },
    { user },
  )
  await until(() => text!.synced)
  return { ...page, text: text!, connection: connection!, seen }
}

/** A room with that task. */
async function house() {
  const room = crypto.randomUUID()
  const batch = async (...operations: object[]) => {
    expect((await callRoom(base, room, 'batch', [operations, ann])).error).toBe(undefined)
  }
  await batch(make)
  return {
    room,
    /** It is removed and made again, and somebody has written into the new one. */
    again: async (words = 'another') => {
      await batch({ type: 'remove', ...place }, make)
      const other = await open(room, 'ann')
      other.text.setText(words)
      await until(() => other.text.saved)
      return other
    },
    stored: async () => (await callRoom(base, room, 'getText', ['tasks', 't', 'notes', 'system'])).result,
  }
}

/** Goes away while something happens, and comes back. */
async function away<T>({ connection }: TextPage, happens: () => T | Promise<T>): Promise<T> {
  connection.disconnect()
  await until(() => connection.status === 'disconnected')
  const result = await happens()
  connection.reconnect()
  await until(() => connection.status === 'connected')
  return result
}

test('X13, D3: who was away while the record was made again begins anew with its text, and brings nothing back', async () => {
  const { room, again, stored } = await house()
  const mine = await open(room, 'ann')
  mine.text.setText('secret')
  await until(() => mine.text.saved)
  const { doc } = mine.text
  const other = await away(mine, again)
  await until(() => mine.text.synced && textIn(mine.text) === 'another')
  // Never the one beside the other.
  expect(mine.seen).toEqual(['', 'secret', '', 'another'])
  expect(mine.text.doc).not.toBe(doc)
  expect([mine.text.saved, mine.text.refused, mine.text.canWrite]).toEqual([true, undefined, true])
  mine.text.setText('another, too')
  await until(() => mine.text.saved && textIn(other.text) === 'another, too')
  expect([await stored(), mine.errors]).toEqual(['another, too', []])
})

test('X13, D7: what was written meanwhile stays shown and is refused, until it is given up', async () => {
  const { room, again, stored } = await house()
  const mine = await open(room, 'ann')
  mine.text.setText('secret')
  await until(() => mine.text.saved)
  const other = await away(mine, async () => {
    mine.text.setText('secret and more')
    return again()
  })
  await until(() => mine.text.refused)
  expect(mine.text.refused).toMatchObject({ code: 'not-found', ...place, field: 'notes' })
  expect(mine.text.refused!.message).toContain('a record that is gone')
  other.text.setText('another one')
  await until(() => other.text.saved)
  expect([textIn(mine.text), mine.text.saved, mine.text.status, mine.text.canWrite]).toEqual([
    'secret and more',
    false,
    'connected',
    true,
  ])
  // Nor is it sent on the next connection.
  await away(mine, () => {})
  mine.text.setText('secret and yet more')
  other.text.setText('another one again')
  await until(() => other.text.saved)
  expect([textIn(mine.text), await stored()]).toEqual(['secret and yet more', 'another one again'])
  mine.text.discard()
  await until(() => mine.text.synced && textIn(mine.text) === 'another one again')
  expect([mine.text.refused, mine.text.saved, mine.errors]).toEqual([undefined, true, []])
  mine.text.setText('written again')
  await until(() => mine.text.saved && textIn(other.text) === 'written again')
})

test('X13, D3: a reader begins anew with it, too', async () => {
  const { room, again } = await house()
  const [mine, reader] = [await open(room, 'ann'), await open(room, 'ben')]
  mine.text.setText('secret')
  await until(() => textIn(reader.text) === 'secret')
  mine.unmount()
  const other = await away(reader, again)
  await until(() => reader.text.synced && textIn(reader.text) === 'another')
  other.text.setText('another one')
  await until(() => textIn(reader.text) === 'another one')
  expect([reader.text.refused, reader.text.saved, reader.errors]).toEqual([undefined, true, []])
})

test('D3: who comes back to a text is sent what they lack, and not the whole', async () => {
  const { room } = await house()
  const mine = await open(room, 'ann')
  mine.text.setText('x'.repeat(10_000))
  await until(() => mine.text.saved)
  await away(mine, () => {})
  mine.text.text!.insert(0, 'short')
  await until(() => mine.text.saved)
  const states = socketTo(room).receivedBytes.filter((frame) => frame.type === 'sync' && frame.step === 'state')
  expect(states).toEqual([expect.objectContaining({ payload: new Uint8Array([0, 0]) })])
})
