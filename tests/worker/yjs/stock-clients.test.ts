import { expect, inject, onTestFinished, test } from 'vitest'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { DocWire } from '../../support/doc-wire.ts'
import { callRoom } from '../../support/rpc.ts'
import { tokenFor } from '../../support/users.ts'

const base = inject('base')

/** A client of y-websocket as it comes from npm. */
async function stock(name: string, user?: string) {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(`${base.replace('http', 'ws')}/ws/yjs`, encodeURIComponent(name), doc, {
    params: user === undefined ? {} : { token: await tokenFor(user) },
    disableBc: true,
  })
  onTestFinished(() => {
    provider.destroy()
    doc.destroy()
  })
  await new Promise<void>((resolve) => provider.once('sync', () => resolve()))
  return { doc, provider, text: doc.getText('content') }
}

/** Waits until something holds, looked at whenever a document or its awareness says that it has changed. */
function until({ doc, provider }: Awaited<ReturnType<typeof stock>>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return
      doc.off('update', look)
      provider.awareness.off('change', look)
      resolve()
    }
    doc.on('update', look)
    provider.awareness.on('change', look)
    look()
  })
}

test('T8: clients of y-websocket edit together with each other and with ours', async () => {
  const name = `doc:${crypto.randomUUID()}`
  const [one, two] = [await stock(name, 'ann'), await stock(name, 'ben')]
  const ours = await DocWire.open(base, name, 'eve')
  onTestFinished(() => ours.close())
  one.text.insert(0, 'from one, ')
  await until(two, () => two.text.toString() === 'from one, ')
  two.text.insert(10, 'from two, ')
  await ours.until(() => ours.text === 'from one, from two, ')
  ours.edit((text) => text.insert(20, 'from ours'))
  await until(one, () => one.text.toString() === 'from one, from two, from ours')
  await ours.saved()
  expect((await callRoom(base, name, 'getText', ['system'])).result).toBe('from one, from two, from ours')
})

test('T8: one that comes back is seen at once, under its verified name, and nobody erases it', async () => {
  const name = `doc:${crypto.randomUUID()}`
  const [one, two] = [await stock(name, 'ann'), await stock(name, 'ben')]
  one.provider.awareness.setLocalStateField('user', { name: 'the queen', color: 'red' })
  const sees = () => two.provider.awareness.getStates().get(one.doc.clientID)
  await until(two, () => sees()?.user.color === 'red')
  expect(sees()).toEqual({ user: { id: 'ann', name: 'ann', color: 'red' } })
  one.provider.disconnect()
  await until(two, () => sees() === undefined)
  one.provider.connect()
  await until(two, () => sees()?.user.name === 'ann')
})

test('T8: what was written offline is there for everyone once it is back', async () => {
  const name = `doc:${crypto.randomUUID()}`
  const [one, two] = [await stock(name, 'ann'), await stock(name, 'ben')]
  one.text.insert(0, 'together ')
  await until(two, () => two.text.toString() === 'together ')
  one.provider.disconnect()
  one.text.insert(9, 'offline')
  two.text.insert(0, 'all ')
  one.provider.connect()
  await until(two, () => two.text.toString() === 'all together offline')
  await until(one, () => one.text.toString() === 'all together offline')
})
