import { createSignal } from 'solid-js'
import { expect, test } from 'vitest'
import { agree, lookAt, newCanvas, openCanvas, sentTo, shapeOf, shapesOf, shownIn } from '../../support/canvases.tsx'
import { base, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { socketsTo, socketTo } from '../../support/sockets.ts'

test('K1: components that name the same canvas share it, and its connection', async () => {
  const id = newCanvas()
  const { canvases } = lookAt([id, () => id], { user: 'ann' })
  await until(() => canvases.every(({ synced }) => synced))
  const shape = canvases[0]!.add({ x: 1 })
  expect(shapeOf(canvases[1]!, shape)).toBe(shapeOf(canvases[0]!, shape))
  expect(canvases[0]!.ordered).toBe(canvases[1]!.ordered)
  expect(socketsTo(id)).toHaveLength(1)
})

test('K3: what one does is shown at once, another sees it, and the room has it', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  expect([ann.status, ann.canWrite, ann.saved, ann.error]).toEqual(['connected', true, true, undefined])
  const note = ann.add({ type: 'note', x: 1, y: 2, props: { color: 'red' } })
  expect(shapeOf(ann, note)).toMatchObject({ type: 'note', x: 1, y: 2, width: 100, height: 100, createdBy: 'ann' })
  expect(shapeOf(ann, note).props).toEqual({ color: 'red' })
  await until(() => bob.shapes[note])
  bob.move(note, { x: 5 })
  bob.resize(note, { width: 7, height: 8 })
  bob.update(note, { type: 'arrow', rotation: 1, props: { points: [1, 2] } })
  expect(shapeOf(bob, note)).toMatchObject({ type: 'arrow', x: 5, y: 2, width: 7, height: 8, rotation: 1 })
  await agree(id, ann, bob)
  expect(shapeOf(ann, note).props).toEqual({ color: 'red', points: [1, 2] })
  ann.update(note, { unset: ['rotation', 'props.color'] })
  await agree(id, ann, bob)
  expect('rotation' in shapeOf(bob, note)).toBe(false)
  expect(shapeOf(bob, note).props).toEqual({ points: [1, 2] })
  bob.remove(note)
  expect(bob.shapes[note]).toBeUndefined()
  await agree(id, ann, bob)
  expect(await shapesOf(id)).toEqual({})
})

test('K4: a new shape is in front at once, as is one that is brought there; the room says where that is', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  const order = (canvas: typeof ann) => canvas.ordered.map(({ id }) => id).join()
  for (const name of ['a', 'b', 'c']) ann.add({ id: name })
  expect(order(ann)).toBe('a,b,c')
  ann.bringToFront('a')
  ann.bringToFront('b')
  expect(order(ann)).toBe('c,a,b')
  await until(() => order(bob) === 'c,a,b')
  await agree(id, ann, bob)
  const [back, middle] = ann.ordered
  expect(back!.z < middle!.z).toBe(true)
  expect(ann.ordered.every(({ z }) => !z.startsWith('~'))).toBe(true)
  // Behind all others.
  bob.update('b', { z: 'Zz' })
  await until(() => order(ann) === 'b,c,a')
  await agree(id, ann, bob)
})

test('K3: of a drag the last place is sent once a frame, all of it in order, at once where the page is left', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const shapes = ['a', 'b'].map((name) => ann.add({ id: name }))
  await until(() => ann.saved)
  const before = sentTo(id, 'canvas.write').length
  for (let step = 1; step <= 100; step++) for (const shape of shapes) ann.move(shape, { x: step, y: step })
  expect(sentTo(id, 'canvas.write')).toHaveLength(before)
  window.dispatchEvent(new Event('pagehide'))
  const [write, ...more] = sentTo(id, 'canvas.write').slice(before)
  expect(more).toEqual([])
  expect(write!.operations).toEqual(shapes.map((id) => ({ op: 'set', id, change: { x: 100, y: 100 } })))
  await agree(id, ann)
})

test('K3: a drag of a second is at most one frame each 16 ms, and others see where it ends', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  const shape = ann.add({})
  await until(() => ann.saved && bob.shapes[shape])
  const before = sentTo(id, 'canvas.write').length
  const from = performance.now()
  let x = 0
  while (performance.now() - from < 500) {
    for (let burst = 0; burst < 10; burst++) ann.move(shape, { x: ++x })
    await new Promise((resolve) => setTimeout(resolve))
  }
  await until(() => shapeOf(bob, shape).x === x)
  expect(sentTo(id, 'canvas.write').length - before).toBeLessThanOrEqual((performance.now() - from) / 16 + 1)
  await agree(id, ann, bob)
})

test('K3: what waits is sent when the component goes, and before the connection is closed', async () => {
  const id = newCanvas()
  const { canvas, unmount } = await openCanvas(id, 'ann', { keepFor: 0 })
  canvas.add({ id: 'last' })
  const { socket } = socketTo(id)
  unmount()
  expect(sentTo(id, 'canvas.write')).toHaveLength(1)
  await until(() => socket.readyState === WebSocket.CLOSED)
  expect(Object.keys(await shapesOf(id))).toEqual(['last'])
})

test('K10: `saved` is false from the first change on until the room has stored it; then it is there after a crash', async () => {
  const id = newCanvas()
  const { canvas, unmount } = await openCanvas(id, 'ann')
  const shape = canvas.add({ x: 1 })
  expect(canvas.saved).toBe(false)
  await until(() => canvas.saved)
  canvas.move(shape, { x: 2 })
  expect(canvas.saved).toBe(false)
  await until(() => canvas.saved)
  unmount()
  await callRoom(base, id, 'crash', [])
  const { canvas: bob } = await openCanvas(id, 'bob')
  expect(shapeOf(bob, shape).x).toBe(2)
})

test('K1: with another id nothing of the former canvas is shown; that is let go of after a while', async () => {
  const [former, next] = [newCanvas(), newCanvas()]
  const { canvas: there } = await openCanvas(next, 'bob')
  there.add({ id: 'of the next' })
  await until(() => there.saved)
  const [id, setId] = createSignal<string | undefined>(former)
  const { canvases } = lookAt([id], { user: 'ann', keepFor: 0 })
  const canvas = canvases[0]!
  await until(() => canvas.synced)
  canvas.add({ id: 'of the former' })
  canvas.setViewport({ x: 0, y: 0, width: 10, height: 10, zoom: 1 })
  setId(next)
  expect([shownIn(canvas), canvas.ordered, canvas.synced, canvas.saved, canvas.status]).toEqual([
    {},
    [],
    false,
    true,
    'connecting',
  ])
  await until(() => Object.keys(canvas.shapes).join() === 'of the next')
  // Where we look goes along.
  await until(() => there.viewports.length === 1)
  await until(() => socketTo(former).socket.readyState === WebSocket.CLOSED)
  expect(Object.keys(await shapesOf(former))).toEqual(['of the former'])
  setId(undefined)
  expect([canvas.status, shownIn(canvas), canvas.ordered, canvas.canWrite, canvas.canUndo]).toEqual([
    'off',
    {},
    [],
    false,
    false,
  ])
})

test('K1: without an id it is off, and what is no id is a mistake', () => {
  for (const none of [undefined, null, false] as const) {
    const [canvas] = lookAt([none, () => none]).canvases
    expect([canvas!.status, canvas!.ordered, canvas!.saved]).toEqual(['off', [], true])
    for (const work of [() => canvas!.add({}), () => canvas!.undo()]) {
      expect(work).toThrow(expect.objectContaining({ code: 'not-connected' }))
    }
    canvas!.setViewport({ x: 0, y: 0, width: 1, height: 1, zoom: 1 })
    expect(canvas!.gesture(() => 7)).toBe(7)
  }
  for (const bad of ['', 7, {}, true] as unknown as string[]) {
    expect(() => lookAt([bad])).toThrow(/createCanvas: expected a name, received/)
  }
})

test('K11: where others look is shown by connection, follows them, and goes with them', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const visitor = await openCanvas(id)
  const other = await openCanvas(id, 'ann')
  expect(visitor.canvas.canWrite).toBe(false)
  visitor.canvas.setViewport({ x: 1, y: 2, width: 3, height: 4, zoom: 0.5 })
  other.canvas.setViewport({ x: 9, y: 9, width: 9, height: 9, zoom: 1 })
  await until(() => ann.viewports.length === 2)
  const mine = () => ann.viewports.find(({ userId }) => userId !== 'ann')!
  expect({ ...mine() }).toMatchObject({ x: 1, y: 2, width: 3, height: 4, zoom: 0.5 })
  const [before, list] = [mine(), ann.viewports]
  for (let x = 2; x <= 50; x++) visitor.canvas.setViewport({ x, y: 2, width: 3, height: 4, zoom: 0.5 })
  await until(() => mine().x === 50)
  expect([mine() === before, ann.viewports === list]).toEqual([true, true])
  expect(sentTo(id, 'canvas.viewport').length).toBeLessThanOrEqual(3)
  await until(() => other.canvas.viewports.map(({ x }) => x).join() === '50')
  await until(() => visitor.canvas.viewports.length === 1)
  other.unmount()
  // It is kept for a while for a page that comes back.
  socketsTo(id)[2]!.socket.close()
  await until(() => ann.viewports.length === 1)
  expect(() => ann.setViewport({ x: Number.NaN, y: 0, width: 1, height: 1, zoom: 1 })).toThrow(/viewport: x: expected/)
})
