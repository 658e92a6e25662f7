import { expect, test } from 'vitest'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { createOwnProcess } from '../../support/own-process.ts'

const start = createOwnProcess()

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
