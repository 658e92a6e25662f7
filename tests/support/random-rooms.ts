import { type Collection, collection, type FieldKind, type Fields } from 'deepspace-solid/schema'
import fc from 'fast-check'
import * as v from 'valibot'
import { levels, teamMembers } from './collections.ts'
import type { Kinds } from './questions.ts'

/** What a random room holds, in few letters: it travels in the room's name, so that both sides declare the same. */
export interface RoomPlan {
  /** The kinds of its fields f0, f1, ..., a letter each. */
  readonly fields: string
  /** The level that members read by, and that visitors do, as places in `levels`. */
  readonly member: number
  readonly viewer: number
  /** How many of the fields are indexed together. */
  readonly indexed: number
  readonly hasOwnerField: boolean
}

const kindOf: Readonly<Record<string, FieldKind>> = { t: 'text', n: 'number', b: 'boolean', j: 'json' }
const schemas = { text: v.string(), number: v.number(), boolean: v.boolean(), json: v.any() } as const

export const anyPlan: fc.Arbitrary<RoomPlan> = fc.record({
  fields: fc.string({ unit: fc.constantFrom('t', 'n', 'b', 'j'), minLength: 1, maxLength: 4 }),
  member: fc.nat(levels.length - 1),
  viewer: fc.nat(levels.length - 1),
  indexed: fc.nat(2),
  hasOwnerField: fc.boolean(),
})

/** A fresh room with this plan. */
export function nameOf({ fields, member, viewer, indexed, hasOwnerField }: RoomPlan): string {
  return `random:${fields}${member}${viewer}${indexed}${Number(hasOwnerField)}:${crypto.randomUUID()}`
}

/** The kinds of the fields that questions are asked of. */
export function kindsOf({ fields }: RoomPlan): Kinds {
  return Object.fromEntries([...fields].map((letter, index) => [`f${index}`, kindOf[letter]!]))
}

/** The collections of the room with this name. */
export function collectionsOf(name: string): readonly Collection[] {
  const [, fields, member, viewer, indexed, hasOwnerField] = /^random:([a-z]+)(\d)(\d)(\d)(\d):/.exec(name)!
  const own = Object.fromEntries(
    [...fields!].map((letter, index) => [`f${index}`, v.optional(v.nullable(schemas[kindOf[letter]!]))]),
  )
  const all: Fields = {
    ...own,
    owner: v.optional(v.nullable(v.string())),
    people: v.optional(v.array(v.string()), []),
    team: v.optional(v.nullable(v.string())),
    visibility: v.optional(v.picklist(['private', 'public']), 'private'),
  }
  const index = Object.keys(own)
    .filter((_, at) => fields![at] !== 'j')
    .slice(0, Number(indexed))
  const needsOwner = [member, viewer].some((level) => levels[Number(level)] === 'unclaimed-or-own')
  const things = collection('things', {
    fields: all,
    ...((hasOwnerField === '1' || needsOwner) && { ownerField: 'owner' }),
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
      viewer: { read: levels[Number(viewer)]! },
      member: { read: levels[Number(member)]!, create: true, update: true, delete: true },
      admin: { read: true, create: true, update: true, delete: true },
    },
    indexes: index.length > 0 ? [index, ['createdAt']] : [],
  })
  return [things, teamMembers]
}
