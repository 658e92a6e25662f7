import type { Setup } from './bare.ts'
import { Connection, encodeFrames } from './connection.ts'
import type { Workerd } from './workerd.ts'
import type { Creation } from './write.ts'

/** A room, and how to connect to it. */
export interface Place {
  readonly room: string
  readonly kind: 'bare' | 'baseline' | 'v1'
  /** What a version 1 connection asks, and so is told of. */
  readonly asks?: readonly string[]
  /** What is counted in the frames; default a text that every change has once. */
  readonly count?: string
}

/** What came of something that was sent. */
export interface Delivery {
  /** Microseconds until everybody had the last of it. */
  readonly micros: number
  /** Microseconds of a core that the room needed for it. */
  readonly cpu: number
  /** Frames, bytes and counted texts that came, over all connections. */
  readonly frames: number
  readonly bytes: number
  readonly counted: number
  /** How many connections never got the last of it. */
  readonly unserved: number
  /** The frame with the last of it, as the first connection got it. */
  readonly frame: string
}

/** The text by which the last message of several is known, in what is sent and in what comes of it. */
export const lastMark = '"last-'
/** What stands in the place of {@link lastMark} in the messages before it. */
export const otherMark = '"text-'

const mark = Buffer.from(lastMark)

/** Connections to one room, each another user; the first one writes. */
export class Crowd {
  readonly connections: readonly Connection[]
  readonly #workerd: Workerd
  /** Those that have been let down once; nobody waits for them again. */
  readonly #unserved = new Set<Connection>()

  private constructor(workerd: Workerd, connections: readonly Connection[]) {
    this.#workerd = workerd
    this.connections = connections
  }

  static async open(workerd: Workerd, size: number, place: Place): Promise<Crowd> {
    const connections: Connection[] = []
    const atATime = 50
    while (connections.length < size) {
      const count = Math.min(atATime, size - connections.length)
      const users = Array.from({ length: count }, (_, i) => userName(connections.length + i))
      connections.push(...(await Promise.all(users.map((user) => join(workerd, user, place)))))
    }
    return new Crowd(workerd, connections)
  }

  get writer(): Connection {
    return this.connections[0]!
  }

  /** Has the writer send messages, the last of them marked, and waits until everybody has the frame that it causes. */
  async deliver(messages: readonly string[]): Promise<Delivery> {
    const frames = encodeFrames(messages)
    const before = this.#sums()
    const waiting = this.connections.filter((connection) => !this.#unserved.has(connection))
    const arriving = Promise.allSettled(waiting.map((connection) => connection.next(mark)))
    const start = performance.now()
    this.writer.send(frames)
    const arrived = await arriving
    const micros = (performance.now() - start) * 1000
    const after = this.#sums()
    for (const [index, { status }] of arrived.entries()) {
      if (status === 'rejected') this.#unserved.add(waiting[index]!)
    }
    const first = arrived[0]
    return {
      micros,
      cpu: after.cpu - before.cpu,
      frames: after.frames - before.frames,
      bytes: after.bytes - before.bytes,
      counted: after.counted - before.counted,
      unserved: this.#unserved.size,
      frame: first?.status === 'fulfilled' ? first.value.toString() : '',
    }
  }

  /** Tells the bare object what to answer with: a frame that a room of ours has sent for a marked message. */
  imitate(frame: string, tell: Setup['tell'] = 'all'): void {
    const setup: Setup = { tell, mark: lastMark, frame: frame.replace(lastMark, otherMark), lastFrame: frame }
    this.writer.send(encodeFrames([JSON.stringify(setup)]))
  }

  close(): void {
    for (const connection of this.connections) connection.close()
  }

  #sums() {
    const sum = (of: (connection: Connection) => number) =>
      this.connections.reduce((total, connection) => total + of(connection), 0)
    return {
      cpu: this.#workerd.cpu,
      frames: sum(({ frames }) => frames),
      bytes: sum(({ bytes }) => bytes),
      counted: sum(({ counted }) => counted),
    }
  }
}

export function userName(index: number): string {
  return `u${String(index).padStart(3, '0')}`
}

/** Opens one connection, and waits until the room has answered what it asks. */
export async function join({ port }: Workerd, user: string, place: Place): Promise<Connection> {
  const { room, kind, asks = [], count = '"changeType"' } = place
  const path = kind === 'bare' ? `/bare/${room}` : `/ws/${room}?user=${user}${kind === 'v1' ? '&v=1' : ''}`
  const connection = await Connection.open(port, path, count)
  if (kind === 'bare') return connection
  await request(
    connection,
    asks.map((collection) => ({
      type: 'core.subscribe',
      payload: { subscriptionId: collection, query: { collection, limit: 1 } },
    })),
  )
  return connection
}

/** Sends messages and waits until the room has handled them. */
export async function request(connection: Connection, messages: readonly object[]): Promise<void> {
  const requestId = `request-${++lastRequest}`
  const texts = [...messages, { type: 'user.update', payload: { requestId } }].map((message) => JSON.stringify(message))
  const answered = connection.next(Buffer.from(`"requestId":"${requestId}"`))
  connection.send(encodeFrames(texts))
  await answered
}

let lastRequest = 0

/** Writes to a room from inside, all at once: what is not to be measured. */
export async function fill({ port }: Workerd, room: string, operations: readonly Creation[]): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/fill/${room}`, {
    method: 'POST',
    body: JSON.stringify(operations),
  })
  if (!response.ok) throw new Error(`the room could not be filled: ${await response.text()}`)
}
