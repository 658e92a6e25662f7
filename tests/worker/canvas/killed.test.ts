import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { roomsConfig } from '../../support/harness.ts'
import { freePort, startProcess } from '../../support/process.ts'

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

test('B11: a process that is killed loses the last second of moves at most, and nothing that was said to be stored', async () => {
  const name = 'canvas:killed'
  let expected = new Map<string, number>()
  let lastPlace: CanvasWire['place']
  for (const round of [1, 2, 3]) {
    const worker = await start()
    try {
      const ann = await CanvasWire.open(worker.base, name, 'ann', lastPlace)
      for (const [id, x] of expected)
        expect(ann.shapes.get(id)?.x, `${id} before round ${round}`).toBeGreaterThanOrEqual(x)
      const id = ann.add({}, `shape ${round}`)
      await ann.saved()
      // Moves on and on; what is done a second before the end must be there.
      const acked: { readonly at: number; readonly x: number }[] = []
      const began = performance.now()
      for (let x = 1; performance.now() - began < 2500; x++) {
        ann.set(id, { x }, 'drag')
        await ann.done()
        acked.push({ at: performance.now(), x })
      }
      const added = ann.add({ x: round }, `last ${round}`)
      await ann.saved()
      // With what came, all that was moved before is stored.
      expected = new Map([...expected, [added, round], [id, acked.at(-1)!.x]])
      const dragged = `drag ${round}`
      ann.add({}, dragged)
      await ann.saved()
      const moves: { readonly at: number; readonly x: number }[] = []
      const start = performance.now()
      for (let x = 1; performance.now() - start < 1700; x++) {
        ann.set(dragged, { x }, 'another')
        await ann.done()
        moves.push({ at: performance.now(), x })
      }
      const end = performance.now()
      // Of the last second, and of what it takes to have it written.
      expected.set(dragged, moves.findLast(({ at }) => at < end - 1300)!.x)
      lastPlace = ann.place
    } finally {
      await worker.kill()
    }
  }
  const worker = await start()
  const ann = await CanvasWire.open(worker.base, name, 'ann')
  for (const [id, x] of expected) expect(ann.shapes.get(id)?.x, id).toBeGreaterThanOrEqual(x)
  expect(ann.steps!.undo).toBeGreaterThan(3)
  await worker.kill()
}, 120_000)
