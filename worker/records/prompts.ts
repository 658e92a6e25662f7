import type { RecordSession } from './record-session.ts'

/**
 * What the room has itself caused its clients to ask: a question once more, for each change of its collection that they
 * were told of (a baseline client asks again for what it orders or limits, ours for what lies behind a window that runs
 * short), and every question once, when access or the role has changed. What is asked for that reason does not count
 * against who asks.
 */
export class Prompts {
  readonly #most: number
  readonly #sessions = new Map<RecordSession, Prompted>()

  /** @param most of how many questions of a connection this is known; of more, it is of those that were asked last */
  constructor(most: number) {
    this.#most = most
  }

  /** A connection is told of a change of a collection; without one, that it is to ask everything anew. */
  told(session: RecordSession, collection = everything): void {
    const { told } = this.#of(session)
    told.set(collection, (told.get(collection) ?? 0) + 1)
  }

  /** A connection has asked of a collection under an id. */
  asked(session: RecordSession, subscriptionId: string, collection: string): void {
    const prompted = this.#of(session)
    const known = prompted.questions.get(subscriptionId)
    // Taken out and put in again, it is the last.
    prompted.questions.delete(subscriptionId)
    const taken = known?.collection === collection ? known.taken : countOf(prompted, collection)
    prompted.questions.set(subscriptionId, { collection, taken })
    const [first] = prompted.questions.keys()
    if (prompted.questions.size > this.#most) prompted.questions.delete(first!)
  }

  /** Whether a connection has been told anything that may have caused it to ask. */
  has(session: RecordSession): boolean {
    return this.#of(session).told.size > 0
  }

  /** Uses up a prompt to ask what was asked under an id; says whether there was one. */
  take(session: RecordSession, subscriptionId: string): boolean {
    const prompted = this.#of(session)
    const question = prompted.questions.get(subscriptionId)
    if (!question || question.taken >= countOf(prompted, question.collection)) return false
    question.taken++
    return true
  }

  closed(session: RecordSession, subscriptionId: string): void {
    this.#sessions.get(session)?.questions.delete(subscriptionId)
  }

  leave(session: RecordSession): void {
    this.#sessions.delete(session)
  }

  #of(session: RecordSession): Prompted {
    const known = this.#sessions.get(session)
    if (known) return known
    // After a sleep the questions that are kept are all that is known, and nothing has been told yet.
    const questions = [...session.kept.subscriptions].map(
      ([subscriptionId, { collection }]) => [subscriptionId, { collection, taken: 0 }] as const,
    )
    const prompted = { told: new Map<string, number>(), questions: new Map(questions) }
    this.#sessions.set(session, prompted)
    return prompted
  }
}

/** What one connection was told, by collection, and how many of these prompts each of its questions has used up. */
interface Prompted {
  readonly told: Map<string, number>
  readonly questions: Map<string, { readonly collection: string; taken: number }>
}

/** No collection has this name. */
const everything = ''

function countOf({ told }: Prompted, collection: string): number {
  return (told.get(collection) ?? 0) + (told.get(everything) ?? 0)
}
