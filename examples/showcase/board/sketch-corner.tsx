import { sketchSize } from '../sketch.ts'
import { drag } from './drag.ts'
import type { Drawing, Drawn } from './drawing.ts'
import { resized } from './place-shape.ts'

export interface SketchCornerProps {
  /** The shape that is chosen. */
  readonly shape: Drawn
  readonly drawing: Drawing
  readonly surface: HTMLElement
}

/** The corner by which a shape is pulled to another size: over all shapes, whichever are in front. Keys do the same. */
export function SketchCorner(props: SketchCornerProps) {
  const press = (event: PointerEvent) => {
    if (event.button !== 0) return
    // The focus stays where it is.
    event.preventDefault()
    drag(props.drawing, props.shape.id, event, props.surface, resized)
  }
  return (
    <span
      class="sketch-corner"
      data-testid="corner"
      aria-hidden="true"
      style={{
        left: `${((props.shape.x + props.shape.width) / sketchSize.width) * 100}%`,
        top: `${((props.shape.y + props.shape.height) / sketchSize.height) * 100}%`,
      }}
      onPointerDown={press}
    />
  )
}
