import { DeepSpaceError, quoted } from '../errors.ts'
import type { FieldKind } from './field-kind.ts'
import { envelopeFields, isEnvelopeField, isTimeField } from './record.ts'
import type { Collection } from './schema.ts'

/** What a query is read against, and how it is refused. Without a collection (an untyped name) only shapes are checked. */
export class QueryReader {
  readonly #name: string
  readonly #collection: Collection | undefined

  constructor(collectionName: string, collection?: Collection) {
    this.#name = collectionName
    this.#collection = collection
  }

  /** Throws a `DeepSpaceError` with the code `invalid-query`; the reason begins with the place, e.g. `limit: expected ...`. */
  refuse(reason: string, field?: string): never {
    const place = { collection: this.#name, ...(field && { field: field.slice(0, 64) }) }
    throw new DeepSpaceError(
      'invalid-query',
      `Invalid message: query${reason.startsWith(':') ? '' : '.'}${reason}`,
      place,
    )
  }

  /** The kind of a field that the query names at `path`; `undefined` when that cannot be known. Refuses an unknown one. */
  kindOf(field: string, path: string): FieldKind | undefined {
    const collection = this.#collection
    if (isEnvelopeField(field)) return 'text'
    if (!collection) return undefined
    if (Object.hasOwn(collection.kinds, field)) return collection.kinds[field]
    const names = [...Object.keys(collection.kinds), ...envelopeFields].join(', ')
    return this.refuse(`${path}: unknown field ${quoted(field)} of ${this.#name} (fields: ${names})`, field)
  }

  /**
   * A value that is compared with a field, or a list of them: a time of the envelope is compared by what it means, so it
   * is spelt as the envelope spells it. Refuses what no engine takes for a time; a room is stricter.
   */
  compared(field: string, value: unknown, path: string): unknown {
    if (Array.isArray(value)) return value.map((each) => this.compared(field, each, path))
    if (!isTimeField(field) || typeof value !== 'string') return value
    return new Date(value).toJSON() ?? this.refuse(`${path}: expected a time, received ${quoted(value)}`, field)
  }
}
