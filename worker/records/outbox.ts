import { encodeFrame } from '../../src/protocol/frame.ts'
import type { RecordChange, ServerFrame } from '../../src/protocol/records/messages.ts'
import type { Prompts } from './prompts.ts'
import type { RecordSession } from './record-session.ts'

/** How long changes wait for others to travel with, in milliseconds. A change that comes alone does not wait. */
const window = 10

/** How many characters of changes go into one frame: at most three bytes each, so below 1 MiB. */
const frameLength = 256 * 1024

/** A change as text, made once for all connections that are told of it. */
export class ToldChange {
  readonly collection: string
  readonly record: string
  readonly isDelete: boolean
  readonly version: number
  /**
   * The change as it waits to travel with others. A delete says no more than what is gone: its receiver may by then have
   * lost what they could read of it.
   */
  readonly text: string
  readonly #change: RecordChange
  #plain: string | undefined
  #frame: string | undefined

  constructor(change: RecordChange, version: number) {
    const { recordId } = change.record
    this.collection = change.collection
    this.record = `${change.collection}/${recordId}`
    this.isDelete = change.changeType === 'delete'
    this.version = version
    this.text = JSON.stringify(this.isDelete ? { ...change, record: { recordId } } : change)
    this.#change = change
  }

  /** The frame of this change as part A has it, where a record that is lost is one that is deleted. */
  get plain(): string {
    this.#plain ??= `${head}${this.isDelete || this.#change.revoked ? JSON.stringify(plainOf(this.#change)) : this.text}}`
    return this.#plain
  }

  /** The frame of this change alone, with its version. */
  get frame(): string {
    this.#frame ??= `${head}${this.text.slice(0, -1)},"version":${this.version}}}`
    return this.#frame
  }
}

/** A baseline client takes an `update` without `data` for the whole record, and breaks on it. */
function plainOf({ revoked, ...change }: RecordChange): RecordChange {
  return revoked ? { ...change, changeType: 'delete' } : change
}

const head = '{"type":"core.record_change","payload":'

/**
 * What is on its way to the connections. A baseline connection is sent every change at once, a frame each. To a version
 * 1 connection changes that come close together travel in one frame (A10), of each record only the last; so
 * nothing is ever sent that its receiver has meanwhile lost.
 */
export class Outbox {
  readonly #send: (session: RecordSession, frame: string) => void
  readonly #waiting = new Map<RecordSession, Waiting>()
  readonly #prompts: Prompts
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(send: (session: RecordSession, frame: string) => void, prompts: Prompts) {
    this.#send = send
    this.#prompts = prompts
  }

  /** Sends a frame, behind the changes that are on their way to this connection. */
  send(session: RecordSession, frame: string): void {
    this.flush(session)
    this.#send(session, frame)
  }

  /** Has a connection ask everything anew. What waits for it may have been lost by now, and is asked for again. */
  resubscribe(session: RecordSession): void {
    this.drop(session)
    this.#prompts.told(session)
    this.#send(session, encodeFrame<ServerFrame>({ type: 'records.resubscribe', payload: {} }))
  }

  /** Tells a change: at once, or with others once {@link settle} is called. */
  tell(session: RecordSession, change: ToldChange): void {
    this.#prompts.told(session, change.collection)
    if (session.version === 0) return this.#send(session, change.plain)
    const { changes } = this.#of(session)
    changes.delete(change.record)
    // A record that is made again after a delete is another one: both are told.
    changes.set(change.isDelete ? change : change.record, change)
  }

  /** Tells a number under an id; of several only the last is sent, behind the changes that made it. */
  count(session: RecordSession, subscriptionId: string, frame: string): void {
    const waiting = this.#of(session)
    waiting.counts ??= new Map()
    waiting.counts.set(subscriptionId, frame)
  }

  /** A commit has been told whole. The first in a while goes out now, later ones together. */
  settle(): void {
    if (this.#waiting.size === 0 || this.#timer !== undefined) return
    this.#flushAll()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.settle()
    }, window)
  }

  /** Sends what waits for one connection. */
  flush(session: RecordSession, joined?: Map<string, string>): void {
    const waiting = this.#waiting.get(session)
    if (!waiting) return
    this.#waiting.delete(session)
    const changes = [...waiting.changes.values()]
    for (let start = 0; start < changes.length; ) {
      const end = endOfFrame(changes, start)
      this.#send(session, frameOf(changes, start, end, joined))
      start = end
    }
    for (const frame of waiting.counts?.values() ?? []) this.#send(session, frame)
  }

  /** Forgets what waits for a connection. */
  drop(session: RecordSession): void {
    this.#waiting.delete(session)
  }

  #of(session: RecordSession): Waiting {
    const known = this.#waiting.get(session)
    if (known) return known
    const waiting: Waiting = { changes: new Map(), counts: undefined }
    this.#waiting.set(session, waiting)
    return waiting
  }

  #flushAll(): void {
    // Most connections are told the same: what is joined for one serves the others.
    const joined = new Map<string, string>()
    for (const session of [...this.#waiting.keys()]) this.flush(session, joined)
  }
}

/** What waits for one connection, by what it speaks of: a later word takes the place of an earlier one. */
interface Waiting {
  readonly changes: Map<unknown, ToldChange>
  counts: Map<string, string> | undefined
}

function endOfFrame(changes: readonly ToldChange[], start: number): number {
  let length = 0
  let end = start
  while (end < changes.length && (end === start || length + changes[end]!.text.length <= frameLength)) {
    length += changes[end]!.text.length
    end++
  }
  return end
}

/**
 * One frame; its version says up to where everything has been told. Where a commit goes on in the next frame this one is
 * `partial`: its receiver takes nothing in until the commit is whole.
 */
function frameOf(
  changes: readonly ToldChange[],
  start: number,
  end: number,
  joined: Map<string, string> | undefined,
): string {
  const last = changes[end - 1]!
  const isWhole = changes[end]?.version !== last.version
  if (end - start === 1 && isWhole) return last.frame
  const texts = changes.slice(start, end).map(({ text }) => text)
  const facts = isWhole ? `"version":${last.version}` : `"version":${last.version - 1},"partial":true`
  const key = `${facts},"changes":[${texts.join()}]`
  const frame = joined?.get(key) ?? `${head}{${key}}}`
  joined?.set(key, frame)
  return frame
}
