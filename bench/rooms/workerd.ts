import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createTestHarness, type TestHarness } from 'wrangler'
import { childrenOf, cpuTime, portsOf, residentMemory } from './process.ts'

// It would ask the network where this machine is, ...
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
// ... keep a trace of every message, which takes four times as long as to store and answer it, ...
process.env.X_LOCAL_OBSERVABILITY = 'false'
// ... and wait for the disk, which is that of everything else on this machine.
const memory = '/dev/shm'
if (existsSync(memory)) {
  const storage = mkdtempSync(`${memory}/rooms-`)
  process.env.TMPDIR = storage
  process.once('exit', () => rmSync(storage, { recursive: true, force: true }))
}

/** A workerd with the bare object and the record room, with a storage of its own. */
export class Workerd {
  readonly port: number
  readonly #harness: TestHarness
  /** `undefined` where the system does not tell. */
  readonly #pid: number | undefined

  private constructor(harness: TestHarness, port: number, pid: number | undefined) {
    this.#harness = harness
    this.port = port
    this.#pid = pid
  }

  static async start(): Promise<Workerd> {
    const harness = createTestHarness({ workers: [{ configPath: 'bench/rooms/wrangler.toml' }] })
    const door = Number((await harness.listen()).url.port)
    // At the door stands a second workerd that passes every byte on. It would share the cores with what is measured,
    // so where the process behind it can be found, it is talked to directly.
    const behind = childrenOf(process.pid, 'workerd')
      .map((pid) => ({ pid, ports: portsOf(pid) }))
      .filter(({ ports }) => ports.length > 0 && !ports.includes(door))
    const only = behind.length === 1 ? behind[0] : undefined
    return new Workerd(harness, only?.ports[0] ?? door, only?.pid)
  }

  /** Microseconds of a core that it has used so far. */
  get cpu(): number {
    return this.#pid === undefined ? Number.NaN : cpuTime(this.#pid)
  }

  /** Bytes that it has in memory. */
  get memory(): number {
    return this.#pid === undefined ? Number.NaN : residentMemory(this.#pid)
  }

  /** Puts a record room to sleep, its connections open. */
  sleep(room: string): Promise<void> {
    const binding = room.startsWith('guarded') ? 'GUARDED' : 'RECORDS'
    return this.#harness.getWorker().evictDurableObject(binding, { name: room, webSockets: 'hibernate' })
  }

  /** Ends an object, so that it starts again with the next that is asked of it. */
  restart(binding: string, name: string): Promise<void> {
    return this.#harness.getWorker().evictDurableObject(binding, { name, webSockets: 'close' })
  }

  close(): Promise<void> {
    return this.#harness.close()
  }
}
