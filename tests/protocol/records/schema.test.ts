import { type CollectionOptions, collection, type FieldKind } from 'deepspace-solid/schema'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'

const fields = {
  title: v.string(),
  done: v.optional(v.boolean()),
  priority: v.optional(v.number()),
  owner: v.optional(v.nullable(v.string())),
  team: v.optional(v.string()),
  editors: v.optional(v.array(v.string())),
  state: v.optional(v.picklist(['draft', 'public'])),
  finishedAt: v.optional(v.string()),
}

describe('S1: a collection is what was declared, in one shape', () => {
  test('what is not said has its default', () => {
    const plain = collection('plain', { fields: { title: fields.title }, permissions: {} })
    expect(plain).toEqual({
      name: 'plain',
      fields: { title: fields.title },
      kinds: { title: 'text' },
      permissions: {},
      ownerField: undefined,
      collaboratorsField: undefined,
      teamField: undefined,
      teams: undefined,
      visibility: undefined,
      immutable: [],
      userBound: [],
      timestamps: {},
      unique: [],
      indexes: [],
    })
  })

  test('every option is kept', () => {
    const teams = {
      collection: 'members',
      team: 'team',
      user: 'user',
      active: { field: 'status', value: 'active' },
    }
    const full = collection('full', {
      fields,
      permissions: {
        '*': { read: 'published' },
        member: { read: 'team', create: true, update: 'unclaimed-or-own', delete: 'own', writableFields: ['title'] },
        admin: { read: true, create: false, update: 'collaborator', delete: 'shared' },
      },
      ownerField: 'owner',
      collaboratorsField: 'editors',
      teamField: 'team',
      teams,
      visibilityField: { field: 'done', value: true },
      immutable: ['title', 'editors'],
      userBound: ['owner'],
      timestamps: { finishedAt: { field: 'done', value: true } },
      unique: [['title', 'team']],
      indexes: [['done', 'priority']],
    })
    expect(full).toMatchObject({
      ownerField: 'owner',
      collaboratorsField: 'editors',
      teamField: 'team',
      teams,
      visibility: { field: 'done', value: true },
      immutable: ['title', 'editors'],
      userBound: ['owner'],
      timestamps: { finishedAt: { field: 'done', value: true } },
      unique: [['title', 'team']],
      indexes: [['done', 'priority']],
    })
  })

  test('a visibility field by its name alone makes a record visible while it is public', () => {
    const posts = collection('posts', { fields, permissions: {}, visibilityField: 'state' })
    expect(posts.visibility).toEqual({ field: 'state', value: 'public' })
  })

  test('a collection cannot be changed after it was declared', () => {
    const posts = collection('posts', { fields, permissions: {} })
    expect(() => Object.assign(posts, { ownerField: 'title' })).toThrow(TypeError)
  })

  test.each(['a', 'notes', 'team_members', 'blog-posts', 'V2', 'x'.repeat(64)])('%s is a name', (name) => {
    expect(collection(name, { fields, permissions: {} }).name).toBe(name)
  })
})

describe('S1: what is wrong in a declaration is refused where it stands', () => {
  test('createdBy, unless it says what the envelope says', () => {
    const fields = { createdBy: v.string() }
    const reason = 'fields: "createdBy" is a field of every record already, unless it is userBound and immutable'
    for (const half of [{}, { userBound: ['createdBy'] }, { immutable: ['createdBy'] }]) {
      expect(() => declare({ fields, ...half })).toThrow(new TypeError(`collection "notes": ${reason}`))
    }
    expect(declare({ fields, userBound: ['createdBy'], immutable: ['createdBy'] })).toMatchObject({
      kinds: { createdBy: 'text' },
    })
    // What is no bound text stays refused for the other names, whatever is said of it.
    expect(() =>
      declare({ fields: { createdAt: v.string() }, userBound: ['createdAt'], immutable: ['createdAt'] }),
    ).toThrow(/"createdAt" is a field of every record already$/)
  })

  test.each(['', '1st', '_notes', '-notes', 'no tes', 'nötes', 'a.b', 'a/b', 'x'.repeat(65), '__proto__'])(
    'the name %j',
    (name) => {
      expect(() => collection(name, { fields, permissions: {} })).toThrow(
        new TypeError(
          `collection ${JSON.stringify(name)}: a name is a letter, then up to 63 letters, digits, "_" or "-"`,
        ),
      )
    },
  )

  const known = 'title, done, priority, owner, team, editors, state, finishedAt'
  const teams = { collection: 'members', team: 'team', user: 'user' }

  test.each<[string, object, string]>([
    [
      'an unknown option',
      { ownerfield: 'owner' },
      'unknown option "ownerfield" (fields, permissions, ownerField, collaboratorsField, teamField, teams, visibilityField, immutable, userBound, timestamps, unique, indexes)',
    ],
    ['an unknown ownerField', { ownerField: 'x' }, `ownerField: unknown field "x" (fields: ${known})`],
    [
      'an unknown collaboratorsField',
      { collaboratorsField: 'x' },
      `collaboratorsField: unknown field "x" (fields: ${known})`,
    ],
    ['an unknown teamField', { teamField: 'x' }, `teamField: unknown field "x" (fields: ${known})`],
    ['an unknown visibilityField', { visibilityField: 'x' }, `visibilityField: unknown field "x" (fields: ${known})`],
    [
      'an unknown field in visibilityField',
      { visibilityField: { field: 'x', value: 1 } },
      `visibilityField: unknown field "x" (fields: ${known})`,
    ],
    ['an unknown field in immutable', { immutable: ['title', 'x'] }, `immutable: unknown field "x" (fields: ${known})`],
    ['an unknown field in userBound', { userBound: ['x'] }, `userBound: unknown field "x" (fields: ${known})`],
    [
      'an unknown timestamp',
      { timestamps: { x: { field: 'done' } } },
      `timestamps: unknown field "x" (fields: ${known})`,
    ],
    [
      'a timestamp for a value that the field never has',
      { timestamps: { finishedAt: { field: 'done', value: 'yes' } } },
      'timestamps.finishedAt: the field "done" is boolean, and never has a value of type string',
    ],
    [
      'a visibility that the field never has',
      { visibilityField: 'done' },
      'visibilityField: the field "done" is boolean, and never has a value of type string',
    ],
    [
      'a timestamp of an unknown field',
      { timestamps: { finishedAt: { field: 'x' } } },
      `timestamps.finishedAt: unknown field "x" (fields: ${known})`,
    ],
    [
      'an unknown field in unique',
      { unique: [['title'], ['team', 'x']] },
      `unique: unknown field "x" (fields: ${known})`,
    ],
    ['an unknown field in indexes', { indexes: [['x']] }, `indexes: unknown field "x" (fields: ${known})`],
    [
      'a name that every object inherits',
      { immutable: ['toString'] },
      `immutable: unknown field "toString" (fields: ${known})`,
    ],
    [
      'an owner that is no text',
      { ownerField: 'priority' },
      'ownerField: the field "priority" is number, expected text',
    ],
    [
      'collaborators that are no list',
      { collaboratorsField: 'owner' },
      'collaboratorsField: the field "owner" is text, expected json',
    ],
    ['a team that is no text', { teamField: 'editors' }, 'teamField: the field "editors" is json, expected text'],
    [
      'a user-bound field that is no text',
      { userBound: ['done'] },
      'userBound: the field "done" is boolean, expected text',
    ],
    [
      'a timestamp that is no text',
      { timestamps: { priority: { field: 'done' } } },
      'timestamps: the field "priority" is number, expected text',
    ],
    [
      'a timestamp that is required',
      { timestamps: { title: { field: 'done' } } },
      'timestamps: the field "title" must be optional, the server sets it later',
    ],
    ['teams without teamField', { teams }, 'teams: needs teamField'],
    [
      'a unique list over json',
      { unique: [['title', 'editors']] },
      'unique: the field "editors" is json; only text, number and boolean fields can be indexed',
    ],
    [
      'an index over json',
      { indexes: [['editors']] },
      'indexes: the field "editors" is json; only text, number and boolean fields can be indexed',
    ],
    ['an empty unique list', { unique: [[]] }, 'unique: expected lists of field names'],
    ['a unique field without its list', { unique: ['title'] }, 'unique: expected lists of field names'],
    ['an index without its list', { indexes: ['title'] }, 'indexes: expected lists of field names'],
    ['no permissions', { permissions: undefined }, 'permissions: expected an object, received undefined'],
    ['permissions that are null', { permissions: null }, 'permissions: expected an object, received null'],
    ['permissions that are text', { permissions: 'all' }, 'permissions: expected an object, received string'],
    [
      'an unknown action',
      { permissions: { member: { write: true } } },
      'permissions.member.write: unknown action (read, create, update, delete, writableFields)',
    ],
    [
      'an unknown level of read',
      { permissions: { member: { read: 'mine' } } },
      'permissions.member.read: unknown level "mine"',
    ],
    ['an unknown level of update', { permissions: { '*': { update: 1 } } }, 'permissions.*.update: unknown level 1'],
    [
      'an unknown level of delete',
      { permissions: { member: { delete: null } } },
      'permissions.member.delete: unknown level null',
    ],
    [
      'a create that is a level',
      { permissions: { member: { create: 'own' } } },
      'permissions.member.create: expected a boolean, received "own"',
    ],
    [
      'an unknown writable field',
      { permissions: { member: { writableFields: ['x'] } } },
      `permissions.member.writableFields: unknown field "x" (fields: ${known})`,
    ],
    [
      "'unclaimed-or-own' without ownerField",
      { permissions: { member: { update: 'unclaimed-or-own' } } },
      'permissions.member.update: "unclaimed-or-own" needs ownerField',
    ],
    [
      "'collaborator' without collaboratorsField",
      { permissions: { member: { read: 'collaborator' } } },
      'permissions.member.read: "collaborator" needs collaboratorsField',
    ],
    [
      "'team' without teamField",
      { permissions: { member: { read: 'team' } } },
      'permissions.member.read: "team" needs teamField',
    ],
    [
      "'team' without teams",
      { teamField: 'team', permissions: { member: { delete: 'team' } } },
      'permissions.member.delete: "team" needs teams',
    ],
    [
      "'published' without visibilityField",
      { permissions: { viewer: { read: 'published' } } },
      'permissions.viewer.read: "published" needs visibilityField',
    ],
    [
      "'shared' without visibilityField",
      { collaboratorsField: 'editors', permissions: { viewer: { read: 'shared' } } },
      'permissions.viewer.read: "shared" needs visibilityField',
    ],
  ])('%s', (_, options, reason) => {
    expect(() => declare(options)).toThrow(new TypeError(`collection "notes": ${reason}`))
  })

  test("'own' needs no option: without an owner field the creator owns", () => {
    expect(() => declare({ permissions: { member: { read: 'own', update: 'own', delete: 'own' } } })).not.toThrow()
  })

  test("'shared' needs no collaborators", () => {
    expect(() => declare({ visibilityField: 'state', permissions: { viewer: { read: 'shared' } } })).not.toThrow()
  })

  test('a timestamp may have an exactly optional schema, or one with a default', () => {
    const timestamps = { at: { field: 'title' } }
    expect(() => declare({ fields: { ...fields, at: v.exactOptional(v.string()) }, timestamps })).not.toThrow()
    expect(() => declare({ fields: { ...fields, at: v.optional(v.string(), '') }, timestamps })).not.toThrow()
    expect(() => declare({ fields: { ...fields, at: v.nullish(v.string()) }, timestamps })).not.toThrow()
    expect(() => declare({ fields: { ...fields, at: v.nullable(v.string()) }, timestamps })).toThrow(/must be optional/)
  })

  test('rules of a role that are no object', () => {
    expect(() => declare({ permissions: { member: true } })).toThrow(/^collection "notes": permissions\.member/)
    expect(() => declare({ permissions: { member: null } })).toThrow(/^collection "notes": permissions\.member/)
  })

  test('an unknown key inside teams, where a misspelt "active" would let everyone in', () => {
    const misspelt = { ...teams, activ: { field: 'status', value: 'active' } }
    expect(() => declare({ teamField: 'team', teams: misspelt })).toThrow(/^collection "notes": teams.*"activ"/)
  })

  test('an unknown key inside a timestamp rule and inside visibilityField', () => {
    const timestamps = { finishedAt: { field: 'done', vaule: true } }
    expect(() => declare({ timestamps })).toThrow(/^collection "notes": timestamps\.finishedAt.*"vaule"/)
    const visibilityField = { field: 'state', value: 'public', also: 'draft' }
    expect(() => declare({ visibilityField })).toThrow(/^collection "notes": visibilityField.*"also"/)
  })

  test('a field that is no schema, as when the parentheses were forgotten', () => {
    expect(() => declare({ fields: { title: v.string } })).toThrow(/^collection "notes": fields\.title/)
    expect(() => declare({ fields: { title: 'text' } })).toThrow(/^collection "notes": fields\.title/)
    expect(() => declare({ fields: { title: null } })).toThrow(/^collection "notes": fields\.title/)
  })

  test('fields that are no object', () => {
    expect(() => declare({ fields: undefined })).toThrow(/^collection "notes": fields/)
  })
})

describe('S5: names that no field takes', () => {
  const naming = (field: string) => () => declare({ fields: { [field]: v.string() } })

  test.each(['recordId', 'createdAt', 'updatedAt'])('%s, a field of the envelope', (field) => {
    expect(naming(field)).toThrow(
      new TypeError(`collection "notes": fields: "${field}" is a field of every record already`),
    )
  })

  test.each(['', '1st', '_id', 'a-b', 'a b', 'a.b', 'größe', '$ref', 'x'.repeat(65)])(
    '%j, which is no name',
    (field) => {
      expect(naming(field)).toThrow(
        new TypeError(
          `collection "notes": fields: ${JSON.stringify(field)} is not a name: a letter, then up to 63 letters, digits or "_"`,
        ),
      )
    },
  )

  test.each(['constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', '__proto__'])(
    '%s, which reaches Object.prototype',
    (field) => {
      const refused = `collection "notes": fields: "${field}" is not a name`
      expect(() => declare({ fields: JSON.parse(`{"${field}":{"type":"string"}}`) })).toThrow(refused)
    },
  )

  test('any other name that reaches Object.prototype', () => {
    const accepted = Object.getOwnPropertyNames(Object.prototype).filter((field) => {
      try {
        naming(field)()
        return true
      } catch {
        return false
      }
    })
    expect(accepted).toEqual([])
  })

  test('a name that differs from another only by case', () => {
    expect(() => declare({ fields: { title: v.string(), Title: v.string() } })).toThrow(
      new TypeError('collection "notes": fields: "title" and "Title" differ only by case'),
    )
  })

  test.each(['a', 'A1', 'snake_case', 'camelCase', 'data', 'x'.repeat(64)])('but %s is a name', (field) => {
    expect(naming(field)).not.toThrow()
  })

  test('more fields than a table of SQLite has room for', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, v.string()]))
    expect(() => declare({ fields: many(90) })).not.toThrow()
    expect(() => declare({ fields: many(91) })).toThrow('collection "notes": fields: 91 fields, at most 90')
  })
})

describe('S2: a schema whose output JSON cannot carry is refused', () => {
  test('a date, with what to use in its place', () => {
    expect(() => declare({ fields: { at: v.date() } })).toThrow(
      new TypeError(
        'collection "notes": fields.at: v.date() does not survive JSON; use v.pipe(v.string(), v.isoTimestamp())',
      ),
    )
  })

  test.each<[string, v.GenericSchema]>([
    ['bigint', v.bigint()],
    ['blob', v.blob()],
    ['file', v.file()],
    ['function', v.function()],
    ['instance', v.instance(URL)],
    ['map', v.map(v.string(), v.string())],
    ['nan', v.nan()],
    ['promise', v.promise()],
    ['set', v.set(v.string())],
    ['symbol', v.symbol()],
  ])('%s', (type, schema) => {
    expect(() => declare({ fields: { it: schema } })).toThrow(
      new TypeError(`collection "notes": fields.it: v.${type}() does not survive JSON`),
    )
  })

  test.each<[string, v.GenericSchema]>([
    ['optional', v.optional(v.date())],
    ['nullable', v.nullable(v.date())],
    ['nullish', v.nullish(v.date())],
    ['exactly optional', v.exactOptional(v.date())],
    ['a pipe that begins with it', v.pipe(v.date(), v.minValue(new Date(0)))],
    [
      'a pipe that ends with it',
      v.pipe(
        v.string(),
        v.transform((text) => new Date(text)),
        v.date(),
      ),
    ],
    ['one of a union', v.union([v.string(), v.date()])],
  ])('a date in %s', (_, schema) => {
    expect(() => declare({ fields: { at: schema } })).toThrow(/^collection "notes": fields\.at: v\.date\(\)/)
  })

  test.each<[string, v.GenericSchema]>([
    ['an object', v.object({ at: v.date() })],
    ['a strict object', v.strictObject({ at: v.date() })],
    ['a list', v.array(v.date())],
    ['a tuple', v.tuple([v.string(), v.date()])],
    ['a record', v.record(v.string(), v.date())],
    ['an intersection', v.intersect([v.object({ a: v.string() }), v.object({ at: v.date() })])],
    ['a variant', v.variant('kind', [v.object({ kind: v.literal('a'), at: v.date() })])],
  ])('a date inside %s', (_, schema) => {
    expect(() => declare({ fields: { at: schema } })).toThrow(/^collection "notes": fields\.at\b.*v\.date\(\)/)
  })

  test.each<[string, v.GenericSchema]>([
    ['a literal bigint', v.literal(1n)],
    ['a picklist of bigints', v.picklist([1n, 2n])],
    ['a literal symbol', v.literal(Symbol('s'))],
    ['a transformation to a date', v.pipe(v.string(), v.toDate())],
    ['a transformation to a bigint', v.pipe(v.string(), v.toBigint())],
    ['a transformation to a date that is then checked', v.pipe(v.string(), v.toDate(), v.minValue(new Date(0)))],
  ])('%s', (_, schema) => {
    expect(() => declare({ fields: { it: schema } })).toThrow(/^collection "notes": fields\.it: /)
  })

  test("but a date on the way to text is no one's business", () => {
    const normalized = v.pipe(
      v.string(),
      v.toDate(),
      v.transform((date) => date.toISOString()),
      v.string(),
    )
    expect(declare({ fields: { at: normalized } }).kinds).toEqual({ at: 'text' })
  })

  test.each<[string, v.GenericSchemaAsync]>([
    [
      'alone',
      v.pipeAsync(
        v.string(),
        v.checkAsync(async () => true),
      ),
    ],
    ['optional', v.optionalAsync(v.string())],
    [
      'one of a union',
      v.unionAsync([
        v.string(),
        v.pipeAsync(
          v.number(),
          v.checkAsync(async () => true),
        ),
      ]),
    ],
  ])('an async schema, %s', (_, schema) => {
    expect(() => declare({ fields: { it: schema } })).toThrow(
      new TypeError('collection "notes": fields.it: async schemas are not supported: a write is checked in one step'),
    )
  })
})

describe('S3: the kind of a field follows from its schema', () => {
  test.each<[FieldKind, string, v.GenericSchema]>([
    ['text', 'string', v.string()],
    ['number', 'number', v.number()],
    ['boolean', 'boolean', v.boolean()],
    ['text', 'optional', v.optional(v.string())],
    ['number', 'optional with a default', v.optional(v.number(), 0)],
    ['number', 'exactly optional', v.exactOptional(v.number())],
    ['boolean', 'nullable', v.nullable(v.boolean())],
    ['text', 'nullish', v.nullish(v.string())],
    ['number', 'undefinedable', v.undefinedable(v.number())],
    ['text', 'optional and nullable', v.optional(v.nullable(v.string()), null)],
    ['text', 'non-optional', v.nonOptional(v.optional(v.string()))],
    ['text', 'non-nullable', v.nonNullable(v.nullable(v.string()))],
    ['text', 'non-nullish', v.nonNullish(v.nullish(v.string()))],
    ['text', 'checked', v.pipe(v.string(), v.minLength(1), v.email())],
    ['number', 'checked number', v.pipe(v.number(), v.integer(), v.minValue(0))],
    ['text', 'trimmed', v.pipe(v.string(), v.trim(), v.trimStart(), v.trimEnd())],
    ['text', 'in one case, normalized', v.pipe(v.string(), v.toLowerCase(), v.toUpperCase(), v.normalize())],
    ['number', 'kept in a range', v.pipe(v.number(), v.toMinValue(0), v.toMaxValue(9))],
    ['text', 'branded', v.pipe(v.string(), v.brand('Id'))],
    ['text', 'with a description', v.pipe(v.string(), v.description('the title'))],
    ['text', 'an optional pipe', v.optional(v.pipe(v.string(), v.trim()))],
    ['text', 'a pipe in a pipe', v.pipe(v.pipe(v.string(), v.trim()), v.minLength(1))],
    [
      'json',
      'transformed to who knows what',
      v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
    ],
    ['number', 'transformed and then said to be a number', v.pipe(v.string(), v.transform(Number), v.number())],
    [
      'json',
      'parsed',
      v.pipe(
        v.string(),
        v.transform((text) => JSON.parse(text)),
      ),
    ],
    ['json', 'an optional transformed one', v.optional(v.pipe(v.string(), v.transform(Number)))],
    ['text', 'a literal text', v.literal('a')],
    ['number', 'a literal number', v.literal(1)],
    ['boolean', 'a literal boolean', v.literal(true)],
    ['text', 'a picklist of texts', v.picklist(['low', 'high'])],
    ['number', 'a picklist of numbers', v.picklist([1, 2])],
    ['json', 'a picklist of both', v.picklist([1, 'auto'])],
    ['text', 'an enum of texts', v.enum({ Left: 'left', Right: 'right' })],
    ['number', 'an enum of numbers', v.enum({ Low: 1, High: 2 })],
    ['text', 'a union of texts', v.union([v.literal('a'), v.pipe(v.string(), v.url())])],
    ['number', 'a union of numbers', v.union([v.literal(0), v.number()])],
    ['json', 'a union of different kinds', v.union([v.string(), v.number()])],
    ['json', 'an object', v.object({ a: v.string() })],
    ['json', 'a list', v.array(v.string())],
    ['json', 'a tuple', v.tuple([v.string()])],
    ['json', 'a record', v.record(v.string(), v.number())],
    ['json', 'a variant', v.variant('kind', [v.object({ kind: v.literal('a') })])],
    ['json', 'lazy', v.lazy(() => v.string())],
    ['json', 'null', v.null()],
    ['json', 'unknown', v.unknown()],
    ['json', 'any', v.any()],
    ['json', 'custom', v.custom<string>(() => true)],
  ])('%s: %s', (kind, _, schema) => {
    expect(declare({ fields: { it: schema } }).kinds).toEqual({ it: kind })
  })

  test('a transformation inside a nested pipe counts like any other', () => {
    const length = v.pipe(
      v.string(),
      v.transform((text) => text.length),
    )
    expect(declare({ fields: { it: v.pipe(length, v.minValue(3)) } }).kinds).toEqual({ it: 'json' })
  })
})

/** Declares `notes` with options that the types would not accept, as plain JavaScript can. */
function declare(options: object) {
  return collection('notes', { fields, permissions: {}, ...options } as CollectionOptions)
}
