import { serialize } from 'node:v8'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  type AwarenessEntry,
  encodeAwareness,
  readAwareness,
} from '../../../src/protocol/documents/awareness-update.ts'
import { DeepSpaceError } from '../../../src/protocol/errors.ts'
import { DocumentAwareness } from '../../../worker/documents/awareness.ts'
import type { AwarenessLimits } from '../../../worker/documents/awareness-limits.ts'
import { mutated, seeded } from '../../protocol/documents/mutations.ts'

const ada = { id: 'ada', name: 'Ada' }
const bob = { id: 'bob', name: 'Bob' }
const start = Date.UTC(2026, 10, 26)

let now: number
let awareness: DocumentAwareness<string>

beforeEach(() => {
  now = start
  awareness = fresh()
})

function fresh(limits: Partial<AwarenessLimits> = {}): DocumentAwareness<string> {
  return new DocumentAwareness<string>(limits, () => now)
}

function read(update: Uint8Array): AwarenessEntry[] {
  return readAwareness(update, { entries: 1e6, stateBytes: 1e6, depth: 100 })
}

/** What a connection says of one id; gives who is told what. */
function say(connection: string, clientId: number, state: object | null, clock = 1) {
  const { deliveries } = awareness.receive(
    connection,
    encodeAwareness([{ clientId, clock, state: JSON.stringify(state) }]),
  )
  return told(deliveries)
}

function told(deliveries: readonly { to: readonly string[]; update: Uint8Array }[]) {
  return deliveries.map(({ to, update }) => ({
    to,
    entries: read(update).map(({ clientId, clock, state }) => [clientId, clock, JSON.parse(state)]),
  }))
}

function joined(connection: string, user = ada) {
  return awareness.join(connection, user).flatMap(read)
}

describe('ids and connections', () => {
  test('an id goes to the newest connection of its user, and only who still holds it takes it along', () => {
    joined('old')
    joined('eve', bob)
    say('eve', 3, {})
    say('old', 7, { at: 1 })
    joined('new')
    expect(say('new', 7, { at: 2 })).toEqual([{ to: ['old', 'eve'], entries: [[7, start + 1, { at: 2, user: ada }]] }])
    expect(say('old', 7, { at: 3 })).toEqual([])
    expect(awareness.leave('old')).toEqual([])
    expect(told(awareness.leave('new'))).toEqual([{ to: ['eve'], entries: [[7, start + 2, null]] }])
  })

  test('no older connection takes an id, and none that has spoken of an id of its own', () => {
    joined('old')
    say('old', 6, {})
    joined('new')
    say('new', 7, {})
    expect(say('old', 7, { at: 1 })).toEqual([])
    joined('newest')
    say('newest', 8, {})
    expect(say('newest', 7, { at: 2 })).toEqual([])
    expect(told(awareness.leave('newest'))[0]!.entries).toEqual([[8, start + 1, null]])
  })

  test('a frame of another user about a held id is not heard, whatever its clock', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, {})
    for (const clock of [0, 5, start - 1, start, start + 1e9, Number.MAX_SAFE_INTEGER]) {
      expect(say('two', 7, { at: 1 }, clock)).toEqual([])
      expect(say('two', 7, null, clock)).toEqual([])
    }
    expect(awareness.leave('two')).toEqual([])
  })

  test('of one update what is the sender\u2019s own is taken, and the rest is not', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, {})
    const update = encodeAwareness([
      { clientId: 7, clock: 9, state: 'null' },
      { clientId: 8, clock: 9, state: '{"at":1}' },
    ])
    expect(told(awareness.receive('two', update).deliveries)).toEqual([
      { to: ['one'], entries: [[8, start, { at: 1, user: bob }]] },
    ])
  })

  test('a removal of an id that nobody holds is nothing', () => {
    joined('one')
    joined('two')
    expect(say('one', 7, null)).toEqual([])
    expect(awareness.leave('one')).toEqual([])
  })

  test('whoever leaves alone is told of its own removal alone', () => {
    joined('one')
    say('one', 7, {})
    expect(told(awareness.leave('one'))).toEqual([{ to: [], entries: [[7, start + 1, null]] }])
    expect(awareness.leave('one')).toEqual([])
  })

  test('who has not joined is an internal error', () => {
    expect(() => say('nobody', 7, {})).toThrow(expect.objectContaining({ code: 'internal' }))
  })
})

describe('clocks', () => {
  test('are the time, or one more than the last; a removal is one more', () => {
    joined('one')
    joined('two', bob)
    const clocks = [{ at: 1 }, { at: 2 }].map((state) => say('one', 7, state)[0]!.entries[0]![1])
    now += 1000
    clocks.push(say('one', 7, { at: 3 })[0]!.entries[0]![1])
    now += 1000
    clocks.push(say('one', 7, null)[0]!.entries[0]![1])
    expect(clocks).toEqual([start, start + 1, start + 1000, start + 1001])
  })

  test('go on rising where the time goes back', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, {})
    now -= 60_000
    expect(say('one', 7, { at: 1 })[0]!.entries[0]![1]).toBe(start + 1)
  })

  test('those of the room that come back for an id that is gone do not bring it back', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, {})
    awareness.leave('one')
    expect(say('two', 7, {}, start)).toEqual([])
    expect(say('two', 7, {}, start + 1)).toEqual([])
    expect(awareness.leave('two')).toEqual([])
  })

  test('who came after the removal is not repeating it: its own old clock of the room is taken', () => {
    joined('eve', bob)
    joined('one')
    say('one', 7, {})
    awareness.leave('one')
    joined('again')
    expect(say('again', 7, {}, start)[0]!.entries).toEqual([[7, start + 2, { user: ada }]])
  })

  test('of ids that are gone a bounded number is remembered', () => {
    joined('eve', bob)
    for (let id = 1; id <= 1100; id++) {
      joined('one')
      say('one', id, {})
      awareness.leave('one')
    }
    say('eve', 5000, {})
    expect(say('eve', 1100, {}, start)).toEqual([])
    // Forgotten: what has a clock of the room and is not somebody's first word is still taken for an echo.
    expect(say('eve', 1, {}, start)).toEqual([])
  })
})

describe('states', () => {
  test('say the verified id and name, and else what the client says', () => {
    joined('one')
    joined('two', bob)
    const state = { cursor: [1, 2], user: { id: 'bob', name: 'Bob', color: '#f00' }, x: null }
    const stamped = { cursor: [1, 2], user: { id: 'ada', name: 'Ada', color: '#f00' }, x: null }
    expect(say('one', 7, state)[0]!.entries[0]![2]).toEqual(stamped)
    for (const user of [null, 'bob', [bob], 5]) {
      expect(say('one', 7, { user, turn: typeof user })[0]!.entries[0]![2]).toMatchObject({ user: ada })
    }
  })

  test('two members named user are one, and a prototype is a name like any other', () => {
    joined('one')
    joined('two', bob)
    const state = '{"user":{"name":"x"},"user":{"id":"bob","name":"Bob"},"__proto__":{"user":{"id":"bob"}}}'
    const { deliveries } = awareness.receive('one', encodeAwareness([{ clientId: 7, clock: 1, state }]))
    const [entry] = read(deliveries[0]!.update)
    expect(entry!.state).toBe('{"user":{"id":"ada","name":"Ada"},"__proto__":{"user":{"id":"bob"}}}')
  })

  test('that did not change are told to nobody', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, { at: 1 })
    expect(say('one', 7, { at: 1 }, 2)).toEqual([])
    expect(say('one', 7, null)).toHaveLength(1)
    expect(say('one', 7, null)).toEqual([])
  })

  test('of a user who comes again under another name say the new one', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, { at: 1 })
    joined('one', { id: 'ada', name: 'Ada L.' })
    expect(say('one', 7, { at: 1 })[0]!.entries[0]![2]).toMatchObject({ user: { id: 'ada', name: 'Ada L.' } })
  })
})

describe('limits', () => {
  function refusal(act: () => unknown): unknown {
    try {
      act()
    } catch (error) {
      return error instanceof DeepSpaceError ? [error.code, error.message] : error
    }
    return undefined
  }

  test('a connection holds eight ids, and what would be more is refused whole', () => {
    joined('one')
    joined('two', bob)
    const ids = (count: number, from = 0) =>
      encodeAwareness(Array.from({ length: count }, (_, index) => ({ clientId: from + index, clock: 1, state: '{}' })))
    expect(refusal(() => awareness.receive('one', ids(9)))).toEqual([
      'too-many',
      'Too many awareness clients: a connection may have 8, received 9',
    ])
    expect(awareness.leave('one')).toEqual([])
    joined('one')
    awareness.receive('one', ids(8))
    expect(refusal(() => awareness.receive('one', ids(1, 100)))).toMatchObject(['too-many', expect.anything()])
    awareness.receive('one', ids(8))
    expect(read(awareness.leave('one')[0]!.update)).toHaveLength(8)
  })

  test('a state takes 16 KiB, in bytes', () => {
    joined('one')
    say('one', 7, { a: 'ü'.repeat((16 * 1024 - 8) / 2) })
    expect(refusal(() => say('one', 7, { a: 'ü'.repeat((16 * 1024 - 6) / 2) }))).toEqual([
      'too-large',
      'Awareness too large: the state of client 7 may take 16384 bytes, received 16386',
    ])
  })

  test('a state that grows when it is written again is refused', () => {
    joined('one')
    const state = `{"a":[${Array(3000).fill('1e20').join()}]}`
    const update = encodeAwareness([{ clientId: 7, clock: 1, state }])
    expect(refusal(() => awareness.receive('one', update))).toMatchObject(['too-large', expect.anything()])
  })

  test('the longest state comes back from those who heard it, with the longest name', () => {
    const long = { id: '\u0001'.repeat(256), name: '\u0002'.repeat(512) }
    joined('one', long)
    joined('two', bob)
    const { deliveries } = awareness.receive(
      'one',
      encodeAwareness([{ clientId: 7, clock: 1, state: JSON.stringify({ a: 'x'.repeat(16 * 1024 - 8) }) }]),
    )
    expect(awareness.receive('two', deliveries[0]!.update).deliveries).toEqual([])
  })

  test('one that says nothing any more takes no place, however many there were', () => {
    joined('one')
    joined('two', bob)
    for (let clientId = 0; clientId < 200; clientId++) {
      expect(say('one', clientId, { at: clientId })).toMatchObject([{ to: ['two'] }])
      expect(say('one', clientId, null, 2)).toMatchObject([
        { to: ['two'], entries: [[clientId, expect.anything(), null]] },
      ])
    }
    // The last of them may speak again.
    expect(say('one', 199, { at: 'again' }, 3)).toMatchObject([{ to: ['two'] }])
    expect(awareness.kept('one', 100_000).ids.length).toBeLessThan(40)
  })

  test('all can be set', () => {
    awareness = fresh({ ids: 1, stateBytes: 20, depth: 2, entries: 2 })
    joined('one')
    say('one', 7, {})
    expect(refusal(() => say('one', 8, {}))).toMatchObject(['too-many', expect.anything()])
    expect(refusal(() => say('one', 7, { a: 'x'.repeat(20) }))).toMatchObject(['too-large', expect.anything()])
    expect(refusal(() => say('one', 7, { a: [[]] }))).toMatchObject(['too-large', expect.anything()])
    const three = encodeAwareness([1, 2, 3].map((clientId) => ({ clientId, clock: 1, state: '{}' })))
    expect(refusal(() => awareness.receive('one', three))).toMatchObject(['too-large', expect.anything()])
  })

  test('what nobody can read changes nothing', () => {
    const random = seeded(7)
    joined('one')
    joined('two', bob)
    say('one', 7, { at: 1 })
    const frame = encodeAwareness([{ clientId: 8, clock: 3, state: '{"cursor":{"x":1,"y":2},"user":{"name":"x"}}' }])
    for (let round = 0; round < 5000; round++) {
      const error = refusal(() => awareness.receive('two', mutated(frame, random)))
      if (error !== undefined)
        expect(error).toEqual([expect.stringMatching(/^(invalid-message|too-large|too-many)$/), expect.anything()])
    }
    expect(say('one', 7, { at: 2 })[0]!.entries[0]).toEqual([7, expect.any(Number), { at: 2, user: ada }])
  })
})

describe('who is told what', () => {
  test('a joiner is told of all but its own user\u2019s other connections; of these with its first word', () => {
    joined('one')
    say('one', 7, {})
    joined('two', bob)
    say('two', 8, {})
    now += 1000
    expect(joined('again')).toEqual([{ clientId: 8, clock: now, state: '{"user":{"id":"bob","name":"Bob"}}' }])
    expect(say('again', 9, {})).toEqual([
      { to: ['one', 'two'], entries: [[9, now, { user: ada }]] },
      { to: ['again'], entries: [[7, now, { user: ada }]] },
    ])
  })

  test('a joiner is told with clocks that are new to whoever has been here before', () => {
    joined('one')
    say('one', 7, {})
    const [first] = joined('two', bob)
    awareness.leave('two')
    const [second] = joined('two', bob)
    expect(second!.clock).toBeGreaterThan(first!.clock)
  })

  test('what nobody has told for eight seconds is told by whoever speaks, and nobody is told of itself', () => {
    joined('one')
    say('one', 7, {})
    joined('two', bob)
    say('two', 8, {})
    joined('mute', { id: 'mute', name: 'Mute' })
    now += 7999
    expect(say('one', 7, {})).toEqual([])
    now += 1
    const seven = [7, now, { user: ada }]
    const eight = [8, now, { user: bob }]
    expect(say('one', 7, {})).toEqual([
      { to: ['mute'], entries: [seven, eight] },
      { to: ['one'], entries: [eight] },
      { to: ['two'], entries: [seven] },
    ])
    expect(say('two', 8, {})).toEqual([])
  })

  test('whoever is alone and has heard nothing for eight seconds hears an empty update', () => {
    joined('one')
    say('one', 7, { at: 1 })
    now += 8000
    expect(say('one', 7, { at: 1 })).toEqual([{ to: ['one'], entries: [] }])
    now += 7000
    expect(say('one', 7, { at: 2 })).toEqual([])
    now += 2000
    expect(say('one', 7, { at: 3 })).toEqual([{ to: ['one'], entries: [] }])
  })

  test('for a connection that is silent for two minutes nobody speaks, until it does', () => {
    joined('lost')
    say('lost', 7, {})
    joined('two', bob)
    say('two', 8, {})
    now += 120_000
    expect(say('two', 8, {})).not.toContainEqual(
      expect.objectContaining({ entries: [[7, expect.anything(), expect.anything()]] }),
    )
    expect(joined('three', { id: 'c', name: 'C' }).map(({ clientId }) => clientId)).toEqual([8])
    expect(say('lost', 7, {})[0]).toEqual({ to: ['two', 'three'], entries: [[7, now, { user: ada }]] })
  })

  test('updates stay so short that they come back', () => {
    const state = { a: 'x'.repeat(16_000) }
    for (let index = 0; index < 40; index++) {
      const user = { id: `user ${index}`, name: 'x' }
      awareness.join(`c${index}`, user)
      say(`c${index}`, index, state)
    }
    const updates = awareness.join('late', ada)
    expect(updates.flatMap(read)).toHaveLength(40)
    for (const update of updates) expect(update.length).toBeLessThanOrEqual(256 * 1024)
  })
})

describe('sleep', () => {
  /** The object sleeps; each connection has so many bytes. Gives who has to be asked again. */
  function sleep(users: Record<string, { id: string; name: string }>, bytes = 16_384): string[] {
    const kept = Object.keys(users).map(
      (connection) => [connection, structuredClone(awareness.kept(connection, bytes))] as const,
    )
    awareness = fresh()
    return kept
      .filter(([connection, of]) => !awareness.restore(connection, users[connection]!, of))
      .map(([connection]) => connection)
  }

  test('what is kept is known again: who holds what, and what is told', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, { at: 1 })
    say('two', 8, null)
    now += 30_000
    expect(sleep({ one: ada, two: bob })).toEqual([])
    expect(say('two', 7, { at: 9 })).toEqual([
      { to: ['two'], entries: [[7, now, { at: 1, user: ada }]] },
      { to: ['one'], entries: [] },
    ])
    expect(told(awareness.leave('one'))).toEqual([{ to: ['two'], entries: [[7, now + 1, null]] }])
  })

  test('a state for which there was no room is told to nobody until its client says it again', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, { at: 'x'.repeat(500) })
    say('two', 8, {})
    expect(sleep({ one: ada, two: bob }, 200)).toEqual(['one'])
    expect(joined('late', { id: 'c', name: 'C' }).map(({ clientId }) => clientId)).toEqual([8])
    const deliveries = say('one', 7, { at: 'x'.repeat(500) })
    expect(deliveries.find(({ to }) => to.includes('late'))!.entries).toContainEqual([
      7,
      expect.any(Number),
      { at: 'x'.repeat(500), user: ada },
    ])
  })

  test('an id whose state was lost is removed with its connection', () => {
    joined('one')
    joined('two', bob)
    say('one', 7, { at: 'x'.repeat(500) })
    sleep({ one: ada, two: bob }, 200)
    expect(told(awareness.leave('one'))[0]!.entries).toEqual([[7, start + 1, null]])
  })

  test('without anything kept it has to be asked', () => {
    expect(awareness.restore('one', ada, undefined)).toBe(false)
    joined('two', bob)
    expect(say('one', 7, {})[0]!.entries).toEqual([[7, start, { user: ada }]])
  })

  test('of two connections that both kept an id the later one has it, in whatever order they are restored', () => {
    joined('old')
    say('old', 7, { at: 1 })
    const before = awareness.kept('old', 16_384)
    joined('new')
    say('new', 7, { at: 2 })
    const after = awareness.kept('new', 16_384)
    for (const order of [0, 1]) {
      awareness = fresh()
      const restores = [() => awareness.restore('old', ada, before), () => awareness.restore('new', ada, after)]
      restores[order]!()
      restores[1 - order]!()
      expect(awareness.leave('old')).toEqual([])
      expect(awareness.leave('new')).toHaveLength(1)
    }
  })

  test('whose kept value is another is said, also of who lost an id, and is not said of a renewal', () => {
    const changed = (connection: string, state: object | null) =>
      awareness.receive(connection, encodeAwareness([{ clientId: 7, clock: 1, state: JSON.stringify(state) }])).changed
    joined('old')
    joined('new')
    expect(changed('old', {})).toEqual(['old'])
    expect(changed('old', {})).toEqual([])
    expect(changed('new', {})).toEqual(['new', 'old'])
    expect(changed('old', {})).toEqual([])
    expect(changed('new', { at: 1 })).toEqual(['new'])
    expect(changed('new', null)).toEqual(['new'])
  })

  test('when a connection was heard last is to be kept each half minute, so that a lost one is found after a sleep', () => {
    joined('one')
    say('one', 7, {})
    joined('two', bob)
    say('two', 8, {})
    awareness.kept('one', 16_384)
    now += 29_999
    expect(awareness.receive('one', encodeAwareness([{ clientId: 7, clock: 1, state: '{}' }])).changed).toEqual([])
    now += 1
    expect(awareness.receive('one', encodeAwareness([{ clientId: 7, clock: 1, state: '{}' }])).changed).toEqual(['one'])
    sleep({ one: ada, two: bob })
    now += 119_000
    expect(joined('late', { id: 'c', name: 'C' }).map(({ clientId }) => clientId)).toEqual([7])
  })

  test('what is kept is never longer than asked for', () => {
    const text = fc.oneof(fc.string({ maxLength: 400 }), fc.string({ unit: 'grapheme', maxLength: 400 }))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.integer({ min: 120, max: 4000 }), (texts, bytes) => {
        awareness = fresh()
        joined('one')
        for (const [index, each] of texts.entries()) say('one', 2 ** 50 + index, { each })
        const kept = awareness.kept('one', bytes)
        expect(serialize(kept).length).toBeLessThanOrEqual(bytes)
        if (bytes >= 400) expect(kept.ids).toHaveLength(texts.length)
      }),
    )
  })
})
