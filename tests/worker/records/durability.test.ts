import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { roomsConfig } from '../../support/harness.ts'
import { freePort, startProcess } from '../../support/process.ts'
import { Wire } from '../../support/wire.ts'

let state: string

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'deepspace-solid-'))
})

afterAll(() => rm(state, { recursive: true, force: true }))

/** Starts the worker as a process of its own, with its storage on disk. */
async function start(): Promise<{ base: string; kill: () => Promise<void> }> {
  const port = String(await freePort())
  const args = ['dev', '--config', roomsConfig, '--port', port, '--persist-to', state]
  const { kill } = await startProcess('wrangler', [...args, '--show-interactive-dev-session=false'], 'Ready on')
  return { base: `http://127.0.0.1:${port}`, kill }
}

test('W7: what was acknowledged is there after the process is killed right behind the ACK', async () => {
  for (const round of [1, 2, 3]) {
    const worker = await start()
    try {
      const alice = await Wire.open(worker.base, 'durable', 'alice')
      const ids = Array.from({ length: 20 }, (_, i) => `round ${round}, record ${i}`)
      const acks = await Promise.all(ids.map((id) => alice.put('tasks', id, { title: id })))
      expect(acks.filter(({ success }) => !success)).toEqual([])
    } finally {
      await worker.kill()
    }
  }
  const worker = await start()
  const alice = await Wire.open(worker.base, 'durable', 'alice')
  expect(await alice.query('tasks')).toHaveLength(60)
  expect(await alice.see('tasks', 'round 3, record 19')).toMatchObject({ createdBy: 'alice' })
  const { violations } = (await (await fetch(new URL('/spy', worker.base))).json()) as { violations: string[] }
  expect(violations).toEqual([])
  await worker.kill()
}, 120_000)
