import { createSignal, createUniqueId, Show } from 'solid-js'
import { GameCurtain } from './game-curtain.tsx'
import { GameField } from './game-field.tsx'
import { GameReadout } from './game-readout.tsx'
import { GameScore } from './game-score.tsx'
import { GameState } from './game-state.tsx'
import type { NoteProps } from './note.tsx'
import { createPlaying } from './playing.ts'
import './shared-text.css'
import './game.css'

/** The game of a room: two to four send their discs over a field, and all others watch. */
export default function Game(props: NoteProps) {
  const playing = createPlaying(props)
  const { game } = playing
  const hint = createUniqueId()
  const [field, setField] = createSignal<HTMLDivElement>()

  return (
    <>
      <div class="text-head">
        <h2>
          Game<span class="visually-hidden"> of this room</span>
        </h2>
        <Show when={game.state}>
          {(state) => <p class="game-rule">First to {state().goal}. A dot is 1, your star 3: nobody else sees it.</p>}
        </Show>
        <GameState playing={playing} />
      </div>
      <Show
        when={game.status !== 'refused'}
        fallback={
          <p class="text-refused" role="alert">
            {game.error?.message}
          </p>
        }
      >
        <div class="game-body">
          <div class="game-stage">
            <GameField ref={setField} playing={playing} hint={hint} />
            {/* Who has pressed a button that is gone is at the field: there the keys are that steer. */}
            <GameCurtain playing={playing} onLost={() => field()?.focus({ preventScroll: true })} />
          </div>
          <div class="game-side">
            <GameScore game={game} />
            <p id={hint} class="game-hint">
              {playing.bar === 'role' || playing.bar === 'full'
                ? 'You watch the others play.'
                : 'Steer with the arrow keys, or press where you want to go.'}
            </p>
          </div>
          <GameReadout playing={playing} />
        </div>
      </Show>
    </>
  )
}
