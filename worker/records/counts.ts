import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { encodeFrame } from '../../src/protocol/frame.ts'
import type { ServerFrame } from '../../src/protocol/records/messages.ts'
import { passes } from '../../src/protocol/records/permissions.ts'
import { matches, type Query, type Question, readQuery } from '../../src/protocol/records/query.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Readers } from './audience.ts'
import type { Meter } from './meter.ts'
import type { Outbox } from './outbox.ts'
import { callerOf, type RecordSession } from './record-session.ts'
import type { Records, Touched } from './records.ts'

/** How long a counted query may be, in characters of JSON: a room keeps it for as long as it is counted. */
const longestQuery = 8192

/** A number that one connection is kept up to date with. */
interface Count {
  readonly query: Query
  readonly question: Question
  /** What the connection was told last; not known after the room has slept. */
  told: number | undefined
}

/**
 * The queries of which only the number of records is asked (Q12). A commit changes a number by what it did to
 * the records that it wrote; only where access itself has changed is anything counted anew.
 */
export class Counts {
  readonly #records: Records
  readonly #outbox: Outbox
  readonly #meter: (session: RecordSession) => Meter
  readonly #failed: (session: RecordSession, subscriptionId: string, query: Query, error: unknown) => void
  readonly #sessions = new Map<RecordSession, Map<string, Count>>()

  /**
   * @param meter measures one question of a connection
   * @param failed is told of a count that could not be kept up to date
   */
  constructor(
    records: Records,
    outbox: Outbox,
    meter: (session: RecordSession) => Meter,
    failed: (session: RecordSession, subscriptionId: string, query: Query, error: unknown) => void,
  ) {
    this.#records = records
    this.#outbox = outbox
    this.#meter = meter
    this.#failed = failed
  }

  /** Counts, and tells the number now and whenever it changes. Throws a `DeepSpaceError` when the query is refused. */
  open(session: RecordSession, subscriptionId: string, query: Query): void {
    if (JSON.stringify(query).length > longestQuery) {
      const reason = `Query too large: one that is counted may have ${longestQuery} characters, since the room keeps it`
      throw new DeepSpaceError('too-large', reason, { collection: query.collection })
    }
    const told = this.#records.count(query, callerOf(session), this.#meter(session))
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

  /** A commit was made; `afters` says who can now read what it wrote. Never throws. */
  committed(touched: readonly Touched[], afters: readonly Readers[]): void {
    for (const [session, counts] of this.#sessions) {
      const concerned = [...counts].filter(([, { query }]) =>
        touched.some(({ collection }) => collection.name === query.collection),
      )
      if (concerned.length === 0) continue
      // All numbers of a connection share what one question may take.
      const meter = this.#meter(session)
      for (const [subscriptionId, count] of concerned) {
        this.#update(session, subscriptionId, count, () => {
          let more = 0
          for (const [index, { collection, existing, record, before }] of touched.entries()) {
            if (count.query.collection !== collection.name) continue
            const [is, was] = [
              isIn(session, count, record, afters[index]!, meter),
              isIn(session, count, existing, before, meter),
            ]
            more += Number(is) - Number(was)
          }
          if (more === 0) return count.told
          return count.told === undefined ? this.#count(session, count) : count.told + more
        })
      }
    }
  }

  /** What a connection may read has changed: its numbers may all be others now. Never throws. */
  recount(session: RecordSession): void {
    for (const [subscriptionId, count] of this.#sessions.get(session) ?? []) {
      this.#update(session, subscriptionId, count, () => this.#count(session, count))
    }
  }

  /** Tells a number where it is another one now. One that cannot be had is the affair of this count, and of nothing else. */
  #update(session: RecordSession, subscriptionId: string, count: Count, next: () => number | undefined): void {
    try {
      session.budget.check()
      const told = next()
      if (told !== undefined && told !== count.told)
        this.#outbox.count(session, subscriptionId, countFrame(subscriptionId, told))
      count.told = told
    } catch (error) {
      // Whatever has changed since it was told last is not known any more.
      count.told = undefined
      this.#failed(session, subscriptionId, count.query, error)
    }
  }

  /** A role that may no longer ask sees none. */
  #count(session: RecordSession, { query }: Count): number {
    const caller = callerOf(session)
    return this.#records.mayAsk(query.collection, caller) ? this.#records.count(query, caller, this.#meter(session)) : 0
  }

  #keep(session: RecordSession, subscriptionId: string, query: Query, told: number | undefined): void {
    const question = readQuery(query, this.#records.collections.get(query.collection))
    const counts = this.#sessions.get(session) ?? new Map<string, Count>()
    this.#sessions.set(session, counts.set(subscriptionId, { query, question, told }))
  }
}

/** Whether an image of a record counts for a connection; `readers` could read it. */
function isIn(
  session: RecordSession,
  { question }: Count,
  image: RecordEnvelope | undefined,
  readers: Readers,
  meter: Meter,
): boolean {
  if (image === undefined || !passes(readers.get(session.role) ?? false, session.identity.userId)) return false
  return matches(question, image, (steps) => meter.steps(steps))
}

function countFrame(subscriptionId: string, count: number): string {
  return encodeFrame<ServerFrame>({ type: 'core.query_result', payload: { subscriptionId, records: [], count } })
}
