import { createMemo, For, Match, onCleanup, Show, Switch } from 'solid-js'
import { sketchSize } from '../sketch.ts'
import { drag } from './drag.ts'
import type { Drawing, Drawn } from './drawing.ts'
import { moved } from './place-shape.ts'
import { pressOnShape } from './sketch-keys.ts'
import { colorOf } from './user-color.ts'

export interface SketchShapeProps {
  readonly shape: Drawn
  readonly drawing: Drawing
  readonly surface: HTMLElement
  /** It has the focus, and is to be removed. */
  readonly onRemove: () => void
  /** It had the focus, and is gone. */
  readonly onLost: () => void
}

/** A shape of the sketch: chosen by the focus, moved by the pointer or the arrow keys. Who may not draw has a picture of it. */
export function SketchShape(props: SketchShapeProps) {
  const { shape, drawing } = props
  const mayDraw = () => drawing.canvas.canWrite
  const isChosen = () => drawing.chosen === shape
  const others = createMemo(() =>
    drawing.people.users.filter(({ peers }) => peers.some(({ state }) => state.selected === shape.id)),
  )
  const label = () => {
    const names = others().map(({ userName }) => userName)
    const what = `${shape.props.color} ${shape.type}`
    return `${what.charAt(0).toUpperCase()}${what.slice(1)}${names.length > 0 ? `, chosen by ${names.join(', ')}` : ''}`
  }
  let element!: HTMLDivElement
  onCleanup(() => element === document.activeElement && props.onLost())

  const press = (event: PointerEvent) => {
    if (!mayDraw() || event.button !== 0) return
    // What would begin to select text.
    event.preventDefault()
    element.focus({ preventScroll: true })
    drag(drawing, shape.id, event, props.surface, moved)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it is a button for who may draw
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it is pressed only as a button
    <div
      ref={element}
      class="sketch-shape"
      data-testid="shape"
      data-shape={shape.id}
      data-color={shape.props.color}
      data-chosen={isChosen()}
      role={mayDraw() ? 'button' : 'img'}
      tabindex={mayDraw() ? 0 : undefined}
      aria-pressed={mayDraw() ? isChosen() : undefined}
      aria-label={label()}
      style={{
        left: `${(shape.x / sketchSize.width) * 100}%`,
        top: `${(shape.y / sketchSize.height) * 100}%`,
        width: `${(shape.width / sketchSize.width) * 100}%`,
        height: `${(shape.height / sketchSize.height) * 100}%`,
        'z-index': drawing.placeOf(shape.id),
      }}
      onFocusIn={() => drawing.choose(shape.id)}
      onPointerDown={press}
      onKeyDown={(event) => pressOnShape(drawing, shape, event, props.onRemove) && event.preventDefault()}
    >
      <svg aria-hidden="true" viewBox={`0 0 ${shape.width} ${shape.height}`}>
        <Switch fallback={<rect x="1" y="1" width={shape.width - 2} height={shape.height - 2} rx="14" />}>
          <Match when={shape.type === 'circle'}>
            <ellipse cx={shape.width / 2} cy={shape.height / 2} rx={shape.width / 2 - 1} ry={shape.height / 2 - 1} />
          </Match>
          <Match when={shape.type === 'diamond'}>
            <path d={diamond(shape)} />
          </Match>
        </Switch>
      </svg>
      <Show when={others()[0]}>
        {(first) => (
          <div class="sketch-held" aria-hidden="true" style={{ '--who': colorOf(first().userId) }}>
            <For each={others()}>
              {(user) => <span style={{ '--who': colorOf(user.userId) }}>{user.userName}</span>}
            </For>
          </div>
        )}
      </Show>
    </div>
  )
}

function diamond({ width, height }: Drawn): string {
  return `M${width / 2} 2L${width - 2} ${height / 2}L${width / 2} ${height - 2}L2 ${height / 2}Z`
}
