import type { Subscribe } from '../../src/protocol/records/messages.ts'
import type { RecordSession } from './record-session.ts'

/** A question that waits, or several in the place of which the last one is answered. */
export interface Waiting {
  readonly subscribe: Subscribe
  /** Of all of them: each is to get its ACK. */
  readonly requestIds: readonly string[]
}

/** How long a question may be that waits, in characters of JSON, and how many requests may wait for its answer. */
const longest = 8192
const mostRequests = 64

/** How long to wait at least and at most before looking again, in milliseconds. */
const shortest = 10
const atMost = 1000

/**
 * Questions that wait until their user owes no work any more. One that is asked again takes the place of the former. They
 * are taken up in the order in which they came, one of a user at a time, so that each is paid before the next.
 */
export class WaitingList {
  readonly #most: number
  readonly #answer: (session: RecordSession, waiting: Waiting) => void
  readonly #sessions = new Map<RecordSession, Map<string, Waiting>>()
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param most how many questions of a connection may wait
   * @param answer is given what has waited long enough; it must not throw
   */
  constructor(most: number, answer: (session: RecordSession, waiting: Waiting) => void) {
    this.#most = most
    this.#answer = answer
  }

  /** Has a question wait; says whether it can. */
  add(session: RecordSession, waiting: Waiting): boolean {
    const list = this.#sessions.get(session) ?? new Map<string, Waiting>()
    const { subscribe, requestIds } = waiting
    const { query, page } = subscribe
    const length = JSON.stringify(query).length + (page ? JSON.stringify(page).length : 0)
    if (list.size >= this.#most || requestIds.length > mostRequests || length > longest) return false
    this.#sessions.set(session, list.set(keyOf(subscribe), waiting))
    this.#plan()
    return true
  }

  /** Takes out what a question takes the place of; with the requests that wait for its answer now. */
  replacedBy(session: RecordSession, subscribe: Subscribe): Waiting {
    const own = subscribe.requestId === undefined ? [] : [subscribe.requestId]
    const key = keyOf(subscribe)
    const replaced = this.#takeOut(session, (each) => each === key)
    return { subscribe, requestIds: [...replaced.flatMap(({ requestIds }) => requestIds), ...own] }
  }

  /** Takes out what waits under an id; gives the requests that waited for it. */
  drop(session: RecordSession, subscriptionId: string): readonly string[] {
    const dropped = this.#takeOut(session, (_, { subscribe }) => subscribe.subscriptionId === subscriptionId)
    return dropped.flatMap(({ requestIds }) => requestIds)
  }

  leave(session: RecordSession): void {
    this.#sessions.delete(session)
  }

  #takeOut(session: RecordSession, isMeant: (key: string, waiting: Waiting) => boolean): Waiting[] {
    const list = this.#sessions.get(session)
    if (!list) return []
    const out = [...list].filter(([key, waiting]) => isMeant(key, waiting))
    for (const [key] of out) list.delete(key)
    if (list.size === 0) this.#sessions.delete(session)
    return out.map(([, waiting]) => waiting)
  }

  #plan(): void {
    if (this.#timer !== undefined || this.#sessions.size === 0) return
    const waits = [...this.#sessions.keys()].map(({ budget }) => budget.wait)
    const delay = Math.min(atMost, Math.max(shortest, Math.min(...waits)))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      for (const [session, list] of [...this.#sessions]) {
        // A user's connections share what they owe: the first that is answered may let the others wait on.
        if (session.budget.wait > 0) continue
        const [first] = list
        if (!first) continue
        this.#takeOut(session, (key) => key === first[0])
        // Behind the others of this user, when it comes to the next question.
        if (this.#sessions.delete(session)) this.#sessions.set(session, list)
        this.#answer(session, first[1])
      }
      this.#plan()
    }, delay)
  }
}

/** A page does not stand for the whole, nor the whole for a page: only another of the same kind takes its place. */
function keyOf({ subscriptionId, page }: Subscribe): string {
  return `${page ? 'page' : 'whole'} ${subscriptionId}`
}
