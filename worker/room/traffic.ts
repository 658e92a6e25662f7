import { encodeFrame, type MarkFrame } from '../../src/protocol/frame.ts'
import type { Limits } from './limits.ts'

/** After so many characters a version 1 client is asked to say that it has come so far; after more, where more may wait. */
const markEvery = 1024 * 1024
/** How many marks may be unanswered: they are kept in the attachment. */
const maxMarks = 64

/** A place in what was sent, under a number that only who has read so far can know. */
interface AskedMark {
  readonly mark: number
  readonly at: number
}

/** What outlives a sleep of the traffic of a connection: what may still be on its way, to within a mark. */
export interface KeptTraffic {
  readonly unread: number
  readonly marks: readonly AskedMark[]
  readonly probe?: Probe | undefined
}

/** A question whether a client is still there, and when it was asked, in milliseconds since 1970. */
interface Probe {
  readonly mark: number
  readonly askedAt: number
}

/** What passes over one connection, as far as it is bounded. */
export class Traffic {
  readonly #limits: Limits
  #tokens: number
  #at = Date.now()
  /** How many frames were refused, less what might have been sent since. */
  #strikes = 0
  #sent: number
  #marked: number
  #confirmed = 0
  #marks: readonly AskedMark[]
  #probe: Probe | undefined
  #heardAt: number

  /** `kept` is what outlived a sleep; nothing for a connection that has just opened. */
  constructor(limits: Limits, kept?: KeptTraffic) {
    const { unread, marks, probe } = kept ?? { unread: 0, marks: [] }
    this.#limits = limits
    this.#probe = probe
    // Of what came before the sleep nothing is known.
    this.#heardAt = kept ? 0 : this.#at
    this.#tokens = limits.frameBurst
    this.#sent = this.#marked = unread
    this.#marks = marks
  }

  /** Pays for a frame; says whether there was enough left for it. */
  spend(): boolean {
    const { framesPerSecond, frameBurst } = this.#limits
    const now = Date.now()
    const gained = (Math.max(0, now - this.#at) / 1000) * framesPerSecond
    this.#at = now
    this.#tokens = Math.min(frameBurst, this.#tokens + gained)
    this.#strikes = Math.max(0, this.#strikes - gained)
    if (this.#tokens < 1) {
      this.#strikes++
      return false
    }
    this.#tokens--
    return true
  }

  /** Whether the client goes on sending much more than it may. */
  get floods(): boolean {
    return this.#strikes > this.#limits.frameBurst
  }

  /** Notes what is sent. Says whether it is time to ask the client how far it has come. */
  send(length: number): boolean {
    this.#sent += length
    if (this.#sent - this.#marked < this.#markEvery) return false
    this.#marked = this.#sent
    return true
  }

  /** The frame that asks the client how far it has come, now that so much has been sent. */
  mark(): string {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2))
    const mark = (high! % 2 ** 21) * 2 ** 32 + low!
    this.#marks = [...this.#marks, { mark, at: this.#sent }]
    return markFrame(mark)
  }

  /** A frame has come. */
  heard(): void {
    this.#heardAt = Date.now()
  }

  /** When the client gave a sign of life last, as far as is known, in milliseconds since 1970; `pingedAt`: when it pinged last. */
  heardAt(pingedAt = 0): number {
    return Math.max(this.#heardAt, pingedAt)
  }

  /** The frame that asks a version 1 client whether it is still there: it says it back at once, also where no timer runs. */
  probe(): string {
    const frame = this.mark()
    this.#probe = { mark: this.#marks.at(-1)!.mark, askedAt: Date.now() }
    return frame
  }

  /** When the client was asked whether it is there, if it has not answered, in milliseconds since 1970. */
  get probedAt(): number | undefined {
    return this.#probe?.askedAt
  }

  /** Whether a frame says a number that the client was asked for, as it was asked, and has not said yet. */
  awaits(message: string | ArrayBuffer): boolean {
    if (typeof message !== 'string' || !message.startsWith(markHead)) return false
    return this.#marks.some(({ mark }) => message === markFrame(mark))
  }

  /** The client says a number: if it was asked for that, it has come so far. */
  confirm(mark: number): void {
    const asked = this.#marks.find((each) => each.mark === mark)
    if (!asked) return
    this.#confirmed = asked.at
    this.#marks = this.#marks.filter(({ at }) => at > asked.at)
    if (!this.#marks.some(({ mark }) => mark === this.#probe?.mark)) this.#probe = undefined
  }

  /** How many characters are on their way, as far as is known. */
  get backlog(): number {
    return this.#sent - this.#confirmed
  }

  /** Whether the client takes things in more slowly than they are sent. It has been asked then to say when it has come further. */
  get lags(): boolean {
    return this.backlog > 2 * this.#markEvery
  }

  get #markEvery(): number {
    return Math.max(markEvery, this.#limits.backlog / maxMarks)
  }

  get kept(): KeptTraffic {
    return {
      unread: this.backlog,
      marks: this.#marks.map(({ mark, at }) => ({ mark, at: at - this.#confirmed })),
      probe: this.#probe,
    }
  }
}

/** How every such frame begins: what does not is compared with none of them. */
const markHead = '{"type":"core.mark"'

function markFrame(mark: number): string {
  return encodeFrame<MarkFrame>({ type: 'core.mark', payload: { mark } })
}
