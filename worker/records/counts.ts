import { encodeFrame } from '../../src/protocol/frame.ts'
import type { ServerFrame } from '../../src/protocol/records/messages.ts'
import { passes } from '../../src/protocol/records/permissions.ts'
import { matches, type Query, type Question, readQuery } from '../../src/protocol/records/query.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Readers } from './audience.ts'
import type { Outbox } from './outbox.ts'
import { callerOf, type RecordSession } from './record-session.ts'
import type { Records, Touched } from './records.ts'

/** A number that one connection is kept up to date with. */
interface Count {
  readonly query: Query
  readonly question: Question
  /** What the connection was told last; not known after the room has slept. */
  told: number | undefined
}

/**
 * The queries of which only the number of records is asked (PROTOCOL B4). A commit changes a number by what it did to
 * the records that it wrote; only where access itself has changed is anything counted anew.
 */
export class Counts {
  readonly #records: Records
  readonly #outbox: Outbox
  readonly #sessions = new Map<RecordSession, Map<string, Count>>()

  constructor(records: Records, outbox: Outbox) {
    this.#records = records
    this.#outbox = outbox
  }

  /** Counts, and tells the number now and whenever it changes. Throws a `DeepSpaceError` when the query is refused. */
  open(session: RecordSession, subscriptionId: string, query: Query): void {
    const told = this.#records.count(query, callerOf(session))
    this.#keep(session, subscriptionId, query, told)
    this.#outbox.send(session, countFrame(subscriptionId, told))
  }

  /** Takes up a count from before the room slept; says whether it is one that can still be asked. */
  resume(session: RecordSession, subscriptionId: string, query: Query): boolean {
    try {
      this.#keep(session, subscriptionId, query, undefined)
      return true
    } catch {
      return false
    }
  }

  close(session: RecordSession, subscriptionId: string): void {
    this.#sessions.get(session)?.delete(subscriptionId)
  }

  leave(session: RecordSession): void {
    this.#sessions.delete(session)
  }

  /** A commit was made; `afters` says who can now read what it wrote. */
  committed(touched: readonly Touched[], afters: readonly Readers[]): void {
    for (const [session, counts] of this.#sessions) {
      for (const [subscriptionId, count] of counts) {
        let more = 0
        for (const [index, { collection, existing, record, before }] of touched.entries()) {
          if (count.query.collection !== collection.name) continue
          more += Number(isIn(session, count, record, afters[index]!)) - Number(isIn(session, count, existing, before))
        }
        if (more === 0) continue
        count.told = count.told === undefined ? this.#count(session, count) : count.told + more
        this.#tell(session, subscriptionId, count.told)
      }
    }
  }

  /** What a connection may read has changed: its numbers may all be others now. */
  recount(session: RecordSession): void {
    for (const [subscriptionId, count] of this.#sessions.get(session) ?? []) {
      const before = count.told
      count.told = this.#count(session, count)
      if (count.told !== before) this.#tell(session, subscriptionId, count.told)
    }
  }

  /** A role that may no longer ask sees none. */
  #count(session: RecordSession, { query }: Count): number {
    return this.#records.mayAsk(query.collection, callerOf(session)) ? this.#records.count(query, callerOf(session)) : 0
  }

  #keep(session: RecordSession, subscriptionId: string, query: Query, told: number | undefined): void {
    const question = readQuery(query, this.#records.collections.get(query.collection))
    const counts = this.#sessions.get(session) ?? new Map<string, Count>()
    this.#sessions.set(session, counts.set(subscriptionId, { query, question, told }))
  }

  #tell(session: RecordSession, subscriptionId: string, count: number): void {
    this.#outbox.count(session, subscriptionId, countFrame(subscriptionId, count))
  }
}

/** Whether an image of a record counts for a connection; `readers` could read it. */
function isIn(
  session: RecordSession,
  { question }: Count,
  image: RecordEnvelope | undefined,
  readers: Readers,
): boolean {
  if (image === undefined || !passes(readers.get(session.role) ?? false, session.identity.userId)) return false
  return matches(question, image)
}

function countFrame(subscriptionId: string, count: number): string {
  return encodeFrame<ServerFrame>({ type: 'core.query_result', payload: { subscriptionId, records: [], count } })
}
