import type { Collection } from '../../src/protocol/records/schema.ts'
import { quote, tableOf } from './record-sql.ts'

/** How many updates are kept of a collection, each of other fields. */
const most = 64

/**
 * The statements that write the records of a collection, as text. Each is made once: what SQLite has prepared is found by
 * its text, and sooner by the very same string.
 */
export class WriteTexts {
  /** Binds the columns of the envelope but for `_former`, then every field. */
  readonly insert: string
  readonly #table: string
  readonly #updates = new Map<string, string>()

  constructor({ name, kinds }: Collection) {
    this.#table = tableOf(name)
    const columns = ['_id', '_createdBy', '_createdAt', '_updatedAt', '_nulls', ...Object.keys(kinds).map(quote)]
    this.insert = `INSERT INTO ${this.#table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
  }

  /** Binds when it was updated, the fields, the two lists of {@link mergedNulls} unless the nulls stay, and the id. */
  update(fields: readonly string[], nullsStay: boolean): string {
    const key = nullsStay ? fields.join() : `${fields.join()} null`
    const known = this.#updates.get(key)
    if (known !== undefined) return known
    const assignments = ['_updatedAt = ?', ...fields.map((field) => `${quote(field)} = ?`)]
    if (!nullsStay) assignments.push(`_nulls = ${mergedNulls}`)
    const text = `UPDATE ${this.#table} SET ${assignments.join(', ')} WHERE _id = ?`
    // Who writes ever other fields has them made anew.
    if (this.#updates.size === most) this.#updates.clear()
    this.#updates.set(key, text)
    return text
  }
}

/** The fields of a list, and those that were null before and are not among the ones written; NULL for none. */
const mergedNulls =
  '(SELECT CASE WHEN COUNT(*) > 0 THEN json_group_array(value) END FROM (SELECT value FROM json_each(?) ' +
  'UNION SELECT value FROM json_each(_nulls) WHERE value NOT IN (SELECT value FROM json_each(?))))'
