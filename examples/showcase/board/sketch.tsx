import { createSignal, createUniqueId, For, Show } from 'solid-js'
import { sketchSize } from '../sketch.ts'
import { AlsoHere } from './also-here.tsx'
import { createDrawing, type SketchProps } from './drawing.ts'
import { createLeaveGuard } from './leave-guard.ts'
import { Pointers } from './pointers.tsx'
import { SketchCorner } from './sketch-corner.tsx'
import { pressInSketch } from './sketch-keys.ts'
import { SketchShape } from './sketch-shape.tsx'
import { SketchTools } from './sketch-tools.tsx'
import { TextState } from './text-state.tsx'
import './shared-text.css'
import './sketch.css'

/** The sketch of a room: shapes that all who may draw move at once, and where the others point meanwhile. */
export default function Sketch(props: SketchProps) {
  const drawing = createDrawing(props)
  const { canvas, people } = drawing
  createLeaveGuard(canvas)
  const [heading, hint] = [createUniqueId(), createUniqueId()]
  const [surface, setSurface] = createSignal<HTMLDivElement>()

  const point = ({ clientX, clientY }: PointerEvent) => {
    const { left, top, width, height } = surface()!.getBoundingClientRect()
    const [right, down] = [(clientX - left) / width, (clientY - top) / height]
    const isOver = right >= 0 && right <= 1 && down >= 0 && down <= 1
    const cursor = { x: Math.round(right * sketchSize.width), y: Math.round(down * sketchSize.height) }
    people.update({ cursor: isOver ? cursor : undefined })
  }
  const pointNowhere = () => people.update({ cursor: undefined })

  const goTo = (id: string | undefined) => {
    const shape = id !== undefined && surface()?.querySelector<HTMLElement>(`[data-shape="${CSS.escape(id)}"]`)
    ;(shape || surface())?.focus({ preventScroll: true })
  }
  const remove = () => {
    const { chosen, shapes } = drawing
    if (chosen) canvas.remove(chosen.id)
    const at = chosen ? shapes.indexOf(chosen) : -1
    goTo((shapes[at + 1] ?? shapes[at - 1])?.id)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of what is in it
    <div onKeyDown={(event) => pressInSketch(drawing, event) && event.preventDefault()}>
      <div class="text-head">
        <h2 id={heading}>
          Sketch<span class="visually-hidden"> of this room</span>
        </h2>
        <AlsoHere people={people.users.map(({ userId, userName }) => ({ id: userId, name: userName }))} />
        <TextState text={canvas} />
      </div>
      <Show
        when={canvas.status !== 'refused'}
        fallback={
          <p class="text-refused" role="alert">
            {canvas.error?.message}
          </p>
        }
      >
        <div class="sketch-body">
          <Show when={canvas.canWrite}>
            <SketchTools drawing={drawing} onAdd={goTo} onRemove={remove} />
          </Show>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is part of a form */}
          <div
            ref={setSurface}
            class="sketch-surface"
            data-testid="surface"
            role="group"
            aria-labelledby={heading}
            aria-describedby={hint}
            tabindex="-1"
            onPointerMove={point}
            onPointerLeave={pointNowhere}
            onPointerCancel={pointNowhere}
            onPointerDown={(event) => event.target === surface() && drawing.choose(undefined)}
          >
            <Show when={canvas.synced && drawing.shapes.length === 0}>
              <p class="sketch-empty">Nothing is drawn yet</p>
            </Show>
            <For each={drawing.shapes}>
              {(shape) => (
                <SketchShape
                  shape={shape}
                  drawing={drawing}
                  surface={surface()!}
                  onRemove={remove}
                  onLost={() => goTo(undefined)}
                />
              )}
            </For>
            <Show when={drawing.chosen}>
              {(shape) => <SketchCorner shape={shape()} drawing={drawing} surface={surface()!} />}
            </Show>
            <Pointers people={people} />
          </div>
          <Show when={canvas.synced}>
            <p id={hint} class="sketch-hint">
              {canvas.canWrite
                ? 'Drag a shape, or use the keys: arrows move it, further with Shift, + and − resize it, Enter brings it to the front.'
                : 'You see the others draw, and they see where you point.'}
            </p>
          </Show>
        </div>
      </Show>
    </div>
  )
}
