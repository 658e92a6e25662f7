import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { roomsConfig } from './harness.ts'
import { freePort, startProcess } from './process.ts'

/** Gives what starts the worker of the test rooms as a process of its own, with a storage on disk that all of a test file share. */
export function createOwnProcess(): () => Promise<{ base: string; kill: () => Promise<void> }> {
  let state: string
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'deepspace-solid-'))
  })
  afterAll(() => rm(state, { recursive: true, force: true }))
  return async () => {
    const port = String(await freePort())
    // Wrangler looks for a free port for its inspector and takes it a moment later: of two that start together one ends.
    const ports = ['--port', port, '--inspector-port', '0']
    const args = ['dev', '--config', roomsConfig, ...ports, '--persist-to', state]
    const { kill } = await startProcess('wrangler', [...args, '--show-interactive-dev-session=false'], 'Ready on')
    return { base: `http://127.0.0.1:${port}`, kill }
  }
}
