import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { openFrame } from '../../src/protocol/frame.ts'
import { type QueryResult, readFrame, type Subscribe } from '../../src/protocol/records/messages.ts'
import type { Query } from '../../src/protocol/records/query.ts'
import { presentable } from '../room/room.ts'
import type { Attend } from './access.ts'
import { answerFrames } from './answer.ts'
import { fromBaseline } from './baseline-query.ts'
import type { Counts } from './counts.ts'
import { BoundedMeter, type Meter } from './meter.ts'
import type { Outbox } from './outbox.ts'
import type { Prompts } from './prompts.ts'
import type { RecordLimits } from './record-limits.ts'
import { callerOf, type RecordSession } from './record-session.ts'
import type { Difference, Records } from './records.ts'
import type { Replies } from './replies.ts'
import { readsAsAnyone, rightsOf } from './rights.ts'
import type { UserRecords } from './user-records.ts'
import { type Waiting, WaitingList } from './waiting-list.ts'

/** What the room does for its subscriptions. */
export interface Answering {
  /** Writes what has changed of what is kept of a connection to where it outlives a sleep. */
  readonly keep: (session: RecordSession) => void
  readonly replies: Replies
  readonly attend: Attend
  readonly users: UserRecords
}

/**
 * What connections ask: each question is answered now, or waits where its user owes work and it is one that the room has
 * caused, or that nobody would ask again (L10). What a connection has open is kept with its session.
 */
export class Subscriptions {
  readonly #records: Records
  readonly #counts: Counts
  readonly #outbox: Outbox
  readonly #prompts: Prompts
  readonly #bounds: RecordLimits
  readonly #room: Answering
  readonly #waiting: WaitingList

  constructor(
    records: Records,
    counts: Counts,
    outbox: Outbox,
    prompts: Prompts,
    bounds: RecordLimits,
    room: Answering,
  ) {
    this.#records = records
    this.#counts = counts
    this.#outbox = outbox
    this.#prompts = prompts
    this.#bounds = bounds
    this.#room = room
    this.#waiting = new WaitingList(bounds.subscriptions, (session, waiting) =>
      room.attend(session, () => this.#take(session, waiting)),
    )
  }

  /** Takes a question, and answers or refuses it with all that it takes the place of, now or later. */
  ask(session: RecordSession, asked: Subscribe): void {
    const subscribe = inOurWords(session, asked)
    const { subscriptionId, query } = subscribe
    const mayWait = this.#mayWait(session, subscriptionId)
    this.#prompts.asked(session, subscriptionId, query.collection)
    const waiting = this.#waiting.replacedBy(session, subscribe)
    if (session.budget.wait > 0 && mayWait && this.#waiting.add(session, waiting)) return
    this.#take(session, waiting)
  }

  /**
   * Whether a frame asks once more what the room has caused its sender to ask, so that it does not count against them: as
   * long as they owe no more work than a burst.
   */
  isPrompted(session: RecordSession, text: string): boolean {
    if (session.budget.owed > this.#bounds.workBurst || !this.#promptedIn(session, text)) return false
    session.budget.spend(unitsPerPrompt)
    return true
  }

  /** Takes a frame that came too fast and has what it asks wait, if the room has caused it; says whether it has. */
  postpone(session: RecordSession, text: string, error: DeepSpaceError): boolean {
    const subscribe = this.#promptedIn(session, text)
    if (!subscribe) return false
    const waiting = this.#waiting.replacedBy(session, inOurWords(session, subscribe))
    if (!this.#waiting.add(session, waiting)) this.#refuse(session, waiting, error)
    return true
  }

  /** A number could not be kept up to date: where its user owes work it is counted anew once they do not, else it is refused. */
  countFailed(session: RecordSession, subscriptionId: string, query: Query, error: DeepSpaceError): void {
    const waiting = this.#waiting.replacedBy(session, { subscriptionId, query, count: true })
    if (error.code === 'rate-limited' && this.#waiting.add(session, waiting)) return
    this.#refuse(session, waiting, error)
  }

  /** Ends what a connection has asked under an id. */
  close(session: RecordSession, subscriptionId: string): void {
    for (const requestId of this.#waiting.drop(session, subscriptionId))
      this.#room.replies.acknowledge(session, requestId)
    this.#prompts.closed(session, subscriptionId)
    this.#counts.close(session, subscriptionId)
    // Nobody will say of what waits that it has been lost, once the collection is of no interest.
    this.#outbox.flush(session)
    if (session.kept.subscriptions.delete(subscriptionId)) this.#room.keep(session)
  }

  leave(session: RecordSession): void {
    this.#waiting.leave(session)
    this.#prompts.leave(session)
    this.#counts.leave(session)
  }

  /** What a frame asks, if there is a prompt for it, which is used up. A frame is looked into only where there may be one. */
  #promptedIn(session: RecordSession, text: string): Subscribe | undefined {
    const subscribe = this.#prompts.has(session) ? askedIn(text) : undefined
    return subscribe && this.#prompts.take(session, subscribe.subscriptionId) ? subscribe : undefined
  }

  /** A baseline client takes a refusal for the end of its list, and asks no more. Ours asks again, what is new to the room. */
  #mayWait({ version, kept }: RecordSession, subscriptionId: string): boolean {
    return version === 0 || kept.subscriptions.has(subscriptionId)
  }

  #take(session: RecordSession, waiting: Waiting): void {
    try {
      this.#answer(session, waiting.subscribe)
      for (const requestId of waiting.requestIds) this.#room.replies.acknowledge(session, requestId)
    } catch (error) {
      this.#refuse(session, waiting, presentable(error))
    }
  }

  #refuse(session: RecordSession, { subscribe, requestIds }: Waiting, error: DeepSpaceError): void {
    for (const requestId of requestIds) this.#room.replies.refuse(session, { requestId }, error)
    this.#room.replies.refuse(session, { subscriptionId: subscribe.subscriptionId }, error)
  }

  #answer(session: RecordSession, subscribe: Subscribe): void {
    const { subscriptionId, query, count } = subscribe
    const { subscriptions } = this.#bounds
    // A baseline connection is told everything whatever it asks: its queries are answered and forgotten, but for those of
    // users, of whom it is told only then.
    const isKept = session.version > 0 || count === true || this.#room.users.isAsked(session, query)
    if (isKept && session.kept.subscriptions.size >= subscriptions && !session.kept.subscriptions.has(subscriptionId)) {
      throw new DeepSpaceError('too-many', `Too many queries: a connection may have ${subscriptions} open`)
    }
    session.budget.check()
    if (count) {
      this.#counts.open(session, subscriptionId, query)
      session.kept.subscriptions.set(subscriptionId, { collection: query.collection, counted: query })
    } else {
      const answer = this.#answerTo(session, subscribe)
      for (const text of answerFrames(answer, session.version > 0, this.#bounds.resultLength)) {
        session.budget.spend(text.length / charactersPerUnit)
        this.#outbox.send(session, text)
      }
      this.#counts.close(session, subscriptionId)
      if (isKept) session.kept.subscriptions.set(subscriptionId, { collection: query.collection })
    }
    if (isKept) this.#room.keep(session)
  }

  #answerTo(session: RecordSession, { subscriptionId, query, page, since }: Subscribe): QueryResult {
    const { version } = this.#records.log
    const meter = new BoundedMeter(this.#bounds, session.budget)
    if (this.#room.users.isAsked(session, query)) {
      return { subscriptionId, records: this.#room.users.select(session, query, meter) }
    }
    const difference = since === undefined ? undefined : this.#difference(session, query, meter, since)
    if (difference) return { subscriptionId, since: since!, ...difference, version }
    const { records, hasMore } = this.#records.select(query, callerOf(session), meter, page)
    if (session.version === 0) return { subscriptionId, records }
    return { subscriptionId, records, hasMore, ...(page && { page: page.after }), version }
  }

  /** What has become of a query's records while the client was away, if that can be told. */
  #difference({ identity, role }: RecordSession, query: Query, meter: Meter, since: number): Difference | undefined {
    const { log, collections } = this.#records
    if (!log.reaches(since, rightsOf(identity))) return undefined
    const collection = collections.get(query.collection)
    if (identity.anonymous && collection && !readsAsAnyone(collection, role)) return undefined
    return this.#records.resume(query, { userId: identity.userId, role }, meter, since)
  }
}

function inOurWords({ version }: RecordSession, subscribe: Subscribe): Subscribe {
  return version > 0 ? subscribe : { ...subscribe, query: fromBaseline(subscribe.query) }
}

/** What a frame asks, if it is short and asks something. */
function askedIn(text: string): Subscribe | undefined {
  if (text.length > longestPrompt || !text.includes('core.subscribe')) return undefined
  try {
    const frame = readFrame(openFrame(text))
    return frame.type === 'core.subscribe' ? frame.payload : undefined
  } catch {
    return undefined
  }
}

/** How long a frame may be that is looked into before it is counted, in characters. */
const longestPrompt = 16_384

/** So many characters of an answer are sent for one unit of a budget. */
const charactersPerUnit = 512

/** What it takes to look at a frame that does not count as one, in units of a budget. */
const unitsPerPrompt = 4
