import { DeepSpaceError } from '../src/protocol/errors.ts'
import type { Json } from '../src/protocol/json.ts'
import type { RecordData } from '../src/protocol/records/record.ts'
import type { Collection } from '../src/protocol/records/schema.ts'
import type { NewDataOf } from '../src/protocol/records/typed-record.ts'

/** What is wrong with a form, by the names of its fields; parts of a field as `field.part`. For people, in the words of the schema. */
export type FieldErrors = { readonly [field: string]: readonly [string, ...string[]] }

/** Several fields of a form are wrong; as a `DeepSpaceError` it speaks of the first. */
class FormError extends DeepSpaceError {
  readonly fields: FieldErrors

  constructor(collection: Collection, fields: FieldErrors) {
    const [[field, [reason]]] = Object.entries(fields) as [[string, [string]]]
    super('invalid-field', `FIELD ERROR: ${field}: ${reason}`, { collection: collection.name, field })
    this.fields = fields
  }
}

/**
 * The fields of a form that are fields of a collection, each as its schema takes it: text as it is; a number, an empty input
 * being none; a boolean, `on` of a check box, `true` or `1`; anything else from JSON. The last value of a name counts, so that
 * a hidden `false` before a check box says that it is off. What else is in the form is left out. SolidStart gives an action
 * `URLSearchParams` where the form has no file in it.
 *
 * Throws a `DeepSpaceError` with the code `invalid-field` where values do not fit; {@link fieldErrors} gives all of them.
 */
export function formData<C extends Collection>(collection: C, form: FormData | URLSearchParams): NewDataOf<C> {
  const data: RecordData = {}
  const errors = new Map<string, string[]>()
  const note = (path: string, message: string): void => void errors.set(path, [...(errors.get(path) ?? []), message])
  for (const [field, schema] of Object.entries(collection.fields)) {
    const given = form.getAll(field).at(-1)
    if (given === undefined) continue
    if (typeof given !== 'string') {
      note(field, 'Expected text, received a file')
      continue
    }
    const value = meaningOf(collection.kinds[field]!, given)
    if (value === undefined) continue
    const { issues } = schema['~standard'].validate(value) as { issues?: readonly Issue[] }
    for (const { message, path = [] } of issues ?? []) note([field, ...path.map(keyOf)].join('.'), message)
    data[field] = value
  }
  if (errors.size > 0) throw new FormError(collection, Object.fromEntries(errors) as unknown as FieldErrors)
  return data as NewDataOf<C>
}

/**
 * What is wrong by field: with what {@link formData} and the writes of {@link room} have thrown. An error that is about no
 * field is thrown again, since no field can show it.
 */
export function fieldErrors(error: unknown): FieldErrors {
  if (error instanceof FormError) return error.fields
  if (!(error instanceof DeepSpaceError) || error.field === undefined) throw error
  return { [error.field]: [error.message.replace(/^FIELD ERROR: (\S+ \(\w+\): )?/, '')] }
}

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[]
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part)
}

/** What a text of a form means in a field; one that means nothing there is left to the schema to refuse. */
function meaningOf(kind: string, text: string): Json | undefined {
  switch (kind) {
    case 'text':
      return text
    case 'number':
      return text.trim() === '' ? undefined : Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean':
      return ['on', 'true', '1'].includes(text)
    default:
      if (text.trim() === '') return undefined
      try {
        return JSON.parse(text) as Json
      } catch {
        return text
      }
  }
}
