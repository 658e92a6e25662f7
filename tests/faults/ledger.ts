import { DeepSpaceError } from 'deepspace-solid'

/** What is known of a write: it is stored, nothing of it is, or nobody has said. */
export type Outcome = 'waiting' | 'acknowledged' | 'refused' | 'unsent' | 'unknown'

/** One write of a record as its writer knows it. */
export interface Write {
  readonly by: string
  readonly type: 'put' | 'remove'
  readonly recordId: string
  /** What no other write has put into the record; a `remove` has none. */
  readonly stamp: string | undefined
  /** The number of the batch that it belongs to. */
  readonly batch: number | undefined
  readonly sentAt: number
  /** When the outcome was known; for ever, while it is not. */
  answeredAt: number
  outcome: Outcome
}

/** Who has asked to write what, and what they were answered. */
export class Ledger {
  readonly writes: Write[] = []
  #acknowledged = Promise.withResolvers<void>()
  #lastBatch = 0
  #waiting = new Set<Promise<unknown>>()

  /** Notes writes that are about to be sent, in one commit if they are several. */
  begin(by: string, ...asked: readonly Pick<Write, 'type' | 'recordId'>[]): Write[] {
    const batch = asked.length > 1 ? ++this.#lastBatch : undefined
    const sentAt = performance.now()
    return asked.map(({ type, recordId }) => {
      const stamp = type === 'put' ? `w${this.writes.length}` : undefined
      const answeredAt = Number.POSITIVE_INFINITY
      const write: Write = { by, type, recordId, stamp, batch, sentAt, answeredAt, outcome: 'waiting' }
      this.writes.push(write)
      return write
    })
  }

  /** Waits for the answer, and notes it. Never rejects; gives the error of a refusal that says what was wrong. */
  async follow(writes: readonly Write[], answer: Promise<unknown>): Promise<DeepSpaceError | undefined> {
    const outcome = answer.then(
      () => 'acknowledged' as const,
      (error) => error,
    )
    this.#waiting.add(outcome)
    const told: 'acknowledged' | Error = await outcome
    this.#waiting.delete(outcome)
    const answeredAt = performance.now()
    for (const write of writes) {
      write.outcome = told === 'acknowledged' ? told : outcomeOf(told)
      if (write.outcome !== 'unknown') write.answeredAt = answeredAt
    }
    if (told === 'acknowledged') this.acknowledged()
    return told instanceof DeepSpaceError ? told : undefined
  }

  /** Somebody learns that something of theirs is stored. */
  acknowledged(): void {
    this.#acknowledged.resolve()
    this.#acknowledged = Promise.withResolvers()
  }

  /** The next moment in which somebody learns that their write is stored. */
  get nextAcknowledgement(): Promise<void> {
    return this.#acknowledged.promise
  }

  get inFlight(): number {
    return this.#waiting.size
  }
}

/** What an error says of whether the write has happened. */
export function outcomeOf(error: Error): Exclude<Outcome, 'waiting' | 'acknowledged'> {
  if (!(error instanceof DeepSpaceError)) return 'unknown'
  if (error.code === 'not-connected') return 'unsent'
  return error.code === 'disconnected' || error.code === 'timeout' ? 'unknown' : 'refused'
}
