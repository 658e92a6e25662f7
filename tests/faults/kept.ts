import { deepStrictEqual } from 'node:assert'
import type { FieldKind, Json, RecordData, RecordEnvelope } from 'deepspace-solid/schema'
import { type Declaration, type Default, defaults } from './declaration.ts'

/** A value that the room is to make itself: what it is is seen later. */
const toBeMade = Symbol('to be made')

interface KeptRecord {
  readonly createdBy: string
  /** Also of fields that are not declared now, by their names in small letters. */
  readonly values: Map<string, Json | typeof toBeMade>
}

interface Declared {
  readonly name: string
  readonly kind: FieldKind
  readonly default: Default | 'bound' | { readonly value: Json }
}

/** One write as it was sent. */
export interface SentWrite {
  readonly type: 'put' | 'remove'
  readonly recordId: string
  readonly data: RecordData
  /** The user, or `system`. */
  readonly by: string
}

/**
 * What a room must hold whose declarations change, written from the specification (F4, F5, F12, H3 to H6) and not from the
 * library.
 */
export class Kept {
  readonly #records = new Map<string, KeptRecord>()
  /** The kinds of all fields that ever were, by their names in small letters. */
  readonly #kinds = new Map<string, FieldKind>()
  #declared: readonly Declared[] = []
  #unique: Declaration['unique'] = []

  get recordIds(): readonly string[] {
    return [...this.#records.keys()]
  }

  has(recordId: string): boolean {
    return this.#records.has(recordId)
  }

  /** The field with a value that would not be of its kind any more, so that the room must not start (H4). */
  conflictWith(declaration: Declaration): string | undefined {
    const isKept = ({ name, kind }: Declared): boolean =>
      [...this.#records.values()].every(({ values }) => fits(kind, values.get(name.toLowerCase())))
    return fieldsOf(declaration).find((field) => this.#kindOf(field) !== field.kind && !isKept(field))?.name
  }

  /** The room has started with a declaration. */
  start(declaration: Declaration): void {
    this.#declared = fieldsOf(declaration)
    this.#unique = declaration.unique
    for (const { name, kind, ...field } of this.#declared) {
      const lower = name.toLowerCase()
      this.#kinds.set(lower, kind)
      for (const { createdBy, values } of this.#records.values()) {
        if (values.has(lower)) continue
        const value = promised(kind, field.default, createdBy)
        if (value !== undefined) values.set(lower, value)
      }
    }
  }

  /** Whether a write would give two records what none may share. */
  isDuplicate({ recordId, data, by }: SentWrite): boolean {
    const before = this.#records.get(recordId)
    const after = this.#written(before, data, by)
    return this.#unique.some((list) => {
      const valuesIn = (record: KeptRecord | undefined) =>
        list.map((name) => record?.values.get(name.toLowerCase()) ?? null)
      const values = valuesIn(after)
      const isChanged = valuesIn(before).some((value, index) => value !== values[index])
      if (!isChanged || values.includes(null)) return false
      return [...this.#records].some(
        ([id, other]) => id !== recordId && valuesIn(other).every((value, index) => value === values[index]),
      )
    })
  }

  /** A write was acknowledged. */
  write(sent: SentWrite): void {
    const { type, recordId, data, by } = sent
    if (type === 'remove') this.#records.delete(recordId)
    else this.#records.set(recordId, this.#written(this.#records.get(recordId), data, by))
  }

  /** What is wrong with the records that the room has. What it was to make is known from then on. */
  *judge(found: readonly RecordEnvelope[]): Generator<string> {
    const byId = new Map(found.map((record) => [record.recordId, record]))
    for (const recordId of new Set([...byId.keys(), ...this.#records.keys()])) {
      const kept = this.#records.get(recordId)
      const record = byId.get(recordId)
      if (!kept || !record) {
        yield `${recordId} is ${record ? 'there, and was not written' : 'lost'} (H6)`
        continue
      }
      const expected: Record<string, Json> = {}
      for (const { name, kind } of this.#declared) {
        const lower = name.toLowerCase()
        if (kept.values.get(lower) === toBeMade) {
          const made = record.data[name]
          if (!isMade(kind, made)) {
            yield `${recordId} has ${JSON.stringify(made)} in ${name}, where a value was to be made (F4, H3)`
            return
          }
          for (const [otherId, { values }] of this.#records) {
            if (kind !== 'boolean' && JSON.stringify(values.get(lower)) === JSON.stringify(made))
              yield `${recordId} and ${otherId} share what was to be made for each in ${name} (H3)`
          }
          kept.values.set(lower, made)
        }
        const value = kept.values.get(lower)
        if (value !== undefined) expected[name] = value as Json
      }
      try {
        deepStrictEqual(
          { createdBy: record.createdBy, data: record.data },
          { createdBy: kept.createdBy, data: expected },
        )
      } catch (error) {
        yield `${recordId} does not say what was kept (F1, F5, H3-H6): ${(error as Error).message}`
      }
    }
  }

  #kindOf({ name, kind }: Declared): FieldKind {
    return this.#kinds.get(name.toLowerCase()) ?? kind
  }

  #written(before: KeptRecord | undefined, data: RecordData, by: string): KeptRecord {
    const values = new Map(before?.values)
    for (const [name, value] of Object.entries(data)) if (value !== undefined) values.set(name.toLowerCase(), value)
    if (before) return { createdBy: before.createdBy, values }
    for (const field of this.#declared) {
      const lower = field.name.toLowerCase()
      if (values.has(lower)) continue
      const value = promised(field.kind, field.default, by)
      if (value !== undefined) values.set(lower, value)
    }
    return { createdBy: by, values }
  }
}

function fieldsOf({ fields, owner }: Declaration): readonly Declared[] {
  return [
    { name: 'f0', kind: 'text', default: 'nothing' },
    { name: 'team', kind: 'text', default: 'nothing' },
    { name: 'people', kind: 'json', default: { value: [] } },
    { name: 'visibility', kind: 'text', default: { value: 'private' } },
    ...fields,
    ...(owner === 'none'
      ? []
      : [{ name: 'owner', kind: 'text', default: owner === 'bound' ? 'bound' : 'nothing' } as const]),
  ]
}

function promised(kind: FieldKind, what: Declared['default'], createdBy: string): Json | typeof toBeMade | undefined {
  if (typeof what === 'object') return what.value
  switch (what) {
    case 'nothing':
      return undefined
    case 'null':
      return null
    case 'value':
      return defaults[kind] as Json
    case 'made':
      return toBeMade
    case 'bound':
      return createdBy === 'system' ? undefined : createdBy
  }
}

function fits(kind: FieldKind, value: unknown): boolean {
  if (value === undefined || value === null || kind === 'json') return true
  return typeof value === (kind === 'text' ? 'string' : kind)
}

function isMade(kind: FieldKind, value: Json | undefined): value is Json {
  return kind === 'json'
    ? Array.isArray(value) && value.length === 1
    : value !== null && value !== undefined && fits(kind, value)
}
