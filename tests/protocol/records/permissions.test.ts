import { type Collection, type CollectionOptions, collection, type Level } from 'deepspace-solid/schema'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  judge,
  type MembersOf,
  may,
  ownerOf,
  passes,
  rulesOf,
  system,
} from '../../../src/protocol/records/permissions.ts'
import type { RecordEnvelope } from '../../../src/protocol/records/record.ts'
import { noMembers, recordWith } from './fixtures.ts'

const fields = {
  owner: v.optional(v.nullable(v.string())),
  editors: v.optional(v.nullable(v.array(v.string()))),
  team: v.optional(v.nullable(v.string())),
  state: v.optional(v.string()),
}

/** Every option a level can look at; without permissions. */
const looked = {
  fields,
  ownerField: 'owner',
  collaboratorsField: 'editors',
  teamField: 'team',
  teams: { collection: 'members', team: 'team', user: 'user', active: { field: 'status', value: 'active' } },
  visibilityField: 'state',
} satisfies Partial<CollectionOptions<typeof fields>>

const documents = collection('documents', { ...looked, permissions: {} })

const memberships = [
  { team: 'red', user: 'member', status: 'active' },
  { team: 'red', user: 'former', status: 'inactive' },
  { team: 'blue', user: 'stranger', status: 'active' },
]

const membersOf: MembersOf = (_, team) =>
  new Set(memberships.filter((m) => m.team === team && m.status === 'active').map((m) => m.user))

/** How the callers relate to the record of the table. `former` is an inactive member of its team. */
const everyone = ['owner', 'creator', 'editor', 'member', 'former', 'stranger', 'anon-1']
const none: string[] = []

describe('who passes a level', () => {
  const condition = {
    'visible, owned': recordWith({ owner: 'owner', editors: ['editor'], team: 'red', state: 'public' }),
    'hidden, owned': recordWith({ owner: 'owner', editors: ['editor'], team: 'red', state: 'draft' }),
    'visible, unclaimed': recordWith({ owner: null, editors: ['editor'], team: 'red', state: 'public' }),
    'hidden, unclaimed': recordWith({ owner: null, editors: ['editor'], team: 'red', state: 'draft' }),
  }

  test.each<[string, Level | undefined, keyof typeof condition, string[]]>([
    ['P1', undefined, 'visible, owned', none],
    ['P1', undefined, 'hidden, owned', none],
    ['P1', undefined, 'visible, unclaimed', none],
    ['P1', undefined, 'hidden, unclaimed', none],

    ['P2', false, 'visible, owned', none],
    ['P2', false, 'hidden, owned', none],
    ['P2', false, 'visible, unclaimed', none],
    ['P2', false, 'hidden, unclaimed', none],

    ['P2', true, 'visible, owned', everyone],
    ['P2', true, 'hidden, owned', everyone],
    ['P2', true, 'visible, unclaimed', everyone],
    ['P2', true, 'hidden, unclaimed', everyone],

    ['P3', 'own', 'visible, owned', ['owner']],
    ['P3', 'own', 'hidden, owned', ['owner']],
    ['P3', 'own', 'visible, unclaimed', none],
    ['P3', 'own', 'hidden, unclaimed', none],

    ['P4', 'unclaimed-or-own', 'visible, owned', ['owner']],
    ['P4', 'unclaimed-or-own', 'hidden, owned', ['owner']],
    ['P4', 'unclaimed-or-own', 'visible, unclaimed', everyone],
    ['P4', 'unclaimed-or-own', 'hidden, unclaimed', everyone],

    ['P5', 'collaborator', 'visible, owned', ['owner', 'editor']],
    ['P5', 'collaborator', 'hidden, owned', ['owner', 'editor']],
    ['P5', 'collaborator', 'visible, unclaimed', ['editor']],
    ['P5', 'collaborator', 'hidden, unclaimed', ['editor']],

    ['P6', 'team', 'visible, owned', ['owner', 'editor', 'member']],
    ['P6', 'team', 'hidden, owned', ['owner', 'editor', 'member']],
    ['P6', 'team', 'visible, unclaimed', ['editor', 'member']],
    ['P6', 'team', 'hidden, unclaimed', ['editor', 'member']],

    ['P7', 'published', 'visible, owned', everyone],
    ['P7', 'published', 'hidden, owned', ['owner']],
    ['P7', 'published', 'visible, unclaimed', everyone],
    ['P7', 'published', 'hidden, unclaimed', none],

    ['P8', 'shared', 'visible, owned', everyone],
    ['P8', 'shared', 'hidden, owned', ['owner', 'editor']],
    ['P8', 'shared', 'visible, unclaimed', everyone],
    ['P8', 'shared', 'hidden, unclaimed', ['editor']],
  ])('%s: %j on a record that is %s: %j', (_, level, state, expected) => {
    const verdict = judge(level, documents, condition[state], membersOf)
    expect(everyone.filter((user) => passes(verdict, user))).toEqual(expected)
  })
})

describe('P3: who owns a record', () => {
  const own = (of: Collection, record: RecordEnvelope) =>
    everyone.filter((user) => passes(judge('own', of, record, noMembers), user))

  test('the user in the owner field, not the creator', () => {
    const record = recordWith({ owner: 'owner' })
    expect(ownerOf(documents, record)).toBe('owner')
    expect(own(documents, record)).toEqual(['owner'])
  })

  test.each([
    ['null', { owner: null }],
    ['empty', { owner: '' }],
    ['absent', {}],
  ])('no one while the owner field is %s, not even the creator or a caller without an id', (_, data) => {
    expect(ownerOf(documents, recordWith(data))).toBe(null)
    expect(own(documents, recordWith(data))).toEqual([])
    expect(passes(judge('own', documents, recordWith(data), noMembers), '')).toBe(false)
  })

  test.each([
    ['null', { owner: null }],
    ['empty', { owner: '' }],
    ['absent', {}],
  ])("P4: 'unclaimed-or-own' passes everyone while the owner field is %s", (_, data) => {
    expect(judge('unclaimed-or-own', documents, recordWith(data), noMembers)).toBe(true)
  })

  test('the creator, where the collection has no owner field', () => {
    const notes = collection('notes', { fields, permissions: {} })
    const record = recordWith({ owner: 'owner' })
    expect(ownerOf(notes, record)).toBe('creator')
    expect(own(notes, record)).toEqual(['creator'])
  })
})

describe('what a level looks at may be empty', () => {
  test.each([[{}], [{ editors: null }], [{ editors: [] }]])('P5: no collaborators: %j', (data) => {
    const verdict = judge('collaborator', documents, recordWith({ owner: 'owner', ...data }), noMembers)
    expect(everyone.filter((user) => passes(verdict, user))).toEqual(['owner'])
  })

  test('P5: a collaborator is listed whole, not as a part of another id', () => {
    const verdict = judge('collaborator', documents, recordWith({ editors: ['editor-in-chief'] }), noMembers)
    expect(passes(verdict, 'editor')).toBe(false)
  })

  test.each([[{}], [{ team: null }], [{ team: '' }], [{ team: 'none' }]])('P6: no team: %j', (data) => {
    const verdict = judge('team', documents, recordWith({ owner: 'owner', ...data }), membersOf)
    expect(everyone.filter((user) => passes(verdict, user))).toEqual(['owner'])
  })

  test('P6: a member of another team has no part in this one', () => {
    const verdict = judge('team', documents, recordWith({ team: 'blue' }), membersOf)
    expect(everyone.filter((user) => passes(verdict, user))).toEqual(['stranger'])
  })

  test('P6: the room is asked about an empty team never', () => {
    const everywhere: MembersOf = () => new Set(everyone)
    expect(judge('team', documents, recordWith({ team: '' }), everywhere)).toBe(false)
    expect(judge('team', documents, recordWith({}), everywhere)).toBe(false)
  })

  test.each([[{}], [{ state: null }], [{ state: '' }], [{ state: 'Public' }], [{ state: 'draft' }]])(
    'P7, P8: not visible: %j',
    (data) => {
      expect(passes(judge('published', documents, recordWith(data), noMembers), 'stranger')).toBe(false)
      expect(passes(judge('shared', documents, recordWith(data), noMembers), 'stranger')).toBe(false)
    },
  )

  test('P7: a record is visible while its field has the value that was declared, of its type', () => {
    const flags = { done: v.optional(v.unknown()) }
    const posts = collection('posts', {
      fields: flags,
      permissions: {},
      visibilityField: { field: 'done', value: true },
    })
    const visible = (data: { done?: string | number | boolean }) =>
      passes(judge('published', posts, recordWith(data), noMembers), 'stranger')
    expect(visible({ done: true })).toBe(true)
    expect([{}, { done: false }, { done: 1 }, { done: 'true' }, { done: 'public' }].map(visible)).not.toContain(true)
  })
})

describe('P1: what is not allowed is denied', () => {
  const rules = collection('rules', {
    fields,
    permissions: {
      '*': { read: true, delete: true },
      member: { read: 'own', create: true },
      silent: {},
    },
  })
  const closed = collection('closed', { fields, permissions: { admin: { read: true, update: true, delete: true } } })
  const record = recordWith({})
  const actions = ['read', 'update', 'delete'] as const
  const allowed = (role: string, of: Collection = rules) =>
    actions.filter((action) => may(action, { userId: 'stranger', role }, of, record, noMembers))

  test("a role without an entry has that of '*'", () => {
    expect(allowed('viewer')).toEqual(['read', 'delete'])
    expect(rulesOf(rules, 'viewer')).toEqual({ read: true, delete: true })
  })

  test("a role with an entry has nothing of '*'", () => {
    expect(allowed('member')).toEqual([])
    expect(rulesOf(rules, 'member')).toEqual({ read: 'own', create: true })
    expect(allowed('silent')).toEqual([])
    expect(rulesOf(rules, 'silent')).toEqual({})
  })

  test('a role that no entry speaks of has nothing', () => {
    expect(allowed('admin', closed)).toEqual(['read', 'update', 'delete'])
    expect(allowed('member', closed)).toEqual([])
    expect(rulesOf(closed, 'member')).toEqual({})
  })

  test('no role has rules, whatever its name is', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)))
    fc.assert(
      fc.property(name, (role) => {
        fc.pre(role !== 'admin')
        expect(rulesOf(closed, role)).toEqual({})
        expect(allowed(role, closed)).toEqual([])
      }),
    )
  })

  test('P11: no rule binds the room itself', () => {
    expect(actions.filter((action) => may(action, system, closed, record, noMembers))).toEqual([...actions])
  })

  test('a role is judged by the level of the action', () => {
    const mixed = collection('mixed', {
      ...looked,
      permissions: { member: { read: 'published', update: 'collaborator', delete: 'own' } },
    })
    const draft = recordWith({ owner: 'owner', editors: ['editor'], state: 'public' })
    const allowedTo = (userId: string) =>
      actions.filter((action) => may(action, { userId, role: 'member' }, mixed, draft, noMembers))
    expect(allowedTo('owner')).toEqual(['read', 'update', 'delete'])
    expect(allowedTo('editor')).toEqual(['read', 'update'])
    expect(allowedTo('stranger')).toEqual(['read'])
  })
})

describe('A3, A4: a verdict speaks of the time when it was taken', () => {
  test('a membership that ends later does not change it', () => {
    let members: ReadonlySet<string> = new Set(['member'])
    const changing: MembersOf = () => members
    const record = recordWith({ team: 'red' })
    const before = judge('team', documents, record, changing)
    members = new Set()
    const after = judge('team', documents, record, changing)
    expect([passes(before, 'member'), passes(after, 'member')]).toEqual([true, false])
  })

  test('a membership that begins later does not change it', () => {
    let members: ReadonlySet<string> = new Set()
    const changing: MembersOf = () => members
    const record = recordWith({ team: 'red', owner: 'owner' })
    const before = judge('team', documents, record, changing)
    members = new Set(['member'])
    const after = judge('team', documents, record, changing)
    expect([passes(before, 'member'), passes(after, 'member')]).toEqual([false, true])
  })

  test('the room is asked for the members when the verdict is taken, and not again', () => {
    let asked = 0
    const counting: MembersOf = () => {
      asked++
      return new Set(['member'])
    }
    const verdict = judge('team', documents, recordWith({ team: 'red' }), counting)
    expect(asked).toBe(1)
    for (const user of everyone) passes(verdict, user)
    expect(asked).toBe(1)
  })
})

describe('levels of every record and caller', () => {
  const user = fc.constantFrom('a', 'b', 'c', 'd', '')
  const anyDocument = fc
    .record({
      owner: fc.option(user),
      editors: fc.option(fc.uniqueArray(user)),
      team: fc.constantFrom(null, '', 'red', 'blue'),
      state: fc.constantFrom('public', 'draft', ''),
      absent: fc.subarray(['owner', 'editors', 'team', 'state']),
    })
    .map(({ absent, ...data }) =>
      recordWith(Object.fromEntries(Object.entries(data).filter(([field]) => !absent.includes(field)))),
    )
  const anyMembers = fc.dictionary(fc.constantFrom('red', 'blue'), fc.uniqueArray(user))
  const asked = (members: Record<string, string[]>): MembersOf => {
    return (_, team) => new Set(members[team] ?? [])
  }

  test.each<[Level, Level]>([
    ['own', 'unclaimed-or-own'],
    ['own', 'collaborator'],
    ['own', 'published'],
    ['collaborator', 'team'],
    ['collaborator', 'shared'],
    ['published', 'shared'],
    ['unclaimed-or-own', true],
    ['team', true],
    ['shared', true],
  ])('whoever passes %j passes %j', (less, more) => {
    fc.assert(
      fc.property(anyDocument, user, anyMembers, (record, userId, members) => {
        const pass = (level: Level) => passes(judge(level, documents, record, asked(members)), userId)
        expect(pass(more) || !pass(less)).toBe(true)
      }),
    )
  })

  test.each<Level>(['own', 'unclaimed-or-own', 'collaborator', 'team', 'published', 'shared'])(
    'a new collaborator, member or a record made visible takes %j from no one',
    (level) => {
      fc.assert(
        fc.property(anyDocument, user, user, anyMembers, (record, userId, newcomer, members) => {
          fc.pre(passes(judge(level, documents, record, asked(members)), userId))
          const editors = [...((record.data.editors as string[] | null | undefined) ?? []), newcomer]
          const listed = { ...record, data: { ...record.data, editors } }
          const shown = { ...record, data: { ...record.data, state: 'public' } }
          const joined = { ...members, red: [...(members.red ?? []), newcomer] }
          expect(passes(judge(level, documents, listed, asked(members)), userId)).toBe(true)
          expect(passes(judge(level, documents, shown, asked(members)), userId)).toBe(true)
          expect(passes(judge(level, documents, record, asked(joined)), userId)).toBe(true)
        }),
      )
    },
  )
})
