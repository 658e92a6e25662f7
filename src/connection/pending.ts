import { type ErrorPayload, errorFrom } from '../protocol/error-payload.ts'
import { DeepSpaceError } from '../protocol/errors.ts'

/** How long a request waits for its ACK, in milliseconds (M2). */
const ackWithin = 10_000

/** The requests that wait for a `records.ack`. Each ends exactly once: by its ACK, in time's absence, or with the socket. */
export class Pending {
  /** What ends each of them, by its id: an error, or none where it was done. */
  readonly #waiting = new Map<string, (error?: DeepSpaceError) => void>()

  /** Begins to wait. The promise rejects with the worker's refusal, `timeout`, or `disconnected`. */
  wait(requestId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error?: DeepSpaceError): void => {
        clearTimeout(timer)
        this.#waiting.delete(requestId)
        if (error) reject(error)
        else resolve()
      }
      const timer = setTimeout(() => end(new DeepSpaceError('timeout', 'Mutation confirmation timed out')), ackWithin)
      this.#waiting.set(requestId, end)
    })
  }

  /** An ACK has come. One that nobody waits for is ignored. */
  settle(
    ack:
      | { readonly requestId: string; readonly success: true }
      | ({ readonly requestId: string; readonly success: false } & ErrorPayload),
  ): void {
    this.#waiting.get(ack.requestId)?.(ack.success ? undefined : errorFrom(ack))
  }

  /** Nothing more will come on this socket. */
  rejectAll(): void {
    for (const end of this.#waiting.values()) end(new DeepSpaceError('disconnected', 'WebSocket disconnected'))
  }
}
