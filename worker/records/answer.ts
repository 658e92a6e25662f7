import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { QueryResult } from '../../src/protocol/records/messages.ts'

/** How long a part of an answer gets, in characters of JSON: at most three bytes each, so below 1 MiB. */
const partLength = 256 * 1024

/**
 * The frames that carry an answer. For a client that takes it in parts (Q11) no frame holds more than about
 * 256 Ki characters of records, or one record; all but the last say that more follows. Throws a `DeepSpaceError` with
 * the code `too-large` when the records are longer than `maxLength` characters together.
 */
export function answerFrames(answer: QueryResult, inParts: boolean, maxLength: number): string[] {
  const { records, removed, version, ...facts } = answer
  const frames: string[] = []
  let part: string[] = []
  let length = 0
  let whole = 0
  for (const record of records) {
    const text = JSON.stringify(record)
    whole += text.length
    if (whole > maxLength) throw tooLarge(maxLength)
    if (inParts && length > 0 && length + text.length > partLength) {
      frames.push(frameOf({ ...facts, partial: true }, part))
      part = []
      length = 0
    }
    part.push(text)
    length += text.length
  }
  frames.push(frameOf({ ...facts, ...(removed && { removed }), ...(version !== undefined && { version }) }, part))
  return frames
}

/** Like `encodeFrame`, of records that are text already. */
function frameOf(facts: Omit<QueryResult, 'records'>, records: readonly string[]): string {
  const head = JSON.stringify({ type: 'core.query_result', payload: { ...facts, records: [] } })
  return `${head.slice(0, -']}}'.length)}${records.join(',')}]}}`
}

/** Why records are not sent that are longer together. */
export function tooLarge(maxLength: number): DeepSpaceError {
  const reason = `Result too large: more than ${maxLength} characters of records; ask for fewer with a limit`
  return new DeepSpaceError('too-large', reason)
}
