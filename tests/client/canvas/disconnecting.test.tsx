import { expect, test } from 'vitest'
import { agree, lookAt, newCanvas, openCanvas, shapesOf } from '../../support/canvases.tsx'
import { until } from '../../support/room.tsx'
import { socketsTo, socketTo } from '../../support/sockets.ts'

const turn = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve))

test('K15: told to stay away it does, for all that name it; what is drawn meanwhile is sent on `reconnect`', async () => {
  const id = newCanvas()
  const { canvases } = lookAt([id, id], { user: 'ann' })
  const [ann, same] = [canvases[0]!, canvases[1]!]
  await until(() => ann.synced)
  const { socket } = socketTo(id)
  const { canvas: bob } = await openCanvas(id, 'bob')
  const sockets = socketsTo(id).length
  ann.add({ id: 'last' })
  ann.disconnect()
  // What waited went before the line was dropped.
  await until(() => bob.shapes.last !== undefined)
  await until(() => same.status === 'disconnected' && socket.readyState === WebSocket.CLOSED)
  ann.move('last', { x: 5 })
  bob.add({ id: 'there' })
  await until(() => bob.saved)
  expect([ann.saved, same.shapes.last?.x, ann.canWrite, ann.canUndo]).toEqual([false, 5, true, false])
  window.dispatchEvent(new Event('online'))
  await turn()
  expect([socketsTo(id).length, ann.status, ann.shapes.there]).toEqual([sockets, 'disconnected', undefined])
  same.reconnect()
  await until(() => ann.status === 'connected')
  await agree(id, ann, same, bob)
  expect(await shapesOf(id)).toMatchObject({ last: { x: 5 }, there: {} })
  ann.reconnect()
  await until(() => socketsTo(id).length === sockets + 2 && ann.status === 'connected')
})

test('K15: without an id there is nothing to drop', () => {
  const { canvases } = lookAt([null])
  canvases[0]!.disconnect()
  canvases[0]!.reconnect()
  expect(canvases[0]!.status).toBe('off')
})
