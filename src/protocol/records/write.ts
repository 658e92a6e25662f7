import type * as v from 'valibot'
import { clipped, DeepSpaceError, mismatch, quoted, typeName } from '../errors.ts'
import { type Json, jsonEqual, whyNotJson } from '../json.ts'
import { isOfKind } from './field-kind.ts'
import { type Caller, judge, type MembersOf, mayAssignOwner, ownerOf, passes, rulesOf } from './permissions.ts'
import { fieldValue, type RecordData, type RecordEnvelope } from './record.ts'
import type { Collection } from './schema.ts'

/** What a write is about to do, before anything is stored. */
export interface Intent {
  readonly collection: Collection
  readonly caller: Caller
  readonly recordId: string
  /** The time of the write, ISO 8601. */
  readonly now: string
}

/**
 * The record that a create makes: the caller's data, checked and completed by defaults, with the fields that the
 * server sets. Throws a `DeepSpaceError` when a permission or field rule refuses it.
 */
export function created(intent: Intent, data: Readonly<Record<string, unknown>>): RecordEnvelope {
  const { collection, caller, recordId, now } = intent
  const rules = caller.role === null ? null : rulesOf(collection, caller.role)
  if (rules && rules.create !== true) throw denied('CREATE', intent)

  for (const field of Object.keys(data)) {
    checkSender(intent, field, data[field], collection.userBound.includes(field) ? caller.userId : undefined)
  }
  const parsed = parseFields(collection, data, recordId)
  for (const field of collection.userBound) {
    if (caller.role !== null) parsed[field] = caller.userId
  }
  // A field of that name and the envelope are one; an import says whose its records are.
  const namesCreator = Object.hasOwn(collection.fields, 'createdBy')
  const createdBy = namesCreator && parsed.createdBy ? (parsed.createdBy as string) : caller.userId
  if (namesCreator) parsed.createdBy = createdBy
  for (const field of Object.keys(collection.fields)) {
    if (parsed[field] === undefined) complete(collection, parsed, field, recordId)
  }
  const owner = collection.ownerField === undefined ? null : parsed[collection.ownerField]
  const ownerField = collection.ownerField
  if (rules && ownerField !== undefined && !collection.userBound.includes(ownerField)) {
    if (owner && owner !== caller.userId && !mayAssignOwner(rules, ownerField)) throw cannotModify(intent, ownerField)
  }
  stampTimes(intent, data, {}, parsed)
  return { recordId, data: parsed, createdBy, createdAt: now, updatedAt: now }
}

/**
 * The record that an update makes of an existing one: `{ ...existing, ...data }`, field by field. Returns `existing`
 * itself when nothing would change. Throws a `DeepSpaceError` when a permission or field rule refuses it; a record
 * that the caller may not read does not exist for them.
 */
export function updated(
  intent: Intent,
  existing: RecordEnvelope,
  data: Readonly<Record<string, unknown>>,
  membersOf: MembersOf,
): RecordEnvelope {
  const { collection, caller, recordId, now } = intent
  const rules = caller.role === null ? null : rulesOf(collection, caller.role)
  if (rules) {
    if (!passes(judge(rules.read, collection, existing, membersOf), caller.userId)) {
      // Who may not create is answered as for an id that is free, so that ids cannot be probed.
      throw rules.create === true ? notFound(intent) : denied('CREATE', intent)
    }
    if (!passes(judge(rules.update, collection, existing, membersOf), caller.userId)) throw denied('UPDATE', intent)
  }

  for (const field of Object.keys(data)) checkSender(intent, field, data[field], fieldIn(existing, field))
  const parsed = parseFields(collection, data, recordId, true)
  const next: RecordData = { ...existing.data }
  let changed = false
  for (const [field, value] of Object.entries(parsed)) {
    if (jsonEqual(existing.data[field], value)) continue
    if (collection.immutable.includes(field)) {
      throw new DeepSpaceError('invalid-field', `Cannot modify immutable field '${field}'`, place(intent, field))
    }
    next[field] = value
    changed = true
  }
  if (!changed) return existing

  const record = { ...existing, data: next, updatedAt: now }
  if (rules && collection.ownerField !== undefined) {
    const before = ownerOf(collection, existing)
    const after = ownerOf(collection, record)
    const own = rules.update === 'unclaimed-or-own' && (after === null || after === caller.userId)
    if (before !== after && !own && !mayAssignOwner(rules, collection.ownerField)) {
      throw cannotModify(intent, collection.ownerField)
    }
  }
  stampTimes(intent, data, existing.data, next)
  return record
}

/** Checks that a caller may delete a record. Throws a `DeepSpaceError` when not. */
export function checkDelete(intent: Intent, existing: RecordEnvelope, membersOf: MembersOf): void {
  const { collection, caller } = intent
  if (caller.role === null) return
  const rules = rulesOf(collection, caller.role)
  if (!passes(judge(rules.read, collection, existing, membersOf), caller.userId)) throw notFound(intent)
  if (!passes(judge(rules.delete, collection, existing, membersOf), caller.userId)) throw denied('DELETE', intent)
}

/**
 * Parses the values of the fields that are there with their schemas, and gives the outputs. Both sides use it: the
 * client before it sends, the worker on what it was sent. `undefined` is as absent where a record is made; for one that
 * `exists` it looks like clearing a field, which `null` does, and is refused. Throws a `DeepSpaceError` with the code
 * `invalid-field`.
 */
export function parseFields(
  collection: Collection,
  data: Readonly<Record<string, unknown>>,
  recordId?: string,
  exists = false,
): RecordData {
  const parsed: RecordData = {}
  for (const field of Object.keys(data)) {
    const schema = Object.hasOwn(collection.fields, field) ? collection.fields[field]! : undefined
    if (!schema) {
      const names = Object.keys(collection.fields).join(', ')
      throw invalid(
        collection.name,
        field.slice(0, 64),
        recordId,
        `unknown field ${quoted(field)} of ${collection.name} (fields: ${names})`,
      )
    }
    const value = data[field]
    if (value === undefined && !exists) continue
    const why = whyNotJson(value, field)
    if (why) throw invalid(collection.name, field, recordId, why)
    parsed[field] = parseField(collection, field, value, recordId)
  }
  return parsed
}

function parseField(collection: Collection, field: string, value: unknown, recordId?: string): Json {
  const result = validated(collection.fields[field]!, value)
  if (result.issues) {
    const issue = result.issues[0]
    const path = [field, ...(issue.path ?? []).map(({ key }) => String(key))].join('.')
    const message = clipped(issue.message, maxMessage)
    throw invalid(collection.name, field, recordId, `${path} (${typeName(issue.input)}): ${message}`)
  }
  const output = result.value
  const why = whyNotJson(output, field)
  if (why) throw invalid(collection.name, field, recordId, why)
  const kind = collection.kinds[field]!
  if (!isOfKind(kind, output)) {
    throw invalid(collection.name, field, recordId, mismatch(field, kind, output))
  }
  return output as Json
}

/** How much of what a schema says stands in a message. */
const maxMessage = 200

/** A value, as a schema's own validator judges it: what is shared with the browser brings no more of valibot than that. */
function validated(schema: v.GenericSchema, value: unknown): { value: unknown; issues?: undefined } | Invalid {
  return schema['~standard'].validate(value) as ReturnType<typeof validated>
}

interface Invalid {
  readonly issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]
}

/** Puts the default of an absent field, or refuses where it may not be absent. */
function complete(collection: Collection, data: RecordData, field: string, recordId: string): void {
  const schema = collection.fields[field]!
  if (schema.type === 'exact_optional') return
  const result = validated(schema, undefined)
  if (result.issues) {
    throw new DeepSpaceError('invalid-field', `Required field '${field}' is missing`, {
      collection: collection.name,
      recordId,
      field,
    })
  }
  if (result.value === undefined) return
  const why = whyNotJson(result.value, field)
  if (why) throw invalid(collection.name, field, recordId, `the default of ${why}`)
  data[field] = result.value as Json
}

/** Refuses fields that the sender's role may not write, and values of fields that the server sets. */
function checkSender(intent: Intent, field: string, value: unknown, stands: unknown): void {
  const { collection, caller } = intent
  if (caller.role === null || value === undefined) return
  const serverSet = collection.userBound.includes(field) || Object.hasOwn(collection.timestamps, field)
  if (serverSet) {
    if (jsonEqual(value, stands)) return
    throw invalid(collection.name, field, intent.recordId, `Field '${field}' is set by the server`)
  }
  const writable = rulesOf(collection, caller.role).writableFields
  if (writable && Object.hasOwn(collection.fields, field) && !writable.includes(field) && !jsonEqual(value, stands)) {
    throw cannotModify(intent, field)
  }
}

/** Writes the server's time into the timestamp fields whose field has changed. An import brings its own times. */
function stampTimes(
  { collection, caller, now }: Intent,
  data: Readonly<Record<string, unknown>>,
  before: RecordData,
  after: RecordData,
): void {
  for (const [field, rule] of Object.entries(collection.timestamps)) {
    const value = after[rule.field]
    if (jsonEqual(before[rule.field] ?? null, value ?? null)) continue
    if (caller.role === null && data[field] !== undefined) continue
    if (rule.value === undefined || rule.value === value) after[field] = now
  }
}

function fieldIn(record: RecordEnvelope, field: string): Json | undefined {
  return Object.hasOwn(record.data, field) ? fieldValue(record, field) : undefined
}

function place(intent: Intent, field?: string) {
  const where = { collection: intent.collection.name, recordId: intent.recordId }
  return field === undefined ? where : { ...where, field }
}

function denied(action: 'CREATE' | 'UPDATE' | 'DELETE', intent: Intent): DeepSpaceError {
  const { caller, collection } = intent
  return new DeepSpaceError(
    'denied',
    `${action} DENIED: role=${caller.role}, collection=${collection.name}`,
    place(intent),
  )
}

function notFound(intent: Intent): DeepSpaceError {
  return new DeepSpaceError('not-found', 'Record not found', place(intent))
}

function cannotModify(intent: Intent, field: string): DeepSpaceError {
  const message = `FIELD ERROR: Role '${intent.caller.role}' cannot modify field '${field}'`
  return new DeepSpaceError('invalid-field', message, place(intent, field))
}

/** A field that cannot be written as it is. */
export function invalid(
  collection: string,
  field: string,
  recordId: string | undefined,
  reason: string,
): DeepSpaceError {
  return new DeepSpaceError('invalid-field', `FIELD ERROR: ${reason}`, { collection, field, recordId })
}
