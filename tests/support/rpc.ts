/** Stands for `undefined` on the way to the worker, since JSON has none. */
export const undefinedMark = '\u0000undefined'

/** The one key of what stands for bytes on the way to the worker. */
export const bytesMark = '\u0000bytes'

/** Calls a method of a test room from inside its worker, as an app would. Gives the result, or the error as it came. */
export async function callRoom(base: string, room: string, method: string, args: readonly unknown[]): Promise<Outcome> {
  return lineTo(base).call({ room, method, args })
}

/** What connections of a worker were sent that they may not read, as the spy in it has seen. */
export async function violationsOf(base: string): Promise<readonly string[]> {
  return (await lineTo(base).call({ method: 'spy' })).result as readonly string[]
}

function lineTo(base: string): Line {
  const known = lines.get(base)
  return known?.isOpen ? known : new Line(base)
}

interface Outcome {
  readonly result?: unknown
  readonly error?: string
  /** What the error says beside its message. */
  readonly details?: object
}

/**
 * The calls to one worker, over one socket. Wrangler sends requests on over connections that the worker ends when nothing came for 5 s,
 * and a request that meets that end is lost, unless it is a GET: https://github.com/cloudflare/workers-sdk/pull/15252.
 */
class Line {
  isOpen = true
  readonly #socket: WebSocket
  readonly #opened: Promise<void>
  readonly #calls = new Map<number, PromiseWithResolvers<Outcome>>()
  #count = 0

  constructor(base: string) {
    lines.set(base, this)
    this.#socket = new WebSocket(new URL('/rpc', base.replace('http', 'ws')).href)
    this.#opened = new Promise((resolve) => this.#socket.addEventListener('open', () => resolve()))
    this.#socket.addEventListener('message', ({ data }) => {
      const { id, ...outcome } = JSON.parse(data) as Outcome & { id: number }
      this.#calls.get(id)!.resolve(outcome)
      this.#calls.delete(id)
    })
    this.#socket.addEventListener('close', () => {
      this.isOpen = false
      for (const { reject } of this.#calls.values()) reject(new Error('The worker has ended before it answered'))
    })
  }

  async call(call: object): Promise<Outcome> {
    const id = ++this.#count
    const answered = Promise.withResolvers<Outcome>()
    this.#calls.set(id, answered)
    const text = JSON.stringify({ id, ...call }, (_, value) => {
      if (value instanceof Uint8Array) return { [bytesMark]: [...value] }
      return value === undefined ? undefinedMark : value
    })
    void this.#opened.then(() => this.#socket.send(text))
    return answered.promise
  }
}

const lines = new Map<string, Line>()
