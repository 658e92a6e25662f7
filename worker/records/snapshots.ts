import { errorPayload } from '../../src/protocol/error-payload.ts'
import type { Caller } from '../../src/protocol/records/permissions.ts'
import type { PageAnswer, PageQuestion } from '../../src/protocol/records/snapshot.ts'
import { presentable } from '../room/room.ts'
import { tooLarge } from './answer.ts'
import type { Meter } from './meter.ts'
import type { Records } from './records.ts'

/**
 * The answer to a question of a page: one record more than it shows, so that the browser, which goes on from it, knows
 * whether there are more. What is refused is an answer too; it concerns no other question.
 */
export function answerForPage(
  records: Records,
  { query, count }: PageQuestion,
  caller: Caller,
  meter: Meter,
  maxLength: number,
): PageAnswer {
  try {
    if (count) return { count: records.count(query, caller, meter) }
    const { limit } = query
    // A limit that is none is refused as it came.
    const asked = Number.isSafeInteger(limit) && limit! > 0 ? { ...query, limit: limit! + 1 } : query
    const found = records.select(asked, caller, meter)
    const text = JSON.stringify(found.records)
    if (text.length > maxLength) throw tooLarge(maxLength)
    return { records: text, hasMore: found.hasMore }
  } catch (error) {
    return { error: errorPayload(presentable(error)) }
  }
}
