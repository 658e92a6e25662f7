import * as v from 'valibot'
import { collection, type Level } from '../../src/protocol/records/schema.ts'

const fields = {
  title: v.string(),
  rank: v.optional(v.number(), 0),
  body: v.optional(v.string(), ''),
  people: v.optional(v.array(v.string()), []),
  team: v.optional(v.string(), ''),
}

/** Collections that differ in nothing but who may read them. */
function readBy<const Name extends string>(name: Name, read: Level) {
  return collection(name, {
    fields,
    collaboratorsField: 'people',
    teamField: 'team',
    teams: { collection: 'members', team: 'team', user: 'user' },
    permissions: { '*': { read, create: true, update: true, delete: true } },
  })
}

/** The rule is settled once for everyone of a role. */
export const open = readBy('open', true)
/** The rule asks each user: whether the record lists them. */
export const listed = readBy('listed', 'collaborator')
/** The rule asks each user: whether they are of the record's team. */
export const shared = readBy('shared', 'team')

export const members = collection('members', {
  fields: { team: v.string(), user: v.string() },
  permissions: { '*': { read: 'own', create: true } },
})

export const collections = [open, listed, shared, members]
