import type { Canvas } from 'deepspace-solid'
import { createEffect, createRoot, For } from 'solid-js'
import { createStore, unwrap } from 'solid-js/store'
import { render } from 'solid-js/web'
import { expect, onTestFinished, test } from 'vitest'
import { agree, heardFrom, newCanvas, openCanvas, type Props, shapeOf, shownIn } from '../../support/canvases.tsx'
import { cutLines, isBack } from '../../support/documents.tsx'
import { until } from '../../support/room.tsx'
import { socketsTo } from '../../support/sockets.ts'

/** Counts how often something is read anew, each by its name. */
function watch(reads: Readonly<Record<string, () => unknown>>) {
  const runs: Record<string, number> = {}
  createRoot((dispose) => {
    onTestFinished(dispose)
    for (const [name, read] of Object.entries(reads)) {
      createEffect(() => {
        read()
        runs[name] = (runs[name] ?? -1) + 1
      })
    }
  })
  return {
    /** Those that have run since the last call. */
    taken(): Record<string, number> {
      const since = Object.fromEntries(Object.entries(runs).filter(([, count]) => count > 0))
      for (const name in runs) runs[name] = 0
      return since
    },
  }
}

/** Effects of every kind on a canvas with the shapes `a` and `b`. */
function watchAll(canvas: Canvas<Props>) {
  return watch({
    place: () => [canvas.shapes.a?.x, canvas.shapes.a?.y],
    width: () => canvas.shapes.a?.width,
    color: () => canvas.shapes.a?.props.color,
    points: () => canvas.shapes.a?.props.points,
    'other place': () => [canvas.shapes.b?.x, canvas.shapes.b?.y],
    ordered: () => canvas.ordered,
    keys: () => Object.keys(canvas.shapes),
    shape: () => canvas.shapes.a,
    missing: () => canvas.shapes.n,
    viewports: () => canvas.viewports,
    rights: () => [canvas.canWrite, canvas.synced],
  })
}

async function two() {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  ann.add({ id: 'a', props: { points: [1] } })
  ann.add({ id: 'b' })
  await agree(id, ann, bob)
  return { id, ann, bob }
}

test('K2: to move a shape runs once what reads its place, here and there, and nothing else', async () => {
  const { id, ann, bob } = await two()
  const [here, there] = [watchAll(ann), watchAll(bob)]
  ann.move('a', { x: 5, y: 6 })
  expect(here.taken()).toEqual({ place: 1 })
  await agree(id, ann, bob)
  expect(there.taken()).toEqual({ place: 1 })
  // What the room has acknowledged is no change.
  expect(here.taken()).toEqual({})
  ann.move('a', { x: 5, y: 6 })
  await agree(id, ann, bob)
  expect([here.taken(), there.taken()]).toEqual([{}, {}])
})

test('K2: each key of `props` is a field; equal parts stay the same', async () => {
  const { id, ann, bob } = await two()
  const [here, there] = [watchAll(ann), watchAll(bob)]
  const { props } = shapeOf(bob, 'a')
  const { points } = props
  ann.update('a', { props: { color: 'red', points: [1] } })
  expect(here.taken()).toEqual({ color: 1 })
  await agree(id, ann, bob)
  expect(there.taken()).toEqual({ color: 1 })
  expect([shapeOf(bob, 'a').props === props, props.points === points, props.color]).toEqual([true, true, 'red'])
})

test('K2: what comes, goes, or has another place in the order runs what reads the order', async () => {
  const { id, ann, bob } = await two()
  const there = watchAll(bob)
  const [a, b] = bob.ordered
  ann.bringToFront('a')
  await agree(id, ann, bob)
  expect(there.taken()).toEqual({ ordered: 1 })
  expect([bob.ordered[0] === b, bob.ordered[1] === a]).toEqual([true, true])
  ann.add({ id: 'n' })
  await agree(id, ann, bob)
  expect(there.taken()).toEqual({ ordered: 1, keys: 1, missing: 1 })
  ann.remove('a')
  await agree(id, ann, bob)
  expect(there.taken()).toEqual({ ordered: 1, keys: 1, shape: 1, place: 1, width: 1, color: 1, points: 1 })
})

test('K5: a reconnect with nothing changed runs no effect, and costs under 1 kB', async () => {
  const id = newCanvas()
  const { canvas } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  bob.setViewport({ x: 0, y: 0, width: 1, height: 1, zoom: 1 })
  for (let index = 0; index < 100; index++) canvas.add({ x: index })
  canvas.add({ id: 'a' })
  await agree(id, canvas, bob)
  await until(() => canvas.viewports.length === 1)
  const all = watchAll(canvas)
  const [first] = socketsTo(id)
  await cutLines(id)
  expect(all.taken()).toEqual({})
  await isBack(canvas)
  const sockets = () => socketsTo(id).filter((each) => each.socket.readyState === WebSocket.OPEN)
  await until(() => sockets().some((each) => heardFrom(id, 'canvas.shapes', [each])[0]?.since !== undefined))
  const mine = sockets().find((each) => heardFrom(id, 'auth', [each])[0]?.userId === 'ann')!
  await until(() => heardFrom(id, 'canvas.shapes', [mine]).length === 1)
  expect(first!.socket.readyState).toBe(WebSocket.CLOSED)
  const bytes = [...mine.sent, ...mine.received].reduce((sum, frame) => sum + JSON.stringify(frame).length, 0)
  expect(bytes).toBeLessThan(1000)
  // The other has come back on another connection, where it looks from.
  const { viewports, ...others } = all.taken()
  expect(others).toEqual({})
  expect(canvas.ordered).toHaveLength(101)
})

test('K2: what is handed out is read-only, can be copied, and what was given stays its own', async () => {
  const { id, ann, bob } = await two()
  const shape = shapeOf(ann, 'a') as { x: number; props: Record<string, unknown> }
  for (const write of [
    () => (shape.x = 7),
    () => (shape.props.color = 'red'),
    () => (shape.props.points as number[]).push(2),
    () => ((ann.shapes as Record<string, unknown>).c = {}),
    () => delete (ann.shapes as Record<string, unknown>).a,
    () => (ann.ordered as unknown[]).pop(),
  ]) {
    expect(write).toThrow(TypeError)
  }
  const [store] = createStore({ shapes: unwrap(ann.shapes), one: unwrap(shapeOf(ann, 'a')) })
  expect(store.shapes.a!.props.points).toEqual([1])
  ann.move('a', { x: 9 })
  expect([store.shapes.a!.x, store.one.x, Object.keys(store.shapes)]).toEqual([0, 0, ['a', 'b']])
  expect({ ...shapeOf(ann, 'a') }.x).toBe(9)
  const points = [1, 2]
  ann.update('a', { props: { points } })
  points.push(3)
  expect(shapeOf(ann, 'a').props.points).toEqual([1, 2])
  const [mine] = createStore({ points: [5] })
  ann.update('b', { props: mine })
  await agree(id, ann, bob)
  expect(shapeOf(bob, 'b').props.points).toEqual([5])
  expect(ann.shapes.toString()).toBe('[object Object]')
})

test('K2: a list of shapes keeps its elements where they move', async () => {
  const { id, ann, bob } = await two()
  const root = document.body.appendChild(document.createElement('main'))
  const dispose = render(() => <For each={bob.ordered}>{(shape) => <i title={shape.id}>{shape.x}</i>}</For>, root)
  onTestFinished(dispose)
  const elements = () => [...root.querySelectorAll('i')]
  const [a, b] = elements()
  ann.move('a', { x: 3 })
  ann.bringToFront('a')
  await until(() => elements()[1] === a && a!.textContent === '3')
  expect(elements()[0]).toBe(b)
  await agree(id, ann, bob)
  expect(shownIn(ann)).toEqual(shownIn(bob))
})
