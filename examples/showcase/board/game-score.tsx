import type { Game } from 'deepspace-solid'
import { For, Show } from 'solid-js'
import type { Arena, Go } from '../arena.ts'
import { Avatar } from './avatar.tsx'
import { nameOf } from './player-name.ts'

/** Who plays, with their points as the room has them. */
export function GameScore(props: { readonly game: Game<Arena, Go> }) {
  const ids = () => Object.keys(props.game.state?.discs ?? {})
  return (
    <Show when={ids().length > 0} fallback={<p class="game-nobody">Nobody is here to play.</p>}>
      <ul class="game-score" aria-label="Players">
        <For each={ids()}>
          {(userId) => {
            const disc = () => props.game.state?.discs[userId]
            const player = () => props.game.players.find((each) => each.userId === userId)
            const remark = () => {
              if (disc()?.isAway) return 'away'
              return isBefore(props.game) && player()?.ready ? 'ready' : ''
            }
            return (
              <li data-user={userId} data-away={disc()?.isAway} data-leads={leads(props.game, userId)}>
                <Avatar userId={userId} />
                <span class="game-name">{nameOf(userId)}</span>
                <span class="game-remark">{remark()}</span>
                <b class="game-points" data-testid="points">
                  {disc()?.points}
                  <span class="visually-hidden"> points</span>
                </b>
              </li>
            )
          }}
        </For>
      </ul>
    </Show>
  )
}

/** Whether nothing has been played yet: what one has said of being ready before the first round is said for all of them. */
function isBefore({ running, state }: Game<Arena, Go>): boolean {
  return !running && !state?.outcome
}

function leads({ running, state }: Game<Arena, Go>, userId: string): boolean {
  const discs = Object.values(state?.discs ?? {})
  const best = Math.max(1, ...discs.map(({ points }) => points))
  return (running || state?.outcome !== null) && state?.discs[userId]?.points === best
}
