import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { TestHarness } from 'wrangler'
import { createRooms } from './harness.ts'

/**
 * Workers with the test rooms for files that need one for themselves: one for each process that runs files, started when it
 * first asks. To start one for each file takes seconds, and only whoever has started it can put its rooms to sleep: so they
 * are asked for over HTTP.
 */
export class OwnWorkers {
  readonly #workers = new Map<string, Promise<TestHarness>>()
  /** Of two that are started at once one ends. */
  #started: Promise<unknown> = Promise.resolve()
  readonly #server = createServer(async (request, response) => {
    try {
      response.end(JSON.stringify(await this.#answer(request.url!, (await json(request)) as Asked)))
    } catch (error) {
      response.statusCode = 500
      response.end((error as Error).stack)
    }
  })

  /** Begins to listen. Gives where. */
  async listen(): Promise<string> {
    // A test that works for seconds does not see that its connection has ended.
    this.#server.keepAliveTimeout = 0
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    for (const worker of this.#workers.values()) await (await worker).close()
  }

  async #answer(path: string, { worker: name, room, binding, part }: Asked): Promise<object> {
    const worker = this.#workers.get(name) ?? this.#start()
    this.#workers.set(name, worker)
    const rooms = await worker
    if (path === '/sleep') {
      await rooms.getWorker().evictDurableObject(binding!, { name: room!, webSockets: 'hibernate' })
      return {}
    }
    if (path === '/errors') {
      const errors = rooms.getLogs().filter(({ level, message }) => level === 'error' && message.includes(part!))
      return { errors: errors.map(({ message }) => message) }
    }
    return { base: (await rooms.listen()).url.origin }
  }

  #start(): Promise<TestHarness> {
    const started = this.#started.then(async () => {
      const rooms = createRooms()
      await rooms.listen()
      return rooms
    })
    this.#started = started.catch(() => {})
    return started
  }
}

interface Asked {
  /** Who asks: each process that runs files has a worker of its own. */
  readonly worker: string
  /** What is to be put to sleep. */
  readonly room?: string
  readonly binding?: string
  /** What has to be in what was logged. */
  readonly part?: string
}
