import type { ShapeFields } from 'deepspace-solid/worker'
import type { ShapeColor, ShapeKind } from './sketch.ts'

/** What the sketch of a room begins with, from back to front. */
export const seedSketch: readonly ShapeFields[] = [
  shape('box', 'blue', 56, 96, 232, 152),
  shape('circle', 'amber', 208, 168, 136, 136),
  shape('diamond', 'rose', 400, 64, 144, 144),
  shape('box', 'teal', 424, 248, 160, 104),
]

function shape(type: ShapeKind, color: ShapeColor, x: number, y: number, width: number, height: number): ShapeFields {
  return { type, x, y, width, height, props: { color } }
}
