import { type DocumentFrame, readDocumentFrame } from '../../src/protocol/documents/sync-frame.ts'
import { readTextFrame, type TextFrame } from '../../src/protocol/documents/text-frame.ts'
import type { ClientFrame, ServerFrame } from '../../src/protocol/records/messages.ts'

/** One socket of the client under test, and what passed over it: seen from outside, never changed. */
export interface Observed {
  readonly room: string
  readonly socket: WebSocket
  /** The search parameters that it was opened with. */
  readonly search: URLSearchParams
  /** The frames that the client sent, in order; a heartbeat is `ping`. */
  readonly sent: (ClientFrame | 'ping')[]
  /** The frames that came, in order; the answer to a heartbeat is `pong`. */
  readonly received: (ServerFrame | 'pong')[]
  /** The binary frames that the client sent, and those that came, in order. */
  readonly sentBytes: (DocumentFrame | TextFrame)[]
  readonly receivedBytes: (DocumentFrame | TextFrame)[]
  /** What of the client's frames goes missing on the way, from when it is set. */
  lose: (frame: ClientFrame | 'ping') => boolean
  /** How long a frame is on its way, either way, in milliseconds, from when it is set; none overtakes another. */
  delay: (() => number) | undefined
}

/** A binary frame of a document's own room, or of a text of a record. */
function readBytes(bytes: Uint8Array): DocumentFrame | TextFrame {
  return bytes[0] === 22 || bytes[0] === 23 ? readTextFrame(bytes) : readDocumentFrame(bytes)
}

const opened: Observed[] = []
const losses = new Map<string, Observed['lose']>()
const delays = new Map<string, () => number>()

/** Has frames go missing on the next socket that the client opens to a room, from its first one on. */
export function loseOnNext(room: string, lose: Observed['lose']): void {
  losses.set(room, lose)
}

/** Has every frame to and from a room be so long on its way, in milliseconds, from the next socket on. */
export function delayOn(room: string, delay: () => number): void {
  delays.set(room, delay)
}

/** The sockets that the client has opened to a room, in order. Raw connections of tests are not among them. */
export function socketsTo(room: string): readonly Observed[] {
  return opened.filter((each) => each.room === room)
}

/** The socket that the client has now. */
export function socketTo(room: string): Observed {
  return socketsTo(room).at(-1)!
}

/** The frames of one type that the client has sent to a room, over all its sockets. */
export function sentTo<T extends ClientFrame['type']>(room: string, type: T): Extract<ClientFrame, { type: T }>[] {
  return socketsTo(room)
    .flatMap(({ sent }) => sent)
    .filter((frame): frame is Extract<ClientFrame, { type: T }> => frame !== 'ping' && frame.type === type)
}

/**
 * Waits until the client has taken everything that the room has sent so far. The room handles frames in order: what
 * it had to say has come when it answers a request that the client does not know of.
 */
export function caughtUp(room: string): Promise<void> {
  return answered(socketTo(room).socket)
}

/** The same for every client that is connected to the room, and for what they have asked meanwhile. */
export async function allCaughtUp(room: string): Promise<void> {
  let asked: number
  do {
    asked = sentTo(room, 'core.subscribe').length
    const sockets = socketsTo(room).map(({ socket }) => socket)
    await Promise.all(sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).map(answered))
  } while (sentTo(room, 'core.subscribe').length > asked)
}

async function answered(socket: WebSocket): Promise<void> {
  const requestId = crypto.randomUUID()
  const answer = new Promise<void>((resolve) => {
    const listen = ({ data }: MessageEvent): void => {
      if (!String(data).includes(requestId)) return
      socket.removeEventListener('message', listen)
      resolve()
    }
    socket.addEventListener('message', listen)
  })
  send.call(socket, JSON.stringify({ type: 'user.update', payload: { requestId } }))
  await answer
}

/** A way on which everything takes its time, and nothing overtakes anything. */
function inOrder(delay: () => (() => number) | undefined): (go: () => void) => void {
  let before = Promise.resolve()
  return (go) => {
    const takes = delay()
    if (!takes) return go()
    const arrives = performance.now() + takes()
    before = before.then(() => new Promise((resolve) => setTimeout(resolve, arrives - performance.now()))).then(go)
  }
}

/** The browser's own socket with a witness beside it. */
class ObservedSocket extends WebSocket {
  readonly #observed: Observed | undefined
  readonly #leave: (go: () => void) => void = (go) => go()

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    const { pathname, searchParams: search } = new URL(url)
    if (!search.has('v')) return
    const room = decodeURIComponent(pathname.split('/').at(-1)!)
    const observed: Observed = {
      room,
      socket: this,
      search,
      sent: [],
      received: [],
      sentBytes: [],
      receivedBytes: [],
      lose: losses.get(room) ?? (() => false),
      delay: delays.get(room),
    }
    losses.delete(room)
    const arrive = inOrder(() => observed.delay)
    this.addEventListener('message', (event) => {
      if (!event.isTrusted || !observed.delay) return
      event.stopImmediatePropagation()
      arrive(() => this.dispatchEvent(new MessageEvent('message', { data: event.data })))
    })
    this.#leave = inOrder(() => observed.delay)
    this.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') observed.received.push(data === 'pong' ? data : JSON.parse(data))
      else observed.receivedBytes.push(readBytes(new Uint8Array(data)))
    })
    this.#observed = observed
    opened.push(observed)
  }

  override send(data: string | Uint8Array<ArrayBuffer>): void {
    if (typeof data !== 'string') {
      this.#observed?.sentBytes.push(readBytes(data))
      return this.#leave(() => super.send(data))
    }
    const frame = data === 'ping' ? data : JSON.parse(data)
    this.#observed?.sent.push(frame)
    if (!this.#observed?.lose(frame)) this.#leave(() => super.send(data))
  }
}

const { send } = WebSocket.prototype
window.WebSocket = ObservedSocket
