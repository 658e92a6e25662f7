import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import type { Typed, Typing } from '../../support/typing.ts'

// It works for seconds without a pause, in which nothing else in its worker is done.
const rooms = createOwnRooms()

function createHost() {
  const room = `documents:${crypto.randomUUID()}`
  const call = async <T>(method: string, ...args: unknown[]): Promise<T> => {
    const { result, error } = await callRoom(rooms.base, room, method, args)
    if (error !== undefined) throw new Error(error)
    return result as T
  }
  return {
    room,
    call,
    written: () => call<{ rows: number; bytes: number }>('written'),
    kept: () => call<{ log: number; snapshot: number; longest: number }>('kept'),
    texts: (...names: string[]) => call<string[]>('texts', ...names),
    type: (name: string, typing: Typing) => call<Typed>('type', name, typing),
    state: (name: string) => call<{ stored: string[]; failures: string[]; isPending: boolean }>('state', name),
  }
}

/** Somebody who types, and the updates that it makes. */
function createTypist(clientID = 1) {
  const doc = new Y.Doc()
  doc.clientID = clientID
  const text = doc.getText('text')
  let made: string[] = []
  doc.on('update', (update: Uint8Array) => {
    made.push(Buffer.from(update).toString('base64'))
  })
  return {
    doc,
    text,
    /** Types at the end; gives the updates that have not been given yet. */
    type(words: string): string[] {
      text.insert(text.length, words)
      return this.take()
    },
    take(): string[] {
      const updates = made
      made = []
      return updates
    },
  }
}

test('what comes within 100 ms is one row, and a timer is there only while something is unsaved', async () => {
  const { call, written, state } = createHost()
  const typist = createTypist()
  const updates = [...'some words'].flatMap((letter) => typist.type(letter))
  expect(await call('applyAndNote', 'a', updates, 'then')).toEqual({ stored: [], rows: 0 })
  await expect.poll(() => state('a')).toEqual({ stored: ['then'], failures: [], isPending: false })
  expect((await written()).rows).toBe(1)
  expect(await call('applyAndNote', 'a', [], 'at once')).toMatchObject({ stored: ['then', 'at once'] })
  await call('apply', 'a', updates)
  expect(await state('a')).toMatchObject({ isPending: false })
  await call('flush', 'a')
  expect((await written()).rows).toBe(0)
})

test('what is stored is there after the object has ended, and what is not stored is not', async () => {
  const { call, texts } = createHost()
  const typist = createTypist()
  await call('apply', 'a', typist.type('stored'))
  await call('flush', 'a')
  await call('restart').catch(() => undefined)
  expect(await texts('a')).toEqual(['stored'])
  await call('apply', 'a', typist.type(', closed'))
  await call('close', 'a')
  await call('restart').catch(() => undefined)
  expect(await texts('a')).toEqual(['stored, closed'])
})

test('an entry is one row written, whatever other documents there are', async () => {
  const { call, written } = createHost()
  for (const name of ['tasks:1:text', 'tasks:2:text', 'tasks:3:text']) {
    const typist = createTypist()
    for (const word of ['one ', 'two ', 'three ']) {
      await written()
      // In one call: whatever waits is written by itself after 100 ms.
      await call('applyAndFlush', name, typist.type(word))
      expect(await written()).toMatchObject({ rows: 1 })
    }
  }
})

describe('what is written', () => {
  test('for 20,000 keystrokes by many is at most 600 rows, and read back as it was typed', async () => {
    const { type } = createHost()
    const typed = await type('a', { keystrokes: 20_000, every: 40 })
    expect(typed.isSame).toBe(true)
    expect(typed.rows).toBeLessThanOrEqual(600)
  })

  // The last is so much that the document is written whole again, and the rows of the log are deleted.
  for (const { paste, keystrokes, letters = 1, every, scattered } of [
    { paste: 1_000, keystrokes: 5_000, every: 1, scattered: false },
    { paste: 1_000, keystrokes: 10_000, every: 1, scattered: true },
    { paste: 1_000, keystrokes: 20_000, every: 40, scattered: true },
    { paste: 10_000_000, keystrokes: 1_200, every: 1, scattered: true },
    { paste: 10_000_000, keystrokes: 3_000, letters: 2_000, every: 2, scattered: true },
  ]) {
    const title = `for ${keystrokes} times ${letters} letters ${scattered ? 'here and there' : 'at the end'} of ${paste}, ${every} a row,`
    test(`${title} is less than 8 times the bytes, and a row each`, { timeout: 120_000 }, async () => {
      const { type, kept } = createHost()
      const typed = await type('a', { paste, keystrokes, letters, every, scattered })
      if (process.env.FIGURES) console.log(title, typed, typed.bytes / typed.came)
      expect(typed.isSame).toBe(true)
      expect(typed.bytes).toBeLessThan(8 * typed.came)
      expect(typed.rows).toBeLessThanOrEqual(keystrokes / every + (letters > 1 ? 100 : 0))
      const { longest, log } = await kept()
      expect(longest).toBeLessThanOrEqual(2_000_000)
      expect(log).toBeLessThanOrEqual(600)
    })
  }
})

describe('what there is to open', () => {
  // Each is applied by itself, and takes a twentieth of what it takes to open the text pasted.
  for (const [title, typing, most] of [
    ['20,000 keystrokes, each a row', { keystrokes: 20_000, watchedFrom: 17_000 }, 50],
    [
      'as many, by somebody who makes a pause after each tenth',
      { keystrokes: 20_000, reopenedEvery: 10, watchedFrom: 17_000 },
      50,
    ],
    ['the first 1,000', { keystrokes: 1_000 }, 40],
    ['2,000 behind 100,000 letters', { paste: 100_000, keystrokes: 2_000 }, 90],
  ] as const) {
    test(`T4: of ${title}, is at most ${most} entries at any moment`, { timeout: 60_000 }, async () => {
      const { type } = createHost()
      const typed = await type('a', { watchedFrom: 1, ...typing, every: 1 })
      if (process.env.FIGURES) console.log(title, typed)
      expect(typed).toMatchObject({ isSame: true, rows: typing.keystrokes })
      expect(typed.entries).toBeGreaterThan(30)
      expect(typed.entries).toBeLessThanOrEqual(most)
      expect(typed.bytes).toBeLessThan(8 * typed.came)
    })
  }
})

test('a value is never longer than SQLite takes, however long the entry or the document', async () => {
  const { call, kept, texts } = createHost()
  const typist = createTypist()
  // The second is no quarter of the first, so that it is an entry; the third is folded with others.
  for (const size of [12_000_000, 2_000_000]) {
    await call('apply', 'a', typist.type('y'.repeat(size)))
    await call('flush', 'a')
    expect((await kept()).longest).toBeLessThanOrEqual(1_500_000)
  }
  expect(await kept()).toMatchObject({ log: 2, snapshot: 9 })
  await call('close', 'a')
  expect((await texts('a'))[0]).toHaveLength(14_000_000)
})

test('a snapshot that has become shorter leaves nothing of the former behind', async () => {
  const { call, kept, texts } = createHost()
  const typist = createTypist()
  await call('apply', 'a', typist.type('y'.repeat(4_000_000)))
  await call('flush', 'a')
  expect(await kept()).toMatchObject({ snapshot: 3 })
  typist.text.delete(0, 4_000_000)
  typist.type('z'.repeat(1_100_000))
  const merged = Buffer.from(Y.encodeStateAsUpdate(typist.doc)).toString('base64')
  await call('apply', 'a', [merged])
  await call('flush', 'a')
  expect(await kept()).toMatchObject({ snapshot: 1 })
  await call('close', 'a')
  expect(await texts('a')).toEqual(['z'.repeat(1_100_000)])
})

describe('a write that fails', () => {
  test('loses nothing: it is told, nobody is told that it is stored, and it is tried again', async () => {
    const { call, state, texts } = createHost()
    const typist = createTypist()
    await call('failAt', 1)
    await call('applyAndNote', 'a', typist.type('first'), 'stored')
    await expect
      .poll(() => state('a'))
      .toEqual({ stored: ['stored'], failures: ['the disk is full, 0 told'], isPending: false })
    expect(await call('applyAndFlush', 'a', typist.type(' and'), 1)).toMatchObject({ error: 'the disk is full' })
    await call('applyAndFlush', 'a', typist.type(' second'))
    await call('restart').catch(() => undefined)
    expect(await texts('a')).toEqual(['first and second'])
  })

  test('in the middle of a snapshot or of a long entry leaves what was', async () => {
    const { call, texts, kept } = createHost()
    const typist = createTypist()
    const failed = await call('applyAndFlush', 'a', typist.type('y'.repeat(12_000_000)), 3)
    expect(failed).toMatchObject({ error: 'the disk is full', log: 0, snapshot: 0 })
    const written = await call('applyAndFlush', 'a', [])
    expect(written).toMatchObject({ log: 0, snapshot: 9 })
    const failedAgain = await call('applyAndFlush', 'a', typist.type('z'.repeat(1_600_000)), 2)
    expect(failedAgain).toMatchObject({ error: 'the disk is full', log: 0, snapshot: 9 })
    await call('close', 'a')
    expect(await kept()).toMatchObject({ log: 2, snapshot: 9 })
    await call('restart').catch(() => undefined)
    expect((await texts('a'))[0]).toHaveLength(13_600_000)
  })
})

test('a fold that fails in the middle leaves the entries that were, and is made up for', async () => {
  const { call, kept, texts } = createHost()
  const typist = createTypist()
  await call('applyAndFlush', 'a', typist.type('y'.repeat(12_000_000)))
  // No quarter of the document, so that they are folded, and so much that it takes two rows.
  for (let i = 0; i < 31; i++) await call('applyAndFlush', 'a', typist.type('z'.repeat(60_000)))
  const before = await kept()
  expect(before).toMatchObject({ log: 31, snapshot: 9 })
  const failed = await call('applyAndFlush', 'a', typist.type('z'.repeat(60_000)), 2)
  expect(failed).toMatchObject({ error: 'the disk is full', log: 31, snapshot: 9 })
  // Whoever opened it now would find what is stored; whoever has it open finds all.
  expect((await texts('a'))[0]).toHaveLength(12_000_000 + 32 * 60_000)
  expect(await call('applyAndFlush', 'a', [])).toMatchObject({ log: 33, snapshot: 9 })
  await call('restart').catch(() => undefined)
  expect((await texts('a'))[0]).toHaveLength(12_000_000 + 32 * 60_000)
  await call('applyAndFlush', 'a', typist.type('end'))
  await call('restart').catch(() => undefined)
  expect((await texts('a'))[0]?.slice(-5)).toBe('zzend')
})

describe('names', () => {
  test('are of all that is stored, in order, and a prefix is taken letter by letter', async () => {
    const { call, texts } = createHost()
    const names = [
      'a_:1',
      'a_:1:text',
      'a_:10:text',
      'aX:1:text',
      'a%:1:text',
      'A_:1:text',
      'ä:1',
      '\u{1F600}',
      '\uffff',
    ]
    for (const name of names) {
      await call('apply', name, createTypist().type(name))
      await call('flush', name)
    }
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(await call('names')).toEqual(sorted)
    expect(await call('names', 'a_:1:')).toEqual(['a_:1:text'])
    expect(await call('removeAll', 'a_:1:')).toEqual(['a_:1:text'])
    expect(await call('removeAll', 'a%')).toEqual(['a%:1:text'])
    expect(await call('removeAll', '%')).toEqual([])
    await call('removeAll', '\uffff')
    const left = names.filter((name) => !['a_:1:text', 'a%:1:text', '\uffff'].includes(name))
    expect((await call<string[]>('names')).toSorted()).toEqual(left.toSorted())
    expect(await texts(...left, 'a_:1:text')).toEqual([...left, ''])
  })

  test('of a document with a snapshot alone are told, and all of it is removed', async () => {
    const { call, kept, texts } = createHost()
    const typist = createTypist()
    await call('apply', 'a', typist.type('y'.repeat(3_000_000)))
    await call('flush', 'a')
    expect(await kept()).toMatchObject({ log: 0, snapshot: 3 })
    expect(await call('names')).toEqual(['a'])
    await call('apply', 'a', typist.type('unsaved'))
    await call('removeAll', 'a')
    expect(await kept()).toEqual({ log: 0, snapshot: 0, longest: 0 })
    expect(await texts('a')).toEqual([''])
    expect(await call('names')).toEqual([])
  })

  test('that are none are refused', async () => {
    const { call } = createHost()
    for (const name of ['', 'x'.repeat(1_025), '\ud800'])
      await expect(call('flush', name)).rejects.toThrow('document: name: expected text of 1 to 1024 characters')
  })
})

describe('what was removed', () => {
  test('is known again: nothing that holds any of it is applied, stored or not, and after a restart', async () => {
    const { call, texts } = createHost()
    // In a snapshot, in what was folded, in recent entries, and not stored yet.
    const typists = [1, 2, 3, 4].map(createTypist)
    const [pasted, folded, recent, unsaved] = typists.map((typist) => typist.type('secret')) as [
      string[],
      string[],
      string[],
      string[],
    ]
    await call('apply', 'a', createTypist(5).type('y'.repeat(400_000)))
    await call('apply', 'a', pasted)
    await call('flush', 'a')
    for (const letter of ['f', ...'o'.repeat(40)]) {
      await call('apply', 'a', letter === 'f' ? folded : createTypist().type(letter))
      await call('flush', 'a')
    }
    await call('apply', 'a', recent)
    await call('flush', 'a')
    await call('apply', 'b', typists[0]!.type('of another name'))
    await call('apply', 'a', unsaved)
    await call('removeAll', 'a')
    const all = [...pasted, ...folded, ...recent, ...unsaved]
    for (let round = 0; round < 2; round++) {
      expect(await call('apply', 'a', all)).toEqual(['former', 'former', 'former', 'former'])
      expect(await call('apply', 'a', createTypist(6 + round).type('new '))).toEqual(['applied'])
      await call('flush', 'a')
      await call('restart').catch(() => undefined)
    }
    expect(await texts('a')).toEqual(['new new '])
    await call('removeAll', 'a')
    expect(await call('apply', 'a', [...all, ...createTypist(7).type('x')])).toEqual(Array(5).fill('former'))
  })

  test('and is closed is known by what is stored of it', async () => {
    const { call } = createHost()
    const typist = createTypist()
    const updates = typist.type('secret')
    await call('apply', 'a', updates)
    await call('close', 'a')
    await call('removeAll', 'a')
    expect(await call('apply', 'a', updates)).toEqual(['former'])
    expect(await call('formerWriters', 'a')).toEqual([1])
  })

  test('is remembered of the last 10,000 names, of each with its last 2,048 writers', async () => {
    const { call } = createHost()
    expect(await call('removeMany', 'n', 11_000)).toBe(11_000)
    expect(await call('removeMany', 'm', 1)).toBe(10_000)
    expect(await call('formerWriters', 'm0')).toEqual([0])
    expect(await call('formerWriters', 'n10999')).toEqual([10_999])
    expect(await call('formerWriters', 'n0')).toEqual([])
    for (const first of [1, 1_001, 2_001]) {
      const crowd = Array.from({ length: 1_000 }, (_, i) => createTypist(first + i).type('x')).flat()
      await call('apply', 'crowded', crowd)
      await call('removeAll', 'crowded')
    }
    const writers = (await call<number[]>('formerWriters', 'crowded')).toSorted((a, b) => a - b)
    expect(writers).toHaveLength(2_048)
    expect(writers.slice(-2_000)).toEqual(Array.from({ length: 2_000 }, (_, i) => 1_001 + i))
  })
})
