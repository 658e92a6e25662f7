import { expect, test } from 'vitest'
import { agree, newCanvas, openCanvas, sentTo, shapeOf } from '../../support/canvases.tsx'
import { cutLines, isBack } from '../../support/documents.tsx'
import { until } from '../../support/room.tsx'

test('K7: what is changed in a gesture is one step to undo, however long its promise takes', async () => {
  const id = newCanvas()
  const { canvas } = await openCanvas(id, 'ann')
  const [a, b] = [canvas.add({}), canvas.add({})]
  await until(() => canvas.saved)
  const letGo = Promise.withResolvers<string>()
  const given = canvas.gesture(async () => {
    canvas.move(a, { x: 1 })
    // One within another is part of it.
    expect(canvas.gesture(() => canvas.move(b, { x: 1 }))).toBeUndefined()
    return letGo.promise
  })
  for (let x = 2; x < 6; x++) {
    canvas.move(a, { x })
    canvas.bringToFront(a)
    await until(() => canvas.saved)
  }
  letGo.resolve('done')
  expect(await given).toBe('done')
  canvas.move(b, { y: 9 })
  await until(() => canvas.saved)
  canvas.undo()
  await until(() => shapeOf(canvas, b).y === 0)
  expect([shapeOf(canvas, a).x, shapeOf(canvas, b).x]).toEqual([5, 1])
  canvas.undo()
  await until(() => shapeOf(canvas, a).x === 0 && shapeOf(canvas, b).x === 0)
  canvas.redo()
  await until(() => shapeOf(canvas, a).x === 5 && shapeOf(canvas, b).x === 1)
  await agree(id, canvas)
  const gestures = sentTo(id, 'canvas.write').map(({ gesture }) => gesture)
  expect(new Set(gestures.filter((gesture) => gesture !== undefined)).size).toBe(1)
  expect(gestures.at(-1)).toBeUndefined()
})

test('K7: a gesture ends also where its function throws, or its promise rejects', async () => {
  const id = newCanvas()
  const { canvas } = await openCanvas(id, 'ann')
  const shape = canvas.add({})
  expect(() =>
    canvas.gesture(() => {
      throw new Error('thrown')
    }),
  ).toThrow('thrown')
  await expect(canvas.gesture(() => Promise.reject(new Error('rejected')))).rejects.toThrow('rejected')
  canvas.move(shape, { x: 1 })
  await until(() => canvas.saved)
  expect(sentTo(id, 'canvas.write').map(({ gesture }) => gesture)).toEqual(
    sentTo(id, 'canvas.write').map(() => undefined),
  )
})

test('K8: undo and redo are ours alone, and leave what others have changed since', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  expect([ann.canUndo, ann.canRedo]).toEqual([false, false])
  const shape = ann.add({})
  // Before the room has heard of it.
  expect([ann.canUndo, bob.canUndo]).toEqual([true, false])
  await agree(id, ann, bob)
  expect([ann.canUndo, bob.canUndo]).toEqual([true, false])
  ann.gesture(() => {
    ann.move(shape, { x: 1 })
    ann.update(shape, { props: { color: 'red' } })
  })
  await agree(id, ann, bob)
  bob.update(shape, { props: { color: 'blue' } })
  await agree(id, ann, bob)
  ann.undo()
  await until(() => shapeOf(ann, shape).x === 0)
  await agree(id, ann, bob)
  expect(shapeOf(ann, shape).props.color).toBe('blue')
  await until(() => ann.canRedo)
  ann.redo()
  await until(() => shapeOf(ann, shape).x === 1 && !ann.canRedo)
  ann.undo()
  await until(() => ann.canRedo)
  ann.move(shape, { y: 3 })
  expect(ann.canRedo).toBe(false)
  await agree(id, ann, bob)
  expect([ann.canRedo, ann.canUndo, bob.canUndo]).toEqual([false, true, true])
})

test('K8: what waits is sent before it is undone; a removed shape comes back', async () => {
  const id = newCanvas()
  const { canvas } = await openCanvas(id, 'ann')
  const shape = canvas.add({ x: 4, props: { color: 'red' } })
  await until(() => canvas.saved)
  const before = shapeOf(canvas, shape)
  canvas.remove(shape)
  canvas.undo()
  expect(canvas.shapes[shape]).toBeUndefined()
  await until(() => canvas.shapes[shape])
  expect(shapeOf(canvas, shape)).toMatchObject({ x: 4, createdBy: 'ann' })
  expect(shapeOf(canvas, shape)).not.toBe(before)
  await agree(id, canvas)
})

test('K8: without a connection nothing is undone, and it is said so; on return there is as much to undo', async () => {
  const id = newCanvas()
  const { canvas } = await openCanvas(id, 'ann')
  const shape = canvas.add({})
  await until(() => canvas.saved && canvas.canUndo)
  await cutLines(id)
  expect([canvas.canUndo, canvas.canRedo]).toEqual([false, false])
  for (const turn of [canvas.undo, canvas.redo]) {
    expect(turn).toThrow(expect.objectContaining({ code: 'not-connected' }))
  }
  await isBack(canvas)
  await until(() => canvas.canUndo)
  canvas.undo()
  await until(() => !canvas.shapes[shape] && canvas.canRedo)
  await agree(id, canvas)
})
