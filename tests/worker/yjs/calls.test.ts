import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { DocWire } from '../../support/doc-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })
const visitor = { userId: 'anon-x', name: 'Anonymous', email: '', anonymous: true }
const notFound = { error: 'Record not found', details: { code: 'not-found' } }
const update = updateSaying('graffiti')

/** A document that is bound to a record, and whoever calls its methods. */
function house() {
  const room = `bound:${crypto.randomUUID()}`
  const name = `tasks:t@${room}`
  const call = (method: string, ...args: unknown[]) => callRoom(rooms.base, `yjs/${name}`, method, args)
  return {
    name,
    call,
    put: (data: object, as: unknown = 'system') => callRoom(rooms.base, room, 'put', ['tasks', `t@${room}`, data, as]),
    remove: () => callRoom(rooms.base, room, 'remove', ['tasks', `t@${room}`, 'system']),
    read: (as: unknown) => call('getText', as),
    write: (text: string, as: unknown) => call('setText', text, as),
    async open(user: string): Promise<DocWire> {
      const wire = await DocWire.open(rooms.base, name, user)
      onTestFinished(() => wire.close())
      return wire
    },
  }
}

test('T11: in a bound document somebody reads and writes by call what its record lets them', async () => {
  const { put, read, write, call } = house()
  await put({ title: 'x', visibility: 'public' }, identity('ann'))
  // Nobody has ever come to it: the record is asked all the same.
  expect(await write('by ann', identity('ann'))).toEqual({ result: null })
  expect(await read(identity('ben'))).toEqual({ result: 'by ann' })
  expect(await read(visitor)).toEqual({ result: 'by ann' })
  expect((await call('snapshot', identity('ben'))).error).toBeUndefined()
  for (const as of [identity('ben'), visitor]) {
    for (const attempt of [write('graffiti', as), call('applyUpdate', update, as)]) {
      expect(await attempt).toMatchObject({
        error: expect.stringMatching(/^UPDATE DENIED: role=viewer, room ".*" is read-only for you$/),
        details: { code: 'denied' },
      })
    }
  }
  expect(await call('applyUpdate', updateSaying('an update, '), identity('root'))).toEqual({ result: null })
  expect(await read('system')).toEqual({ result: expect.stringContaining('an update, ') })
  expect(await write('by an admin', identity('root'))).toEqual({ result: null })
  expect(await read('system')).toEqual({ result: 'by an admin' })
})

test('T11: of a record that somebody may not read they get and change nothing', async () => {
  const { put, read, write, call } = house()
  for (const as of [identity('ben'), visitor]) expect(await read(as)).toMatchObject(notFound)
  await put({ title: 'x' }, identity('ann'))
  await write('secret', 'system')
  for (const as of [identity('ben'), visitor]) {
    for (const attempt of [
      read(as),
      call('snapshot', as),
      write('graffiti', as),
      call('setText', 7, as),
      call('applyUpdate', update, as),
    ]) {
      expect(await attempt).toMatchObject(notFound)
    }
  }
  expect(await read(identity('ann'))).toEqual({ result: 'secret' })
})

test('T11: what is revoked is lost with the next call, and what is given is there', async () => {
  const { put, read, write } = house()
  await put({ title: 'x', visibility: 'public' }, identity('ann'))
  await write('open', identity('ann'))
  for (let round = 0; round < 4; round++) {
    expect(await read(identity('ben'))).toEqual({ result: 'open' })
    await put({ visibility: 'private' })
    expect(await read(identity('ben'))).toMatchObject(notFound)
    await put({ visibility: 'public' })
  }
})

test('T11, G6: who had written to a document whose record is gone writes into no other', async () => {
  const { put, remove, read, write } = house()
  for (let round = 0; round < 4; round++) {
    await put({ title: 'x' }, identity('ann'))
    expect(await write('of the former', identity('ann'))).toEqual({ result: null })
    const [late] = await Promise.all([write('late', identity('ann')), remove()])
    if (late.error !== undefined) expect(late).toMatchObject(notFound)
    await put({ title: 'x' }, identity('ben'))
    expect(await read(identity('ben'))).toEqual({ result: '' })
    expect(await write('x', identity('ann'))).toMatchObject(notFound)
    await remove()
  }
})

test('T11: what somebody writes by call is told to everybody, and is stored', async () => {
  const { put, write, read, call, open } = house()
  await put({ title: 'x', visibility: 'public' }, identity('ann'))
  const ben = await open('ben')
  await write('told', identity('ann'))
  await ben.until(() => ben.text === 'told')
  await call('crash')
  expect(await read(identity('ben'))).toEqual({ result: 'told' })
})

test('T11: a call that says neither somebody nor the room itself is refused by name, bound or not', async () => {
  for (const call of [house().call, unbound().call]) {
    for (const [as, why] of [
      [undefined, 'Identity: expected an identity, received undefined'],
      [null, 'Identity: expected an identity, received null'],
      ['System', 'Identity: expected an identity, received string'],
      [{ name: 'x' }, 'Identity: userId: expected text, received undefined'],
      [identity('system'), 'Identity: userId: "system" is an id of the room\'s own'],
    ]) {
      for (const attempt of [
        call('getText', as),
        call('setText', 'x', as),
        call('snapshot', as),
        call('applyUpdate', update, as),
      ]) {
        expect(await attempt).toMatchObject({ error: why, details: { code: 'unauthorized' } })
      }
    }
    expect(await call('getText', 'system')).toEqual({ result: '' })
  }
})

test('T11: in a document that is bound to no record nobody may anything by call, whoever has a role there', async () => {
  const { name, call } = unbound()
  const ann = await DocWire.open(rooms.base, name, 'ann')
  onTestFinished(() => ann.close())
  expect(ann.canWrite).toBe(true)
  const why = /^(READ|UPDATE) DENIED: room "doc:.*" is bound to no record that could be asked: ask at the door/
  for (const attempt of [call('getText', identity('ann')), call('setText', 'x', identity('ann'))]) {
    expect(await attempt).toMatchObject({ error: expect.stringMatching(why), details: { code: 'denied' } })
  }
})

test('T11: where the record room does not know of the collection, or cannot be asked, nobody may anything', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const read = (name: string) => callRoom(rooms.base, `yjs/${name}`, 'getText', [identity('root')])
  // Of `read_team` slates are bound, and no documents.
  expect(await read(`read_team:t@${room}`)).toMatchObject({ details: { code: 'denied' } })
  expect((await read('tasks:t@nowhere')).error).toBeDefined()
})

test('T11, G8: a document that is bound to a record of another room is not reached by call either', async () => {
  const { name, put, write, read } = house()
  await put({ title: 'x' }, identity('ann'))
  const bound = await callRoom(rooms.base, `yjs/${name}`, 'ticketFor', [identity('eve'), 'member', 'bound:other'])
  expect(bound.error).toBeUndefined()
  for (const attempt of [read(identity('ann')), write('x', identity('ann'))]) {
    expect((await attempt).error).toContain('is bound to a record of "bound:other", and not entered by "bound:')
  }
})

function updateSaying(text: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('content').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

function unbound() {
  const name = `doc:${crypto.randomUUID()}`
  return { name, call: (method: string, ...args: unknown[]) => callRoom(rooms.base, name, method, args) }
}
