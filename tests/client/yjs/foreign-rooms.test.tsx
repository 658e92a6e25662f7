import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import * as Y from 'yjs'
import { expectUser } from '../../../src/connection/provider.ts'
import { encodeAwareness } from '../../../src/protocol/documents/awareness-update.ts'
import { ForeignRoom, type Said } from '../../support/foreign-room.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function newRoom(): ForeignRoom {
  const room = new ForeignRoom()
  onTestFinished(() => room.end())
  return room
}

/** What frames are, in a word each. */
const words = (said: readonly Said[]): string[] => said.map((frame) => ('step' in frame ? frame.step : frame.type))
const saved = (room: ForeignRoom): Said | undefined => room.said.findLast(({ type }) => type === 'saved')
const refusal = (code: string, error = code) => ({ type: 'core.error', payload: { code, error } })

describe('a room that speaks as y-websocket does', () => {
  test('greets with what it has; it may be written, and what is sent counts as saved', () => {
    const room = newRoom()
    room.doc.getText('content').insert(0, 'theirs')
    expect(room.document.canWrite()).toBeUndefined()
    room.sayVector()
    expect(words(room.said)).toEqual(['vector', 'awareness'])
    expect([room.document.canWrite(), room.document.synced()]).toEqual([true, false])
    room.sayState(room.last('vector'))
    expect([room.document.synced(), room.text.toString()]).toEqual([true, 'theirs'])
    room.text.insert(0, 'not ')
    expect(room.document.saved()).toBe(false)
    vi.advanceTimersByTime(16)
    expect(room.document.saved()).toBe(true)
    room.take()
    expect(room.doc.getText('content').toString()).toBe('not theirs')
    expect(words(room.said)).toEqual(['vector', 'awareness', 'update'])
    expect(vi.getTimerCount()).toBeGreaterThan(0)
  })

  test('on a new connection is sent what it lacks, and a deletion that may have got lost', () => {
    const room = newRoom()
    room.sayVector()
    room.sayState()
    room.text.insert(0, 'one two')
    vi.advanceTimersByTime(16)
    expect(room.take()).toBe(1)
    room.text.delete(0, 4)
    vi.advanceTimersByTime(16)
    // The frame is lost.
    room.said.length = 0
    room.drop()
    room.sayVector()
    expect(words(room.said)).toEqual(['vector', 'awareness', 'state'])
    room.take()
    expect(room.doc.getText('content').toString()).toBe('two')
  })

  test('refuses by message 2', () => {
    const room = newRoom()
    room.sayVector()
    room.sayState()
    room.text.insert(0, 'mine')
    vi.advanceTimersByTime(16)
    room.say({ type: 'denied', reason: 'read-only' })
    expect(room.document.refused()).toMatchObject({ code: 'denied', message: 'read-only' })
    expect(room.document.saved()).toBe(false)
  })

  test('may say what we do not know; what is no frame ends the session', () => {
    const room = newRoom()
    room.hear(new Uint8Array([120, 1]).buffer)
    expect(room.said).toEqual([])
    expect(() => room.hear(new Uint8Array([0, 9, 0]).buffer)).toThrow(/expected 0, 1 or 2/)
    expect(() => room.say({ type: 'sync', step: 'update', payload: new Uint8Array([7, 7, 7]) })).toThrow()
  })
})

describe('a baseline room', () => {
  test('says of a reader that they are one after the first frames', () => {
    const room = newRoom()
    room.doc.getText('content').insert(0, 'theirs')
    room.sayVector()
    room.sayState()
    room.say({ type: 'auth', canWrite: false })
    expect([room.document.canWrite(), room.document.refused(), room.document.saved()]).toEqual([false, undefined, true])
    room.text.insert(0, 'not ')
    expect(room.document.refused()?.code).toBe('denied')
    vi.advanceTimersByTime(100)
    expect(room.take()).toBe(0)
    room.say({ type: 'auth', canWrite: true })
    expect(room.take()).toBe(1)
    expect([room.document.refused(), room.document.saved()]).toEqual([undefined, true])
    expect(room.doc.getText('content').toString()).toBe('not theirs')
  })

  test('has thrown away what a reader sent before it said so', () => {
    const room = newRoom()
    room.sayVector()
    room.sayState()
    room.say({ type: 'auth', canWrite: true })
    room.drop()
    room.text.insert(0, 'offline')
    room.sayVector()
    expect(room.document.saved()).toBe(true)
    room.say({ type: 'auth', canWrite: false })
    expect([room.document.saved(), room.document.refused()?.code]).toEqual([false, 'denied'])
  })

  test('is never asked for the beginning of a text by a reader, nor of one that is there', () => {
    const room = newRoom()
    room.client.begin({ field: 'content', text: 'first' })
    room.greet(false)
    expect(words(room.said)).toEqual(['vector', 'awareness'])
    room.say({ type: 'auth', canWrite: true })
    const asked = { type: 'yjs.initial', payload: { text: 'first' } }
    expect(room.said.at(-1)).toEqual(asked)
    room.say({ type: 'auth', canWrite: true })
    expect(words(room.said).filter((word) => word === 'yjs.initial')).toHaveLength(1)
    // Perhaps it has not come.
    room.drop()
    room.greet()
    expect(room.said.at(-1)).toEqual(asked)
    const other = newRoom()
    other.doc.getText('content').insert(0, 'there')
    other.client.begin({ field: 'content', text: 'first' })
    other.greet()
    expect(words(other.said)).toEqual(['vector', 'awareness'])
  })
})

describe('a room of version 1', () => {
  test('is asked whether all is stored behind each flush, one question at a time', () => {
    const room = newRoom()
    room.greet()
    expect(words(room.said)).toEqual(['vector', 'awareness'])
    room.text.insert(0, 'a')
    vi.advanceTimersByTime(16)
    room.text.insert(1, 'b')
    vi.advanceTimersByTime(16)
    expect(words(room.said.slice(2))).toEqual(['update', 'saved', 'update'])
    room.say(saved(room)!)
    expect(room.document.saved()).toBe(false)
    expect(words(room.said.slice(2))).toEqual(['update', 'saved', 'update', 'saved'])
    room.say({ type: 'saved', counter: 1 })
    expect(room.document.saved()).toBe(false)
    room.text.insert(2, 'c')
    room.say(saved(room)!)
    expect(room.document.saved()).toBe(false)
    vi.advanceTimersByTime(16)
    room.say(saved(room)!)
    expect(room.document.saved()).toBe(true)
  })

  test('is sent again by itself what it refuses only for now, after a pause, without a word of refusal', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const room = newRoom()
    room.greet()
    room.text.insert(0, 'much')
    vi.advanceTimersByTime(16)
    room.say(refusal('rate-limited'))
    const old = saved(room)!
    room.text.insert(4, ' more')
    vi.advanceTimersByTime(900)
    // What is said of what was sent before does not count.
    room.say(old)
    expect([room.document.saved(), room.document.refused()]).toEqual([false, undefined])
    expect(words(room.said.slice(2))).toEqual(['update', 'saved'])
    vi.advanceTimersByTime(100)
    expect(words(room.said.slice(4))).toEqual(['state', 'saved'])
    Y.applyUpdate(room.doc, room.last('state')!)
    expect(room.doc.getText('content').toString()).toBe('much more')
    room.say(saved(room)!)
    expect(room.document.saved()).toBe(true)
  })

  test('is not sent what it has refused for good again, on a new connection neither', () => {
    const room = newRoom()
    room.greet()
    room.text.insert(0, 'long')
    vi.advanceTimersByTime(16)
    room.say(refusal('too-large'))
    room.say(refusal('invalid-message', 'the next frame stands on it'))
    room.say(saved(room)!)
    expect([room.document.saved(), room.document.refused()?.code]).toEqual([false, 'too-large'])
    room.said.length = 0
    room.drop()
    room.greet()
    room.text.insert(0, 'so ')
    vi.advanceTimersByTime(60_000)
    expect(room.take()).toBe(0)
    expect(room.document.refused()?.code).toBe('too-large')
    room.document.discard()
    expect([room.text.toString(), room.document.refused(), room.document.synced()]).toEqual(['', undefined, false])
    room.sayState(room.last('vector'))
    expect(room.document.synced()).toBe(true)
  })

  test('is not sent what would be the end of each connection', () => {
    const room = newRoom()
    room.greet()
    room.text.insert(0, 'x'.repeat(32 * 1024 * 1024))
    vi.advanceTimersByTime(16)
    expect(room.take()).toBe(0)
    expect([room.document.refused()?.code, room.document.saved()]).toEqual(['too-large', false])
  })

  test('has its refusals of something else told to the provider', () => {
    const room = newRoom()
    room.greet()
    room.say(refusal('too-large', 'Too large: initial'))
    room.text.insert(0, 'fine')
    room.say(refusal('too-large', 'Too large: awareness update: entry 0'))
    room.say(refusal('too-many', 'Too many awareness clients: a connection may have 8, received 9'))
    room.say(refusal('room-failed'))
    expect(room.errors.map(({ code }) => code)).toEqual(['too-large', 'too-large', 'too-many'])
    expect(room.document.refused()).toBeUndefined()
  })

  test('gets its marks back as they are', () => {
    const room = newRoom()
    room.greet()
    const mark = { type: 'core.mark', payload: { mark: 17, requestId: 'x' } }
    room.say(mark)
    expect(room.said.at(-1)).toEqual(mark)
    room.say({ type: 'later.word', payload: {} })
    expect(room.said.at(-1)).toEqual(mark)
  })

  test('a demotion while something is on its way refuses it; the room asks for it when we are back', () => {
    const room = newRoom()
    room.greet()
    room.text.insert(0, 'mine')
    vi.advanceTimersByTime(16)
    room.say({ type: 'auth', canWrite: false })
    room.say(saved(room)!)
    expect([room.document.saved(), room.document.refused()?.code]).toEqual([false, 'denied'])
    room.said.length = 0
    room.say({ type: 'auth', canWrite: true })
    expect(room.document.refused()?.code).toBe('denied')
    // It would stand on what the room does not have yet.
    room.text.insert(4, ' too')
    vi.advanceTimersByTime(16)
    expect(room.said).toEqual([])
    room.sayVector()
    expect(words(room.said)).toEqual(['state', 'saved'])
    room.say(saved(room)!)
    expect([room.document.saved(), room.document.refused()]).toEqual([true, undefined])
  })

  test('is asked once for what went missing', () => {
    const room = newRoom()
    room.greet()
    room.doc.getText('content').insert(0, 'a')
    const before = Y.encodeStateVector(room.doc)
    room.doc.getText('content').insert(1, 'b')
    const update = Y.encodeStateAsUpdate(room.doc, before)
    room.said.length = 0
    room.say({ type: 'sync', step: 'update', payload: update })
    room.say({ type: 'sync', step: 'update', payload: update })
    expect(words(room.said)).toEqual(['vector'])
    // The room does not have it either.
    room.say({ type: 'sync', step: 'state', payload: Y.encodeStateAsUpdate(new Y.Doc()) })
    room.say({ type: 'sync', step: 'update', payload: update })
    expect(words(room.said)).toEqual(['vector'])
    room.sayState(room.last('vector'))
    expect(room.text.toString()).toBe('ab')
  })

  test('that greets somebody else than before shows nothing of the former', () => {
    const room = newRoom()
    room.say({ type: 'auth', canWrite: true, userId: 'ann' })
    room.sayState()
    room.text.insert(0, 'secret')
    expectUser(room.client, 'ann')
    expect([room.restarts, room.text.toString()]).toEqual([0, 'secret'])
    room.drop()
    room.say({ type: 'auth', canWrite: true, userId: 'bob' })
    expect([room.text.toString(), room.document.synced(), room.document.saved()]).toEqual(['', false, true])
    expectUser(room.client, null)
    expect(room.restarts).toBe(1)
  })

  test('that does not say whom it has greeted is asked anew when it is known who we are', () => {
    const room = newRoom()
    expectUser(room.client, 'ann')
    expect(room.restarts).toBe(0)
    room.greet()
    room.text.insert(0, 'kept')
    expectUser(room.client, 'ann')
    expect([room.restarts, room.text.toString()]).toEqual([1, 'kept'])
  })

  test('observers of the app may throw; what came is there', () => {
    const reported = vi.spyOn(window, 'reportError').mockImplementation(() => {})
    const room = new ForeignRoom()
    room.doc.getText('content').insert(0, 'theirs')
    room.text.observe(() => {
      throw new Error('the app')
    })
    room.document.awareness().on('change', () => {
      throw new Error('the app')
    })
    room.greet()
    room.say({ type: 'awareness', update: encodeAwareness([{ clientId: 7, clock: 1, state: '{}' }]) })
    expect(room.text.toString()).toBe('theirs')
    expect(room.document.awareness().getStates().has(7)).toBe(true)
    expect(reported).toHaveBeenCalledTimes(2)
    room.end()
    expect(words(room.said).at(-1)).toBe('awareness')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('what we say of ourselves', () => {
  const spoken = (room: ForeignRoom): number => words(room.said).filter((word) => word === 'awareness').length

  test('is renewed at least each 18 seconds, and so that rooms that count know it for newer after each drop', () => {
    const room = newRoom()
    room.greet()
    const { clientID } = room.document.doc()
    for (let before = spoken(room), round = 0; round < 5; round++, before = spoken(room)) {
      vi.advanceTimersByTime(15_000)
      // The clock of y-protocols is not to be set.
      room.document.awareness().meta.get(clientID)!.lastUpdated -= 15_000
      vi.advanceTimersByTime(3016)
      expect(spoken(room)).toBe(before + 1)
    }
    room.take()
    const { clock } = room.awareness.meta.get(clientID)!
    // What such rooms tell others of who is gone.
    room.awareness.states.delete(clientID)
    room.awareness.meta.set(clientID, { clock: clock + 1, lastUpdated: 0 })
    room.drop()
    room.said.length = 0
    room.greet()
    room.take()
    expect(room.awareness.getStates().has(clientID)).toBe(true)
  })

  test('is said again where the room takes us for gone, or asks who is here', () => {
    const room = newRoom()
    room.greet()
    const { clientID } = room.document.doc()
    const before = spoken(room)
    room.say({ type: 'awareness', update: encodeAwareness([{ clientId: clientID, clock: 99, state: 'null' }]) })
    vi.advanceTimersByTime(16)
    expect(spoken(room)).toBe(before + 1)
    room.say({ type: 'query-awareness' })
    expect(spoken(room)).toBe(before + 2)
  })

  test('is nothing while nobody looks at the document, also where it begins anew meanwhile', () => {
    const room = newRoom()
    room.greet()
    room.letGo()
    vi.advanceTimersByTime(16)
    room.take()
    expect(room.awareness.getStates().has(room.document.doc().clientID)).toBe(false)
    room.client.changeIdentity()
    room.drop()
    room.greet()
    vi.advanceTimersByTime(16)
    room.take()
    const { clientID } = room.document.doc()
    expect(room.awareness.getStates().has(clientID)).toBe(false)
    room.client.hold()
    vi.advanceTimersByTime(16)
    room.take()
    expect(room.awareness.getStates().has(clientID)).toBe(true)
  })

  test('others stay through a short drop and go after a long one; with the same clock they are seen again', () => {
    const room = newRoom()
    const states = () => [...room.document.awareness().getStates().keys()].filter((id) => id < 10)
    const here = (...ids: number[]) =>
      room.say({
        type: 'awareness',
        update: encodeAwareness(ids.map((clientId) => ({ clientId, clock: 5, state: '{"a":1}' }))),
      })
    room.greet()
    here(1, 2)
    room.drop()
    vi.advanceTimersByTime(2000)
    expect(states()).toEqual([1, 2])
    room.greet()
    here(1)
    vi.advanceTimersByTime(3000)
    expect(states()).toEqual([1])
    room.drop()
    vi.advanceTimersByTime(3000)
    expect(states()).toEqual([])
    room.greet()
    here(1)
    expect(states()).toEqual([1])
  })
})

test('when it ends nothing is left: no timer, and nobody is told anything more', () => {
  const added = vi.spyOn(window, 'addEventListener')
  const removed = vi.spyOn(window, 'removeEventListener')
  const room = new ForeignRoom()
  room.awareness.destroy()
  room.greet()
  const { client } = room
  room.text.insert(0, 'last words')
  room.said.length = 0
  client.close()
  expect(words(room.said)).toEqual(['update', 'saved', 'awareness'])
  expect(vi.getTimerCount()).toBe(0)
  expect(added.mock.calls.map(([type]) => type)).toEqual(['pagehide'])
  expect(removed.mock.calls).toEqual(added.mock.calls)
})
