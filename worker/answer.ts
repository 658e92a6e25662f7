import { encodeFrame, type QueryResult } from '../src/protocol/messages.ts'

/** How long a part of an answer gets, in characters of JSON: at most three bytes each, so below 1 MiB. */
const partLength = 256 * 1024

/**
 * The frames that carry an answer. For a client that takes it in parts (PROTOCOL B4) no frame holds more than about
 * 256 Ki characters of records, or one record; all but the last say that more follows.
 */
export function* answerFrames(answer: QueryResult, inParts: boolean): Generator<string, void> {
  if (!inParts) return yield encodeFrame({ type: 'core.query_result', payload: answer })
  const { records, removed, version, ...facts } = answer
  let part: string[] = []
  let length = 0
  for (const record of records) {
    const text = JSON.stringify(record)
    if (length > 0 && length + text.length > partLength) {
      yield frameOf({ ...facts, partial: true }, part)
      part = []
      length = 0
    }
    part.push(text)
    length += text.length
  }
  yield frameOf({ ...facts, ...(removed && { removed }), ...(version !== undefined && { version }) }, part)
}

/** Like `encodeFrame`, of records that are text already. */
function frameOf(facts: Omit<QueryResult, 'records'>, records: readonly string[]): string {
  const head = JSON.stringify({ type: 'core.query_result', payload: { ...facts, records: [] } })
  return `${head.slice(0, -']}}'.length)}${records.join(',')}]}}`
}
