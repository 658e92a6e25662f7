import { For, Show } from 'solid-js'
import { fieldSize } from '../arena.ts'
import { GameDisc } from './game-disc.tsx'
import { createSteering } from './game-keys.ts'
import { at } from './on-field.ts'
import type { Playing } from './playing.ts'

export interface GameFieldProps {
  readonly playing: Playing
  /** The id of what says how to steer. */
  readonly hint: string
  readonly ref: (field: HTMLDivElement) => void
}

/**
 * The field, with what there is to take. Our own disc is where it will be once the room has heard of us, the others move between what
 * the room has told; what lies there, and who has taken it, is for the room to say.
 */
export function GameField(props: GameFieldProps) {
  const { game } = props.playing
  const plays = () => props.playing.bar === undefined
  const keys = createSteering(() => props.playing.own, props.playing.go)
  let field!: HTMLDivElement

  const aim = ({ clientX, clientY }: PointerEvent) => {
    const { left, top, width, height } = field.getBoundingClientRect()
    props.playing.aim({
      x: within(Math.round(((clientX - left) / width) * fieldSize.width), fieldSize.width),
      y: within(Math.round(((clientY - top) / height) * fieldSize.height), fieldSize.height),
    })
  }
  const press = (event: PointerEvent) => {
    if (!plays() || event.button !== 0) return
    // What would begin to select text.
    event.preventDefault()
    field.focus({ preventScroll: true })
    field.setPointerCapture(event.pointerId)
    aim(event)
  }

  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it has a role, whoever looks
    // biome-ignore lint/a11y/noStaticElementInteractions: its keys and pointers steer, as those of an application
    <div
      ref={(element) => {
        field = element
        props.ref(element)
      }}
      class="game-field"
      data-testid="field"
      data-plays={plays() && game.running}
      role={plays() ? 'application' : 'img'}
      aria-label="Field"
      aria-describedby={props.hint}
      tabindex={plays() ? 0 : -1}
      onPointerDown={press}
      onPointerMove={(event) => field.hasPointerCapture(event.pointerId) && aim(event)}
      onKeyDown={(event) => plays() && game.running && keys.press(event)}
      onKeyUp={(event) => keys.release(event)}
      onFocusOut={() => keys.letGo()}
    >
      <For each={Object.keys(game.state?.dots ?? {})}>
        {(id) => (
          <Show when={game.state?.dots[id]}>
            {(dot) => <span class="game-dot" data-testid="dot" style={at(dot())} />}
          </Show>
        )}
      </For>
      {/* There is none but our own: the room tells nobody of another's. */}
      <For each={Object.keys(game.state?.stars ?? {})}>
        {(userId) => (
          <Show when={game.state?.stars[userId]}>
            {(star) => (
              <svg class="game-star" data-testid="star" style={at(star())} viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 2l3 6.6 7.2.8-5.4 4.8 1.5 7.1-6.3-3.6-6.3 3.6 1.5-7.1L1.8 9.4l7.2-.8z" />
              </svg>
            )}
          </Show>
        )}
      </For>
      <For each={Object.keys(game.state?.discs ?? {})}>
        {(userId) => <GameDisc userId={userId} playing={props.playing} />}
      </For>
    </div>
  )
}

function within(value: number, most: number): number {
  return Math.max(0, Math.min(value, most))
}
