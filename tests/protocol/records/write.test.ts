import { type Collection, collection, type Level, type RolePermissions } from 'deepspace-solid/schema'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/protocol/json.ts'
import { type Caller, type MembersOf, system } from '../../../src/protocol/records/permissions.ts'
import type { RecordData, RecordEnvelope } from '../../../src/protocol/records/record.ts'
import { checkDelete, created, parseFields, updated } from '../../../src/protocol/records/write.ts'
import {
  anyJson,
  anyNumber,
  anyText,
  earlier,
  noMembers,
  now,
  recordWith,
  refusal,
  reversed,
  told,
} from './fixtures.ts'

const member: Caller = { userId: 'u1', role: 'member' }
const all = { read: true, create: true, update: true, delete: true } as const satisfies RolePermissions

type Data = Readonly<Record<string, unknown>>

function create(of: Collection, data: Data, caller: Caller = member): RecordEnvelope {
  return created({ collection: of, caller, recordId: 'r1', now }, data)
}

function update(
  of: Collection,
  existing: RecordEnvelope,
  data: Data,
  caller: Caller = member,
  membersOf: MembersOf = noMembers,
): RecordEnvelope {
  return updated({ collection: of, caller, recordId: existing.recordId, now }, existing, data, membersOf)
}

function remove(of: Collection, existing: RecordEnvelope, caller: Caller = member): void {
  checkDelete({ collection: of, caller, recordId: existing.recordId, now }, existing, noMembers)
}

const tasks = collection('tasks', {
  fields: {
    title: v.pipe(v.string(), v.trim(), v.minLength(1)),
    done: v.optional(v.boolean(), false),
    priority: v.optional(v.nullable(v.number())),
    note: v.optional(v.string()),
    labels: v.optional(v.array(v.string()), () => ['new']),
    size: v.optional(v.object({ width: v.number(), height: v.number() })),
    any: v.optional(v.unknown()),
  },
  permissions: { member: all },
})

describe('a create', () => {
  test('W1: makes a record of the caller, now', () => {
    expect(create(tasks, { title: 'a' })).toEqual({
      recordId: 'r1',
      data: { title: 'a', done: false, labels: ['new'] },
      createdBy: 'u1',
      createdAt: now,
      updatedAt: now,
    })
  })

  test('F1: what goes in is what is stored; absent stays absent and null stays null', () => {
    const data = { title: 'ä 😀', done: true, priority: null, note: '', labels: [], size: { width: 0.5, height: -1 } }
    const record = create(tasks, { ...data, any: [null, { a: [] }] })
    expect(record.data).toEqual({ ...data, any: [null, { a: [] }] })
    expect(Object.keys(create(tasks, { title: 'a' }).data)).not.toContain('priority')
    expect(Object.keys(create(tasks, { title: 'a' }).data)).not.toContain('note')
  })

  test('F2: the output of the schema is stored', () => {
    expect(create(tasks, { title: '  a  ' }).data.title).toBe('a')
  })

  test('F4: absent fields are completed by their defaults, those that are functions called for every record', () => {
    let count = 0
    const counted = collection('counted', {
      fields: { number: v.optional(v.number(), () => ++count), list: v.optional(v.array(v.string()), () => []) },
      permissions: { member: all },
    })
    count = 0
    const first = create(counted, {})
    const second = create(counted, {})
    expect([first.data.number, second.data.number]).toEqual([1, 2])
    expect(first.data.list).not.toBe(second.data.list)
    expect(create(counted, { number: 7 }).data.number).toBe(7)
    expect(count).toBe(2)
  })

  test('F4, F14: undefined is absent', () => {
    const record = create(tasks, { title: 'a', done: undefined, note: undefined })
    expect(record.data).toStrictEqual({ title: 'a', done: false, labels: ['new'] })
    expect(told(refusal(() => create(tasks, { title: undefined })))).toEqual({
      message: "Required field 'title' is missing",
      code: 'invalid-field',
      collection: 'tasks',
      recordId: 'r1',
      field: 'title',
    })
  })

  test('F4: null is no absence: it is given to the schema, not completed', () => {
    expect(refusal(() => create(tasks, { title: 'a', done: null })).message).toBe(
      'FIELD ERROR: done (null): Invalid type: Expected boolean but received null',
    )
  })

  test('F4: a missing required field is refused', () => {
    expect(told(refusal(() => create(tasks, { done: true })))).toEqual({
      message: "Required field 'title' is missing",
      code: 'invalid-field',
      collection: 'tasks',
      recordId: 'r1',
      field: 'title',
    })
  })

  test('F4: an exactly optional field may be absent', () => {
    const notes = collection('notes', {
      fields: { text: v.exactOptional(v.string()) },
      permissions: { member: all },
    })
    expect(create(notes, {}).data).toStrictEqual({})
    expect(create(notes, { text: 'a' }).data).toStrictEqual({ text: 'a' })
  })

  test('F6: a default that is no JSON is refused', () => {
    const broken = collection('broken', {
      fields: { number: v.optional(v.number(), Number.POSITIVE_INFINITY) },
      permissions: { member: all },
    })
    expect(refusal(() => create(broken, {})).message).toBe(
      'FIELD ERROR: the default of number: expected a finite number, received Infinity',
    )
  })

  test.each<[string, Record<string, RolePermissions<'title'>>]>([
    ['whose entry does not name it', { member: { read: true, update: true, delete: true } }],
    ['whose entry says no', { '*': all, member: { create: false } }],
    ['without an entry', { admin: all }],
  ])('P1: is denied to a role %s', (_, permissions) => {
    const closed = collection('closed', { fields: { title: v.string() }, permissions })
    expect(told(refusal(() => create(closed, { title: 'a' })))).toEqual({
      message: 'CREATE DENIED: role=member, collection=closed',
      code: 'denied',
      collection: 'closed',
      recordId: 'r1',
      field: undefined,
    })
  })

  test("P1: is open to a role without an entry by '*'", () => {
    const open = collection('open', { fields: { title: v.string() }, permissions: { '*': { create: true } } })
    expect(create(open, { title: 'a' }).data).toEqual({ title: 'a' })
  })

  test('P1: is denied before anything is said of the fields', () => {
    const closed = collection('closed', { fields: { title: v.string() }, permissions: {} })
    expect(refusal(() => create(closed, { what: 1 })).code).toBe('denied')
  })

  test('P10: asks for no right to read', () => {
    const box = collection('box', { fields: { text: v.string() }, permissions: { member: { create: true } } })
    expect(create(box, { text: 'a' }).data).toEqual({ text: 'a' })
  })

  test('P11: of the room itself is bound by no permission, only by the field rules', () => {
    const closed = collection('closed', { fields: { title: v.string() }, permissions: {} })
    expect(create(closed, { title: 'a' }, system)).toMatchObject({ data: { title: 'a' }, createdBy: 'system' })
    expect(refusal(() => create(closed, {}, system)).message).toBe("Required field 'title' is missing")
    expect(refusal(() => create(closed, { title: 1 }, system)).code).toBe('invalid-field')
    expect(refusal(() => create(closed, { title: 'a', more: 1 }, system)).code).toBe('invalid-field')
  })
})

describe('an update', () => {
  const existing = recordWith({ title: 'a', done: false, labels: ['x'], size: { width: 1, height: 2 } })

  test('F5: merges field by field and keeps what it does not name', () => {
    expect(update(tasks, existing, { done: true, priority: 2 })).toEqual({
      recordId: 'r1',
      data: { title: 'a', done: true, labels: ['x'], size: { width: 1, height: 2 }, priority: 2 },
      createdBy: 'creator',
      createdAt: earlier,
      updatedAt: now,
    })
  })

  test('F5: replaces JSON whole, not key by key', () => {
    expect(update(tasks, existing, { size: { width: 3, height: 4 } }).data.size).toEqual({ width: 3, height: 4 })
    expect(refusal(() => update(tasks, existing, { size: { width: 3 } })).code).toBe('invalid-field')
  })

  test('the record that stood there stays as it is', () => {
    const before = structuredClone(existing)
    update(tasks, existing, { title: 'b', labels: [] })
    expect(existing).toEqual(before)
  })

  test('F5: completes nothing: a field that is absent stays absent', () => {
    const old = recordWith({ title: 'a' })
    expect(update(tasks, old, { note: 'n' }).data).toStrictEqual({ title: 'a', note: 'n' })
  })

  test('F5: checks its values by the schemas of a create', () => {
    expect(refusal(() => update(tasks, existing, { title: ' ' })).message).toBe(
      'FIELD ERROR: title (string): Invalid length: Expected >=1 but received 0',
    )
    expect(refusal(() => update(tasks, existing, { title: null })).message).toBe(
      'FIELD ERROR: title (null): Invalid type: Expected string but received null',
    )
  })

  test('F1: null is stored where the schema takes it, and differs from absent', () => {
    const record = update(tasks, existing, { priority: null })
    expect(record).not.toBe(existing)
    expect(record.data.priority).toBe(null)
  })

  test.each(['title', 'done', 'note'])(
    'F14: undefined is no value for the field "%s", though it looks like clearing',
    (field) => {
      for (const others of [{}, { done: true }]) {
        expect(told(refusal(() => update(tasks, existing, { ...others, [field]: undefined })))).toEqual({
          message: `FIELD ERROR: ${field}: expected a JSON value, received undefined`,
          code: 'invalid-field',
          collection: 'tasks',
          recordId: 'r1',
          field,
        })
      }
    },
  )

  test.each<[string, Data]>([
    ['nothing', {}],
    ['the same text', { title: 'a' }],
    ['text that trims to the same', { title: ' a ' }],
    ['equal JSON', { labels: ['x'] }],
    ['equal JSON with other key order', { size: { height: 2, width: 1 } }],
    ['everything that stands there', existing.data],
  ])('W6: of %s changes nothing and gives the record itself', (_, data) => {
    expect(update(tasks, existing, data)).toBe(existing)
  })

  test('F2: a transformation is applied once to what is written, and never to what is not', () => {
    const louder = collection('louder', {
      fields: {
        word: v.pipe(
          v.string(),
          v.transform((text) => `${text}!`),
          v.string(),
        ),
        note: v.optional(v.string()),
      },
      permissions: { member: all },
    })
    const record = create(louder, { word: 'a' })
    expect(record.data.word).toBe('a!')
    expect(update(louder, record, { note: 'n' }).data.word).toBe('a!')
    expect(update(louder, record, { word: 'b' }).data.word).toBe('b!')
  })

  test('P1: is denied to a role without the right', () => {
    const closed = collection('closed', { fields: { title: v.string() }, permissions: { member: { read: true } } })
    expect(told(refusal(() => update(closed, recordWith({ title: 'a' }), { title: 'b' })))).toEqual({
      message: 'UPDATE DENIED: role=member, collection=closed',
      code: 'denied',
      collection: 'closed',
      recordId: 'r1',
      field: undefined,
    })
  })

  test('P1: that would change nothing is denied like any other', () => {
    const closed = collection('closed', { fields: { title: v.string() }, permissions: { member: { read: true } } })
    expect(refusal(() => update(closed, recordWith({ title: 'a' }), { title: 'a' })).code).toBe('denied')
  })

  test('P11: of the room itself is bound by no permission, only by the field rules', () => {
    const closed = collection('closed', {
      fields: { title: v.string(), kind: v.string() },
      permissions: {},
      immutable: ['kind'],
    })
    const record = recordWith({ title: 'a', kind: 'k' })
    expect(update(closed, record, { title: 'b' }, system)).toMatchObject({
      data: { title: 'b', kind: 'k' },
      createdBy: 'creator',
      updatedAt: now,
    })
    expect(refusal(() => update(closed, record, { kind: 'l' }, system)).message).toBe(
      "Cannot modify immutable field 'kind'",
    )
    expect(refusal(() => update(closed, record, { title: 1 }, system)).code).toBe('invalid-field')
  })

  test('F1, F5, W6: of any values is the merge of both, or the record itself', () => {
    const free = collection('free', {
      fields: {
        text: v.optional(v.nullable(v.string())),
        number: v.optional(v.nullable(v.number())),
        flag: v.optional(v.nullable(v.boolean())),
        json: v.optional(v.unknown()),
      },
      permissions: { member: all },
    })
    const anyData = fc.record(
      {
        text: fc.option(anyText),
        number: fc.option(anyNumber),
        flag: fc.option(fc.boolean()),
        json: anyJson,
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    fc.assert(
      fc.property(anyData, anyData, (before, patch) => {
        const record = recordWith(before as RecordData)
        const after = update(free, record, patch)
        expect(after.data).toStrictEqual({ ...before, ...patch })
        expect(update(free, after, reversed(patch as Json) as Data)).toBe(after)
        expect(update(free, after, reversed(after.data as Json) as Data)).toBe(after)
        if (after !== record) expect(after.updatedAt).toBe(now)
      }),
    )
  })
})

describe('P9: a write is judged on the record as it is before it', () => {
  const posts = collection('posts', {
    fields: { state: v.string(), owner: v.nullable(v.string()) },
    ownerField: 'owner',
    visibilityField: 'state',
    permissions: {
      editor: { read: true, update: 'published', delete: 'published' },
      member: { read: true, update: 'own', delete: 'own' },
      admin: all,
    },
  })
  const editor: Caller = { userId: 'u2', role: 'editor' }

  test('an update may take away its own right', () => {
    const visible = recordWith({ state: 'public', owner: 'u1' })
    expect(update(posts, visible, { state: 'draft' }, editor).data.state).toBe('draft')
  })

  test('an update may not give itself the right', () => {
    const hidden = recordWith({ state: 'draft', owner: 'u1' })
    expect(refusal(() => update(posts, hidden, { state: 'public' }, editor)).message).toBe(
      'UPDATE DENIED: role=editor, collection=posts',
    )
    const unclaimed = recordWith({ state: 'draft', owner: null })
    expect(refusal(() => update(posts, unclaimed, { owner: 'u1' }, member)).code).toBe('denied')
  })

  test('a delete is judged by the delete rule', () => {
    expect(() => remove(posts, recordWith({ state: 'public', owner: 'u1' }), editor)).not.toThrow()
    expect(told(refusal(() => remove(posts, recordWith({ state: 'draft', owner: 'u1' }), editor)))).toEqual({
      message: 'DELETE DENIED: role=editor, collection=posts',
      code: 'denied',
      collection: 'posts',
      recordId: 'r1',
      field: undefined,
    })
  })

  test('the right to update is none to delete, nor the other way round', () => {
    const split = collection('split', {
      fields: { title: v.string() },
      permissions: { updater: { read: true, update: true }, deleter: { read: true, delete: true } },
    })
    const record = recordWith({ title: 'a' })
    const updater: Caller = { userId: 'u1', role: 'updater' }
    const deleter: Caller = { userId: 'u1', role: 'deleter' }
    expect(update(split, record, { title: 'b' }, updater).data.title).toBe('b')
    expect(refusal(() => remove(split, record, updater)).code).toBe('denied')
    expect(() => remove(split, record, deleter)).not.toThrow()
    expect(refusal(() => update(split, record, { title: 'b' }, deleter)).code).toBe('denied')
  })

  test('P11: the room itself deletes what it likes', () => {
    const closed = collection('closed', { fields: { title: v.string() }, permissions: {} })
    expect(() => remove(closed, recordWith({ title: 'a' }), system)).not.toThrow()
  })

  test('P6: a team member may update, by the members of the time', () => {
    const docs = collection('docs', {
      fields: { team: v.string(), text: v.string() },
      teamField: 'team',
      teams: { collection: 'members', team: 'team', user: 'user' },
      permissions: { member: { read: 'team', update: 'team' } },
    })
    const record = recordWith({ team: 'red', text: 'a' })
    const red: MembersOf = (_, team) => new Set(team === 'red' ? ['u1'] : [])
    expect(update(docs, record, { text: 'b' }, member, red).data.text).toBe('b')
    expect(refusal(() => update(docs, record, { text: 'b' }, member, noMembers)).code).toBe('denied')
  })
})

describe('P10: to whoever may not read a record it does not exist', () => {
  const drafts = collection('drafts', {
    fields: { state: v.string(), key: v.optional(v.string()) },
    visibilityField: 'state',
    immutable: ['key'],
    permissions: {
      member: { read: 'published', create: true, update: true, delete: true },
      blind: { update: true, delete: true },
      powerless: { read: 'published' },
    },
  })
  const hidden = recordWith({ state: 'draft', key: 'k' })
  const answer = {
    message: 'Record not found',
    code: 'not-found',
    collection: 'drafts',
    recordId: 'r1',
    field: undefined,
  }

  test.each(['member', 'blind', 'powerless', 'unheard-of'])('for the role %s', (role) => {
    const caller = { userId: 'u1', role }
    const denied = { ...answer, code: 'denied', message: `CREATE DENIED: role=${role}, collection=drafts` }
    const put = told(refusal(() => update(drafts, hidden, { state: 'public' }, caller)))
    expect(put).toEqual(role === 'member' ? answer : denied)
    if (role !== 'member') expect(told(refusal(() => create(drafts, { state: 'public' }, caller)))).toEqual(put)
    expect(told(refusal(() => remove(drafts, hidden, caller)))).toEqual(answer)
  })

  test.each<[string, Data]>([
    ['nothing', {}],
    ['what stands there', { state: 'draft' }],
    ['an unknown field', { what: 1 }],
    ['a wrong value', { state: 1 }],
    ['an immutable field', { key: 'l' }],
  ])('whatever is wrong with the write besides: %s', (_, data) => {
    expect(told(refusal(() => update(drafts, hidden, data)))).toEqual(answer)
  })

  test('who may read it and not write it is told so', () => {
    const caller = { userId: 'u1', role: 'powerless' }
    const visible = recordWith({ state: 'public' })
    expect(refusal(() => update(drafts, visible, { state: 'draft' }, caller)).code).toBe('denied')
    expect(refusal(() => remove(drafts, visible, caller)).code).toBe('denied')
  })
})

describe('F2: a wrong value is refused with the field, the type of the value and what was expected', () => {
  const shapes = collection('shapes', {
    fields: {
      text: v.optional(v.string()),
      number: v.optional(v.number()),
      flag: v.optional(v.boolean()),
      side: v.optional(v.picklist(['left', 'right'])),
      long: v.optional(v.pipe(v.string(), v.minLength(3, 'at least three letters'))),
      points: v.optional(v.array(v.object({ x: v.number() }))),
      loose: v.optional(v.pipe(v.string(), v.transform(Number), v.number())),
    },
    permissions: { member: all },
  })

  test.each<[string, unknown, string]>([
    ['text', 1, 'text (number): Invalid type: Expected string but received 1'],
    ['text', true, 'text (boolean): Invalid type: Expected string but received true'],
    ['text', ['a'], 'text (array): Invalid type: Expected string but received Array'],
    ['text', { a: 1 }, 'text (object): Invalid type: Expected string but received Object'],
    ['text', null, 'text (null): Invalid type: Expected string but received null'],
    ['number', '1', 'number (string): Invalid type: Expected number but received "1"'],
    ['flag', 1, 'flag (number): Invalid type: Expected boolean but received 1'],
    ['side', 'up', 'side (string): Invalid type: Expected ("left" | "right") but received "up"'],
    ['long', 'ab', 'long (string): at least three letters'],
    ['points', [{ x: 1 }, { x: 'a' }], 'points.1.x (string): Invalid type: Expected number but received "a"'],
    ['points', 'a', 'points (string): Invalid type: Expected Array but received "a"'],
  ])('%s: %j', (field, value, reason) => {
    const expected = {
      message: `FIELD ERROR: ${reason}`,
      code: 'invalid-field',
      collection: 'shapes',
      recordId: 'r1',
      field,
    }
    expect(told(refusal(() => create(shapes, { [field]: value })))).toEqual(expected)
    expect(told(refusal(() => update(shapes, recordWith({}), { [field]: value })))).toEqual(expected)
  })

  test('an output that is no JSON', () => {
    const liars = collection('liars', {
      fields: {
        date: v.pipe(
          v.string(),
          v.transform((text) => new Date(text)),
        ),
      },
      permissions: { member: all },
    })
    expect(refusal(() => create(liars, { date: '2026-01-01' })).message).toBe(
      'FIELD ERROR: date: expected a JSON value, received Date',
    )
  })

  test('an output that the rest of the pipe refuses', () => {
    expect(create(shapes, { loose: '7' }).data.loose).toBe(7)
    expect(refusal(() => create(shapes, { loose: 'x' })).message).toMatch(/^FIELD ERROR: loose \(number\): /)
  })

  test('an error never repeats a long value', () => {
    expect(refusal(() => create(shapes, { number: 'x'.repeat(100_000) })).message.length).toBeLessThan(500)
    expect(refusal(() => create(shapes, { ['x'.repeat(100_000)]: 1 })).message.length).toBeLessThan(500)
  })

  test('M4: both sides refuse with the same words; before it is sent, without a record id', () => {
    expect(told(refusal(() => parseFields(shapes, { number: 'x' })))).toEqual({
      message: 'FIELD ERROR: number (string): Invalid type: Expected number but received "x"',
      code: 'invalid-field',
      collection: 'shapes',
      recordId: undefined,
      field: 'number',
    })
    expect(parseFields(shapes, { text: 'a', number: undefined })).toStrictEqual({ text: 'a' })
    expect(refusal(() => parseFields(shapes, { text: 'a', number: undefined }, 'r1', true))).toMatchObject({
      field: 'number',
    })
  })
})

describe('F3: an unknown field is refused by name', () => {
  const known = 'fields: title, done, priority, note, labels, size, any'

  test.each<[string, unknown]>([
    ['titel', 'a'],
    ['Title', 'a'],
    ['recordId', 'r2'],
    ['createdBy', 'u2'],
    ['constructor', 1],
    ['toString', 1],
    ['gone', undefined],
  ])('%s', (field, value) => {
    const expected = {
      message: `FIELD ERROR: unknown field "${field}" of tasks (${known})`,
      code: 'invalid-field',
      collection: 'tasks',
      recordId: 'r1',
      field,
    }
    expect(told(refusal(() => create(tasks, { title: 'a', [field]: value })))).toEqual(expected)
    expect(told(refusal(() => update(tasks, recordWith({ title: 'a' }), { [field]: value })))).toEqual(expected)
  })

  test('__proto__, as it comes from JSON', () => {
    const data = JSON.parse('{"title":"a","__proto__":{"done":true}}')
    const message = `FIELD ERROR: unknown field "__proto__" of tasks (${known})`
    expect(refusal(() => create(tasks, data)).message).toBe(message)
    expect(refusal(() => update(tasks, recordWith({ title: 'a' }), data)).message).toBe(message)
  })

  test('even of a role that may write few fields', () => {
    const few = collection('few', {
      fields: { title: v.string() },
      permissions: { member: { ...all, writableFields: ['title'] } },
    })
    expect(refusal(() => create(few, { title: 'a', x: 1 })).message).toBe(
      'FIELD ERROR: unknown field "x" of few (fields: title)',
    )
  })
})

describe('F6: what JSON and SQLite would not give back is refused', () => {
  let deep: unknown = []
  for (let level = 1; level < 65; level++) deep = [deep]

  test.each<[string, unknown, string]>([
    ['a lone surrogate', 'a\ud800', 'any: expected well-formed text, received a lone surrogate'],
    ['an infinite number', Number.NEGATIVE_INFINITY, 'any: expected a finite number, received -Infinity'],
    ['NaN in a list', [Number.NaN], 'any[0]: expected a finite number, received NaN'],
    ['the key __proto__', JSON.parse('{"a":{"__proto__":1}}'), 'any.a: the key "__proto__" is not allowed'],
    ['a date', new Date(0), 'any: expected a JSON value, received Date'],
    ['a bigint', 1n, 'any: expected a JSON value, received bigint'],
    ['JSON deeper than 64 levels', deep, `any${'[0]'.repeat(64)}: nested deeper than 64 levels`],
  ])('%s', (_, value, reason) => {
    const expected = {
      message: `FIELD ERROR: ${reason}`,
      code: 'invalid-field',
      collection: 'tasks',
      recordId: 'r1',
      field: 'any',
    }
    expect(told(refusal(() => create(tasks, { title: 'a', any: value })))).toEqual(expected)
    expect(told(refusal(() => update(tasks, recordWith({ title: 'a' }), { any: value })))).toEqual(expected)
  })
})

describe('F7: an immutable field is fixed after create', () => {
  const cards = collection('cards', {
    fields: {
      kind: v.optional(v.pipe(v.string(), v.trim())),
      shape: v.optional(v.unknown()),
      text: v.optional(v.string()),
    },
    permissions: { member: all },
    immutable: ['kind', 'shape'],
  })
  const existing = recordWith({ kind: 'k', shape: { a: 1, b: [{ c: 1, d: 2 }] } })

  test('a create sets it', () => {
    expect(create(cards, { kind: 'k', shape: [1] }).data).toEqual({ kind: 'k', shape: [1] })
  })

  test.each<[string, unknown]>([
    ['kind', 'l'],
    ['shape', { a: 1, b: [{ c: 1, d: 3 }] }],
    ['shape', null],
  ])('another value of %s is refused: %j', (field, value) => {
    expect(told(refusal(() => update(cards, existing, { text: 'a', [field]: value })))).toEqual({
      message: `Cannot modify immutable field '${field}'`,
      code: 'invalid-field',
      collection: 'cards',
      recordId: 'r1',
      field,
    })
  })

  test('a field that was left absent stays so', () => {
    expect(refusal(() => update(cards, recordWith({}), { kind: 'k' })).message).toBe(
      "Cannot modify immutable field 'kind'",
    )
  })

  test('an equal value is no change, whatever the order of its keys', () => {
    expect(update(cards, existing, { kind: 'k' })).toBe(existing)
    expect(update(cards, existing, { kind: ' k ' })).toBe(existing)
    const echoed = { kind: 'k', shape: { b: [{ d: 2, c: 1 }], a: 1 }, text: 'a' }
    expect(update(cards, existing, echoed).data).toEqual({ ...existing.data, text: 'a' })
  })
})

describe('F8: a userBound field holds the id of who created the record', () => {
  const posts = collection('posts', {
    fields: { author: v.string(), text: v.optional(v.string()) },
    permissions: { member: all },
    userBound: ['author'],
  })
  const existing = recordWith({ author: 'u1', text: 'a' })
  const setByServer = {
    message: "FIELD ERROR: Field 'author' is set by the server",
    code: 'invalid-field',
    collection: 'posts',
    recordId: 'r1',
    field: 'author',
  }

  test('a create stamps it', () => {
    expect(create(posts, { text: 'a' }).data).toEqual({ author: 'u1', text: 'a' })
    expect(create(posts, { author: undefined }).data).toEqual({ author: 'u1' })
  })

  test('a client may send what the server would set', () => {
    expect(create(posts, { author: 'u1' }).data).toEqual({ author: 'u1' })
    expect(update(posts, existing, { author: 'u1' })).toBe(existing)
  })

  test.each([['u2'], [null], [''], [7]])('a client that sends %j is refused', (author) => {
    expect(told(refusal(() => create(posts, { author })))).toEqual(setByServer)
    expect(told(refusal(() => update(posts, existing, { author })))).toEqual(setByServer)
  })

  test('another user may echo it and not take it over', () => {
    const other: Caller = { userId: 'u2', role: 'member' }
    expect(update(posts, existing, { author: 'u1', text: 'b' }, other).data).toEqual({ author: 'u1', text: 'b' })
    expect(told(refusal(() => update(posts, existing, { author: 'u2' }, other)))).toEqual(setByServer)
  })

  test('an update by another user does not stamp it anew', () => {
    const other: Caller = { userId: 'u2', role: 'member' }
    expect(update(posts, existing, { text: 'b' }, other).data.author).toBe('u1')
  })

  test('a role that may write other fields only does not stand in its way', () => {
    const few = collection('few', {
      fields: { author: v.string(), text: v.string() },
      permissions: { member: { ...all, writableFields: ['text'] } },
      userBound: ['author'],
    })
    expect(create(few, { text: 'a' }).data).toEqual({ author: 'u1', text: 'a' })
  })

  test('P11: the room itself says whose record it creates', () => {
    expect(create(posts, { author: 'u2' }, system)).toMatchObject({ data: { author: 'u2' }, createdBy: 'system' })
  })
})

describe('F9: a timestamps field is written by the server when its field changes', () => {
  const tasks = collection('tasks', {
    fields: {
      done: v.optional(v.boolean(), false),
      column: v.optional(v.string()),
      text: v.optional(v.string()),
      doneAt: v.optional(v.string()),
      movedAt: v.optional(v.string()),
    },
    permissions: { member: all },
    timestamps: { doneAt: { field: 'done', value: true }, movedAt: { field: 'column' } },
  })

  test.each<[string, RecordData, Data, RecordData]>([
    ['to its value', { done: false }, { done: true }, { doneAt: now }],
    ['to its value, from absent', {}, { done: true }, { doneAt: now }],
    ['to its value again', { done: false, doneAt: earlier }, { done: true }, { doneAt: now }],
    ['away from its value', { done: true, doneAt: earlier }, { done: false }, { doneAt: earlier }],
    ['to what it was', { done: true, doneAt: earlier }, { done: true, text: 'a' }, { doneAt: earlier }],
    ['not at all', { done: true, doneAt: earlier }, { text: 'a' }, { doneAt: earlier }],
    ['to anything, where no value is named', { column: 'a' }, { column: 'b' }, { movedAt: now }],
    ['from absent, where no value is named', {}, { column: 'b' }, { movedAt: now }],
  ])('an update of the field %s', (_, before, data, expected) => {
    expect(update(tasks, recordWith(before), data).data).toMatchObject(expected)
  })

  test('an update of other fields writes none', () => {
    expect(update(tasks, recordWith({ done: false }), { text: 'a' }).data).toStrictEqual({ done: false, text: 'a' })
  })

  test('the room itself may bring times of its own', () => {
    expect(create(tasks, { done: true, doneAt: earlier }, system).data).toMatchObject({ doneAt: earlier })
    expect(create(tasks, { done: true }, system).data).toMatchObject({ doneAt: now })
    const before = recordWith({ done: false })
    expect(update(tasks, before, { done: true, doneAt: earlier }, system).data).toMatchObject({ doneAt: earlier })
  })

  test('a create writes it for a field that it sets', () => {
    expect(create(tasks, { done: true, column: 'a' }).data).toMatchObject({ doneAt: now, movedAt: now })
    expect(create(tasks, { done: false }).data).toStrictEqual({ done: false })
    expect(create(tasks, {}).data).toStrictEqual({ done: false })
  })

  test.each([['2020-01-01T00:00:00.000Z'], [now], [null], [''], [1]])('a client that sends %j is refused', (doneAt) => {
    const expected = {
      message: "FIELD ERROR: Field 'doneAt' is set by the server",
      code: 'invalid-field',
      collection: 'tasks',
      recordId: 'r1',
      field: 'doneAt',
    }
    expect(told(refusal(() => create(tasks, { done: true, doneAt })))).toEqual(expected)
    expect(told(refusal(() => update(tasks, recordWith({ done: false }), { done: true, doneAt })))).toEqual(expected)
    const stamped = recordWith({ done: true, doneAt: earlier })
    expect(told(refusal(() => update(tasks, stamped, { doneAt })))).toEqual(expected)
  })

  test('a client may send what stands there', () => {
    const stamped = recordWith({ done: true, doneAt: earlier })
    expect(update(tasks, stamped, { doneAt: earlier })).toBe(stamped)
    expect(update(tasks, stamped, { doneAt: earlier, text: 'a' }).data.doneAt).toBe(earlier)
  })

  test('the server writes it whatever the role may write, and although it is immutable', () => {
    const few = collection('few', {
      fields: { done: v.boolean(), doneAt: v.optional(v.string()) },
      permissions: { member: { ...all, writableFields: ['done'] } },
      timestamps: { doneAt: { field: 'done', value: true } },
      immutable: ['doneAt'],
    })
    expect(update(few, recordWith({ done: false }), { done: true }).data.doneAt).toBe(now)
  })
})

describe('F10: writableFields bounds what a role may send', () => {
  const cards = collection('cards', {
    fields: {
      text: v.optional(v.string()),
      rank: v.optional(v.number(), 0),
      meta: v.optional(v.unknown()),
    },
    permissions: {
      member: { ...all, writableFields: ['text'] },
      mute: { ...all, writableFields: [] },
      admin: all,
    },
  })
  const existing = recordWith({ text: 'a', rank: 1, meta: { x: 1, y: 2 } })
  const cannot = (field: string, role = 'member') => ({
    message: `FIELD ERROR: Role '${role}' cannot modify field '${field}'`,
    code: 'invalid-field',
    collection: 'cards',
    recordId: 'r1',
    field,
  })

  test('a field that is not listed is refused, in create and update', () => {
    expect(told(refusal(() => create(cards, { text: 'a', rank: 1 })))).toEqual(cannot('rank'))
    expect(told(refusal(() => update(cards, existing, { rank: 2 })))).toEqual(cannot('rank'))
    expect(told(refusal(() => update(cards, existing, { meta: null })))).toEqual(cannot('meta'))
  })

  test('a listed one is not, and absent ones are completed', () => {
    expect(create(cards, { text: 'a' }).data).toEqual({ text: 'a', rank: 0 })
    expect(update(cards, existing, { text: 'b' }).data).toEqual({ ...existing.data, text: 'b' })
  })

  test('an equal value is no change, whatever the order of its keys', () => {
    expect(update(cards, existing, { rank: 1, meta: { y: 2, x: 1 } })).toBe(existing)
    expect(update(cards, existing, { ...existing.data, text: 'b' }).data.text).toBe('b')
  })

  test('an empty list leaves nothing to write', () => {
    expect(told(refusal(() => update(cards, existing, { text: 'b' }, { userId: 'u1', role: 'mute' })))).toEqual(
      cannot('text', 'mute'),
    )
  })

  test('a role without the list, and the room itself, may send every field', () => {
    expect(update(cards, existing, { rank: 2 }, { userId: 'u1', role: 'admin' }).data.rank).toBe(2)
    expect(update(cards, existing, { rank: 2 }, system).data.rank).toBe(2)
  })
})

describe('F11: the owner field', () => {
  const rules: Record<string, RolePermissions<'owner' | 'text' | 'editors' | 'state'>> = {
    everything: { update: true },
    own: { update: 'own' },
    collaborator: { update: 'collaborator' },
    published: { update: 'published' },
    claims: { update: 'unclaimed-or-own' },
    'own and named': { update: 'own', writableFields: ['owner', 'text'] },
    'everything and named': { update: true, writableFields: ['owner'] },
    'everything but the owner': { update: true, writableFields: ['text'] },
    'claims and named': { update: 'unclaimed-or-own', writableFields: ['owner', 'text'] },
  }
  const docs = collection('docs', {
    fields: {
      owner: v.optional(v.nullable(v.string())),
      text: v.optional(v.string()),
      editors: v.optional(v.array(v.string())),
      state: v.optional(v.string()),
    },
    ownerField: 'owner',
    collaboratorsField: 'editors',
    visibilityField: 'state',
    permissions: Object.fromEntries(
      Object.entries(rules).map(([role, levels]) => [role, { ...levels, read: true, create: true, delete: true }]),
    ),
  })
  const by = (role: string): Caller => ({ userId: 'u1', role })

  test.each<[string, string | null, 'allowed' | 'refused']>([
    ['everything', 'u2', 'allowed'],
    ['everything', 'u1', 'allowed'],
    ['everything', null, 'allowed'],
    ['own', 'u2', 'refused'],
    ['own', 'u1', 'allowed'],
    ['own', null, 'allowed'],
    ['collaborator', 'u2', 'refused'],
    ['collaborator', 'u1', 'allowed'],
    ['published', 'u2', 'refused'],
    ['published', 'u1', 'allowed'],
    ['claims', 'u2', 'refused'],
    ['claims', 'u1', 'allowed'],
    ['claims', null, 'allowed'],
    ['claims', '', 'allowed'],
    ['own and named', 'u2', 'allowed'],
    ['own and named', 'u1', 'allowed'],
    ['everything and named', 'u2', 'allowed'],
    ['everything but the owner', 'u2', 'refused'],
    ['claims and named', 'u2', 'refused'],
    ['claims and named', 'u1', 'allowed'],
  ])('a create by the role %j with the owner %j is %s', (role, owner, outcome) => {
    const write = () => create(docs, { owner }, by(role))
    if (outcome === 'allowed') expect(write().data.owner).toBe(owner)
    else expect(told(refusal(write))).toEqual(refused(role))
  })

  test.each<[string, string | null, string | null, 'allowed' | 'refused']>([
    ['everything', 'u1', 'u2', 'allowed'],
    ['everything', 'u2', 'u3', 'allowed'],
    ['everything', 'u2', 'u1', 'allowed'],
    ['everything', 'u2', null, 'allowed'],
    ['own', 'u1', 'u2', 'refused'],
    ['own', 'u1', null, 'refused'],
    ['own', 'u1', '', 'refused'],
    ['collaborator', 'u2', 'u1', 'refused'],
    ['collaborator', 'u1', 'u2', 'refused'],
    ['published', 'u2', 'u1', 'refused'],
    ['published', null, 'u1', 'refused'],
    ['published', null, 'u2', 'refused'],
    ['claims', null, 'u1', 'allowed'],
    ['claims', '', 'u1', 'allowed'],
    ['claims', null, 'u2', 'refused'],
    ['claims', 'u1', null, 'allowed'],
    ['claims', 'u1', '', 'allowed'],
    ['claims', 'u1', 'u2', 'refused'],
    ['own and named', 'u1', 'u2', 'allowed'],
    ['own and named', 'u1', null, 'allowed'],
    ['everything and named', 'u2', 'u3', 'allowed'],
    ['everything but the owner', 'u1', 'u2', 'refused'],
    ['claims and named', 'u1', 'u2', 'refused'],
    ['claims and named', 'u1', null, 'allowed'],
  ])('an update by the role %j from the owner %j to %j is %s', (role, from, to, outcome) => {
    const existing = recordWith({ owner: from, text: 'a', editors: ['u1'], state: 'public' })
    const write = () => update(docs, existing, { owner: to }, by(role))
    if (outcome === 'allowed') expect(write().data.owner).toBe(to)
    else expect(told(refusal(write))).toEqual(refused(role))
  })

  test.each(Object.keys(rules))('the role %j may echo the owner with another change', (role) => {
    const existing = recordWith({ owner: 'u1', text: 'a', editors: [], state: 'public' })
    const text = role === 'everything and named' ? 'a' : 'b'
    expect(update(docs, existing, { owner: 'u1', text }, by(role)).data).toMatchObject({ owner: 'u1', text })
  })

  test("a record that is claimed is out of reach of 'unclaimed-or-own'", () => {
    const claimed = recordWith({ owner: 'u2', text: 'a' })
    expect(refusal(() => update(docs, claimed, { owner: 'u1' }, by('claims'))).code).toBe('denied')
  })

  test("'unclaimed-or-own' may change an unclaimed record and leave it unclaimed", () => {
    const unclaimed = recordWith({ owner: null, text: 'a' })
    expect(update(docs, unclaimed, { text: 'b' }, by('claims')).data).toEqual({ owner: null, text: 'b' })
  })

  test('one kind of empty owner is as good as another', () => {
    const unclaimed = recordWith({ owner: null, state: 'public' })
    expect(update(docs, unclaimed, { owner: '' }, by('published')).data.owner).toBe('')
  })

  test('P11: the room itself sets whom it likes', () => {
    expect(create(docs, { owner: 'u2' }, system).data.owner).toBe('u2')
    expect(update(docs, recordWith({ owner: 'u2' }), { owner: 'u3' }, system).data.owner).toBe('u3')
  })

  test('F8: an owner field that is userBound is stamped, and fixed', () => {
    const notes = collection('notes', {
      fields: { owner: v.string(), text: v.optional(v.string()) },
      ownerField: 'owner',
      userBound: ['owner'],
      permissions: { member: { ...all, update: 'own' }, admin: all },
    })
    expect(create(notes, {}).data).toEqual({ owner: 'u1' })
    expect(refusal(() => create(notes, { owner: 'u2' }, by('admin'))).message).toBe(
      "FIELD ERROR: Field 'owner' is set by the server",
    )
    expect(update(notes, recordWith({ owner: 'u1' }), { text: 'a' }).data).toEqual({ owner: 'u1', text: 'a' })
  })

  test.each<Level>(['own', 'unclaimed-or-own', 'published'])(
    'no write of a role that updates %j makes another user the owner',
    (level) => {
      const claimed = collection('claimed', {
        fields: { owner: v.optional(v.nullable(v.string())), state: v.optional(v.string()) },
        ownerField: 'owner',
        visibilityField: 'state',
        permissions: { member: { read: true, create: true, update: level } },
      })
      const owner = fc.constantFrom(null, '', 'u1', 'u2', 'u3')
      fc.assert(
        fc.property(owner, owner, fc.constantFrom('public', 'draft'), (from, to, state) => {
          const before = recordWith({ owner: from, state })
          for (const write of [() => create(claimed, { owner: to }), () => update(claimed, before, { owner: to })]) {
            const after = outcome(write)?.data.owner
            expect([undefined, null, '', 'u1', from]).toContain(after)
          }
        }),
      )
    },
  )

  function refused(role: string) {
    return {
      message: `FIELD ERROR: Role '${role}' cannot modify field 'owner'`,
      code: 'invalid-field',
      collection: 'docs',
      recordId: 'r1',
      field: 'owner',
    }
  }

  /** What a write makes, or `undefined` when it is refused. */
  function outcome(write: () => RecordEnvelope): RecordEnvelope | undefined {
    try {
      return write()
    } catch {
      return undefined
    }
  }
})
