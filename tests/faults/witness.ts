import { closeCodes } from '../../src/protocol/close-codes.ts'
import type { ClientFrame, RecordChange, ServerFrame } from '../../src/protocol/records/messages.ts'
import type { DocumentKind } from './notes.ts'
import type { Sightings } from './sightings.ts'

/** One socket of a client under test, and what matters of what passed over it. */
export interface Observed {
  readonly socket: WebSocket
  /** How many queries were asked over it. */
  asked: number
  /** The queries that are asked. */
  readonly open: Set<string>
  /** Those of them that were refused for a while and are not asked again yet. */
  readonly postponed: Set<string>
}

/** The sockets that were opened to one port, and who is told of what they carry. */
export interface Watch {
  readonly sockets: Observed[]
  /** A request was answered twice. */
  readonly onSecondAnswer: (requestId: string) => void
  /** A frame was sent or came. */
  readonly onFrame: (text: string) => void
  /** A query was refused for a while; called before the client is told, and what it gives afterwards. */
  readonly onPostponed: () => () => void
  /** A part of a result came that is too long for one frame. */
  readonly onPart: () => void
  /** The room has taken a document away that was open. */
  readonly onEvicted?: (kind: DocumentKind) => void
  readonly sightings: Sightings
  readonly name: string
}

const watches = new Map<string, Watch>()

/** Watches every socket that is opened to a port from now on. */
export function watchPort(port: number, watch: Watch): void {
  watches.set(String(port), watch)
}

/** Waits until a socket has brought everything that was sent to it so far: the room answers in order. */
export async function answered({ socket }: Observed): Promise<boolean> {
  if (socket.readyState !== WebSocket.OPEN) return false
  const requestId = crypto.randomUUID()
  const answer = new Promise<boolean>((resolve) => {
    const done = new AbortController()
    const { signal } = done
    const end = (has: boolean) => (): void => {
      done.abort()
      resolve(has)
    }
    socket.addEventListener('close', end(false), { signal })
    socket.addEventListener('message', ({ data }) => String(data).includes(requestId) && end(true)(), { signal })
  })
  send.call(socket, JSON.stringify({ type: 'user.update', payload: { requestId } }))
  return answer
}

/** Notes every record that a frame speaks of. */
export function noteFrame(frame: ServerFrame, observer: string, sightings: Sightings): void {
  const isNumbered = 'version' in frame.payload
  const note = ({ collection, record, changeType, revoked }: RecordChange): void => {
    // A baseline connection, which is told no version, takes a loss for a delete: of one that is none it hears the id alone.
    const isLost = revoked || (changeType === 'delete' && !('data' in record) && !isNumbered)
    if (collection !== 'things' || isLost) return
    if (changeType === 'delete') sightings.see(observer, record.recordId, null)
    else if ('data' in record) sightings.see(observer, record.recordId, record.data.f0 as string)
  }
  if (frame.type === 'core.record_change') {
    for (const change of 'changes' in frame.payload ? frame.payload.changes : [frame.payload]) note(change)
  } else if (frame.type === 'core.query_result') {
    for (const { recordId, data } of frame.payload.records) sightings.see(observer, recordId, data.f0 as string)
  }
}

/** Node's own socket with a witness beside it. */
class Witness extends WebSocket {
  readonly #observed: Observed | undefined
  readonly #told: ((data: string | ArrayBufferView) => void) | undefined

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    const watch = watches.get(new URL(url).port)
    if (!watch) return
    if (new URL(url).pathname.startsWith('/ws/yjs/')) {
      // Of documents the spy judges the frames, and the copies what is shown.
      this.#told = (data) => watch.onFrame(`${watch.name}, document > ${brief(data)}`)
      this.addEventListener('message', ({ data }) => watch.onFrame(`${watch.name}, document < ${brief(data)}`))
      let isIn = false
      this.addEventListener('message', () => {
        isIn = true
      })
      this.addEventListener('close', ({ code }) => {
        watch.onFrame(`${watch.name}, document: closed with ${code}`)
        if (isIn && code === closeCodes.forbidden) watch.onEvicted?.('yjs')
      })
      return
    }
    const observed: Observed = { socket: this, asked: 0, open: new Set(), postponed: new Set() }
    this.#observed = observed
    watch.sockets.push(observed)
    const observer = `${watch.name}, socket ${watch.sockets.length}`
    this.#told = (data) => watch.onFrame(`${observer} > ${brief(data)}`)
    const settled = new Set<string>()
    let afterwards: (() => void) | undefined
    // The client listens from this turn on, so this is called behind it.
    queueMicrotask(() =>
      this.addEventListener('message', () => {
        afterwards?.()
        afterwards = undefined
      }),
    )
    this.addEventListener('message', ({ data }) => {
      watch.onFrame(`${observer} < ${brief(data)}`)
      if (data === 'pong' || typeof data !== 'string') return
      const frame = JSON.parse(data) as ServerFrame
      noteFrame(frame, observer, watch.sightings)
      if (data.startsWith('{"type":"yjs.join"') && data.includes('"revoked":true')) watch.onEvicted?.('text')
      if (frame.type === 'core.query_result' && frame.payload.partial) watch.onPart()
      if (frame.type === 'core.error') {
        const { subscriptionId, code } = frame.payload
        // What is asked no more crosses its refusal.
        const isOpen = subscriptionId !== undefined && observed.open.has(subscriptionId)
        if (isOpen && (code === 'rate-limited' || code === 'too-many')) {
          observed.postponed.add(subscriptionId)
          afterwards = watch.onPostponed()
        }
      }
      if (frame.type !== 'records.ack') return
      const { requestId } = frame.payload
      if (settled.has(requestId)) watch.onSecondAnswer(requestId)
      settled.add(requestId)
    })
  }

  override send(data: string | ArrayBufferView<ArrayBuffer>): void {
    this.#told?.(data)
    if (this.#observed && typeof data === 'string' && /^{"type":"core\.(un)?subscribe"/.test(data)) {
      const { type, payload } = JSON.parse(data) as ClientFrame & {
        readonly payload: { readonly subscriptionId: string }
      }
      this.#observed.postponed.delete(payload.subscriptionId)
      this.#observed.open[type === 'core.subscribe' ? 'add' : 'delete'](payload.subscriptionId)
      if (type === 'core.subscribe') this.#observed.asked++
    }
    super.send(data)
  }
}

/** A frame without what makes it long. */
function brief(data: string | ArrayBuffer | ArrayBufferView): string {
  if (typeof data === 'string') return data.replace(/xxx+/g, 'xxx').slice(0, 4_000)
  const bytes = ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data)
  return bytes.toString('base64')
}

const { send } = WebSocket.prototype
globalThis.WebSocket = Witness
