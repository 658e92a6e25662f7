import * as v from 'valibot'
import { typeName } from '../errors.ts'
import { isPlainObject } from '../json.ts'
import { type FieldKind, fieldKind, isOfKind, type PlainField } from './field-kind.ts'
import { combinators, fieldPattern, isReserved, namePattern } from './names.ts'
import { type EnvelopeField, isEnvelopeField } from './record.ts'

/** The fields of a collection: a valibot schema each. */
export type Fields = Record<string, v.GenericSchema>
type FieldName<F extends Fields> = Extract<keyof F, string>

/**
 * Who passes a read, update or delete rule.
 *
 * - `true`, `false`: everyone of the role, no one.
 * - `'own'`: who owns the record (the owner field, else the creator).
 * - `'unclaimed-or-own'`: the owner, or anyone while the owner field is empty; sets it to themselves or empty only.
 * - `'collaborator'`: the owner and who is listed in the collaborators field.
 * - `'team'`: the owner, the collaborators and the active members of the record's team.
 * - `'published'`: the owner, and everyone of the role while the record is visible.
 * - `'shared'`: the owner, the collaborators, and everyone of the role while the record is visible.
 */
export type Level = boolean | 'own' | 'unclaimed-or-own' | 'collaborator' | 'team' | 'published' | 'shared'

/** What one role may do. Whatever is not named is denied. */
export interface RolePermissions<Field extends string = string> {
  readonly read?: Level
  readonly create?: boolean
  readonly update?: Level
  readonly delete?: Level
  /** The fields this role may send in a write; default all. Naming the owner field lets the role set it. */
  readonly writableFields?: readonly Field[] | undefined
}

/** Where team membership lives: a collection whose records say who is in which team. */
export interface Teams {
  /** The name of the membership collection; the room must have it. */
  readonly collection: string
  /** Its field with the team id. */
  readonly team: string
  /** Its field with the user id. */
  readonly user: string
  /** A membership counts only while this field has this value; default: always. */
  readonly active?: { readonly field: string; readonly value: string | number | boolean } | undefined
}

/** When the server writes a timestamp field: as `field` changes, or, with `value`, as it changes to that. */
export interface TimestampRule<Field extends string = string> {
  readonly field: Field
  readonly value?: string | number | boolean | null | undefined
}

/** The options of {@link collection}. */
export interface CollectionOptions<
  F extends Fields = Fields,
  Bound extends FieldName<F> = FieldName<F>,
  Timed extends FieldName<F> = FieldName<F>,
  Fixed extends FieldName<F> = FieldName<F>,
> {
  /**
   * A valibot schema a field. What travels and is stored is its output, so that must be JSON. Of the names of the envelope
   * only `createdBy` can be one, where it is `userBound` and `immutable`: it says in `data` what the envelope says.
   */
  readonly fields: F
  /** By role; `'*'` for roles without an entry. */
  readonly permissions: { readonly [role: string]: RolePermissions<FieldName<F>> }
  /** The field that holds the owner's user id; default: the creator owns the record. */
  readonly ownerField?: FieldName<F> | undefined
  /** A field with an array of user ids. */
  readonly collaboratorsField?: FieldName<F> | undefined
  /** A field with the id of the team that the record belongs to. */
  readonly teamField?: FieldName<F> | undefined
  readonly teams?: Teams | undefined
  /** A field that makes the record visible while it is `'public'`, or has the `value` named here. */
  readonly visibilityField?:
    | FieldName<F>
    | { readonly field: FieldName<F>; readonly value: string | number | boolean }
    | undefined
  /** Fields fixed after create. */
  readonly immutable?: readonly Fixed[] | undefined
  /** Fields that the server stamps with the caller's id on create; a client cannot set them. */
  readonly userBound?: readonly Bound[] | undefined
  /** Fields in which the server writes the time (ISO 8601) when another field changes. */
  readonly timestamps?: { readonly [T in Timed]: TimestampRule<FieldName<F>> } | undefined
  /** Lists of fields whose values no two records may share. A record with a null among them is never a duplicate. */
  readonly unique?: readonly (readonly PlainField<F>[])[] | undefined
  /** Lists of fields to index, the envelope's among them. Each costs a row written more at every write of its fields. */
  readonly indexes?: readonly (readonly (PlainField<F> | EnvelopeField)[])[] | undefined
}

/**
 * A collection as {@link collection} made it: the options in one shape, checked, with the kind of every field. The
 * type parameters carry its record types; read them with `RecordOf`, `NewDataOf` and `PatchOf`.
 */
export interface Collection<
  Name extends string = string,
  F extends Fields = Fields,
  Stamped extends string = string,
  Fixed extends string = string,
> {
  readonly name: Name
  readonly fields: F
  readonly kinds: Readonly<Record<string, FieldKind>>
  readonly permissions: Readonly<Record<string, RolePermissions>>
  readonly ownerField: string | undefined
  readonly collaboratorsField: string | undefined
  readonly teamField: string | undefined
  readonly teams: Teams | undefined
  readonly visibility: { readonly field: string; readonly value: string | number | boolean } | undefined
  readonly immutable: readonly string[]
  readonly userBound: readonly string[]
  readonly timestamps: Readonly<Record<string, TimestampRule>>
  readonly unique: readonly (readonly string[])[]
  readonly indexes: readonly (readonly string[])[]
  /** Only a type: the fields that the server sets. */
  readonly '~stamped'?: Stamped
  /** Only a type: the fields that are fixed after create. */
  readonly '~fixed'?: Fixed
}

/**
 * Declares a collection: its fields, who may do what, and the rules of its fields. Import it in the client and in the
 * worker; both sides read the same object.
 *
 * Throws a `TypeError` that names the collection and the option when an option or a field name is unknown, a field's
 * schema has no JSON output, or a permission level lacks the field it looks at.
 *
 * @example
 * const notes = collection('notes', {
 *   fields: { text: v.string(), pinned: v.optional(v.boolean(), false) },
 *   permissions: { member: { read: true, create: true, update: 'own', delete: 'own' } },
 * })
 */
export function collection<
  const Name extends string,
  F extends Fields,
  const Bound extends FieldName<F> = never,
  const Timed extends FieldName<F> = never,
  const Fixed extends FieldName<F> = never,
>(name: Name, options: CollectionOptions<F, Bound, Timed, Fixed>): Collection<Name, F, Bound | Timed, Fixed> {
  const refuse = (reason: string): never => {
    throw new TypeError(`collection ${JSON.stringify(name)}: ${reason}`)
  }
  if (!namePattern.test(name)) refuse('a name is a letter, then up to 63 letters, digits, "_" or "-"')
  /** Takes an object with these keys and no others: a misspelt one would be a rule that nobody asks. */
  const only = (value: unknown, where: string, keys: readonly string[]): void => {
    if (!isPlainObject(value)) refuse(`${where}expected an object, received ${typeName(value)}`)
    for (const key of Object.keys(value as object)) {
      if (!keys.includes(key)) refuse(`${where}unknown option ${JSON.stringify(key)} (${keys.join(', ')})`)
    }
  }
  only(options, '', optionNames)
  if (!isPlainObject(options.fields)) refuse(`fields: expected an object, received ${typeName(options.fields)}`)

  const kinds = kindsOf(options, refuse)
  const known = (field: string, where: string): void => {
    if (!Object.hasOwn(kinds, field)) {
      refuse(`${where}: unknown field ${JSON.stringify(field)} (fields: ${Object.keys(kinds).join(', ')})`)
    }
  }
  const ofKind = (field: string | undefined, where: string, kind: FieldKind): void => {
    if (field === undefined) return
    known(field, where)
    if (kinds[field] !== kind)
      refuse(`${where}: the field ${JSON.stringify(field)} is ${kinds[field]}, expected ${kind}`)
  }

  /** Takes a field and, where one is named, a value that the field can have. */
  const canHave = (rule: { readonly field: string; readonly value?: unknown }, where: string): void => {
    known(rule.field, where)
    const kind = kinds[rule.field]!
    if (rule.value !== undefined && !isOfKind(kind, rule.value)) {
      refuse(
        `${where}: the field ${JSON.stringify(rule.field)} is ${kind}, and never has a value of type ${typeName(rule.value)}`,
      )
    }
  }

  const visibility =
    typeof options.visibilityField === 'string'
      ? { field: options.visibilityField, value: 'public' as const }
      : options.visibilityField
  if (visibility) {
    only(visibility, 'visibilityField: ', ['field', 'value'])
    canHave(visibility, 'visibilityField')
  }
  ofKind(options.ownerField, 'ownerField', 'text')
  ofKind(options.collaboratorsField, 'collaboratorsField', 'json')
  ofKind(options.teamField, 'teamField', 'text')
  if (options.teams) {
    only(options.teams, 'teams: ', ['collection', 'team', 'user', 'active'])
    if (options.teams.active) only(options.teams.active, 'teams.active: ', ['field', 'value'])
    if (!options.teamField) refuse('teams: needs teamField')
  }
  for (const field of options.immutable ?? []) known(field, 'immutable')
  for (const field of options.userBound ?? []) ofKind(field, 'userBound', 'text')
  const timestamps: Record<string, TimestampRule> = options.timestamps ?? {}
  for (const [field, rule] of Object.entries(timestamps)) {
    ofKind(field, 'timestamps', 'text')
    only(rule, `timestamps.${field}: `, ['field', 'value'])
    canHave(rule, `timestamps.${field}`)
    if (!v.safeParse(options.fields[field]!, undefined).success && options.fields[field]!.type !== 'exact_optional') {
      refuse(`timestamps: the field ${JSON.stringify(field)} must be optional, the server sets it later`)
    }
  }
  for (const [where, lists] of Object.entries({ unique: options.unique ?? [], indexes: options.indexes ?? [] })) {
    for (const list of lists) {
      if (!Array.isArray(list) || list.length === 0) refuse(`${where}: expected lists of field names`)
      for (const field of list) {
        if (where === 'indexes' && isEnvelopeField(field)) continue
        known(field, where)
        if (kinds[field] === 'json')
          refuse(
            `${where}: the field ${JSON.stringify(field)} is json; only text, number and boolean fields can be indexed`,
          )
      }
    }
  }

  if (typeof options.permissions !== 'object' || options.permissions === null) {
    refuse(`permissions: expected an object, received ${typeName(options.permissions)}`)
  }
  for (const [role, rules] of Object.entries(options.permissions)) {
    if (!isPlainObject(rules as unknown)) refuse(`permissions.${role}: expected an object, received ${typeName(rules)}`)
    for (const [action, level] of Object.entries(rules)) {
      const where = `permissions.${role}.${action}`
      switch (action) {
        case 'read':
        case 'update':
        case 'delete':
          checkLevel(level, where, options, refuse)
          break
        case 'create':
          if (typeof level !== 'boolean') refuse(`${where}: expected a boolean, received ${JSON.stringify(level)}`)
          break
        case 'writableFields':
          for (const field of rules.writableFields ?? []) known(field, where)
          break
        default:
          refuse(`${where}: unknown action (read, create, update, delete, writableFields)`)
      }
    }
  }

  return Object.freeze({
    name,
    fields: options.fields,
    kinds,
    permissions: options.permissions,
    ownerField: options.ownerField,
    collaboratorsField: options.collaboratorsField,
    teamField: options.teamField,
    teams: options.teams,
    visibility,
    immutable: options.immutable ?? [],
    userBound: options.userBound ?? [],
    timestamps,
    unique: options.unique ?? [],
    indexes: options.indexes ?? [],
  })
}

function kindsOf(
  { fields, userBound = [], immutable = [] }: CollectionOptions,
  refuse: (reason: string) => never,
): Record<string, FieldKind> {
  const kinds: Record<string, FieldKind> = {}
  const seen = new Map<string, string>()
  for (const [field, schema] of Object.entries(fields)) {
    if (!fieldPattern.test(field) || isReserved(field)) {
      refuse(`fields: ${JSON.stringify(field)} is not a name: a letter, then up to 63 letters, digits or "_"`)
    }
    const isSame = field === 'createdBy' && userBound.includes(field) && immutable.includes(field)
    if (isEnvelopeField(field) && !isSame) {
      const unless = field === 'createdBy' ? ', unless it is userBound and immutable' : ''
      refuse(`fields: ${JSON.stringify(field)} is a field of every record already${unless}`)
    }
    if ((combinators as readonly string[]).includes(field)) {
      refuse(`fields: ${JSON.stringify(field)} means something else in the where of a query`)
    }
    // SQLite does not tell column names apart by case.
    const twin = seen.get(field.toLowerCase())
    if (twin) refuse(`fields: ${JSON.stringify(twin)} and ${JSON.stringify(field)} differ only by case`)
    seen.set(field.toLowerCase(), field)
    try {
      kinds[field] = fieldKind(schema)
    } catch (error) {
      refuse(`fields.${field}: ${(error as Error).message}`)
    }
  }
  if (seen.size > maxFields) refuse(`fields: ${seen.size} fields, at most ${maxFields} fit in a table`)
  return kinds
}

function checkLevel(
  level: unknown,
  where: string,
  options: CollectionOptions,
  refuse: (reason: string) => never,
): void {
  const needs = (option: 'ownerField' | 'collaboratorsField' | 'teamField' | 'teams' | 'visibilityField'): void => {
    if (!options[option]) refuse(`${where}: ${JSON.stringify(level)} needs ${option}`)
  }
  switch (level as Level) {
    case true:
    case false:
    case 'own':
      return
    case 'unclaimed-or-own':
      return needs('ownerField')
    case 'collaborator':
      return needs('collaboratorsField')
    case 'team':
      needs('teamField')
      return needs('teams')
    case 'published':
      return needs('visibilityField')
    case 'shared':
      return needs('visibilityField')
    default:
      refuse(`${where}: unknown level ${JSON.stringify(level)}`)
  }
}

/** A Durable Object's table has at most 100 columns, some of which are the envelope's. */
const maxFields = 90

const optionNames = [
  'fields',
  'permissions',
  'ownerField',
  'collaboratorsField',
  'teamField',
  'teams',
  'visibilityField',
  'immutable',
  'userBound',
  'timestamps',
  'unique',
  'indexes',
] as const satisfies readonly (keyof CollectionOptions)[]
