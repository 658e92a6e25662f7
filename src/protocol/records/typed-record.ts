import type * as v from 'valibot'
import type { ReadOnly } from '../read-only.ts'
import type { RecordData, RecordEnvelope } from './record.ts'
import type { Collection, Fields } from './schema.ts'

type FieldsOf<C> = C extends Collection<string, infer F> ? F : never
type StampedOf<C> = C extends Collection<string, Fields, infer S> ? S : never
type FixedOf<C> = C extends Collection<string, Fields, string, infer I> ? I : never

/** Some fields, spelt out, so that the compiler speaks of them and not of what they are made from. */
type Without<T, Name> = T extends unknown ? { [K in keyof T as Exclude<K, Name>]: ReadOnly<T[K]> } : never
type Some<T> = T extends unknown ? { [K in keyof T]?: T[K] } : never

type InputOf<C> = v.InferInput<v.ObjectSchema<FieldsOf<C>, undefined>>

/** The data of a record of a collection, as it is read: every field's schema output. It is read-only at every depth. */
export type DataOf<C> = ReadOnly<v.InferOutput<v.ObjectSchema<FieldsOf<C>, undefined>>>
/** A record of a collection: the envelope with typed `data`. */
export type RecordOf<C> = C extends unknown ? RecordEnvelope<DataOf<C>> : never
/**
 * What `create` takes: every field's schema input, less the fields that the server sets. What is inside a field may be
 * read-only, so that what was read can be written again.
 */
export type NewDataOf<C> = Without<InputOf<C>, StampedOf<C>>
/** What `put` takes: any of the fields that a client may set, and that are not `immutable`. */
export type PatchOf<C> = Some<Without<InputOf<C>, StampedOf<C> | FixedOf<C>>>

/** A collection, or the bare name of one for untyped use. */
export type CollectionLike = Collection | string
/** The record type of a collection; of a bare name, a record whose fields are not known. */
export type RecordIn<C> = C extends Collection ? RecordOf<C> : RecordEnvelope<ReadOnly<RecordData>>
/** What `create` takes: the fields of the collection, or anything for a bare name. */
export type NewData<C> = C extends Collection ? NewDataOf<C> : ReadOnly<RecordData>
/** What `put` takes: some of the fields. */
export type Patch<C> = C extends Collection ? PatchOf<C> : ReadOnly<RecordData>
