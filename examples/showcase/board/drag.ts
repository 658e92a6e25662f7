import { sketchSize } from '../sketch.ts'
import type { Drawing, Drawn } from './drawing.ts'

/**
 * Changes a shape along with the pointer that has pressed on it, until that is let go: one step to undo. `change` is given how far
 * it has come, in units of the sketch, and the shape as it was.
 */
export function drag(
  { canvas }: Drawing,
  id: string,
  press: PointerEvent,
  surface: HTMLElement,
  change: (shape: Frame, right: number, down: number) => Partial<Frame>,
): void {
  const { x, y, width, height } = canvas.shapes[id]!
  const scale = sketchSize.width / surface.clientWidth
  const end = new AbortController()
  const { signal } = end
  const follow = (event: PointerEvent) => {
    if (event.pointerId !== press.pointerId) return
    // Somebody else may have removed it meanwhile, or have taken the right from us.
    if (!canvas.canWrite || !canvas.shapes[id]) return end.abort()
    const [right, down] = [event.clientX - press.clientX, event.clientY - press.clientY]
    canvas.update(id, change({ x, y, width, height }, right * scale, down * scale))
  }
  const letGo = (event: PointerEvent) => event.pointerId === press.pointerId && end.abort()
  canvas.gesture(() => {
    if (canvas.ordered.at(-1)?.id !== id) canvas.bringToFront(id)
    // Of the window: the shape may be gone before the pointer is.
    addEventListener('pointermove', follow, { signal })
    addEventListener('pointerup', letGo, { signal })
    addEventListener('pointercancel', letGo, { signal })
    return new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
}

export type Frame = Pick<Drawn, 'x' | 'y' | 'width' | 'height'>
