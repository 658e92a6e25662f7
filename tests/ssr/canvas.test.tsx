import { type Canvas, createCanvas, RecordProvider } from 'deepspace-solid'
import { For } from 'solid-js'
import { isServer, renderToString } from 'solid-js/web'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('K13: on the server a canvas is on its way, and nothing is begun for it', () => {
  expect(isServer).toBe(true)
  vi.useFakeTimers()
  const WebSocketSpy = vi.fn()
  vi.stubGlobal('WebSocket', WebSocketSpy)
  const canvases: Canvas[] = []
  const Board = (props: { id: string | false }) => {
    const canvas = createCanvas(() => props.id)
    canvases.push(canvas)
    return (
      <p>
        {canvas.status}:{String(canvas.synced)}:<For each={canvas.ordered}>{({ id }) => id}</For>
      </p>
    )
  }
  const html = renderToString(() => (
    <RecordProvider>
      <Board id="a" />
      <Board id={false} />
    </RecordProvider>
  ))
  expect(html.replace(/<!--.*?-->|<[^>]*>/g, ' ').replace(/\s+/g, '')).toBe('connecting:false:off:false:')
  for (const canvas of canvases) {
    expect([canvas.shapes, canvas.ordered, canvas.viewports, canvas.error]).toEqual([{}, [], [], undefined])
    expect([canvas.saved, canvas.canWrite, canvas.canUndo, canvas.canRedo]).toEqual([true, false, false, false])
    for (const work of [
      () => canvas.add({}),
      () => canvas.move('a', { x: 1 }),
      () => canvas.remove('a'),
      () => canvas.gesture(() => canvas.bringToFront('a')),
      () => canvas.undo(),
    ]) {
      expect(work).toThrow(expect.objectContaining({ code: 'not-connected' }))
    }
    canvas.setViewport({ x: 0, y: 0, width: 1, height: 1, zoom: 1 })
  }
  // Solid itself ends the page a turn later.
  vi.advanceTimersByTime(0)
  expect(vi.getTimerCount()).toBe(0)
  expect(WebSocketSpy).not.toHaveBeenCalled()
})
