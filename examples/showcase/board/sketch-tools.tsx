import { For, type JSX } from 'solid-js'
import { shapeColors, shapeKinds } from '../sketch.ts'
import type { Drawing } from './drawing.ts'
import { BoxIcon, CircleIcon, DiamondIcon, RedoIcon, TrashIcon, UndoIcon } from './icons.tsx'
import { Segmented } from './segmented.tsx'

export interface SketchToolsProps {
  readonly drawing: Drawing
  readonly onAdd: (id: string) => void
  readonly onRemove: () => void
}

/** What can be done with a sketch beside what its shapes are there for. */
export function SketchTools(props: SketchToolsProps) {
  const { drawing } = props
  const { canvas } = drawing
  return (
    <div class="sketch-tools">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is part of a form */}
      <div class="sketch-row" role="group" aria-label="Add" data-color={drawing.color}>
        <For each={shapeKinds}>
          {(kind) => {
            const Icon = icons[kind]
            return (
              <Tool class="sketch-kind" name={`Add a ${kind}`} does={() => props.onAdd(drawing.add(kind))}>
                <Icon />
              </Tool>
            )
          }}
        </For>
      </div>
      <div class="sketch-row">
        <Tool name="Undo" keys="Control+Z" when={canvas.canUndo} does={canvas.undo}>
          <UndoIcon />
        </Tool>
        <Tool name="Redo" keys="Control+Shift+Z" when={canvas.canRedo} does={canvas.redo}>
          <RedoIcon />
        </Tool>
        <Tool name="Delete" keys="Delete" when={drawing.chosen !== undefined} does={props.onRemove}>
          <TrashIcon />
        </Tool>
      </div>
      <Segmented
        legend="Colour"
        class="sketch-colors"
        options={shapeColors.map((value) => ({
          value,
          label: (
            <>
              <span class="sketch-swatch" data-color={value} />
              <span class="visually-hidden">{value}</span>
            </>
          ),
        }))}
        value={drawing.color}
        onChange={drawing.paint}
      />
    </div>
  )
}

const icons = { box: BoxIcon, circle: CircleIcon, diamond: DiamondIcon } as const

interface ToolProps {
  readonly name: string
  readonly keys?: string
  readonly class?: string
  /** Whether there is anything to do; default: there always is. */
  readonly when?: boolean
  readonly does: () => void
  readonly children: JSX.Element
}

/** One that has nothing to do keeps the focus. */
function Tool(props: ToolProps) {
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ''}`}
      aria-label={props.name}
      aria-keyshortcuts={props.keys}
      aria-disabled={props.when === false}
      title={props.name}
      onClick={() => props.when !== false && props.does()}
    >
      {props.children}
    </button>
  )
}
