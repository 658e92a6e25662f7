import type { Drawing, Drawn } from './drawing.ts'
import { moved, resized } from './place-shape.ts'

/** What a key does to the shape that has the focus; says whether it does anything. */
export function pressOnShape({ canvas }: Drawing, shape: Drawn, event: KeyboardEvent, remove: () => void): boolean {
  if (!canvas.canWrite || event.ctrlKey || event.metaKey || event.altKey) return false
  const direction = directions.get(event.key)
  const growth = growths.get(event.key)
  if (direction) {
    const step = event.shiftKey ? 40 : 8
    canvas.update(shape.id, moved(shape, direction[0] * step, direction[1] * step))
  } else if (growth) canvas.update(shape.id, resized(shape, growth * 8, growth * 8))
  else if (event.key === 'Delete' || event.key === 'Backspace') remove()
  else if (event.key === 'Enter' || event.key === ' ') canvas.bringToFront(shape.id)
  else return false
  return true
}

/** What a key does wherever the focus is in a sketch; says whether it does anything. */
export function pressInSketch({ canvas }: Drawing, event: KeyboardEvent): boolean {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z') return false
  if (event.shiftKey ? canvas.canRedo : canvas.canUndo) event.shiftKey ? canvas.redo() : canvas.undo()
  return true
}

const directions: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['ArrowLeft', [-1, 0]],
  ['ArrowRight', [1, 0]],
  ['ArrowUp', [0, -1]],
  ['ArrowDown', [0, 1]],
])

const growths: ReadonlyMap<string, number> = new Map([
  ['+', 1],
  ['=', 1],
  ['-', -1],
  ['_', -1],
])
