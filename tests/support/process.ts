import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'

/** A server that runs as a process of its own. */
export interface ServerProcess {
  /** Everything that it has printed. */
  readonly output: () => string
  /** Throws, with the last of what it printed, where it has ended by itself: what is asked of it then is only refused. */
  readonly mustRun: () => void
  /** Kills it and whatever it has started, without a chance to say goodbye. */
  readonly kill: () => Promise<void>
}

/** The environment of somebody who runs an app, not of our tests. */
export const plainly = { VITEST: undefined, NODE_ENV: undefined, VITE_USER_NODE_ENV: undefined }

/** Starts a command and waits until it prints `sign`. Rejects with its output when it ends before. */
export async function startProcess(
  command: string,
  args: readonly string[],
  sign: string,
  env: Record<string, string | undefined> = {},
  cwd?: string,
): Promise<ServerProcess> {
  // A group of its own, so that the kill takes its children with it.
  const child = spawn(command, args, {
    detached: true,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk
      if (output.includes(sign)) resolve()
    }
    child.stdout!.on('data', read)
    child.stderr!.on('data', read)
    child.once('exit', () => reject(new Error(`${command} ended: ${output}`)))
  })
  const mustRun = (): void => {
    if (isRunning(child)) return
    throw new Error(`${command} ended with ${child.exitCode ?? child.signalCode}: ${output.slice(-4000)}`)
  }
  return { output: () => output, mustRun, kill: () => kill(child) }
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // One that has ended by itself is no more to be killed than waited for.
    if (!isRunning(child)) return resolve()
    child.once('close', () => resolve())
    process.kill(-child.pid!, 'SIGKILL')
  })
}

/** A port of the loopback interface that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
