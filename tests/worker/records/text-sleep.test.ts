import { expect, onTestFinished, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { TextWire } from '../../support/text-wire.ts'
import { Wire } from '../../support/wire.ts'

const rooms = createOwnRooms()
const { sleep } = rooms
const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })

/** A room with a public task of ann's, and what a test does with it. */
async function house() {
  const room = crypto.randomUUID()
  const call = async (method: string, ...args: unknown[]) => {
    const outcome = await callRoom(rooms.base, room, method, args)
    expect(outcome.error).toBeUndefined()
    return outcome.result
  }
  const open = async (user?: string, search = 'v=1'): Promise<Wire> => {
    const wire = await Wire.open(rooms.base, room, user, search)
    onTestFinished(() => wire.close())
    return wire
  }
  const join = async (user?: string, search?: string, recordId = 't'): Promise<TextWire> => {
    const text = new TextWire(await open(user, search), 'tasks', recordId)
    expect(await text.join()).toMatchObject({ success: true })
    return text
  }
  await call('put', 'tasks', 't', { title: 'x', visibility: 'public' }, identity('ann'))
  return { room, call, open, join }
}

test('X12: after a sleep everybody hears what others write, and no cursor is gone', async () => {
  const { room, join } = await house()
  const [ann, ben] = [await join('ann'), await join('ben', '')]
  ann.write('before ')
  ann.say(11, 1, { cursor: 7 })
  await ben.until(({ type }) => type === 'awareness')
  await ann.saved()
  // A connection is kept once a second at most.
  await new Promise((resolve) => setTimeout(resolve, 1200))
  await sleep(room)
  ann.write('after')
  await ben.reads('before after')
  const eve = await join('eve')
  expect(eve.states()).toEqual([{ cursor: 7, user: { id: 'ann', name: 'ann' } }])
  expect(ann.kinds()).toEqual(['sync vector', 'sync state', 'yjs.join', 'yjs.saved'])
  const heard = ben.frames.length
  await ann.leave()
  await ben.until(({ type }) => type === 'awareness', heard)
  expect(ben.states(heard)).toEqual([undefined])
})

test('X12: a sleeping room judges as one that is awake, and who has lost the record meanwhile is told nothing of its text', async () => {
  const { room, call, join } = await house()
  const [ann, ben, eve] = [await join('ann'), await join('ben', ''), await join('eve')]
  await sleep(room)
  await call('put', 'tasks', 't', { visibility: 'private' }, 'system')
  ann.write('secret')
  await ann.saved()
  for (const text of [ben, eve]) {
    await text.wire.request('user.update', {})
    expect(text.kinds(3)).toEqual(['yjs.join'])
  }

  // As where a role and a record were stored, and nothing of it has reached the connections.
  await call('put', 'tasks', 't', { visibility: 'public' }, 'system')
  const amy = await join('amy')
  await call('sql', "UPDATE _users SET role = 'admin' WHERE id = 'amy'", [])
  await sleep(room)
  await ann.wire.request('user.update', {})
  await amy.until(({ step }, index) => step === 'vector' && index > 2)
  expect(amy.kinds(3)).toEqual(['yjs.join', 'sync vector'])
  await call('put', 'tasks', 't', { visibility: 'private' }, 'system')
  await call('sql', "UPDATE _users SET role = 'member' WHERE id = 'amy'", [])
  await sleep(room)
  ann.write(' too')
  await ann.saved()
  await amy.until(({ revoked }) => revoked)
  expect(amy.kinds(5)).toEqual(['yjs.join'])
})

test('X12: where what is joined is too much to keep, version 1 is to ask anew and a baseline connection to come back', async () => {
  const { room, call, open } = await house()
  const [ours, theirs, few] = [await open('ann'), await open('ann', ''), await open('ben', '')]
  const long = 'x'.repeat(120)
  await call('put', 'tasks', long, { title: 'x', visibility: 'public' }, identity('ann'))
  for (const wire of [ours, theirs]) {
    for (let n = 0; n < 150; n++)
      expect(await new TextWire(wire, 'tasks', long, `${n}`).join()).toMatchObject({ success: true })
  }
  await new TextWire(few, 'tasks', 't').join()
  ours.frames = []
  await sleep(room)
  await call('put', 'tasks', 't', { priority: 1 }, 'system')
  await ours.until(({ type }) => type === 'records.resubscribe')
  expect(await theirs.closed).toEqual({ code: 1012, reason: 'state-refresh' })
  const text = new TextWire(ours, 'tasks', long, '7')
  expect(await text.join()).toMatchObject({ success: true })
  text.write('still')
  await text.saved()
  await few.request('user.update', {})
  expect(few.socket.readyState).toBe(WebSocket.OPEN)
})

test('X12: a room that sleeps with nobody in a text removes it with its record all the same', async () => {
  const { room, call, join } = await house()
  const ann = await join('ann')
  ann.write('secret')
  await ann.leave()
  await sleep(room)
  await call('remove', 'tasks', 't', 'system')
  expect(await call('storedTexts')).toEqual([])
})
