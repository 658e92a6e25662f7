import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import tsconfig from '../../tsconfig.json' with { type: 'json' }
import type { Order } from './orders.ts'

/** The workerd that wrangler brings along. */
const program: string = createRequire(createRequire(import.meta.url).resolve('wrangler'))('workerd').default

/**
 * The worker of the drill in a real workerd, its storage on disk. Nothing stands between us and the process: it can be
 * killed at any moment, and is back in a fraction of a second.
 */
export class Workerd {
  readonly #folder: string
  readonly #said: (line: string) => void
  #process: ChildProcess | undefined
  #port = 0
  #sleeping: Promise<unknown> = Promise.resolve()
  #asleep = 0

  private constructor(folder: string, said: (line: string) => void) {
    this.#folder = folder
    this.#said = said
    process.once('exit', () => this.#process?.kill('SIGKILL'))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  }

  /** Bundles the worker into a folder, where its storage will be too. `said` is given each line that it prints. */
  static async build(folder: string, said: (line: string) => void): Promise<Workerd> {
    const root = new URL('../../', import.meta.url)
    const alias = Object.entries(tsconfig.compilerOptions.paths).map(([name, [path]]) => ({
      find: new RegExp(`^${name}$`),
      replacement: fileURLToPath(new URL(path!, root)),
    }))
    await build({
      configFile: false,
      logLevel: 'warn',
      resolve: { alias },
      ssr: { target: 'webworker', noExternal: true },
      build: {
        ssr: fileURLToPath(new URL('worker/room.ts', import.meta.url)),
        outDir: folder,
        emptyOutDir: false,
        minify: false,
        rolldownOptions: { external: /^(cloudflare|workerd):/, output: { entryFileNames: 'room.js' } },
      },
    })
    await writeFile(join(folder, 'config.capnp'), configuration)
    return new Workerd(folder, said)
  }

  /** Where it listens; another port each time that it starts. */
  get port(): number {
    return this.#port
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  /** Whether an object is being put to sleep. */
  get isSleeping(): boolean {
    return this.#asleep > 0
  }

  async start(): Promise<void> {
    const args = ['serve', 'config.capnp', '--experimental', '--control-fd=3', `--directory-path=state=${this.#folder}`]
    const child = spawn(program, args, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    this.#process = child
    for (const output of [child.stdout!, child.stderr!]) createInterface(output).on('line', this.#said)
    this.#port = await new Promise<number>((resolve, reject) => {
      createInterface(child.stdio[3] as NodeJS.ReadableStream).on('line', (line) => resolve(JSON.parse(line).port))
      child.once('exit', (code, signal) => reject(new Error(`workerd ended: ${code ?? signal}`)))
    })
  }

  /** Kills it without a chance to say goodbye. */
  async kill(): Promise<void> {
    const child = this.#process
    if (!child) return
    this.#process = undefined
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** Stops it for a while, as a machine does that is too busy: it wakes with whatever has come meanwhile. */
  async freeze(milliseconds: number): Promise<void> {
    const child = this.#process
    child?.kill('SIGSTOP')
    await later(milliseconds)
    child?.kill('SIGCONT')
  }

  /**
   * Has the worker do something. Rejects with what it says when it cannot, and when there is no answer. Objects are put to
   * sleep one after the other: two who wait for one that is busy would wait for each other.
   */
  async order<T>(order: Order): Promise<T> {
    if (order.type !== 'sleep' && order.type !== 'limit') return this.#send(order)
    const before = this.#sleeping
    const answer = before.then(() => this.#send<T>(order))
    this.#asleep++
    this.#sleeping = answer.catch(() => {}).finally(() => this.#asleep--)
    return answer
  }

  async #send<T>(order: Order): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/order`, {
      method: 'POST',
      body: JSON.stringify(order),
    })
    const { result, error } = (await response.json()) as { result?: T; error?: string }
    if (error !== undefined) throw new Error(error)
    return result as T
  }
}

const configuration = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "rooms", worker = .rooms), (name = "state", disk = (writable = true))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "rooms")],
);

const rooms :Workerd.Worker = (
  modules = [(name = "room.js", esModule = embed "room.js")],
  compatibilityDate = "2026-10-01",
  compatibilityFlags = ["unsafe_module"],
  durableObjectNamespaces = [
    (className = "FaultRoom", uniqueKey = "faults", enableSql = true),
    (className = "FaultDocs", uniqueKey = "docs", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "FAULTS", durableObjectNamespace = "FaultRoom"),
    (name = "DOCS", durableObjectNamespace = "FaultDocs"),
  ],
);
`
