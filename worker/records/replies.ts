import { errorPayload } from '../../src/protocol/error-payload.ts'
import type { DeepSpaceError } from '../../src/protocol/errors.ts'
import { encodeFrame, type ReplyTo } from '../../src/protocol/frame.ts'
import type { BaselineFrame, ServerFrame } from '../../src/protocol/records/messages.ts'
import type { Outbox } from './outbox.ts'
import type { RecordSession } from './record-session.ts'

/** How the frames of clients are answered: each that carries a `requestId` by exactly one ACK, whatever becomes of it (W5). */
export class Replies {
  readonly #outbox: Outbox
  readonly #queryRefused: (session: RecordSession, subscriptionId: string) => void

  /** @param queryRefused what a connection had asked under an id is over */
  constructor(outbox: Outbox, queryRefused: (session: RecordSession, subscriptionId: string) => void) {
    this.#outbox = outbox
    this.#queryRefused = queryRefused
  }

  /** Says why to a request, to a query, which then is over, or to the connection. */
  refuse(session: RecordSession, { requestId, subscriptionId }: ReplyTo, error: DeepSpaceError): void {
    const payload = errorPayload(error)
    if (requestId !== undefined) {
      this.send(session, { type: 'records.ack', payload: { requestId, success: false, ...payload } })
    }
    // A refused query is told to the query too, whether or not somebody waits for an ACK; nothing else comes for it.
    if (subscriptionId !== undefined) this.#queryRefused(session, subscriptionId)
    if (requestId === undefined || subscriptionId !== undefined) {
      this.send(session, {
        type: 'core.error',
        payload: { ...payload, ...(subscriptionId !== undefined && { subscriptionId }) },
      })
    }
  }

  /** A frame that asked for no ACK gets none. */
  acknowledge(session: RecordSession, requestId: string | undefined, recordId?: string): void {
    if (requestId === undefined) return
    const payload = { requestId, success: true as const, ...(recordId !== undefined && { recordId }) }
    this.send(session, { type: 'records.ack', payload })
  }

  /** Sends a frame, behind the changes that are on their way to this connection. */
  send(session: RecordSession, frame: ServerFrame | BaselineFrame): void {
    this.#outbox.send(session, encodeFrame(frame))
  }
}
