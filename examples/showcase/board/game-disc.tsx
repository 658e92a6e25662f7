import { Show } from 'solid-js'
import { at } from './on-field.ts'
import { nameOf } from './player-name.ts'
import type { Playing } from './playing.ts'
import { colorOf } from './user-color.ts'

export interface GameDiscProps {
  readonly userId: string
  readonly playing: Playing
}

/** The disc of a player. It is only a picture. */
export function GameDisc(props: GameDiscProps) {
  const { game } = props.playing
  const isOwn = () => props.playing.own !== undefined && game.self?.userId === props.userId
  const told = game.interpolated(({ discs }) => {
    const disc = discs[props.userId]
    return disc && { x: disc.x, y: disc.y }
  })
  const place = () => (isOwn() ? props.playing.own : told())
  return (
    <Show when={place()}>
      {(place) => (
        <span
          class="game-disc"
          data-testid="disc"
          data-who={props.userId}
          data-own={isOwn()}
          data-away={game.state?.discs[props.userId]?.isAway}
          style={{ ...at(place()), '--who': colorOf(props.userId) }}
          aria-hidden="true"
        >
          {nameOf(props.userId).charAt(0)}
        </span>
      )}
    </Show>
  )
}
