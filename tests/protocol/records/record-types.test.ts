import {
  collection,
  type DataOf,
  type NewDataOf,
  type PatchOf,
  type RecordEnvelope,
  type RecordOf,
} from 'deepspace-solid/schema'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'

// The types are checked by `tsc -p tests/tsconfig.json`; what they refuse is refused at run time too.

const tasks = collection('tasks', {
  fields: {
    title: v.pipe(v.string(), v.trim()),
    done: v.optional(v.boolean(), false),
    priority: v.optional(v.number()),
    assignee: v.nullable(v.string()),
    labels: v.optional(v.array(v.string()), () => []),
    length: v.pipe(
      v.string(),
      v.transform((text) => text.length),
    ),
    author: v.string(),
    doneAt: v.optional(v.string()),
  },
  permissions: { member: { read: true, create: true } },
  userBound: ['author'],
  timestamps: { doneAt: { field: 'done', value: true } },
})

interface Data {
  readonly title: string
  readonly done: boolean
  readonly priority?: number | undefined
  readonly assignee: string | null
  readonly labels: readonly string[]
  readonly length: number
  readonly author: string
  readonly doneAt?: string | undefined
}

interface NewData {
  title: string
  done?: boolean | undefined
  priority?: number | undefined
  assignee: string | null
  labels?: readonly string[] | undefined
  length: string
}

describe('S4: record types follow from the declaration', () => {
  test('what is read is the output of the schemas, in the envelope', () => {
    expectTypeOf<DataOf<typeof tasks>>().branded.toEqualTypeOf<Data>()
    expectTypeOf<RecordOf<typeof tasks>>().branded.toEqualTypeOf<RecordEnvelope<Data>>()
    expectTypeOf<RecordOf<typeof tasks>['createdAt']>().toEqualTypeOf<string>()
    expectTypeOf<typeof tasks.name>().toEqualTypeOf<'tasks'>()
  })

  test('what create takes is their input, less what the server sets', () => {
    expectTypeOf<NewDataOf<typeof tasks>>().branded.toEqualTypeOf<NewData>()
    expectTypeOf<NewDataOf<typeof tasks>>().not.toHaveProperty('author')
    expectTypeOf<NewDataOf<typeof tasks>>().not.toHaveProperty('doneAt')

    const whole: NewDataOf<typeof tasks> = { title: 'a', assignee: null, length: 'abc' }
    // @ts-expect-error a required field is missing
    const missing: NewDataOf<typeof tasks> = { assignee: null, length: 'abc' }
    // @ts-expect-error the output of a transformation is not its input
    const output: NewDataOf<typeof tasks> = { ...whole, length: 3 }
    // @ts-expect-error a user-bound field is set by the server
    const author: NewDataOf<typeof tasks> = { title: 'a', assignee: null, length: 'abc', author: 'u1' }
    // @ts-expect-error a timestamp is set by the server
    const doneAt: NewDataOf<typeof tasks> = { title: 'a', assignee: null, length: 'abc', doneAt: 'now' }
    // @ts-expect-error an unknown field
    const unknown: NewDataOf<typeof tasks> = { title: 'a', assignee: null, length: 'abc', colour: 'red' }
    expect([whole, missing, output, author, doneAt, unknown]).toHaveLength(6)
  })

  test('what put takes is any of those', () => {
    expectTypeOf<PatchOf<typeof tasks>>().branded.toEqualTypeOf<Partial<NewData>>()
    const patch: PatchOf<typeof tasks> = { done: true }
    // @ts-expect-error a timestamp is set by the server
    const doneAt: PatchOf<typeof tasks> = { doneAt: 'now' }
    // @ts-expect-error null is not a boolean
    const nothing: PatchOf<typeof tasks> = { done: null }
    expect([patch, doneAt, nothing]).toHaveLength(3)
  })

  test('a collection where the server sets nothing takes every field', () => {
    const notes = collection('notes', { fields: { text: v.string() }, permissions: {} })
    expectTypeOf<NewDataOf<typeof notes>>().branded.toEqualTypeOf<{ text: string }>()
    expect(notes.name).toBe('notes')
  })
})

describe('S1: what a declaration may not say, the types do not accept either', () => {
  const fields = { title: v.string(), owner: v.nullable(v.string()), at: v.optional(v.string()) }

  test('a writable field that is none', () => {
    // @ts-expect-error "tilte" is no field
    const declare = () => collection('c', { fields, permissions: { member: { writableFields: ['tilte'] } } })
    expect(declare).toThrow('permissions.member.writableFields: unknown field "tilte"')
  })

  test('an owner field that is none', () => {
    // @ts-expect-error "woner" is no field
    const declare = () => collection('c', { fields, permissions: {}, ownerField: 'woner' })
    expect(declare).toThrow('ownerField: unknown field "woner"')
  })

  test('a collaborators, team or visibility field that is none', () => {
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, collaboratorsField: 'x' })).toThrow(TypeError)
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, teamField: 'x' })).toThrow(TypeError)
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, visibilityField: 'x' })).toThrow(TypeError)
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, visibilityField: { field: 'x', value: 1 } })).toThrow(
      TypeError,
    )
  })

  test('an immutable, user-bound, unique or indexed field that is none', () => {
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, immutable: ['x'] })).toThrow(TypeError)
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, userBound: ['x'] })).toThrow(TypeError)
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, unique: [['x']] })).toThrow(TypeError)
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, indexes: [['x']] })).toThrow(TypeError)
  })

  test('a timestamp that is no field, or follows none', () => {
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, timestamps: { x: { field: 'title' } } })).toThrow(TypeError)
    // @ts-expect-error "x" is no field
    expect(() => collection('c', { fields, permissions: {}, timestamps: { at: { field: 'x' } } })).toThrow(TypeError)
  })

  test('an unknown level, and a level where only yes or no may stand', () => {
    // @ts-expect-error "mine" is no level
    expect(() => collection('c', { fields, permissions: { member: { read: 'mine' } } })).toThrow(TypeError)
    // @ts-expect-error create is true or false
    expect(() => collection('c', { fields, permissions: { member: { create: 'own' } } })).toThrow(TypeError)
    // @ts-expect-error "write" is no action
    expect(() => collection('c', { fields, permissions: { member: { write: true } } })).toThrow(TypeError)
  })

  test('an unknown option', () => {
    // @ts-expect-error "ownerfield" is no option
    expect(() => collection('c', { fields, permissions: {}, ownerfield: 'owner' })).toThrow(TypeError)
  })

  test('an async schema', () => {
    // @ts-expect-error a write is checked in one step
    expect(() => collection('c', { fields: { it: v.optionalAsync(v.string()) }, permissions: {} })).toThrow(TypeError)
  })
})
