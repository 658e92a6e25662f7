import { type ErrorPayload, errorFrom } from '../protocol/error-payload.ts'
import { DeepSpaceError } from '../protocol/errors.ts'

/** How long a request waits for its ACK, in milliseconds (M2). */
const ackWithin = 10_000

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: DeepSpaceError) => void
  readonly timer: ReturnType<typeof setTimeout>
}

/** The requests that wait for a `records.ack`. Each ends exactly once: by its ACK, in time's absence, or with the socket. */
export class Pending {
  readonly #waiting = new Map<string, Waiting>()

  /** Begins to wait. The promise rejects with the worker's refusal, `timeout`, or what {@link rejectAll} is given. */
  wait(requestId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(requestId)
        reject(new DeepSpaceError('timeout', 'Mutation confirmation timed out'))
      }, ackWithin)
      this.#waiting.set(requestId, { resolve, reject, timer })
    })
  }

  /** An ACK has come. One that nobody waits for is ignored. */
  settle(
    ack:
      | { readonly requestId: string; readonly success: true }
      | ({ readonly requestId: string; readonly success: false } & ErrorPayload),
  ): void {
    const waiting = this.#take(ack.requestId)
    if (!waiting) return
    if (ack.success) waiting.resolve()
    else waiting.reject(errorFrom(ack))
  }

  /** Nothing more will come on this socket. */
  rejectAll(error: DeepSpaceError): void {
    for (const requestId of [...this.#waiting.keys()]) this.#take(requestId)?.reject(error)
  }

  #take(requestId: string): Waiting | undefined {
    const waiting = this.#waiting.get(requestId)
    this.#waiting.delete(requestId)
    clearTimeout(waiting?.timer)
    return waiting
  }
}
