import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { encodeDocumentFrame, readDocumentFrame } from '../../../src/protocol/documents/sync-frame.ts'
import { DocumentAwareness } from '../../../worker/documents/awareness.ts'
import type { AwarenessLimits } from '../../../worker/documents/awareness-limits.ts'
import type { AwarenessUser } from '../../../worker/documents/verified-state.ts'

/** What is on its way over a connection. */
type Event = 'open' | 'close' | Uint8Array

/** Both ends of a connection in memory: what is sent waits until the test lets it arrive, in its order. */
export class Link {
  readonly user: AwarenessUser
  readonly up: Event[] = ['open']
  readonly down: Event[] = []
  /** How many bytes its attachment has for awareness. */
  keeps = 16_384
  /** Whether nothing passes any longer, and neither end has been told. */
  isLost = false
  socket: StockSocket | undefined

  constructor(user: AwarenessUser) {
    this.user = user
  }
}

/** As much of a WebSocket as y-websocket uses. */
class StockSocket {
  readonly OPEN = 1
  readyState = 0
  binaryType = 'arraybuffer'
  onopen: (() => void) | null = null
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
  onclose: ((event: { code: number; reason: string }) => void) | null = null
  onerror: (() => void) | null = null
  readonly link: Link

  constructor(link: Link) {
    this.link = link
    link.socket = this
  }

  send(data: Uint8Array): void {
    if (!this.link.isLost) this.link.up.push(data.slice())
  }

  close(): void {
    this.readyState = 3
    if (!this.link.isLost) this.link.up.push('close')
  }
}

/** A room that knows nothing but awareness, for the client that everybody has. */
export class StockRoom {
  awareness: DocumentAwareness<Link>
  readonly links = new Set<Link>()
  /** Frames of awareness that have arrived at either end. */
  frames = { up: 0, down: 0 }
  readonly refusals: unknown[] = []
  readonly #limits: Partial<AwarenessLimits>

  constructor(limits: Partial<AwarenessLimits> = {}) {
    this.#limits = limits
    this.awareness = this.#fresh()
  }

  #fresh(): DocumentAwareness<Link> {
    return new DocumentAwareness<Link>(this.#limits, () => Date.now())
  }

  /** Lets the next thing on its way arrive, of the link that is chosen among those where there is one. */
  step(choose: (count: number) => number = () => 0): boolean {
    const ways = [...this.links].flatMap((link) => [
      ...(link.up.length > 0 ? [() => this.#atRoom(link, link.up.shift()!)] : []),
      ...(link.down.length > 0 ? [() => this.#atClient(link, link.down.shift()!)] : []),
    ])
    if (ways.length === 0) return false
    ways[choose(ways.length)]!()
    return true
  }

  /** Lets everything arrive. What never ends is a storm. */
  settle(choose?: (count: number) => number): void {
    for (let steps = 0; this.step(choose); steps++) {
      if (steps > 20_000) throw new Error('a storm of frames')
    }
  }

  /** The object sleeps: all that it knows is what it has kept. Gives those who have to be asked. */
  sleep(): Link[] {
    const kept = [...this.links]
      .filter((link) => this.#joined.has(link))
      .map((link) => [link, structuredClone(this.awareness.kept(link, link.keeps))] as const)
    this.awareness = this.#fresh()
    const unsure = kept.filter(([link, of]) => !this.awareness.restore(link, link.user, of)).map(([link]) => link)
    for (const link of unsure) link.down.push(encodeDocumentFrame({ type: 'query-awareness' }))
    return unsure
  }

  /** The room learns that a connection is gone. */
  drop(link: Link): void {
    this.links.delete(link)
    if (!this.#joined.delete(link)) return
    for (const { to, update } of this.awareness.leave(link)) for (const each of to) this.#send(each, update)
  }

  readonly #joined = new Set<Link>()

  #send(link: Link, update: Uint8Array): void {
    if (!link.isLost) link.down.push(encodeDocumentFrame({ type: 'awareness', update }))
  }

  #atRoom(link: Link, event: Event): void {
    if (event === 'close') return this.drop(link)
    if (event === 'open') {
      link.down.push('open')
      this.#joined.add(link)
      for (const update of this.awareness.join(link, link.user)) this.#send(link, update)
      return
    }
    const frame = readDocumentFrame(event)
    if (frame.type === 'sync' && frame.step === 'vector') {
      link.down.push(encodeDocumentFrame({ type: 'sync', step: 'state', payload: Uint8Array.of(0, 0) }))
    }
    if (frame.type !== 'awareness') return
    this.frames.up++
    try {
      const { deliveries } = this.awareness.receive(link, frame.update)
      for (const { to, update } of deliveries) for (const each of to) this.#send(each, update)
    } catch (error) {
      this.refusals.push(error)
    }
  }

  #atClient({ socket }: Link, event: Event): void {
    if (!socket) return
    if (event === 'open') {
      socket.readyState = 1
      socket.onopen?.()
    } else if (event === 'close') {
      socket.readyState = 3
      socket.onclose?.({ code: 1006, reason: '' })
    } else {
      if (event[0] === 1) this.frames.down++
      socket.onmessage?.({ data: event.slice().buffer as ArrayBuffer })
    }
  }
}

/** A tab with y-websocket as it comes from npm. */
export class StockClient {
  readonly doc = new Y.Doc()
  readonly provider: WebsocketProvider
  readonly user: AwarenessUser
  readonly #room: StockRoom
  link: Link | undefined

  /** Tabs of one browser hear each other beside the room: the name of the browser, if it has several. */
  constructor(room: StockRoom, user: AwarenessUser, browser?: string) {
    this.#room = room
    this.user = user
    const open = (): StockSocket => {
      this.link = new Link(this.user)
      room.links.add(this.link)
      return new StockSocket(this.link)
    }
    const Socket = function Socket() {
      return open()
    } as unknown as typeof WebSocket
    this.provider = new WebsocketProvider(`ws://${browser ?? 'alone'}`, 'room', this.doc, {
      WebSocketPolyfill: Socket,
      disableBc: browser === undefined,
    })
    this.move(0)
  }

  get id(): number {
    return this.doc.clientID
  }

  move(cursor: number): void {
    this.provider.awareness.setLocalStateField('cursor', cursor)
  }

  /** Of everybody that it sees: name and cursor, by client id. */
  get sees(): Record<number, unknown> {
    return Object.fromEntries(
      [...this.provider.awareness.getStates()].map(([id, state]) => [
        id,
        id === this.id ? ['itself', state.cursor] : [state.user?.name, state.cursor],
      ]),
    )
  }

  /** Its network is gone: it notices at once, the room when the test says so (`room.drop`). Gives the end that is left there. */
  lose(): Link {
    const link = this.link!
    link.isLost = true
    link.up.length = link.down.length = 0
    link.socket!.onclose?.({ code: 1006, reason: '' })
    link.socket = undefined
    return link
  }

  /** The tab is closed: nothing more is said, the browser closes the socket. */
  close(): void {
    const link = this.link!
    this.provider.awareness.off('update', this.provider._awarenessUpdateHandler)
    this.provider.destroy()
    this.provider.awareness.destroy()
    this.doc.destroy()
    if (link.isLost) this.#room.drop(link)
  }
}
