import { type Collection, collection, type FieldKind, type Fields, type Level } from 'deepspace-solid/schema'
import * as v from 'valibot'
import { teamMembers } from '../support/collections.ts'

/** What a field has where a create says nothing of it: nothing, null, one value, or a value made for each record. */
export type Default = 'nothing' | 'null' | 'value' | 'made'

/** One field of the room whose declarations change. */
export interface FieldPlan {
  readonly name: string
  readonly kind: FieldKind
  readonly default: Default
}

/** What a room declares from one start to the next. It travels as JSON. */
export interface Declaration {
  /** The fields beside those that every declaration has. */
  readonly fields: readonly FieldPlan[]
  /** Whether there is an owner field: none, one that anybody sets, or one that says who created the record. */
  readonly owner: 'none' | 'free' | 'bound'
  readonly member: Level
  readonly viewer: Level
  readonly indexes: readonly (readonly string[])[]
  readonly unique: readonly (readonly string[])[]
}

export const firstDeclaration: Declaration = {
  fields: [],
  owner: 'none',
  member: true,
  viewer: 'published',
  indexes: [],
  unique: [],
}

/** The value of a default that is one. */
export const defaults = { text: 'a', number: 1, boolean: true, json: ['a', 1] } as const

const schemas = { text: v.string(), number: v.number(), boolean: v.boolean(), json: v.any() } as const

/** Values that are another each time, as a text, a number, or JSON. */
const makers: Readonly<Record<FieldKind, () => unknown>> = {
  text: () => crypto.randomUUID(),
  number: () => Math.random(),
  boolean: () => true,
  json: () => [crypto.randomUUID()],
}

/** The collections of a declaration, the same for both sides. Throws a `TypeError` where there cannot be such a one. */
export function declaredBy({ fields, owner, member, viewer, indexes, unique }: Declaration): readonly Collection[] {
  const all: Fields = {
    f0: v.optional(v.nullable(v.string())),
    people: v.optional(v.array(v.string()), []),
    team: v.optional(v.nullable(v.string())),
    visibility: v.optional(v.picklist(['private', 'public']), 'private'),
    ...Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)])),
    ...(owner === 'free' && { owner: v.optional(v.nullable(v.string())) }),
    ...(owner === 'bound' && { owner: v.string() }),
  }
  const things = collection('things', {
    fields: all,
    ...(owner !== 'none' && { ownerField: 'owner' }),
    ...(owner === 'bound' && { userBound: ['owner'] }),
    collaboratorsField: 'people',
    teamField: 'team',
    teams: {
      collection: teamMembers.name,
      team: 'teamId',
      user: 'userId',
      active: { field: 'status', value: 'active' },
    },
    visibilityField: 'visibility',
    permissions: {
      viewer: { read: viewer },
      member: { read: member, create: true, update: true, delete: true },
      admin: { read: true, create: true, update: true, delete: true },
    },
    indexes,
    unique,
  })
  return [things, teamMembers]
}

function schemaOf({ kind, default: what }: FieldPlan) {
  const schema = v.nullable(schemas[kind])
  switch (what) {
    case 'nothing':
      return v.optional(schema)
    case 'null':
      return v.optional(schema, null)
    case 'value':
      return v.optional(schema, defaults[kind] as never)
    case 'made':
      return v.optional(schema, makers[kind] as never)
  }
}
