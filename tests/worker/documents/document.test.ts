import * as encoding from 'lib0/encoding'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { Document, type DocumentListener } from '../../../worker/documents/document.ts'
import { KeptLog } from './kept-log.ts'

const opened: Document[] = []

function open(listener: DocumentListener = {}, log = new KeptLog()): Document {
  const document = Document.open(log, listener)
  opened.push(document)
  return document
}

afterEach(() => {
  for (const document of opened.splice(0)) document.discard()
  vi.restoreAllMocks()
})

/** A Y.Doc with a name of its own, and the updates that it has made. */
function createClient(clientID: number) {
  const doc = new Y.Doc()
  doc.clientID = clientID
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => {
    updates.push(update)
  })
  return { doc, text: doc.getText('text'), updates }
}

function textOf(document: Document): string {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, document.whole())
  return doc.getText('text').toString()
}

/** What an insertion begins with: its content, and whether it has a left and a right origin. */
function beside(content: number, left: boolean, right: boolean): Uint8Array {
  return new Uint8Array([content + (left ? 128 : 0) + (right ? 64 : 0)])
}

/** An update written number by number; texts are written with their length. */
function update(...parts: (number | string | Uint8Array)[]): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const part of parts) {
    if (typeof part === 'number') encoding.writeVarUint(encoder, part)
    else if (typeof part === 'string') encoding.writeVarString(encoder, part)
    else encoding.writeUint8Array(encoder, part)
  }
  return encoding.toUint8Array(encoder)
}

describe('an update', () => {
  test('is told as Yjs says it, with whose it was, before apply returns', () => {
    const told: [Uint8Array, unknown][] = []
    const document = open({ updated: (update, origin) => told.push([update, origin]) })
    const { text, updates } = createClient(1)
    text.insert(0, 'hello')
    expect(document.apply(updates[0]!, 'me')).toBe('applied')
    expect(told).toEqual([[updates[0], 'me']])
  })

  test('that is known changes nothing, is not told and not written; of one that is known in part the rest counts', () => {
    const log = new KeptLog()
    const updated = vi.fn()
    const document = open({ updated }, log)
    const { doc, text, updates } = createClient(1)
    text.insert(0, 'hello')
    text.delete(1, 2)
    document.apply(Y.encodeStateAsUpdate(doc))
    document.flush()
    updated.mockClear()
    for (const update of [...updates, Y.encodeStateAsUpdate(doc)]) expect(document.apply(update)).toBe('known')
    document.flush()
    expect(updated).not.toHaveBeenCalled()
    expect(log.writes).toBe(1)
    text.insert(3, ' world')
    expect(document.apply(Y.encodeStateAsUpdate(doc))).toBe('applied')
    expect(textOf(document)).toBe(text.toString())
    expect(updated).toHaveBeenCalledOnce()
  })

  test('that stands on what is missing is a gap, of insertions and of deletions alike, until the rest has come', () => {
    const document = open()
    const { doc, text, updates } = createClient(1)
    for (const word of ['a', 'b', 'c']) text.insert(text.length, word)
    text.delete(2, 1)
    expect(updates.slice(1).map((update) => document.apply(update))).toEqual(['gap', 'gap', 'gap'])
    // With a hole in it.
    expect(document.apply(Y.mergeUpdates([updates[0]!, updates[2]!]))).toBe('gap')
    expect(textOf(document)).toBe('')
    expect(document.apply(Y.encodeStateAsUpdate(doc, document.step1()))).toBe('applied')
    expect(textOf(document)).toBe('ab')
    const other = createClient(2)
    Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(doc))
    text.insert(0, 'missing ')
    Y.applyUpdate(other.doc, Y.encodeStateAsUpdate(doc))
    other.text.insert(3, 'beside')
    expect(document.apply(other.updates.at(-1)!)).toBe('gap')
  })

  test('that holds what was written where the name was before is not applied, unless it is restored; then it is known', () => {
    const log = new KeptLog()
    log.former = [1, 2]
    const document = open({}, log)
    const [former, other] = [createClient(1), createClient(3)]
    former.text.insert(0, 'secret')
    Y.applyUpdate(other.doc, former.updates[0]!)
    other.text.insert(6, ' too')
    other.text.delete(0, 2)
    const whole = Y.encodeStateAsUpdate(other.doc)
    const deletion = Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(other.doc))
    for (const update of [...former.updates, whole, deletion]) expect(document.apply(update)).toBe('former')
    // What stands on it, without it.
    expect(other.updates.slice(1).map((update) => document.apply(update))).toEqual(['gap', 'former'])
    expect(textOf(document)).toBe('')
    const isFormer = () => [former, other].map(({ doc }) => document.isFormer(Y.encodeStateVector(doc)))
    expect([...isFormer(), document.isFormer(new Uint8Array([0]))]).toEqual([true, true, false])
    expect(() => document.isFormer(new Uint8Array([1]))).toThrow('Invalid message: state vector')
    const another = createClient(4)
    another.text.insert(0, 'new ')
    expect(document.apply(another.updates[0]!)).toBe('applied')
    expect(document.apply(whole, undefined, true)).toBe('applied')
    expect(isFormer()).toEqual([false, false])
    former.text.insert(6, '!')
    expect(document.apply(former.updates[1]!)).toBe('applied')
    expect(textOf(document).toString()).toContain('cret')
    expect(document.writers.toSorted()).toEqual([1, 3, 4])
  })

  test('of several clients that stand on each other is applied in whatever order it has them', () => {
    const a = createClient(1)
    const b = createClient(2)
    for (let i = 0; i < 20; i++) {
      for (const [me, you] of [
        [a, b],
        [b, a],
      ] as const) {
        me.text.insert(me.text.length, String(i))
        Y.applyUpdate(you.doc, Y.encodeStateAsUpdate(me.doc, Y.encodeStateVector(you.doc)))
      }
    }
    const document = open()
    expect(document.apply(Y.encodeStateAsUpdate(a.doc))).toBe('applied')
    expect(textOf(document)).toBe(a.text.toString())
  })

  test('that tidies formats is made by clients alone', () => {
    const updated = vi.fn()
    const document = open({ updated })
    const { doc, updates } = createClient(1)
    const text = new Y.Text()
    doc.getMap('map').set('text', text)
    text.insert(0, 'bold', { bold: true })
    text.format(0, 4, { bold: null })
    text.delete(0, 4)
    for (const update of updates) document.apply(update)
    expect(updated.mock.calls.map(([update]) => update)).toEqual(updates)
  })

  test('into what was deleted and collected meanwhile is applied, and is gone', () => {
    const document = open()
    const a = createClient(1)
    const list = new Y.Array<string>()
    a.doc.getMap('map').set('list', list)
    list.push(['x'])
    const b = createClient(2)
    Y.applyUpdate(b.doc, Y.encodeStateAsUpdate(a.doc))
    ;(b.doc.getMap('map').get('list') as Y.Array<string>).push(['y'])
    ;(b.doc.getMap('map').get('list') as Y.Array<Y.Map<string>>).insert(0, [new Y.Map([['k', 'v']])])
    a.doc.getMap('map').delete('list')
    document.apply(Y.encodeStateAsUpdate(a.doc))
    for (const update of b.updates.slice(1)) expect(document.apply(update)).toBe('applied')
    Y.applyUpdate(a.doc, document.whole())
    Y.applyUpdate(b.doc, Y.encodeStateAsUpdate(a.doc))
    expect(b.doc.getMap('map').toJSON()).toEqual({})
  })

  test('of every kind of content is applied', () => {
    const document = open()
    const { doc } = createClient(1)
    const map = doc.getMap('map')
    map.set('any', [1, -5, 1.5, 2 ** 40, 10n, null, undefined, true, false, 'text', { a: [{}] }, new Uint8Array([1])])
    map.set('bytes', new Uint8Array([1, 2, 3]))
    map.set('document', new Y.Doc({ autoLoad: true, meta: { a: 1 } }))
    const text = doc.getText('text')
    text.insert(0, 'a \u{1F600} b', { bold: true })
    text.insertEmbed(1, { image: ['x'] })
    text.setAttribute('lang', 'en')
    const element = new Y.XmlElement('p')
    doc
      .getXmlFragment('xml')
      .insert(0, [element, new Y.XmlText('words'), new Y.XmlHook('hook') as unknown as Y.XmlText])
    element.setAttribute('class', 'a')
    element.insert(0, [new Y.XmlText('more')])
    const nested = new Y.Map()
    map.set('nested', nested)
    nested.set('list', Y.Array.from([1, 2]))
    const whole = Y.encodeStateAsUpdate(doc)
    expect(document.apply(whole)).toBe('applied')
    expect(document.apply(whole)).toBe('known')
    const copy = new Y.Doc()
    Y.applyUpdate(copy, document.whole())
    expect(Buffer.compare(Y.encodeStateAsUpdate(copy), whole)).toBe(0)
  })
})

describe('what is no update is refused, and the document is as it was', () => {
  const { doc, text } = createClient(1)
  text.insert(0, 'hello')
  doc.getMap('map').set('list', new Y.Array())
  doc.getMap('map').set('inner', new Y.Map())
  const good = Y.encodeStateAsUpdate(doc)
  // In `good`, the clocks of client 1: 0 to 4 are letters, 5 is a list and 6 a map.
  const root = [1, 'text'] as const
  const any = (depth: number) => new Uint8Array(depth * 2).map((_, i) => (i % 2 ? 1 : 117))

  for (const [why, bytes] of Object.entries({
    'nothing at all': new Uint8Array(),
    'a part of one': good.subarray(0, good.length - 1),
    'something behind its end': new Uint8Array([...good, 0]),
    'a number without end': new Uint8Array(1_000_000).fill(255),
    'a number without end, of nothing': new Uint8Array(1_000_000).fill(128),
    'a count of 2^32 clients': update(2 ** 32, 0),
    'a count of 2^32 structs': update(1, 2 ** 32, 9, 0, 0),
    'a count of 2^32 deletions': update(0, 1, 1, 2 ** 32, 0, 1),
    'a count of 2^32 values': update(1, 1, 9, 0, 8, ...root, 2 ** 32, 0),
    'a value a million deep': update(1, 1, 9, 0, 8, ...root, 1, any(1_000_000), 0),
    'an object with a prototype': update(1, 1, 9, 0, 8, ...root, 1, 118, 1, '__proto__', 118, 0, 0),
    'an unknown kind of value': update(1, 1, 9, 0, 8, ...root, 1, 5, 0),
    'JSON a million deep': update(1, 1, 9, 0, 5, ...root, `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`, 0),
    'JSON that is none': update(1, 1, 9, 0, 5, ...root, '{', 0),
    'a text longer than the frame': update(1, 1, 9, 0, 4, 1, 2 ** 31, 0),
    'text that is not UTF-8': update(1, 1, 9, 0, 4, ...root, 2, new Uint8Array([0xc3, 0x28]), 0),
    'a length over 2^31': update(1, 1, 9, 0, 0, 2 ** 31 + 1, 0),
    'lengths over 2^31 together': update(1, 2, 9, 0, 0, 2 ** 31, 0, 1, 0),
    'a deletion over 2^31': update(0, 1, 1, 1, 0, 2 ** 33),
    'nothing inserted': update(1, 1, 9, 0, 4, ...root, '', 0),
    'nothing deleted': update(0, 1, 1, 1, 2, 0),
    'a client without insertions': update(1, 0, 9, 0, 0),
    'a client twice': update(2, 1, 9, 0, 4, ...root, 'a', 1, 9, 1, 4, ...root, 'b', 0),
    'an unknown content': update(1, 1, 9, 0, 11, ...root, 0),
    'an unknown struct': update(1, 1, 9, 0, 31, ...root, 0),
    'an unknown type': update(1, 1, 9, 0, 7, ...root, 7, 0),
    'a parent that is neither name nor id': update(1, 1, 9, 0, 4, 2, 'text', 'a', 0),
    'a subdocument with options of its own': update(1, 1, 9, 0, 9, ...root, 'x', 118, 1, 'gcFilter', 120, 0),
    'a subdocument without options': update(1, 1, 9, 0, 9, ...root, 'x', 126, 0),
    'an insertion into a letter': update(1, 1, 9, 0, 4, 0, 1, 2, 'a', 0),
    'an insertion beside itself': update(1, 1, 9, 0, beside(4, true, false), 9, 0, 'a', 0),
    'a key in a list': update(1, 1, 9, 0, 32 + 4, 0, 1, 5, 'key', 'a', 0),
    'no key in a map': update(1, 1, 9, 0, 4, 0, 1, 6, 'a', 0),
    'an insertion between two places': update(1, 1, 9, 0, beside(4, true, true), 1, 2, 1, 6, 'a', 0),
    'types 1,000 deep': update(
      1,
      1_000,
      9,
      0,
      7,
      ...root,
      0,
      ...Array.from({ length: 999 }, (_, i) => [7, 0, 9, i, 0]).flat(),
      0,
    ),
  })) {
    test(why, () => {
      const updated = vi.fn()
      const document = open({ updated })
      document.apply(good)
      const before = document.whole()
      updated.mockClear()
      expect(() => document.apply(bytes)).toThrow(
        expect.objectContaining({ name: 'DeepSpaceError', code: 'invalid-message' }),
      )
      expect(Buffer.compare(document.whole(), before)).toBe(0)
      expect(updated).not.toHaveBeenCalled()
      expect(document.isPending).toBe(true)
    })
  }

  test('insertions that stand on each other in a circle are a gap', () => {
    const document = open()
    const circle = update(2, 1, 9, 0, beside(4, true, false), 8, 0, 'a', 1, 8, 0, beside(4, true, false), 9, 0, 'b', 0)
    expect(document.apply(circle)).toBe('gap')
  })

  test('state vectors likewise', () => {
    const document = open()
    document.apply(good)
    for (const bytes of [
      new Uint8Array(),
      update(2 ** 32),
      update(1, 1),
      update(1, 1, 1, 1),
      new Uint8Array(99).fill(255),
    ])
      expect(() => document.difference(bytes)).toThrow(expect.objectContaining({ code: 'invalid-message' }))
    expect(document.difference(update(0))).toEqual(document.whole())
    expect(document.difference(update(1, 77, 5))).toEqual(document.whole())
  })

  test('where Yjs fails at what was found to fit, the document is made anew as it was', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const log = new KeptLog()
    const updated = vi.fn()
    const document = open({ updated }, log)
    const client = createClient(2)
    client.text.insert(0, 'stored')
    document.apply(client.updates.at(-1)!)
    document.flush()
    client.text.insert(6, ', pending')
    document.apply(client.updates.at(-1)!)
    const before = document.whole()
    updated.mockClear()
    client.text.insert(0, 'one')
    client.doc.transact(() => {
      client.text.insert(1, 'two')
      client.text.insert(9, 'three')
    })
    document.apply(client.updates.at(-2)!)
    const { integrate } = Y.Item.prototype
    let calls = 0
    vi.spyOn(Y.Item.prototype, 'integrate').mockImplementation(function (this: Y.Item, ...args) {
      if (++calls === 2) throw new Error('a bug of Yjs')
      integrate.apply(this, args)
    })
    const between = document.whole()
    updated.mockClear()
    expect(() => document.apply(client.updates.at(-1)!)).toThrow(expect.objectContaining({ code: 'invalid-message' }))
    vi.mocked(Y.Item.prototype.integrate).mockRestore()
    expect(Buffer.compare(document.whole(), between)).toBe(0)
    expect(Buffer.compare(before, between)).not.toBe(0)
    expect(updated).not.toHaveBeenCalled()
    expect(document.apply(client.updates.at(-1)!)).toBe('applied')
    expect(textOf(document)).toBe(client.text.toString())
    document.flush()
    expect(textOf(open({}, log))).toBe(client.text.toString())
  })
})

describe('an update that inserts much where much is', () => {
  /** A long text, and as many letters that each were the first of it, before another letter of it. */
  function crowd(count: number): { text: Uint8Array; letters: Uint8Array } {
    const { doc, text } = createClient(1)
    text.insert(0, 'x'.repeat(count))
    const letters = Array.from({ length: count }, (_, i) => [
      beside(4, false, true),
      1,
      count - 1 - ((i * 7919) % count),
      'a',
    ])
    return { text: Y.encodeStateAsUpdate(doc), letters: update(1, count, 9, 0, ...letters.flat(), 0) }
  }

  test('is refused before it takes a minute, and the document is as it was', { timeout: 60_000 }, () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const updated = vi.fn()
    const document = open({ updated })
    const { text, letters } = crowd(8_000)
    document.apply(text)
    updated.mockClear()
    const before = document.whole()
    expect(() => document.apply(letters)).toThrow(expect.objectContaining({ code: 'too-large' }))
    expect(Buffer.compare(document.whole(), before)).toBe(0)
    expect(updated).not.toHaveBeenCalled()
  })

  test('is applied like any other where it is not too much, and told as one', () => {
    const updated = vi.fn()
    const document = open({ updated })
    const { text, letters } = crowd(800)
    document.apply(text)
    expect(document.apply(letters, 'me')).toBe('applied')
    const plain = new Y.Doc()
    Y.applyUpdate(plain, text)
    Y.applyUpdate(plain, letters)
    expect(textOf(document)).toBe(plain.getText('text').toString())
    expect(updated).toHaveBeenCalledTimes(2)
    expect(updated.mock.lastCall![1]).toBe('me')
  })

  test('takes no longer where people have done so, one after the other', () => {
    const a = createClient(1)
    const b = createClient(2)
    for (let i = 0; i < 4_000; i++) {
      const [me, you] = i % 2 ? [a, b] : [b, a]
      me.text.insert(0, String(i % 10))
      Y.applyUpdate(you.doc, me.updates.at(-1)!)
    }
    const document = open()
    expect(document.apply(Y.encodeStateAsUpdate(a.doc))).toBe('applied')
    expect(textOf(document)).toBe(a.text.toString())
  })
})

describe('a document that is full', () => {
  const full = expect.objectContaining({ code: 'too-large' })

  test('of bytes refuses more and says why, lets delete, and has room again', () => {
    const document = open({ limits: { bytes: 1_000 } })
    const { doc, text, updates } = createClient(1)
    text.insert(0, 'x'.repeat(900))
    document.apply(updates.at(-1)!)
    text.insert(900, 'y'.repeat(200))
    expect(() => document.apply(updates.at(-1)!)).toThrow(full)
    expect(() => document.apply(updates.at(-1)!)).toThrow(
      /^Too large: the document would have \d+ bytes, at most 1000 are/,
    )
    const other = new Y.Doc()
    Y.applyUpdate(other, document.whole())
    other.on('update', (update: Uint8Array) => document.apply(update))
    other.getText('text').delete(0, 800)
    other.getText('text').insert(0, 'z'.repeat(200))
    expect(textOf(document)).toBe(`${'z'.repeat(200)}${'x'.repeat(100)}`)
    expect(doc.getText('text')).toHaveLength(1_100)
  })

  test('of structs refuses more, lets delete, and counts what weighs more', () => {
    const document = open({ limits: { structs: 100 } })
    const { doc, updates } = createClient(1)
    const list = new Y.Array<number>()
    doc.getMap('map').set('list', list)
    const apply = () => document.apply(updates.at(-1)!)
    apply()
    let refused = 0
    for (let i = 0; i < 200 && refused === 0; i++) {
      list.insert(0, [i])
      try {
        apply()
      } catch (error) {
        expect(error).toEqual(full)
        refused = i
      }
    }
    expect(refused).toBeGreaterThan(80)
    expect(refused).toBeLessThanOrEqual(100)
    const other = new Y.Doc()
    Y.applyUpdate(other, document.whole())
    other.on('update', (update: Uint8Array) => document.apply(update))
    other.getMap('map').delete('list')
    other.getText('text').insert(0, 'room again')
    expect(textOf(document)).toBe('room again')
    for (const value of [new Y.Doc(), Array.from({ length: 120 }, () => ({})), Array.from({ length: 120 }, () => [])]) {
      const heavy = createClient(2)
      if (value instanceof Y.Doc) for (let i = 0; i < 6; i++) heavy.doc.getArray('a').push([new Y.Doc()])
      else heavy.doc.getMap('m').set('k', value)
      expect(() => document.apply(Y.encodeStateAsUpdate(heavy.doc))).toThrow(full)
    }
  })

  test('by one update of more than the limit refuses it before it is in memory', () => {
    const document = open({ limits: { structs: 1_000 } })
    const { doc, text } = createClient(1)
    for (let i = 0; i < 3_000; i++) text.insert(0, 'x')
    expect(() => document.apply(Y.encodeStateAsUpdate(doc))).toThrow(full)
    expect(textOf(document)).toBe('')
  })
})

test('a document that is closed writes what it has; one that is discarded does not; neither takes more', () => {
  const log = new KeptLog()
  const { text, updates } = createClient(1)
  text.insert(0, 'kept')
  const closed = open({}, log)
  closed.apply(updates[0]!)
  closed.close()
  closed.close()
  text.insert(4, ', gone')
  const discarded = open({}, log)
  discarded.apply(updates[1]!)
  discarded.discard()
  expect(textOf(open({}, log))).toBe('kept')
  for (const document of [closed, discarded]) {
    expect(() => document.apply(updates[1]!)).toThrow('closed')
    expect(() => document.whole()).toThrow('closed')
  }
})
