import { type Canvas, type CanvasShape, createCanvas, createPresenceRoom, type PresenceRoom } from 'deepspace-solid'
import { createEffect, createMemo, createSignal } from 'solid-js'
import { sketchOf } from '../part-of.ts'
import { type ShapeColor, type ShapeKind, shapeColors, sketchSize } from '../sketch.ts'
import { followOffline } from './follow-offline.ts'

export type Drawn = CanvasShape<{ color: ShapeColor }>

/** What people say of themselves over a sketch: where they point, and which shape they have chosen. */
export interface Here {
  readonly cursor?: { readonly x: number; readonly y: number }
  readonly selected?: string
}

export interface SketchProps {
  readonly roomId: string
  readonly isShown: boolean
  readonly isOffline: boolean
}

/** The sketch of a room with whoever looks at it, and which of its shapes is chosen here. */
export interface Drawing {
  readonly canvas: Canvas<{ color: ShapeColor }>
  readonly people: PresenceRoom<Here>
  /** In the order in which they have come here, whichever is in front: so the tab key leads through them. */
  readonly shapes: readonly Drawn[]
  /** How many shapes are behind one. */
  readonly placeOf: (id: string) => number
  readonly chosen: Drawn | undefined
  readonly choose: (id: string | undefined) => void
  /** The colour of the shape that is chosen, and of the next one. */
  readonly color: ShapeColor
  readonly paint: (color: ShapeColor) => void
  /** Adds a shape near the middle, and chooses it. */
  readonly add: (type: ShapeKind) => string
}

export function createDrawing(props: SketchProps): Drawing {
  const canvas = createCanvas<{ color: ShapeColor }>(() => sketchOf(props.roomId))
  // It has a connection of its own, which goes offline and comes back with that of the board.
  followOffline(() => props.isOffline, canvas)
  // Who does not look is not here, and who is offline neither.
  const people = createPresenceRoom<Here>(() => props.isShown && !props.isOffline && sketchOf(props.roomId))

  const shapes = createMemo<readonly Drawn[]>((before) => {
    const there = new Set(canvas.ordered)
    return [...before.filter((shape) => there.delete(shape)), ...there]
  }, [])
  const places = createMemo(() => new Map(canvas.ordered.map(({ id }, place) => [id, place])))

  const [choice, choose] = createSignal<string>()
  const chosen = () => (canvas.canWrite ? canvas.shapes[choice() ?? ''] : undefined)
  // Somebody who has just come, or come back, has said nothing yet.
  createEffect(() => {
    const selected = chosen()?.id
    if (people.self.connectionId !== undefined) people.update({ selected })
  })

  const [nextColor, setNextColor] = createSignal<ShapeColor>(shapeColors[0])
  const color = () => chosen()?.props.color ?? nextColor()

  return {
    canvas,
    people,
    get shapes() {
      return shapes()
    },
    placeOf: (id) => places().get(id) ?? 0,
    get chosen() {
      return chosen()
    },
    choose,
    get color() {
      return color()
    },
    paint(color) {
      setNextColor(color)
      const shape = chosen()
      if (shape) canvas.update(shape.id, { props: { color } })
    },
    add(type) {
      // Each a little beside the one before.
      const aside = (shapes().length % 6) * 16 - 40
      const [x, y] = [sketchSize.width, sketchSize.height].map((size) => (size - newSize) / 2 + aside) as [
        number,
        number,
      ]
      const id = canvas.add({ type, x, y, width: newSize, height: newSize, props: { color: color() } })
      choose(id)
      return id
    },
  }
}

const newSize = 112
