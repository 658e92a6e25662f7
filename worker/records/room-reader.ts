import { quoted } from '../../src/protocol/errors.ts'
import { QueryReader } from '../../src/protocol/records/query-field.ts'
import { isTimeField } from '../../src/protocol/records/record.ts'

/** A day, or a time of one to the millisecond and where on earth that is. */
const timePattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

/** How long the envelope's times are; of a year that has more than four digits they would not be in the order of time. */
const timeLength = '2026-01-31T10:00:00.000Z'.length

/**
 * What a room reads queries against. Of what a `Date` takes for a time it accepts only what means the same everywhere: not
 * the time of some clock on a wall, nor the 30th of February.
 */
export class RoomReader extends QueryReader {
  override compared(field: string, value: unknown, path: string): unknown {
    if (isTimeField(field) && typeof value === 'string' && !isTime(value)) {
      const expected = 'a day like "2026-01-31" or a time like "2026-01-31T10:00:00.000Z"'
      this.refuse(`${path}: expected ${expected}, received ${quoted(value)}`, field)
    }
    return super.compared(field, value, path)
  }
}

function isTime(value: string): boolean {
  const day = value.slice(0, '2026-01-31'.length)
  return (
    timePattern.test(value) &&
    new Date(value).toJSON()?.length === timeLength &&
    // Some engines take a day that a month does not have for one of the next.
    new Date(day).toJSON()?.startsWith(day) === true
  )
}
