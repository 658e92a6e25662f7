import { sketchSize, smallest } from '../sketch.ts'
import type { Frame } from './drag.ts'

/** Where a shape is that was moved so far: within the sketch. */
export function moved({ x, y, width, height }: Frame, right: number, down: number): Partial<Frame> {
  return { x: within(0, x + right, sketchSize.width - width), y: within(0, y + down, sketchSize.height - height) }
}

/** How large a shape is whose lower right corner was moved so far: it stays within the sketch, and can be found. */
export function resized({ x, y, width, height }: Frame, right: number, down: number): Partial<Frame> {
  return {
    width: within(smallest, width + right, sketchSize.width - x),
    height: within(smallest, height + down, sketchSize.height - y),
  }
}

function within(least: number, value: number, most: number): number {
  return Math.round(Math.max(least, Math.min(value, most)))
}
