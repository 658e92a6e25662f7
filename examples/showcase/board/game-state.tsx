import type { Bar, Playing } from './playing.ts'

const words: Record<Bar, string> = {
  offline: 'Offline',
  connecting: 'Connecting',
  role: 'Watching',
  full: 'Watching',
  seatless: 'Watching',
  elsewhere: 'Elsewhere',
}

/** Whether we play, and how long the round still takes. */
export function GameState(props: { readonly playing: Playing }) {
  const access = () => {
    const { bar } = props.playing
    return bar ? words[bar] : ''
  }
  const left = () => props.playing.game.state?.secondsLeft ?? 0
  const clock = () => (props.playing.game.running && access() !== 'Offline' && left() > 0 ? `${left()} s left` : '')
  return (
    <p class="text-state game-state" data-testid="game-state" data-access={access()}>
      <span>{access() || (clock() ? '' : 'In your seat')}</span>
      <span>{clock()}</span>
    </p>
  )
}
