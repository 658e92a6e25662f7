import { type Collection, collection, type Fields, type Level } from 'deepspace-solid/schema'
import * as v from 'valibot'
import { cards } from '../../examples/inputs/schema.ts'
import { books } from '../../examples/library/schema.ts'

/** A board as an app would have it; most tests live here. */
export const tasks = collection('tasks', {
  fields: {
    title: v.pipe(v.string(), v.trim(), v.minLength(1)),
    done: v.optional(v.boolean(), false),
    priority: v.optional(v.number(), 0),
    visibility: v.optional(v.picklist(['private', 'public']), 'private'),
    assignee: v.optional(v.nullable(v.string())),
  },
  visibilityField: 'visibility',
  permissions: {
    viewer: { read: 'published' },
    member: { read: 'published', create: true, update: 'own', delete: 'own' },
    admin: { read: true, create: true, update: true, delete: true },
  },
  indexes: [['done', 'priority'], ['createdAt']],
})

/** One field of every kind, for what goes in and comes back. Everyone may do everything. */
export const samples = collection('samples', {
  fields: {
    text: v.optional(v.nullable(v.string())),
    number: v.optional(v.nullable(v.number())),
    flag: v.optional(v.nullable(v.boolean())),
    json: v.optional(v.any()),
    required: v.optional(v.string(), ''),
  },
  permissions: { '*': { read: true, create: true, update: true, delete: true } },
})

/** The field rules. */
export const invoices = collection('invoices', {
  fields: {
    number: v.string(),
    series: v.optional(v.nullable(v.string())),
    total: v.optional(v.number(), 0),
    status: v.optional(v.picklist(['draft', 'sent', 'paid']), 'draft'),
    issuedBy: v.string(),
    sentAt: v.optional(v.string()),
    lines: v.optional(v.array(v.looseObject({ text: v.string() })), []),
  },
  permissions: {
    member: { read: true, create: true, update: true, delete: 'own' },
    clerk: { read: true, update: true, writableFields: ['status'] },
    admin: { read: true, create: true, update: true, delete: true },
  },
  immutable: ['number', 'lines'],
  userBound: ['issuedBy'],
  timestamps: { sentAt: { field: 'status', value: 'sent' } },
  unique: [['series', 'number']],
})

/** Who is in which team. */
export const teamMembers = collection('team_members', {
  fields: {
    teamId: v.string(),
    userId: v.string(),
    status: v.optional(v.picklist(['active', 'paused']), 'active'),
  },
  permissions: { member: { read: 'own' }, admin: { read: true, create: true, update: true, delete: true } },
  ownerField: 'userId',
})

/** A collection that nobody but an admin may read. */
export const secrets = collection('secrets', {
  fields: { text: v.string() },
  permissions: { admin: { read: true, create: true, update: true, delete: true } },
})

/** Channels as a baseline app declares them: who made one stands in its data too. */
export const channels = collection('channels', {
  fields: {
    name: v.string(),
    createdBy: v.string(),
    archived: v.optional(v.boolean(), false),
    tags: v.optional(v.array(v.string()), []),
    archivedAt: v.optional(v.string()),
  },
  ownerField: 'createdBy',
  userBound: ['createdBy'],
  immutable: ['createdBy'],
  timestamps: { archivedAt: { field: 'archived', value: true } },
  unique: [['name']],
  permissions: {
    member: { read: 'own', create: true, update: 'own', delete: 'own' },
    admin: { read: true, create: true, update: true, delete: true },
  },
})

export const levels = [
  true,
  false,
  'own',
  'unclaimed-or-own',
  'collaborator',
  'team',
  'published',
  'shared',
] as const satisfies readonly Level[]

/** The name of the collection that asks one level, of readers or of writers. */
export function levelName(action: 'read' | 'write', level: Level): string {
  return `${action}_${String(level).replaceAll('-', '_')}`
}

function levelCollection(action: 'read' | 'write', level: Level) {
  const asked =
    action === 'read'
      ? { read: level, create: true, update: true, delete: true }
      : { read: true, create: true, update: level, delete: level }
  return collection(levelName(action, level), {
    fields: {
      title: v.string(),
      owner: v.optional(v.nullable(v.string())),
      people: v.optional(v.array(v.string()), []),
      team: v.optional(v.nullable(v.string())),
      visibility: v.optional(v.picklist(['private', 'public']), 'private'),
    },
    ownerField: 'owner',
    collaboratorsField: 'people',
    teamField: 'team',
    teams: {
      collection: 'team_members',
      team: 'teamId',
      user: 'userId',
      active: { field: 'status', value: 'active' },
    },
    visibilityField: 'visibility',
    permissions: {
      viewer: { ...asked, create: false },
      member: asked,
      admin: { read: true, create: true, update: true, delete: true },
    },
  })
}

/** For every level a collection that asks it of readers, and one that asks it of writers. */
export const levelCollections = (['read', 'write'] as const).flatMap((action) =>
  levels.map((level) => levelCollection(action, level)),
)

export const collections = [tasks, samples, invoices, teamMembers, secrets, channels, books, cards, ...levelCollections]

const anyone = { '*': { read: true, create: true, update: true, delete: true } }
const notes = (fields: Fields) => [collection('notes', { fields, permissions: anyone })]

/** How a collection's declaration changes over the deploys of an app. */
export const generations: readonly (readonly Collection[])[] = [
  notes({ text: v.string(), size: v.number() }),
  // Fields are added: with a default, without one, and one that old records lack though it is required.
  notes({
    text: v.string(),
    size: v.number(),
    done: v.optional(v.boolean(), false),
    tags: v.optional(v.array(v.string()), ['new']),
    memo: v.optional(v.string()),
    owner: v.string(),
  }),
  // A field is widened.
  notes({ text: v.string(), size: v.union([v.number(), v.string()]) }),
  // A field is narrowed: to what its values are, and to what they are not.
  notes({ text: v.string(), size: v.number() }),
  notes({ text: v.number(), size: v.number() }),
  // Names are spelt anew: of a field, of a field that may be null, and of the collection.
  notes({ Text: v.string(), size: v.number(), Memo: v.optional(v.nullable(v.string())) }),
  notes({ text: v.string(), size: v.number(), memo: v.optional(v.nullable(v.string())) }),
  [collection('Notes', { fields: { text: v.string(), size: v.number() }, permissions: anyone })],
  // An owner is declared, to be set by the server.
  [
    collection('notes', {
      fields: { text: v.string(), size: v.number(), by: v.string() },
      ownerField: 'by',
      userBound: ['by'],
      permissions: { '*': { read: true, create: true, update: 'unclaimed-or-own' } },
    }),
  ],
  // Defaults: made for each, null, and one for a field that had none.
  [
    collection('notes', {
      fields: {
        text: v.string(),
        size: v.number(),
        code: v.pipe(v.optional(v.string(), () => crypto.randomUUID())),
        nothing: v.optional(v.nullable(v.string()), null),
        memo: v.optional(v.nullable(v.string()), 'later'),
      },
      unique: [['code']],
      permissions: anyone,
    }),
  ],
  // Many fields, and as many others, each indexed once.
  many('a'),
  many('b'),
  // What no room can start with: a default that throws, a team that is nowhere, names that SQLite takes for one.
  notes({ text: v.string(), size: v.number(), memo: v.optional(v.string(), failing) }),
  [
    collection('notes', {
      fields: { text: v.string(), size: v.number(), team: v.optional(v.string()) },
      teamField: 'team',
      teams: { collection: 'nowhere', team: 'team', user: 'user' },
      permissions: { '*': { read: 'team' } },
    }),
  ],
  [...notes({ text: v.string(), size: v.number() }), collection('Notes', { fields: {}, permissions: anyone })],
]

function failing(): never {
  throw new Error('no default today')
}

/** Notes with seventy fields besides. */
function many(letter: string): readonly Collection[] {
  const others = Object.fromEntries(
    Array.from({ length: 70 }, (_, n) => [`${letter}${n}`, v.optional(v.nullable(n % 2 ? v.string() : v.boolean()))]),
  )
  return [
    collection('notes', {
      fields: { text: v.string(), size: v.number(), [`${letter}List`]: v.optional(v.array(v.string())), ...others },
      permissions: anyone,
      indexes: [[`${letter}0`], ['text', `${letter}1`]],
    }),
  ]
}

/** Which generation is which. */
export const generation = {
  memo: 1,
  spelt: 5,
  speltBack: 6,
  speltCollection: 7,
  owned: 8,
  defaults: 9,
  a: 10,
  b: 11,
  failing: 12,
  teamless: 13,
  twice: 14,
  none: 99,
} as const
