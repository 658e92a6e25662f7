import { createCanvas, RecordProvider } from 'deepspace-solid'
import { createResource, createSignal, For, Suspense, useTransition } from 'solid-js'
import { expect, test } from 'vitest'
import { heardFrom, newCanvas, openCanvas } from '../../support/canvases.tsx'
import { base, show, until } from '../../support/room.tsx'
import { socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

test('K1: while a page moves on to another canvas the one that is shown goes on, and each has its own', async () => {
  const [a, b] = [newCanvas(), newCanvas()]
  const { canvas: inA } = await openCanvas(a, 'bob')
  const { canvas: inB } = await openCanvas(b, 'bob')
  inA.add({ id: 'a1' })
  inB.add({ id: 'b1' })
  await until(() => inA.saved && inB.saved)
  const [id, setId] = createSignal(a)
  let arrive: (() => void) | undefined
  let move: () => void
  const Board = () => {
    const board = createCanvas(id)
    const [neighbour] = createResource(id, async (of) => {
      await new Promise<void>((resolve) => {
        arrive = resolve
      })
      return of === a ? 'at a' : 'at b'
    })
    return (
      <p>
        <For each={board.ordered}>
          {(shape) => (
            <i>
              {shape.id}:{shape.x}{' '}
            </i>
          )}
        </For>
        {neighbour()}
      </p>
    )
  }
  const page = show(() => {
    const [, start] = useTransition()
    move = () => void start(() => setId(b))
    return (
      <RecordProvider url={base} getToken={() => tokenFor('ann')} keepFor={0}>
        <Suspense fallback="waiting">
          <Board />
        </Suspense>
      </RecordProvider>
    )
  })
  await until(() => arrive)
  arrive!()
  await until(() => page.root.textContent === 'a1:0 at a')
  const [socketA, before] = [socketTo(a), socketTo(b)]
  arrive = undefined
  move!()
  await until(() => arrive && socketTo(b) !== before)
  await until(() => heardFrom(b, 'canvas.shapes', [socketTo(b)]).length > 0)
  inA.add({ id: 'a2' })
  inA.move('a1', { x: 5 })
  await until(() => page.root.textContent === 'a1:5 a2:0 at a')
  expect(socketA.socket.readyState).toBe(WebSocket.OPEN)
  arrive!()
  await until(() => page.root.textContent === 'b1:0 at b')
  await until(() => socketA.socket.readyState === WebSocket.CLOSED)
  inB.move('b1', { x: 7 })
  await until(() => page.root.textContent === 'b1:7 at b')
  page.unmount()
  await until(() => socketTo(b).socket.readyState === WebSocket.CLOSED)
})
