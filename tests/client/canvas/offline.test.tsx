import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { agree, newCanvas, openCanvas, sentTo, shapeOf, shapesOf } from '../../support/canvases.tsx'
import { cutLines, isBack } from '../../support/documents.tsx'
import { base, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { loseOnNext, socketsTo, socketTo } from '../../support/sockets.ts'

const effort = inject('effort')

test('K5: what is drawn offline is shown, and sent on return; what others did meanwhile comes', async () => {
  const id = newCanvas()
  const { canvas: ann, errors } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  for (const name of ['a', 'b', 'c']) ann.add({ id: name })
  await agree(id, ann, bob)
  const a = shapeOf(ann, 'a')
  await cutLines(id)
  ann.move('a', { x: 1 })
  ann.add({ id: 'n', props: { text: 'offline' } })
  ann.move('n', { x: 2 })
  ann.remove('b')
  bob.update('a', { props: { color: 'red' } })
  bob.move('c', { x: 3 })
  expect([ann.synced, ann.canWrite, ann.saved, a.x, Object.keys(ann.shapes).join()]).toEqual([
    true,
    true,
    false,
    1,
    'a,c,n',
  ])
  await isBack(ann, bob)
  await agree(id, ann, bob)
  expect(await shapesOf(id)).toMatchObject({ a: { x: 1, props: { color: 'red' } }, c: { x: 3 }, n: { x: 2 } })
  expect([shapeOf(ann, 'a') === a, errors]).toEqual([true, []])
})

test('K5: of a shape that came and went offline the room never hears, and it does not come back', async () => {
  const id = newCanvas()
  const { canvas } = await openCanvas(id, 'ann')
  await cutLines(id)
  const shape = canvas.add({})
  canvas.move(shape, { x: 1 })
  canvas.remove(shape)
  expect(canvas.saved).toBe(true)
  await isBack(canvas)
  await agree(id, canvas)
  expect([sentTo(id, 'canvas.write'), await shapesOf(id)]).toEqual([[], {}])
})

test('K5: a shape whose acknowledgement was lost is there once, one that somebody removed meanwhile stays away', async () => {
  const id = newCanvas()
  const { canvas: bob } = await openCanvas(id, 'bob')
  const { canvas: ann, errors } = await openCanvas(id, 'ann')
  ann.add({ id: 'kept' })
  ann.add({ id: 'gone' })
  window.dispatchEvent(new Event('pagehide'))
  await until(() => bob.shapes.gone)
  // What the room says of it may have come: then there is nothing to see here.
  bob.move('kept', { x: 7 })
  bob.remove('gone')
  await until(() => bob.saved)
  await cutLines(id)
  await isBack(ann, bob)
  await agree(id, ann, bob)
  expect([Object.keys(await shapesOf(id)), shapeOf(ann, 'kept').x, errors]).toEqual([['kept'], 7, []])
})

test('K5, K10: what the line has lost is sent again; what was answered before a cut is told to be stored after it', async () => {
  const id = newCanvas()
  const { canvas: ann, errors } = await openCanvas(id, 'ann')
  await cutLines(id)
  loseOnNext(id, (frame) => frame !== 'ping' && (frame.type as string) === 'canvas.write')
  ann.add({ id: 'a' })
  await isBack(ann)
  await until(() => sentTo(id, 'canvas.write').length === 1)
  await cutLines(id)
  expect(ann.saved).toBe(false)
  await isBack(ann)
  await agree(id, ann)
  const [lost, again] = sentTo(id, 'canvas.write')
  expect([lost!.operations, errors]).toEqual([again!.operations, []])
  ann.move('a', { x: 1 })
  window.dispatchEvent(new Event('pagehide'))
  const { received } = socketTo(id)
  const { length } = received
  await until(() => received.slice(length).some((frame) => JSON.stringify(frame).includes('"acked"')))
  // A move is stored a quarter of a second later.
  expect(ann.saved).toBe(false)
  await cutLines(id)
  await isBack(ann)
  expect(ann.saved).toBe(false)
  await agree(id, ann)
  expect((await shapesOf(id)).a!.x).toBe(1)
})

test('K5: a room that has lost what was moved last shows what it has, and takes what was not acknowledged', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  ann.add({ id: 'a' })
  await agree(id, ann, bob)
  ann.move('a', { x: 1 })
  await until(() => shapeOf(bob, 'a').x === 1)
  await callRoom(base, id, 'crash', [])
  await until(() => ann.status !== 'connected' && bob.status !== 'connected')
  bob.move('a', { y: 2 })
  await isBack(ann, bob)
  await agree(id, ann, bob)
  expect((await shapesOf(id)).a!.y).toBe(2)
})

const people = ['ann', 'bob', 'cy']
const who = fc.nat(people.length - 1)
const name = fc.nat(3).map((index) => `s${index}`)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('move' as const), who, name, x: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('color' as const), who, name, x: fc.nat(50) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('add' as const), who, name, x: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('remove' as const, 'front' as const), who, name }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('undo' as const, 'redo' as const), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cut' as const), who }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('return' as const, 'wait' as const), who }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('crash' as const), who }) },
)

test(
  'K4, K5: whatever happens to connections and to the room, all come to show what it has',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50, size: 'max' }), async (steps) => {
        const id = newCanvas()
        const pages = await Promise.all(people.map((user) => openCanvas(id, user)))
        const canvases = pages.map(({ canvas }) => canvas)
        for (const each of steps) {
          const canvas = canvases[each.who]!
          const isThere = 'name' in each && canvas.shapes[each.name] !== undefined
          if (each.does === 'add' && !isThere) canvas.add({ id: each.name, x: each.x })
          else if (each.does === 'move' && isThere) canvas.move(each.name, { x: each.x })
          else if (each.does === 'color' && isThere) canvas.update(each.name, { props: { color: `${each.x}` } })
          else if (each.does === 'remove' && isThere) canvas.remove(each.name)
          else if (each.does === 'front' && isThere) canvas.bringToFront(each.name)
          else if (each.does === 'undo' && canvas.canUndo) canvas.undo()
          else if (each.does === 'redo' && canvas.canRedo) canvas.redo()
          else if (each.does === 'cut') await cutLines(id)
          else if (each.does === 'crash') await callRoom(base, id, 'crash', [])
          else if (each.does === 'return') await isBack(canvas)
          else if (each.does === 'wait') await until(() => canvas.saved || canvas.status !== 'connected')
        }
        await until(() => socketsTo(id).length >= 3)
        await isBack(...canvases)
        await agree(id, ...canvases)
        for (const { errors, unmount } of pages) {
          for (const { code } of errors) expect(['not-found', 'duplicate', 'disconnected']).toContain(code)
          unmount()
        }
      }),
      { numRuns: 6 * effort },
    )
  },
  20_000 * effort,
)
